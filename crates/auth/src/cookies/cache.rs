//! The browser's own copy of its session, in Better Auth's compact form: JSON with a signature over part of its own text.

use crate::{flows::session::SignedIn, wire};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What the signature is over: these members and the time of expiry, in this order and spelling.
#[derive(Serialize, Deserialize)]
struct Held {
    session: wire::Session,
    user: wire::User,
    /// Milliseconds since 1970.
    #[serde(rename = "updatedAt")]
    updated_at: i64,
    version: String,
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    /// [`Held`], as written: the signature is over the text.
    session: Box<RawValue>,
    #[serde(rename = "expiresAt")]
    expires_at: i64,
    signature: String,
}

/// What the copy says.
pub struct Cached {
    pub session: wire::Session,
    pub user: wire::User,
}

type Mac<'a> = dyn Fn(&str) -> [u8; 32] + 'a;

/// The copy as JSON.
pub fn write(signed_in: &SignedIn, now: DateTime<Utc>, lifetime: TimeDelta, mac: &Mac<'_>) -> Option<Vec<u8>> {
    let held = Held {
        session: wire::Session::new(signed_in.session.clone(), signed_in.token.clone()),
        user: signed_in.user.clone().into(),
        updated_at: now.timestamp_millis(),
        version: "1".to_owned(),
    };
    let session = serde_json::value::to_raw_value(&held).ok()?;
    let expires_at = (now + lifetime).timestamp_millis();
    let signature = URL_SAFE_NO_PAD.encode(mac(&signed_text(session.get(), expires_at)?));
    serde_json::to_vec(&Envelope { session, expires_at, signature }).ok()
}

/// What a copy says, if it is ours and has not run out.
pub fn read(json: &[u8], now: DateTime<Utc>, mac: &Mac<'_>) -> Option<Cached> {
    let envelope: Envelope = serde_json::from_slice(json).ok()?;
    let expected = mac(&signed_text(envelope.session.get(), envelope.expires_at)?);
    let given = URL_SAFE_NO_PAD.decode(&envelope.signature).ok()?;
    if !kernel::same(&given, expected) || envelope.expires_at <= now.timestamp_millis() {
        return None;
    }
    let held: Held = serde_json::from_str(envelope.session.get()).ok()?;
    Some(Cached { session: held.session, user: held.user })
}

