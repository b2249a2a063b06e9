mod connect;
mod connections;
mod signals;
