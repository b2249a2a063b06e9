//! Pages of streams: where they begin, how they go on, and where a cursor ends.

mod google;
mod spotify;
mod zoho;
