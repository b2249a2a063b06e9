//! Addresses with holes: `https://{subdomain}.example.com/oauth/token`. What fills a hole comes from outside, and a
//! client secret travels to the result, so a value is checked before it is put in and the result is checked again.

use std::{collections::BTreeMap, fmt};
use url::{Host, Url};

/// What a tenant has to say about where its account is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// As in the template, without braces.
    pub name: String,
    pub form: Form,
    /// Taken where nothing is said.
    pub default: Option<String>,
    pub example: String,
}

/// What a value may look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// One label of a host name (RFC 1123 2.1), lower case, in front of a domain that the template fixes.
    Label,
    /// A whole host name of a product that people host themselves: no port, no address in digits.
    Host,
    /// One segment of a path.
    Segment,
    /// One of these, wherever it stands.
    OneOf(Vec<String>),
}

/// Why no address came of it. Names what is asked for, never the value that was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("{name} is missing, for example {example}")]
    Missing { name: String, example: String },
    #[error("there is no variable {0}")]
    Unknown(String),
    #[error("{name} must be {wanted}, for example {example}")]
    Refused { name: String, wanted: &'static str, example: String },
    /// Never with values that their forms allow; checked again because a secret is sent to the result.
    #[error("the address leaves its host")]
    Escaped,
}

impl Variable {
    /// The value to put in: the given one, else the default.
    fn value<'a>(&'a self, given: &'a BTreeMap<String, String>) -> Result<&'a str, TemplateError> {
        let value = given.get(&self.name).or(self.default.as_ref());
        let value =
            value.ok_or_else(|| TemplateError::Missing { name: self.name.clone(), example: self.example.clone() })?;
        self.form.accepts(value).then_some(value.as_str()).ok_or_else(|| TemplateError::Refused {
            name: self.name.clone(),
            wanted: self.form.wanted(),
            example: self.example.clone(),
        })
    }
}

impl Form {
    pub fn accepts(&self, value: &str) -> bool {
        match self {
            Self::Label => is_label(value),
            Self::Host => is_host(value),
            Self::Segment => is_segment(value),
            Self::OneOf(values) => values.iter().any(|one| one == value),
        }
    }

    pub const fn wanted(&self) -> &'static str {
        match self {
            Self::Label => "one part of a host name in lower case, without dots",
            Self::Host => "a host name in lower case, without scheme, port or path",
            Self::Segment => "letters, digits, and . _ ~ - behind the first",
            Self::OneOf(_) => "one of the values of this provider",
        }
    }
}

/// RFC 1123 2.1: letters, digits and hyphens, neither first nor last a hyphen, 63 at most.
fn is_label(value: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = value.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| inner(*byte) || *byte == b'-')
        && bytes.first().is_some_and(|byte| inner(*byte))
        && bytes.last().is_some_and(|byte| inner(*byte))
}

/// Two labels at least, 253 characters at most, and nothing that a URL parser reads as an address: `127.1`, `0x7f.1`.
fn is_host(value: &str) -> bool {
    value.len() <= 253
        && value.contains('.')
        && value.split('.').all(is_label)
        && matches!(Host::parse(value), Ok(Host::Domain(name)) if name == value)
}

/// Begins with a letter or digit, so that it is never `.` or `..`.
fn is_segment(value: &str) -> bool {
    value.len() <= 128
        && value.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte))
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Hole(String),
}

/// An https address with holes. Only [`Template::parse`] makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct Template {
    /// Between `https://` and the first slash.
    host: Vec<Piece>,
    /// From that slash on.
    rest: Vec<Piece>,
}

impl Template {
    /// Reads a template and judges it together with the variables it uses. The error is a sentence's end, to stand behind
    /// the name of the key.
    pub fn parse(text: &str, variables: &[Variable]) -> Result<Self, String> {
        let behind = text.strip_prefix("https://").ok_or("must be https")?;
        let (host, rest) = behind.split_at(behind.find(['/', '?', '#']).unwrap_or(behind.len()));
        let template = Self { host: pieces(host)?, rest: pieces(rest)? };
        let form = |name: &str| variables.iter().find(|variable| variable.name == name).map(|variable| &variable.form);
        for name in template.names() {
            form(name).ok_or_else(|| format!("uses {{{name}}}, which is not among the variables"))?;
        }
        for (place, piece) in template.host.iter().enumerate() {
            let Piece::Hole(name) = piece else { continue };
            match form(name) {
                Some(Form::Label) if !template.is_fixed_behind(place) => {
                    return Err(format!("needs a fixed domain behind {{{name}}}"));
                }
                Some(Form::Host) if template.host.len() != 1 => {
                    return Err(format!("puts {{{name}}}, a whole host, into a part of one"));
                }
                Some(Form::Segment) => return Err(format!("puts {{{name}}}, a segment of a path, into the host")),
                _ => {}
            }
        }
        let samples = variables.iter().map(|variable| (variable.name.clone(), variable.sample())).collect();
        template.render(variables, &samples).map_err(|_| "is not an https URL without user, password and fragment")?;
        Ok(template)
    }