/// `{"session":…,"user":…,"updatedAt":…,"version":"1"}` with `expiresAt` as its last member.
fn signed_text(session: &str, expires_at: i64) -> Option<String> {
    Some(format!("{},\"expiresAt\":{expires_at}}}", session.strip_suffix('}')?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hmac::{Hmac, KeyInit, Mac};
    use kernel::UserId;
    use serde_json::Value;
    use sha2::Sha256;
    use uuid::Uuid;

    /// What Better Auth 1.7 wrote for the secret below, on 21 November 2026 at 02:03:53.562.
    const RECORDED: &str = "eyJzZXNzaW9uIjp7InNlc3Npb24iOnsiZXhwaXJlc0F0IjoiMjAyNi0xMS0yOFQwMjowMzo1My41NTZaIiwidG9rZW4iOi\
        I4eTVMblA3V3EzRnhxOG1NaThDMkJ1NU1WSlBpWjJhQyIsImNyZWF0ZWRBdCI6IjIwMjYtMTEtMjFUMDI6MDM6NTMuNTU2WiIsInVwZGF0ZWRBdCI6\
        IjIwMjYtMTEtMjFUMDI6MDM6NTMuNTU2WiIsImlwQWRkcmVzcyI6IiIsInVzZXJBZ2VudCI6ImNvbnRyYWN0LXJlY29yZGVyLzEiLCJ1c2VySWQiOi\
        J1MU1ocURBTDlJWDJQdzVneGtpRXplbEVsZFlpeHNsRiIsImlkIjoiOGE5M3owUG9SYmsyVG1zNU5RTHRVdGlDZWZvaktrRjEifSwidXNlciI6eyJu\
        YW1lIjoiQSIsImVtYWlsIjoiYUBleGFtcGxlLmNvbSIsImVtYWlsVmVyaWZpZWQiOmZhbHNlLCJpbWFnZSI6bnVsbCwiY3JlYXRlZEF0IjoiMjAyNi\
        0xMS0yMVQwMjowMzo1My41NTRaIiwidXBkYXRlZEF0IjoiMjAyNi0xMS0yMVQwMjowMzo1My41NTRaIiwiaWQiOiJ1MU1ocURBTDlJWDJQdzVneGtp\
        RXplbEVsZFlpeHNsRiJ9LCJ1cGRhdGVkQXQiOjE3OTUyMjY2MzM1NjIsInZlcnNpb24iOiIxIn0sImV4cGlyZXNBdCI6MTc5NTIyNjkzMzU2Miwic2\
        lnbmF0dXJlIjoiaXRveUFnNi0zaTh0dkpMVE4xVE9WWWJYVDFsZlpXVTZpWjMzMnFqS1Y3MCJ9";
    const ENDS_AT: i64 = 1_795_226_933_562;

    fn mac(text: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"contract-test-secret-0123456789abcdef-XYZ").unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn at(milliseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(milliseconds).unwrap()
    }

    /// Better Auth's own copy reads, until its end and not after; with one letter changed it does not.
    #[test]
    fn better_auths_copy_reads() {
        let recorded = URL_SAFE_NO_PAD.decode(RECORDED).unwrap();
        let cached = read(&recorded, at(ENDS_AT - 1), &mac).unwrap();
        assert_eq!(
            (cached.session.token.as_str(), cached.user.email.as_str(), cached.user.id.as_str()),
            ("8y5LnP7Wq3Fxq8mMi8C2Bu5MVJPiZ2aC", "a@example.com", "u1MhqDAL9IX2Pw5gxkiEzelEldYixslF")
        );
        assert!(read(&recorded, at(ENDS_AT), &mac).is_none());
        let text = String::from_utf8(recorded).unwrap();
        for (from, to) in [("a@example.com", "b@example.com"), ("1795226933562", "1795226933563"), ("itoy", "jtoy")] {
            assert!(text.contains(from) && read(text.replace(from, to).as_bytes(), at(0), &mac).is_none(), "{from}");
        }
        let doubled = text.replacen(r#""expiresAt":1795226933562"#, r#""expiresAt":1795226933562,"expiresAt":1"#, 1);
        assert!(read(doubled.as_bytes(), at(0), &mac).is_none());
    }

    /// Ours reads back, and is signed over the text that Better Auth signs: what it holds, with the end as last member.
    #[test]
    fn a_written_copy_reads_back() {
        let now = at(1_795_226_633_562);
        let (id, user) = (Uuid::from_u128(7), UserId::from_uuid(Uuid::from_u128(8)));
        let signed_in = SignedIn {
            session: db::auth::sessions::Session {
                id,
                user,
                expires_at: now + TimeDelta::days(7),
                remember: true,
                ip_address: String::new(),
                user_agent: "a \"browser\"".to_owned(),
                created_at: now,
                updated_at: now,
            },
            user: db::auth::users::User {
                id: user,
                name: "Ada }".to_owned(),
                email: "ada@example.com".to_owned(),
                email_verified: true,
                image: None,
                created_at: now,
                updated_at: now,
            },
            token: "8y5LnP7Wq3Fxq8mMi8C2Bu5MVJPiZ2aC".to_owned(),
        };
        let written = write(&signed_in, now, TimeDelta::seconds(300), &mac).unwrap();
        let cached = read(&written, now, &mac).unwrap();
        assert_eq!((cached.session.token.as_str(), cached.user.name.as_str()), (signed_in.token.as_str(), "Ada }"));
        let envelope: Value = serde_json::from_slice(&written).unwrap();
        let (held, ends) = (&envelope["session"], &envelope["expiresAt"]);
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!((names(held).len(), ends), (4, &Value::from(ENDS_AT)));
        let text = String::from_utf8(written).unwrap();
        let body = text.strip_prefix(r#"{"session":"#).and_then(|text| text.split_once(r#"},"expiresAt":"#)).unwrap().0;
        let signature = URL_SAFE_NO_PAD.encode(mac(&format!(r#"{body},"expiresAt":{ends}}}"#)));
        assert_eq!(envelope["signature"], signature);
    }
}
