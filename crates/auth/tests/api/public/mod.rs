mod get_session;
mod jwks;
mod oauth2;
mod ok;
mod sign_in;
mod sign_out;
mod sign_up;
mod ways_in;
