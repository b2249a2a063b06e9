//! The cookies, signed the way Better Auth signs them, so that its clients and tools read ours.

mod cache;

pub use cache::Cached;

use crate::flows::session::SignedIn;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::{DateTime, TimeDelta, Utc};
use db::auth::sessions::Session;
use hmac::{Hmac, KeyInit, Mac, digest::InvalidLength};
use http::{HeaderMap, HeaderValue, header};
use kernel::Secret;
use sha2::Sha256;
use std::fmt::Write;

/// Seven days in seconds: how long a remembered session lives after its last renewal.
pub const REMEMBERED_S: i64 = 7 * 24 * 60 * 60;
/// How long a browser remembers that it began a social sign-in, in seconds.
pub const STATE_S: i64 = 5 * 60;
/// What browsers keep of one cookie, name and attributes included, is 4096 bytes.
const MAX_COOKIE: usize = 3900;

/// Names and signs cookies.
pub struct Cookies {
    /// Keyed with the secret, ready for a value.
    keyed: Hmac<Sha256>,
    secure: Secure,
}

/// Whether browsers reach us over HTTPS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secure {
    Https,
    /// Development only.
    Plain,
}

/// How long the browser keeps a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    Remembered,
    UntilBrowserCloses,
}

impl Lifetime {
    /// As the session was begun.
    pub const fn of(session: &Session) -> Self {
        if session.remember { Self::Remembered } else { Self::UntilBrowserCloses }
    }

    /// What `rememberMe` asks for; only an outspoken `false` means not to.
    pub fn remembering(choice: Option<bool>) -> Self {
        if choice == Some(false) { Self::UntilBrowserCloses } else { Self::Remembered }
    }
}

impl Cookies {
    /// `secure` follows the scheme of `PUBLIC_URL`: with it, names get the `__Secure-` prefix, and a browser then refuses
    /// to take such a cookie from an unencrypted page.
    ///
    /// HMAC takes secrets of any length; the error is there because other MACs do not.
    pub fn new(secret: &Secret, secure: Secure) -> Result<Self, InvalidLength> {
        Ok(Self { keyed: Hmac::new_from_slice(secret.expose().as_bytes())?, secure })
    }

    /// `token.signature`, as the bearer header carries it.
    pub fn signed(&self, value: &str) -> String {
        format!("{value}.{}", STANDARD.encode(self.mac(value).finalize().into_bytes()))
    }

    /// The value of a signed text, if the signature holds.
    pub fn verified<'a>(&self, signed: &'a str) -> Option<&'a str> {
        let (value, signature) = signed.rsplit_once('.')?;
        if signature.len() != 44 || !signature.ends_with('=') {
            return None;
        }
        let signature = STANDARD.decode(signature).ok()?;
        self.mac(value).verify_slice(&signature).ok().map(|()| value)
    }

    /// The session token that the request's cookie carries, if its signature holds.
    pub fn session_token(&self, headers: &HeaderMap) -> Option<String> {
        self.verified(&decoded(self.sent(headers, "session_token")?)?).map(str::to_owned)
    }

    /// The state of the social sign-in that this browser began last, if its signature holds.
    pub fn state(&self, headers: &HeaderMap) -> Option<String> {
        self.verified(&decoded(self.sent(headers, "state")?)?).map(str::to_owned)
    }

    /// The browser's own copy of its session, if we wrote it and it has not run out.
    pub fn cached(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Cached> {
        let sent = URL_SAFE_NO_PAD.decode(self.sent(headers, "session_data")?).ok()?;
        cache::read(&sent, now, &|text| self.mac(text).finalize().into_bytes().into())
    }

    /// Gives the browser a copy of its session, which answers `get-session` for as long as `lifetime`.
    pub fn cache(&self, headers: &mut HeaderMap, signed_in: &SignedIn, lifetime: TimeDelta, now: DateTime<Utc>) {
        let written = cache::write(signed_in, now, lifetime, &|text| self.mac(text).finalize().into_bytes().into());
        // What is too large for one cookie is read from the database as if there were no cache.
        let value = written.map(|json| URL_SAFE_NO_PAD.encode(json)).filter(|value| value.len() <= MAX_COOKIE);
        if let Some(value) = value {
            let max_age = match Lifetime::of(&signed_in.session) {
                Lifetime::Remembered => format!("; Max-Age={}", lifetime.num_seconds()),
                Lifetime::UntilBrowserCloses => String::new(),
            };
            self.append(headers, "session_data", &value, &max_age);
        }
    }

    pub fn set_state(&self, headers: &mut HeaderMap, state: &str) {
        self.append(headers, "state", &encoded(&self.signed(state)), &format!("; Max-Age={STATE_S}"));
    }

    pub fn forget_state(&self, headers: &mut HeaderMap) {
        self.append(headers, "state", "", "; Max-Age=0");
    }

    /// The value of one of our cookies, as sent.
    fn sent<'a>(&self, headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        let name = self.name(name);
        let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        pairs
            .flat_map(|header| header.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    }

    /// Signs the browser in. Without remembering, a second cookie says so, as Better Auth's clients expect.
    pub fn sign_in(&self, headers: &mut HeaderMap, token: &str, lifetime: Lifetime) {
        self.set(headers, "session_token", &encoded(&self.signed(token)), lifetime);
        if lifetime == Lifetime::UntilBrowserCloses {
            self.set(headers, "dont_remember", &encoded(&self.signed("true")), lifetime);
        }
    }

    /// Takes every cookie of ours away.
    pub fn sign_out(&self, headers: &mut HeaderMap) {
        for name in ["session_token", "session_data", "dont_remember"] {
            self.append(headers, name, "", "; Max-Age=0");
        }
    }

    fn set(&self, headers: &mut HeaderMap, name: &str, value: &str, lifetime: Lifetime) {
        match lifetime {
            Lifetime::Remembered => self.append(headers, name, value, &format!("; Max-Age={REMEMBERED_S}")),
            Lifetime::UntilBrowserCloses => self.append(headers, name, value, ""),
        }
    }

    fn append(&self, headers: &mut HeaderMap, name: &str, value: &str, max_age: &str) {
        let secure = match self.secure {
            Secure::Https => "; Secure",
            Secure::Plain => "",
        };
        let cookie = format!("{}={value}{max_age}; Path=/; HttpOnly{secure}; SameSite=Lax", self.name(name));
        // The value is percent-encoded and the rest is ours, so this always holds.
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }

    fn name(&self, name: &str) -> String {
        match self.secure {
            Secure::Https => format!("__Secure-better-auth.{name}"),
            Secure::Plain => format!("better-auth.{name}"),
        }
    }

    fn mac(&self, value: &str) -> Hmac<Sha256> {
        let mut mac = self.keyed.clone();
        mac.update(value.as_bytes());
        mac
    }
}

