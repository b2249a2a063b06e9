//! The one door to the internet: time-outs, size caps, Retry-After, host policy
