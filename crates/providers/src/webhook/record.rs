//! How a provider's webhooks arrive, as data.

use chrono::TimeDelta;

/// What a provider says about its webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Each way in which a request can prove where it comes from. The first that it brings is the one that must hold.
    pub proofs: Vec<Proof>,
    /// Larger bodies are refused with 413.
    pub max_bytes: usize,
    /// Headers that are stored with a delivery, in lower case. None of them is a credential.
    pub kept_headers: Vec<String>,
    /// Sent with every refusal.
    pub refusal_headers: Vec<(String, String)>,
}

/// How a request proves that it is the vendor's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A message authentication code, keyed with a webhook secret.
    Hmac(HmacScheme),
    /// `Authorization: Bearer` with a JWT that is signed HS256 with the client's secret. It does not cover the body.
    ClientJwt,
    /// A token that was agreed on when the channel was opened.
    Channel(Channel),
    /// `Authorization: Bearer` with a JWT of an OpenID provider.
    Oidc(Oidc),
}

/// A message authentication code (RFC 2104) in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HmacScheme {
    /// In lower case.
    pub header: String,
    pub digest: Digest,
    pub encoding: Encoding,
    pub form: SignatureForm,
    pub key: KeyForm,
    pub signed: Signed,
    pub freshness: Freshness,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    Sha256,
    Sha512,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Hex,
    /// The standard alphabet with padding (RFC 4648 4).
    Base64,
}

/// What the header's value looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureForm {
    /// One signature behind a prefix, which may be empty.
    Prefixed(String),
    /// Several behind a prefix each, separated by spaces; one that holds is enough (Standard Webhooks).
    List(String),
    /// `t=<seconds>,v1=<signature>,…`, under these names; the time is what is signed.
    Fields { time: String, signature: String },
}

/// How the secret becomes the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyForm {
    /// Its UTF-8 bytes.
    Text,
    /// Base64, behind `whsec_` or not (Standard Webhooks).
    Base64,
}

/// What the code is computed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signed {
    Body,
    /// These, one behind the other.
    Parts(Vec<SignedPart>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedPart {
    Text(String),
    /// The header that [`Freshness::Header`] names, or the time of [`SignatureForm::Fields`], as it is written.
    Time,
    /// A header's value.
    Header(String),
    Body,
}

/// Protection against replays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Freshness {
    /// The vendor signs no time: the delivery id and the body's hash are all there is.
    Unsigned,
    /// Seconds since the epoch, in a header that is among what is signed.
    Header { name: String, tolerance: TimeDelta },
    /// In the signature header itself ([`SignatureForm::Fields`]).
    Field { tolerance: TimeDelta },
    /// A JSON number of milliseconds since the epoch at the top of the signed body.
    BodyMillis { field: String, tolerance: TimeDelta },
}

/// Where a channel's id and token stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// In these headers; `resource`, where it is there, names what the channel watches.
    Headers { id: String, token: String, resource: String },
    /// At the top of the JSON body, under these names.
    Body { id: String, token: String },
}

/// Whose tokens are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oidc {
    /// OpenID Connect issuers, in every spelling the provider uses.
    pub issuers: Vec<String>,
    /// Where its keys are.
    pub jwks_url: String,
}
