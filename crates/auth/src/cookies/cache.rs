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
