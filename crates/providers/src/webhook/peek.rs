//! One member of a JSON object, without keeping the rest. The whole text is read all the same: half a body is no JSON.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor},
};
use std::{fmt, marker::PhantomData};

/// The member of this name at the top of the object; the last, if it is there twice, as `serde_json` has it.
pub(crate) fn peek<T: for<'de> Deserialize<'de>>(json: &[u8], name: &str) -> Result<Option<T>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let found = Member { name, of: PhantomData }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(found)
}

struct Member<'n, T> {
    name: &'n str,
    of: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Member<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Member<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<T>, A::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if name == self.name {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half a body is none, and neither is a body with something behind it.
    #[test]
    fn the_whole_text_has_to_be_an_object() {
        assert_eq!(peek::<u8>(br#"{"b": [1, {"a": 2}], "a": 7}"#, "a").unwrap(), Some(7));
        assert_eq!(peek::<u8>(br#"{"b": {"a": 2}}"#, "a").unwrap(), None);
        for bad in ["", "[]", "7", "null", r#"{"a": 7"#, r#"{"a": 7} {}"#, r#"{"a": "x"}"#] {
            assert!(peek::<u8>(bad.as_bytes(), "a").is_err(), "{bad}");
        }
    }
}
