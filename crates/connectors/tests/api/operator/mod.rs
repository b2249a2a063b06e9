mod audit;
mod connect;
mod installations;
mod provider_configs;
mod tenants;
mod tokens;
