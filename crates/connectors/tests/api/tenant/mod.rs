mod connect;
mod connections;
mod proxy;
mod signals;
mod streams;
