//! Every entry of the catalogue is asked the same questions. What one does not answer is said in sentences.

mod addresses;
mod flow;
mod records;
mod sandbox;
mod server;
mod webhooks;
mod world;