/// What JavaScript's `encodeURIComponent` makes of it, as far as tokens and base64 go.
pub fn encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len() + 8);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Undoes percent-encoding; `None` for what is not UTF-8 afterwards or holds a broken escape.
pub fn decoded(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(secure: Secure) -> Cookies {
        Cookies::new(&"contract-test-secret-0123456789abcdef-XYZ".into(), secure).unwrap()
    }

    fn written(write: impl FnOnce(&mut HeaderMap)) -> Vec<String> {
        let mut headers = HeaderMap::new();
        write(&mut headers);
        headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    fn sending(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(cookie).unwrap())])
    }

    /// The cookie is, byte for byte, what Better Auth 1.7 writes for the same secret and token.
    #[test]
    fn cookies_are_signed_like_better_auths() {
        assert_eq!(
            written(|headers| cookies(Secure::Plain).sign_in(
                headers,
                "abcdefghijklmnopqrstuvwxyzABCDEF",
                Lifetime::Remembered
            )),
            [
                "better-auth.session_token=abcdefghijklmnopqrstuvwxyzABCDEF.Cn5SbwleAHR5PWdjjrHX76lUJac4WLCbTdoqtI4Oirs%3D; \
              Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
            ]
        );
    }

    /// Over HTTPS the names are prefixed and the attribute is set; unremembered sign-ins have no age and say so.
    #[test]
    fn secure_and_unremembered_cookies_are_marked() {
        let written = written(|headers| cookies(Secure::Https).sign_in(headers, "t", Lifetime::UntilBrowserCloses));
        let shapes: Vec<_> = written.iter().map(|cookie| cookie.split_once('=').unwrap()).collect();
        assert_eq!(shapes[0].0, "__Secure-better-auth.session_token");
        assert_eq!(shapes[1].0, "__Secure-better-auth.dont_remember");
        assert!(shapes.iter().all(|(_, rest)| rest.ends_with("%3D; Path=/; HttpOnly; Secure; SameSite=Lax")));
    }

    /// A cookie reads back; a changed, truncated, unsigned or re-signed one, or one of the wrong prefix, does not.
    #[test]
    fn only_our_signature_reads_back() {
        let cookies = cookies(Secure::Plain);
        let signed = cookies.signed("token");
        let read = |value: &str| cookies.session_token(&sending(&format!("a=b; better-auth.session_token={value}")));
        assert_eq!(read(&encoded(&signed)).as_deref(), Some("token"));
        assert_eq!(read(&signed).as_deref(), Some("token"));
        assert_eq!(read("token"), None);
        assert_eq!(read("token."), None);
        assert_eq!(read(&signed[..signed.len() - 1]), None);
        assert_eq!(read(&signed.replace("token", "tokem")), None);
        assert_eq!(read(&Cookies::new(&"another".into(), Secure::Plain).unwrap().signed("token")), None);
        assert_eq!(read("%zz"), None);
        let prefixed = Cookies::new(&"contract-test-secret-0123456789abcdef-XYZ".into(), Secure::Https).unwrap();
        assert_eq!(prefixed.session_token(&sending(&format!("better-auth.session_token={signed}"))), None);
    }

    /// Signing out empties all three.
    #[test]
    fn signing_out_takes_every_cookie() {
        assert_eq!(
            written(|headers| cookies(Secure::Plain).sign_out(headers)),
            ["session_token", "session_data", "dont_remember"]
                .map(|name| format!("better-auth.{name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"))
        );
    }
}
