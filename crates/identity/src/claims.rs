//! What a token of ours says.

use kernel::UserId;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Visitor},
};
use serde_json::{Map, Value};
use std::fmt;

/// The claims that are checked. A token may carry more (the auth service adds the user's profile); they are not read.
///
/// `exp`, `nbf` and `iat` are whole seconds since 1970. A fraction, a text or a number beyond 63 bits does not parse, and
/// a token that does not parse is refused: libraries that treated a mistyped `exp` as an absent one had to be mended
/// (CVE-2026-25537).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The person.
    #[serde(with = "simple")]
    pub sub: UserId,
    pub iss: String,
    pub aud: Audience,
    pub exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub nbf: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub iat: Option<i64>,
}

/// One audience or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    /// Whether `audience` is a member, compared whole.
    pub fn contains(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

impl From<&str> for Audience {
    fn from(audience: &str) -> Self {
        Self::One(audience.to_owned())
    }
}

/// A JSON object, and nothing else that could be read as one, in which no name stands twice: another reader might take
/// the other value (RFC 8725, 2.4).
pub(crate) fn unique(json: &[u8]) -> Result<Map<String, Value>, serde_json::Error> {
    struct Object;

    impl<'de> Visitor<'de> for Object {
        type Value = Map<String, Value>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut map = Map::new();
            while let Some((name, value)) = access.next_entry()? {
                if map.insert(name, value).is_some() {
                    return Err(A::Error::custom("a name stands twice"));
                }
            }
            Ok(map)
        }
    }

    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let map = deserializer.deserialize_map(Object)?;
    deserializer.end()?;
    Ok(map)
}

/// A claim that is there must be a number; `null` is neither a number nor absent.
pub(crate) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    i64::deserialize(deserializer).map(Some)
}

/// `sub` is written in the 32-digit form, which is how the auth service spells ids everywhere, and read in both forms.
mod simple {
    use super::UserId;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(id: &UserId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&id.simple())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UserId, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
