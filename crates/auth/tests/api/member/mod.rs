mod consents;
mod export_user;
mod token;