    /// The variables it uses.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.host.iter().chain(&self.rest).filter_map(|piece| match piece {
            Piece::Hole(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The address for these values. Its host is the template's with the holes filled, and nothing else.
    pub fn render(&self, variables: &[Variable], given: &BTreeMap<String, String>) -> Result<Url, TemplateError> {
        if let Some(unknown) = given.keys().find(|name| variables.iter().all(|variable| variable.name != **name)) {
            return Err(TemplateError::Unknown(unknown.clone()));
        }
        let fill =
            |pieces: &[Piece]| pieces.iter().map(|piece| fill(piece, variables, given)).collect::<Result<String, _>>();
        let host = fill(&self.host)?;
        let url: Url = format!("https://{host}{}", fill(&self.rest)?).parse().map_err(|_| TemplateError::Escaped)?;
        let (name, port) = host.split_once(':').map_or((host.as_str(), None), |(name, port)| (name, Some(port)));
        let stays = url.scheme() == "https"
            && matches!(url.host(), Some(Host::Domain(found)) if found == name)
            && url.port().map(|port| port.to_string()).as_deref() == port
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none();
        stays.then_some(url).ok_or(TemplateError::Escaped)
    }

    /// Whether text with a domain of two labels follows at once, so that a label can only choose within that domain.
    fn is_fixed_behind(&self, place: usize) -> bool {
        match self.host.get(place + 1) {
            Some(Piece::Text(text)) => text.starts_with('.') && text.matches('.').count() >= 2,
            _ => false,
        }
    }
}

impl Variable {
    fn sample(&self) -> String {
        self.default.clone().unwrap_or_else(|| self.example.clone())
    }
}

impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("https://")?;
        for piece in self.host.iter().chain(&self.rest) {
            match piece {
                Piece::Text(text) => formatter.write_str(text)?,
                Piece::Hole(name) => write!(formatter, "{{{name}}}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Template({self})")
    }
}

fn fill<'a>(
    piece: &'a Piece,
    variables: &'a [Variable],
    given: &'a BTreeMap<String, String>,
) -> Result<&'a str, TemplateError> {
    match piece {
        Piece::Text(text) => Ok(text),
        Piece::Hole(name) => variables
            .iter()
            .find(|variable| variable.name == *name)
            .ok_or_else(|| TemplateError::Unknown(name.clone()))?
            .value(given),
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut left = text;
    while let Some((before, behind)) = left.split_once('{') {
        let (name, rest) = behind.split_once('}').ok_or("opens a brace and does not close it")?;
        if !is_name(name) {
            return Err(format!("has {{{name}}}, which is no name of a variable"));
        }
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        pieces.push(Piece::Hole(name.to_owned()));
        left = rest;
    }
    if !left.is_empty() {
        pieces.push(Piece::Text(left.to_owned()));
    }
    Ok(pieces)
}

