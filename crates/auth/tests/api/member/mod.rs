mod consents;
mod token;
