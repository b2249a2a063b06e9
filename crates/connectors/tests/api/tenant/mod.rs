mod connect;
mod connections;
mod events;
mod proxy;
mod signals;
mod streams;
mod subscriptions;
mod timeline;
