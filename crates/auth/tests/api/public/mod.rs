mod discovery;
mod get_session;
mod jwks;
mod ok;
mod sign_in;
mod sign_out;
mod sign_up;
