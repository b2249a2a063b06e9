mod connect;
mod tenants;
mod tokens;
