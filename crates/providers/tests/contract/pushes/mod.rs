//! Pushes that bring a token in place of a signature.

mod google;
mod zoho;
