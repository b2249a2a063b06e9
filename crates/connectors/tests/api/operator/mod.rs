mod audit;
mod connect;
mod doctor;
mod installations;
mod provider_configs;
mod tenants;
mod tokens;
