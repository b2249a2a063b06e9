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

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, HeaderName};

    fn in_headers() -> Channel {
        let [id, token, resource] = ["x-id", "x-token", "x-resource"].map(str::to_owned);
        Channel::Headers { id, token, resource }
    }

    fn in_body() -> Channel {
        Channel::Body { id: "id".to_owned(), token: "token".to_owned() }
    }

    fn key(resource: Option<&str>) -> ChannelKey {
        ChannelKey { token_hash: sha256("secret"), resource: resource.map(str::to_owned) }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        headers
    }

    fn said(pairs: &[(&'static str, &str)], key: Option<&ChannelKey>) -> Result<(), Refused> {
        let headers = headers(pairs);
        check(&Unverified { headers: &headers, body: Bytes::new() }, &in_headers(), key)
    }

    fn written(body: &'static str) -> (Result<String, Refused>, Result<(), Refused>) {
        let (headers, channel) = (HeaderMap::new(), in_body());
        let request = Unverified { headers: &headers, body: body.into() };
        (id(&request, &channel), check(&request, &channel, Some(&key(Some("r")))))
    }

    /// The token has to be the channel's own, and so has what is watched, as soon as that is known.
    #[test]
    fn a_channel_has_a_token_and_a_resource() {
        let (known, pending) = (key(Some("r")), key(None));
        let good = [("x-token", "secret"), ("x-resource", "r")];
        assert_eq!(said(&good, Some(&known)), Ok(()));
        // The first request may come before the answer that opens the channel.
        assert_eq!(said(&good, Some(&pending)), Ok(()));
        assert_eq!(said(&good, None), Err(Refused::UnknownChannel));
        assert_eq!(said(&good[1..], Some(&known)), Err(Refused::MissingSignature));
        for (token, resource) in [("Secret", "r"), ("secre", "r"), ("secret2", "r"), ("secret", "another")] {
            let pairs = [("x-token", token), ("x-resource", resource)];
            assert_eq!(said(&pairs, Some(&known)), Err(Refused::WrongSignature), "{token} {resource}");
        }
        let twice = [("x-token", "secret"), ("x-token", "secret")];
        assert_eq!(said(&twice, Some(&known)), Err(Refused::MissingSignature));
        // Its hash alone, which the table has, opens nothing.
        let hash = hex::encode(known.token_hash);
        assert_eq!(said(&[("x-token", &hash)], Some(&known)), Err(Refused::WrongSignature));
    }

    /// An id is one visible word in a header, or a short text or a number in a body.
    #[test]
    fn a_channel_has_one_id() {
        let long = "x".repeat(201);
        for (pairs, expected) in [
            (vec![("x-id", "c1")], Ok("c1".to_owned())),
            (vec![], Err(Refused::MalformedSignature)),
            (vec![("x-id", "")], Err(Refused::MalformedSignature)),
            (vec![("x-id", long.as_str())], Err(Refused::MalformedSignature)),
            (vec![("x-id", "c1"), ("x-id", "c2")], Err(Refused::MalformedSignature)),
        ] {
            let headers = headers(&pairs);
            assert_eq!(id(&Unverified { headers: &headers, body: Bytes::new() }, &in_headers()), expected);
        }
        assert_eq!(written(r#"{"id":"42","token":"secret"}"#), (Ok("42".to_owned()), Ok(())));
        assert_eq!(written(r#"{"id":42,"token":"secret"}"#), (Ok("42".to_owned()), Ok(())));
        assert_eq!(
            written(r#"{"id":"","token":""}"#),
            (Err(Refused::MalformedSignature), Err(Refused::WrongSignature))
        );
        assert_eq!(written("{}"), (Err(Refused::MissingSignature), Err(Refused::MissingSignature)));
        for odd in [r#"{"id":-1,"token":7}"#, r#"{"id":null,"token":null}"#, r#"{"id":[],"token":{}}"#, "[]", "", "{"] {
            assert_eq!(written(odd), (Err(Refused::NotJson), Err(Refused::NotJson)), "{odd}");
        }
    }
}
