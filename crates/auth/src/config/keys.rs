//! What signs JWTs, and for how long.

use crate::keys::Rotation;
use identity::Algorithm;
use kernel::Env;

/// `AUTH_SIGNING_ALGORITHM` and `AUTH_KEY_ROTATION_DAYS`.
pub fn signing(env: &Env) -> (Algorithm, Rotation) {
    let algorithm = env.or_default("AUTH_SIGNING_ALGORITHM", Algorithm::EdDsa);
    (algorithm, env.or_default("AUTH_KEY_ROTATION_DAYS", Rotation::DEFAULT))
}
