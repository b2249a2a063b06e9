//! The seal on a consent form: it was made for this session and this very request, so no other page can have written it.

use hmac::{Hmac, KeyInit, Mac};
use kernel::Secret;
use sha2::Sha256;
use uuid::Uuid;

use super::ServerError;

/// Seals forms. Nothing is stored: the seal is worth as long as its session.
pub struct Forms(Hmac<Sha256>);

impl Forms {
    pub fn new(secret: &Secret) -> Result<Self, ServerError> {
        Ok(Self(Hmac::new_from_slice(&*vault::derive(secret, "auth consent forms")?)?))
    }

    /// `request` is the authorization request as the form carries it.
    pub fn seal(&self, session: Uuid, request: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(session.as_bytes());
        mac.update(request.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }

    pub fn holds(&self, seal: &str, session: Uuid, request: &str) -> bool {
        kernel::same(seal, self.seal(session, request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A seal is good for its session and request, and for no other.
    #[test]
    fn a_seal_is_bound_to_session_and_request() {
        let forms = Forms::new(&"a secret of the test".into()).unwrap();
        let (mine, other) = (Uuid::now_v7(), Uuid::now_v7());
        let seal = forms.seal(mine, "client_id=a&state=b");
        assert!(forms.holds(&seal, mine, "client_id=a&state=b"));
        assert!(!forms.holds(&seal, other, "client_id=a&state=b"));
        assert!(!forms.holds(&seal, mine, "client_id=a&state=c"));
        assert!(!forms.holds("", mine, "client_id=a&state=b"));
        let elsewhere = Forms::new(&"another secret".into()).unwrap();
        assert!(!elsewhere.holds(&seal, mine, "client_id=a&state=b"));
    }
}