/// `snake_case`, 32 characters at most.
pub fn is_name(name: &str) -> bool {
    name.len() <= 32
        && name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str, form: Form, example: &str) -> Variable {
        Variable { name: name.to_owned(), form, default: None, example: example.to_owned() }
    }

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// Every way out of a host is refused before an address exists.
    #[test]
    fn a_value_cannot_leave_its_place() {
        let long = "a".repeat(254);
        let hostile = [
            "",
            ".",
            "..",
            "evil.com/#",
            "a.b@evil.com",
            "evil.com",
            "evil.com/",
            "evil.com?",
            "a:b",
            "a b",
            "a\tb",
            "a\n",
            "Acme",
            "ACME",
            "bücher",
            "аcme",
            "a\u{3002}b",
            "%2e%2e",
            "a%2Fb",
            "-a",
            "a-",
            "[::1]",
            "127.0.0.1",
            "a\\b",
            "a#",
            "a?",
            "{a}",
            "$a",
            "https://acme",
            &long,
        ];
        let label = [variable("subdomain", Form::Label, "acme")];
        let fixed = Template::parse("https://{subdomain}.zendesk.com/oauth/tokens", &label).unwrap();
        for value in hostile {
            let refused = fixed.render(&label, &given(&[("subdomain", value)])).unwrap_err();
            assert!(matches!(refused, TemplateError::Refused { .. }), "{value:?}: {refused:?}");
        }
        let segment = [variable("realm", Form::Segment, "main")];
        let path = Template::parse("https://id.example.com/realms/{realm}/token", &segment).unwrap();
        for value in hostile.iter().filter(|value| !is_segment(value)) {
            let refused = path.render(&segment, &given(&[("realm", value)])).unwrap_err();
            assert!(matches!(refused, TemplateError::Refused { .. }), "{value:?}: {refused:?}");
        }
        for value in ["", ".", "..", "a/b", "a%2Fb", "a#b", "a?b", "a\\b", "а"] {
            assert!(!is_segment(value), "{value:?}");
        }
    }

    proptest::proptest! {
        /// Whatever is put in: the secret goes to the vendor's domain, over TLS, or nowhere.
        #[test]
        fn no_value_moves_a_template_off_its_domain(value in ".{0,40}|[a-z0-9.:/@#?%-]{0,20}|[a-z0-9-]{1,8}") {
            let variables = [variable("subdomain", Form::Label, "acme"), variable("realm", Form::Segment, "main")];
            let template = Template::parse("https://{subdomain}.example.com/r/{realm}/t", &variables).unwrap();
            for (subdomain, realm) in [(value.as_str(), "main"), ("acme", value.as_str())] {
                let given = given(&[("subdomain", subdomain), ("realm", realm)]);
                if let Ok(url) = template.render(&variables, &given) {
                    let path = format!("https://{subdomain}.example.com/r/{realm}/t");
                    proptest::prop_assert_eq!(url.as_str(), path);
                }
            }
        }
    }

    /// A host of one's own is a name: no address in any notation, no port, no user, no upper case, no other alphabet.
    #[test]
    fn a_host_of_ones_own_is_a_plain_name() {
        let host = [variable("domain", Form::Host, "git.example.com")];
        let whole = Template::parse("https://{domain}/oauth/token", &host).unwrap();
        for value in [
            "localhost",
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "0177.0.0.1",
            "2130706433",
            "1.2.3.4.",
            "[::1]",
            "::1",
            "git.example.com:8443",
            "git.example.com/",
            "git.example.com/#",
            "a.b@evil.com",
            "user:pw@git.example.com",
            "https://git.example.com",
            "Git.example.com",
            "bücher.example",
            "git..example.com",
            ".example.com",
            "git.example.com.",
            "git_hub.example.com",
            "",
            "..",
            "example.com\\@evil.com",
        ] {
            let refused = whole.render(&host, &given(&[("domain", value)])).unwrap_err();
            assert!(matches!(refused, TemplateError::Refused { .. }), "{value:?}: {refused:?}");
        }
        let url = whole.render(&host, &given(&[("domain", "git.acme-1.example")])).unwrap();
        assert_eq!(url.as_str(), "https://git.acme-1.example/oauth/token");
    }

    /// A default serves where nothing is said, a list takes its own values only, and a name nobody declared is a mistake.
    #[test]
    fn values_are_looked_up() {
        let regions = Form::OneOf(vec!["nl".to_owned(), "co.uk".to_owned()]);
        let variables = [Variable { default: Some("nl".to_owned()), ..variable("extension", regions, "nl") }];
        let template = Template::parse("https://start.example.{extension}/token", &variables).unwrap();
        let rendered = |pairs: &[(&str, &str)]| template.render(&variables, &given(pairs)).map(String::from);
        assert_eq!(rendered(&[]).unwrap(), "https://start.example.nl/token");
        assert_eq!(rendered(&[("extension", "co.uk")]).unwrap(), "https://start.example.co.uk/token");
        assert_eq!(
            rendered(&[("extension", "evil.com")]).unwrap_err().to_string(),
            "extension must be one of the values of this provider, for example nl"
        );
        assert_eq!(rendered(&[("other", "x")]).unwrap_err().to_string(), "there is no variable other");
        let needed = [variable("subdomain", Form::Label, "acme")];
        let template = Template::parse("https://{subdomain}.example.com/", &needed).unwrap();
        let missing = template.render(&needed, &BTreeMap::new()).unwrap_err();
        assert_eq!(missing.to_string(), "subdomain is missing, for example acme");
    }

    /// A template that would let a value choose the domain is no template.
    #[test]
    fn a_template_fixes_its_domain() {
        let variables = [
            variable("label", Form::Label, "acme"),
            variable("host", Form::Host, "git.example.com"),
            variable("segment", Form::Segment, "main"),
        ];
        let refused = |text: &str| Template::parse(text, &variables).unwrap_err();
        assert_eq!(refused("http://example.com"), "must be https");
        assert_eq!(refused("https://{label}.com/"), "needs a fixed domain behind {label}");
        assert_eq!(refused("https://a.{label}/"), "needs a fixed domain behind {label}");
        assert_eq!(refused("https://{label}evil.example.com/"), "needs a fixed domain behind {label}");
        assert_eq!(refused("https://{host}.example.com/"), "puts {host}, a whole host, into a part of one");
        assert_eq!(refused("https://{segment}.example.com/"), "puts {segment}, a segment of a path, into the host");
        assert_eq!(refused("https://{other}.example.com/"), "uses {other}, which is not among the variables");
        assert_eq!(refused("https://{label.example.com/"), "opens a brace and does not close it");
        assert_eq!(refused("https://{La}.example.com/"), "has {La}, which is no name of a variable");
        for text in [
            "https://",
            "https:///x",
            "https://a@example.com/",
            "https://a:b@example.com",
            "https://127.0.0.1/",
            "https://example.com/#x",
            "https://EXAMPLE.com/",
            "https://exa mple.com/",
        ] {
            assert_eq!(refused(text), "is not an https URL without user, password and fragment", "{text}");
        }
        let fixed = Template::parse("https://example.com:8443/a?b=c", &[]).unwrap();
        assert_eq!(fixed.render(&[], &BTreeMap::new()).unwrap().as_str(), "https://example.com:8443/a?b=c");
        assert_eq!(fixed.to_string(), "https://example.com:8443/a?b=c");
    }
}
