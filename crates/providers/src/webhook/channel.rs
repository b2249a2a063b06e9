//! Channels: whoever opened one agreed with the vendor on a token, and the vendor repeats it.

use super::{Channel, Refused, Unverified, peek};
use crate::EventHeaders;
use kernel::{same, sha256};
use serde::Deserialize;

/// A channel of ours, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelKey {
    /// SHA-256 of the token: the table alone lets nobody speak for the vendor.
    pub token_hash: [u8; 32],
    /// What the vendor called what is watched, once it has said so.
    pub resource: Option<String>,
}

/// An id that some vendors write as text and some as a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(u64),
}

pub(super) fn id(request: &Unverified<'_>, channel: &Channel) -> Result<String, Refused> {
    match channel {
        Channel::Headers { id, .. } => EventHeaders::text(request.headers, id).ok_or(Refused::MalformedSignature),
        Channel::Body { id, .. } => match member::<Id>(request, id)? {
            Id::Text(text) if !text.is_empty() && text.len() <= 200 => Ok(text),
            Id::Text(_) => Err(Refused::MalformedSignature),
            Id::Number(number) => Ok(number.to_string()),
        },
    }
}

pub(super) fn check(request: &Unverified<'_>, channel: &Channel, key: Option<&ChannelKey>) -> Result<(), Refused> {
    let token = match channel {
        Channel::Headers { token, .. } => {
            EventHeaders::text(request.headers, token).ok_or(Refused::MissingSignature)?
        }
        Channel::Body { token, .. } => member::<String>(request, token)?,
    };
    let key = key.ok_or(Refused::UnknownChannel)?;
    if !same(sha256(&token), key.token_hash) {
        return Err(Refused::WrongSignature);
    }
    let said = match channel {
        Channel::Headers { resource, .. } => EventHeaders::text(request.headers, resource),
        Channel::Body { .. } => None,
    };
    match (&key.resource, said) {
        (Some(known), Some(said)) if *known != said => Err(Refused::WrongSignature),
        _ => Ok(()),
    }
}

fn member<T: for<'de> Deserialize<'de>>(request: &Unverified<'_>, name: &str) -> Result<T, Refused> {
    peek(&request.body, name).map_err(|_| Refused::NotJson)?.ok_or(Refused::MissingSignature)
}
