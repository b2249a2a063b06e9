//! The parameters of a query or a form, as OAuth reads them: an empty one is absent, one that is sent twice is refused, and
//! what is unknown is ignored (RFC 6749, 3.1 and 3.2).

use super::OAuthError;
use url::form_urlencoded::{Serializer, parse};

/// As they came, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub fn read(encoded: &[u8]) -> Self {
        Self(parse(encoded).map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    pub fn get(&self, name: &str) -> Result<Option<&str>, OAuthError> {
        let mut sent = self.0.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str());
        match (sent.next(), sent.next()) {
            (_, Some(_)) => Err(OAuthError::InvalidRequest("a parameter is sent twice")),
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
        }
    }

    /// Encoded anew, so that it says the same to whoever reads it next.
    pub fn text(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// The same with another value of one parameter; without it, where that is empty.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut pairs: Vec<_> = self.0.iter().filter(|(found, _)| found != name).cloned().collect();
        if !value.is_empty() {
            pairs.push((name.to_owned(), value.to_owned()));
        }
        Self(pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Absent, empty, once, twice.
    #[test]
    fn a_parameter_counts_once() {
        let read = Parameters::read(b"a=1&b=&c=x+y&c=z&d=%26");
        assert_eq!(read.get("a").unwrap(), Some("1"));
        assert_eq!(read.get("b").unwrap(), None);
        assert!(matches!(read.get("c"), Err(OAuthError::InvalidRequest(_))));
        assert_eq!(read.get("d").unwrap(), Some("&"));
        assert_eq!(read.get("e").unwrap(), None);
        assert!(matches!(Parameters::read(b"a=&a=").get("a"), Err(OAuthError::InvalidRequest(_))));
    }

    /// What is encoded anew reads as the same, also when one value is replaced.
    #[test]
    fn parameters_are_encoded_anew() {
        let read = Parameters::read(b"state=a%20b&x=%0d%0a&prompt=login");
        assert_eq!(read.text(), "state=a+b&x=%0D%0A&prompt=login");
        assert_eq!(Parameters::read(read.text().as_bytes()), read);
        assert_eq!(read.with("prompt", "").text(), "state=a+b&x=%0D%0A");
        assert_eq!(read.with("prompt", "consent").get("prompt").unwrap(), Some("consent"));
    }
}
