//! The door for webhooks: raw bytes and headers in, a [`Verified`] out, or the reason why not.

mod channel;
mod client_jwt;
mod hmac;
mod oidc;
mod peek;
mod record;

pub use channel::ChannelKey;
pub use oidc::PushClaims;
pub(crate) use peek::peek;
pub use record::{
    Channel, Digest, Encoding, Freshness, HmacScheme, KeyForm, Oidc, Proof, SignatureForm, Signed, SignedPart, Webhook,
};

use crate::{EventHeaders, Verified, Webhooks};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{
    HeaderMap,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use kernel::Secret;
use std::collections::BTreeMap;

/// A webhook as it arrived.
pub struct Unverified<'a> {
    pub headers: &'a HeaderMap,
    pub body: Bytes,
}

/// Why a webhook was refused; the word is what is counted, logged and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refused {
    #[error("the signature is missing")]
    MissingSignature,
    #[error("there is more than one signature header")]
    SeveralSignatures,
    #[error("the signature does not have the vendor's form")]
    MalformedSignature,
    #[error("the signature does not match")]
    WrongSignature,
    #[error("webhooks of this provider are not configured")]
    NoSecret,
    #[error("the signed time is missing")]
    MissingTime,
    #[error("the signed time is too long ago or in the future")]
    Stale,
    #[error("the channel is not one of ours")]
    UnknownChannel,
    #[error("the token is not for us")]
    WrongAudience,
    #[error("the header or member that names the event or the delivery is missing")]
    MissingHeaders,
    #[error("the body does not have the vendor's form")]
    NotJson,
}

impl Refused {
    /// The word on the wire and in the counters.
    pub const fn word(self) -> &'static str {
        match self {
            Self::MissingSignature => "missing_signature",
            Self::SeveralSignatures => "several_signatures",
            Self::MalformedSignature => "malformed_signature",
            Self::WrongSignature => "wrong_signature",
            Self::NoSecret => "no_secret",
            Self::MissingTime => "missing_time",
            Self::Stale => "stale",
            Self::UnknownChannel => "unknown_channel",
            Self::WrongAudience => "wrong_audience",
            Self::MissingHeaders => "missing_headers",
            Self::NotJson => "not_json",
        }
    }
}

/// What a request has to be compared with, which only the caller can bring.
#[derive(Clone)]
pub enum Asks {
    /// The webhook secrets of the address.
    WebhookSecrets,
    /// The client's secrets: the vendor signs with them.
    ClientSecrets,
    /// The channel of this id.
    Channel(String),
    /// Whether the vendor's OpenID provider has signed the bearer token, and what it says.
    Bearer(Secret),
}

/// The answer to [`Asks`].
pub enum Evidence {
    /// Any of them may have signed: two are live during a rotation. Empty: webhooks are off.
    Secrets(Vec<Secret>),
    /// `None`: there is no such channel.
    Channel(Option<ChannelKey>),
    /// `None`: the token's signature, issuer or time does not hold.
    Bearer(Option<PushClaims>),
}

/// What is done with a request that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It is stored, and answered once that is durable.
    Accepted,
    /// The vendor asks whether anybody is here: answered with this JSON, and not stored.
    Challenge(serde_json::Value),
}

/// What a request says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    pub event: String,
    /// What tells this delivery from all others to the same address.
    pub delivery_id: String,
    /// Whether the id is among what was signed. Where it is not, the same bytes are the same delivery as well.
    pub is_id_signed: bool,
    /// Whose it is, in the vendor's id of an installation, workspace or site, as far as that is quickly seen: deliveries of
    /// one lane wait for each other, not for those of others.
    pub lane: String,
    pub reply: Reply,
}

impl Unverified<'_> {
    /// What the proof of this request is compared with.
    pub fn asks(&self, webhook: &Webhook) -> Result<Asks, Refused> {
        match self.proof(webhook)? {
            Proof::Hmac(_) => Ok(Asks::WebhookSecrets),
            Proof::ClientJwt => Ok(Asks::ClientSecrets),
            Proof::Channel(channel) => channel::id(self, channel).map(Asks::Channel),
            Proof::Oidc(_) => self.bearer().map(Asks::Bearer),
        }
    }

    /// Checks the proof, then time, then shape.
    pub fn verify(
        self,
        webhook: &Webhook,
        vendor: &dyn Webhooks,
        evidence: &Evidence,
        now: DateTime<Utc>,
    ) -> Result<(Verified, Arrival), Refused> {
        match (self.proof(webhook)?, evidence) {
            (Proof::Hmac(scheme), Evidence::Secrets(secrets)) => hmac::check(&self, scheme, secrets, now)?,
            (Proof::ClientJwt, Evidence::Secrets(secrets)) => {
                client_jwt::check(self.bearer()?.expose(), secrets, now)?;
            }
            (Proof::Channel(channel), Evidence::Channel(key)) => channel::check(&self, channel, key.as_ref())?,
            (Proof::Oidc(_), Evidence::Bearer(claims)) => oidc::check(claims.as_ref())?,
            // Evidence of another kind proves nothing.
            (Proof::Hmac(_) | Proof::ClientJwt | Proof::Channel(_) | Proof::Oidc(_), _) => {
                return Err(Refused::WrongSignature);
            }
        }
        let headers = EventHeaders {
            event: String::new(),
            delivery_id: String::new(),
            content_type: EventHeaders::text(self.headers, CONTENT_TYPE.as_str()),
            kept: self.kept(webhook),
        };
        let mut verified = Verified::new(headers, self.body);
        let arrival = vendor.arrive(&verified, now)?;
        verified.name(&arrival);
        Ok((verified, arrival))
    }

    /// The first of the vendor's proofs that this request brings.
    fn proof<'w>(&self, webhook: &'w Webhook) -> Result<&'w Proof, Refused> {
        let brings = |proof: &&Proof| match proof {
            Proof::Hmac(scheme) => self.headers.contains_key(scheme.header.as_str()),
            Proof::ClientJwt | Proof::Oidc(_) => self.headers.contains_key(AUTHORIZATION),
            Proof::Channel(Channel::Headers { id, .. }) => self.headers.contains_key(id.as_str()),
            // Whether it is there shows only in the body, which is read when it is its turn.
            Proof::Channel(Channel::Body { .. }) => true,
        };
        webhook.proofs.iter().find(brings).ok_or(Refused::MissingSignature)
    }

    fn bearer(&self) -> Result<Secret, Refused> {
        let mut values = self.headers.get_all(AUTHORIZATION).iter();
        let value = values.next().ok_or(Refused::MissingSignature)?;
        if values.next().is_some() {
            return Err(Refused::SeveralSignatures);
        }
        let text = value.to_str().map_err(|_| Refused::MalformedSignature)?;
        let (scheme, token) = text.split_once(' ').ok_or(Refused::MalformedSignature)?;
        // RFC 7235 2.1: the scheme's name has no case.
        if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() {
            Ok(token.into())
        } else {
            Err(Refused::MalformedSignature)
        }
    }

    /// The headers that are stored: what reading needs, and nothing that is a credential.
    fn kept(&self, webhook: &Webhook) -> BTreeMap<String, String> {
        let kept = webhook.kept_headers.iter();
        kept.filter_map(|name| Some((name.clone(), EventHeaders::text(self.headers, name)?))).collect()
    }
}
