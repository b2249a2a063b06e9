//! Local stand-ins for the vendors: real HTTP, redirects, signatures, rotation, expiry and faults
