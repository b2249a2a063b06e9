//! Service 1: signs people in, issues JWTs, serves JWKS
