//! Who is calling: JWT claims, the JWKS cache, verifying and signing
