//! Values that must not be seen: no `Debug`, no `Display`, no `Serialize`, wiped when dropped.

use secrecy::{ExposeSecret, SecretBox};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A secret text or byte string. Reading it takes the long word [`Secret::expose`], which is what reviewers search for.
///
/// ```compile_fail
/// println!("{:?}", kernel::Secret::from("token".to_owned()));
/// ```
#[derive(Deserialize)]
#[serde(transparent, bound(deserialize = "T: Zeroize + Clone + serde::de::DeserializeOwned"))]
pub struct Secret<T: Zeroize + Clone = String>(SecretBox<Wrapped<T>>);

/// `secrecy` asks for `Default` or `Clone`; this keeps the bound to what we need.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
struct Wrapped<T: Zeroize>(T);

impl<T: Zeroize> Zeroize for Wrapped<T> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize + Clone> secrecy::CloneableSecret for Wrapped<T> {}

impl<T: Zeroize + Clone> Secret<T> {
    pub fn new(value: T) -> Self {
        Self(SecretBox::new(Box::new(Wrapped(value))))
    }

    /// The value itself. Nothing that comes out of here may reach a log, an error, a span or another tenant.
    pub fn expose(&self) -> &T {
        &self.0.expose_secret().0
    }
}

impl<T: Zeroize + Clone> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self::new(self.expose().clone())
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value.to_owned())
    }
}

impl std::str::FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        Ok(value.into())
    }
}

/// Whether two byte strings are equal, in time that depends on their lengths only.
pub fn same(a: impl AsRef<[u8]>, b: impl AsRef<[u8]>) -> bool {
    a.as_ref().ct_eq(b.as_ref()).into()
}
