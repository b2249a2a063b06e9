//! Hooks at the vendor: asked for, kept and taken back.

mod google;
mod zoho;
