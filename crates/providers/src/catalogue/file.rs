//! A catalogue's file, read strictly: every fault with its line, all of them together, and nothing taken from a file that
//! has one.

use super::{check, entry::Entry, raw};
use serde::de::{DeserializeOwned, IntoDeserializer};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::File,
    io::Read,
    ops::Range,
    path::Path,
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Larger files are refused unread, in bytes.
pub const LARGEST: usize = 1024 * 1024;
/// More entries are refused.
pub const MOST_ENTRIES: usize = 1000;

/// One thing wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// Begins with the key, or with the entry's slug and the key.
    pub problem: String,
}

/// Everything wrong with a file, by line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Faults {
    pub file: String,
    pub faults: Vec<Fault>,
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.faults.iter().map(|fault| format!("{}:{}: {}", self.file, fault.line, fault.problem));
        formatter.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}

/// A file that has no fault.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue {
    /// Slugs that belong to vendors with code of their own: no entry may have one of them, in this file or in a user's.
    pub reserved: BTreeSet<String>,
    pub entries: BTreeMap<String, Entry>,
}

/// Faults while they are found.
pub(super) struct Faulty<'a> {
    text: &'a str,
    found: Vec<Fault>,
}

impl Faulty<'_> {
    pub fn at(&mut self, span: &Range<usize>, problem: impl Into<String>) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        // A parser's message may have several lines; the first says what is wrong.
        let problem = problem.into();
        self.found.push(Fault { line, problem: problem.lines().next().unwrap_or_default().to_owned() });
    }

    fn of_toml(&mut self, of: &str, error: &toml::de::Error, otherwise: &Range<usize>) {
        self.at(&error.span().unwrap_or_else(|| otherwise.clone()), format!("{of}{}", error.message()));
    }

    pub fn count(&self) -> usize {
        self.found.len()
    }
}

/// The built-in entries, and those of an operator's own file over them: an own entry with a slug of the house corrects it.
pub fn with_own(built_in: &Catalogue, own: &Path) -> Result<Catalogue, Faults> {
    let name = own.file_name().unwrap_or(own.as_os_str()).to_string_lossy();
    let mut bytes = Vec::new();
    let limit = LARGEST as u64 + 1;
    let unreadable =
        |problem: String| Faults { file: name.clone().into_owned(), faults: vec![Fault { line: 1, problem }] };
    File::open(own)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| unreadable(format!("the file cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("the file is not UTF-8".to_owned()))?;
    let mut catalogue = read(&name, &text, &built_in.reserved)?;
    for (slug, entry) in &built_in.entries {
        catalogue.entries.entry(slug.clone()).or_insert_with(|| entry.clone());
    }
    Ok(catalogue)
}

/// Reads `text`. `reserved` are slugs that none of its entries may have, besides those it reserves itself.
pub fn read(file: &str, text: &str, reserved: &BTreeSet<String>) -> Result<Catalogue, Faults> {
    let mut faults = Faulty { text, found: Vec::new() };
    let catalogue = if text.len() > LARGEST {
        faults.at(&(0..0), format!("the file is larger than {LARGEST} bytes"));
        Catalogue::default()
    } else {
        judged(text, reserved, &mut faults)
    };
    if faults.found.is_empty() {
        return Ok(catalogue);
    }
    faults.found.sort_by_key(|fault| fault.line);
    Err(Faults { file: file.to_owned(), faults: faults.found })
}

fn judged(text: &str, reserved: &BTreeSet<String>, faults: &mut Faulty<'_>) -> Catalogue {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        faults.of_toml("", error, &(0..0));
    }
    let mut catalogue = Catalogue { reserved: reserved.clone(), ..Catalogue::default() };
    let mut entries = Vec::new();
    for (key, value) in table.into_inner() {
        let span = value.span();
        match key.get_ref().as_ref() {
            "reserved" => match shape::<Vec<String>>(value) {
                Ok(slugs) => catalogue.reserved.extend(slugs),
                Err(error) => faults.of_toml("reserved: ", &error, &span),
            },
            "provider" => match value.into_inner() {
                DeValue::Array(array) => entries.extend(array),
                _ => faults.at(&span, "provider must be a list: [[provider]]"),
            },
            other => faults.at(&key.span(), format!("unknown key {other}: entries begin with [[provider]]")),
        }
    }
    if entries.len() > MOST_ENTRIES {
        faults.at(&(0..0), format!("the file has more than {MOST_ENTRIES} entries"));
        return catalogue;
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for entry in entries {
        let Some((span, entry)) = one(entry, faults) else { continue };
        if catalogue.reserved.contains(&entry.slug) {
            faults.at(&span, format!("{}: slug belongs to a vendor that has code of its own", entry.slug));
        }
        if let Some(first) = seen.insert(entry.slug.clone(), span.start) {
            let line = text.get(..first).unwrap_or_default().bytes().filter(|byte| *byte == b'\n').count() + 1;
            faults.at(&span, format!("{}: slug is already that of the entry on line {line}", entry.slug));
        }
        catalogue.entries.insert(entry.slug.clone(), entry);
    }
    catalogue
}

/// One entry and the place of its slug. What is common and what belongs to the kind are read apart, so that a mistake in
/// one does not hide those in the other.
fn one(value: Spanned<DeValue<'_>>, faults: &mut Faulty<'_>) -> Option<(Range<usize>, Entry)> {
    let span = value.span();
    let DeValue::Table(table) = value.into_inner() else {
        faults.at(&span, "an entry must be a table: [[provider]]");
        return None;
    };
    let (mut common, mut rest, mut kind) = (DeTable::new(), DeTable::new(), None);
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "kind" => kind = Some(value),
            name if raw::Common::KEYS.contains(&name) => drop(common.insert(key, value)),
            _ => drop(rest.insert(key, value)),
        }
    }
    let before = faults.count();
    let named = common.get("slug").and_then(|slug| slug.get_ref().as_str()).map(|slug| format!("{slug}: "));
    let of = named.unwrap_or_default();
    let common = table_shape::<raw::Common>(common, &span, &of, faults);
    let rest = match kind.as_ref().map(|kind| (kind.get_ref().as_str(), kind.span())) {
        Some((Some("oauth2"), _)) => {
            table_shape(rest, &span, &of, faults).map(|raw| check::RawKind::OAuth2(Box::new(raw)))
        }
        Some((Some("api_key"), _)) => table_shape(rest, &span, &of, faults).map(check::RawKind::ApiKey),
        Some((Some("basic"), _)) => table_shape(rest, &span, &of, faults).map(check::RawKind::Basic),
        Some((_, place)) => {
            faults.at(&place, format!("{of}kind must be oauth2, api_key or basic"));
            None
        }
        None => {
            faults.at(&span, format!("{of}kind is missing: oauth2, api_key or basic"));
            None
        }
    };
    // Without its variables no address can be judged.
    let common = common?;
    let place = common.slug.span();
    let entry = check::entry(common, rest, faults);
    entry.filter(|_| faults.count() == before).map(|entry| (place, entry))
}

fn table_shape<T: DeserializeOwned>(
    table: DeTable<'_>,
    span: &Range<usize>,
    of: &str,
    faults: &mut Faulty<'_>,
) -> Option<T> {
    shape(Spanned::new(span.clone(), DeValue::Table(table))).map_err(|error| faults.of_toml(of, &error, span)).ok()
}

fn shape<T: DeserializeOwned>(value: Spanned<DeValue<'_>>) -> Result<T, toml::de::Error> {
    T::deserialize(value.into_deserializer())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Refresh,
        catalogue::{Kind, Separator, built_in},
    };
    use oauth::Pkce;

    /// An entry that has no fault, with `more` lines at its end (line 11 on).
    fn oauth2(more: &str) -> String {
        let lines = [
            "[[provider]]",
            "slug = \"acme\"",
            "name = \"Acme\"",
            "kind = \"oauth2\"",
            "verified = false",
            "authorize_url = \"https://acme.example.com/authorize\"",
            "token_url = \"https://acme.example.com/token\"",
            "scope_separator = \"space\"",
            "pkce = \"s256\"",
            "refresh = \"kept\"\nclient_auth = \"body\"",
        ];
        format!("{}\n{more}\n", lines.join("\n"))
    }

    /// The entry with one of its lines said otherwise.
    fn with(key: &str, line: &str) -> String {
        let good = oauth2("");
        let lines = good.lines().map(|old| if old.starts_with(&format!("{key} =")) { line } else { old });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn faults(text: &str) -> String {
        read("own.toml", text, &BTreeSet::from(["vendor".to_owned()])).map(|_| ()).unwrap_err().to_string()
    }

    /// The built-in file has no fault, at least 150 OAuth2 entries, and says of most whether sources agree.
    #[test]
    fn the_built_in_catalogue_has_no_fault() {
        let catalogue = built_in().unwrap_or_else(|faults| panic!("{faults}"));
        let oauth2 = catalogue.entries.values().filter(|entry| matches!(entry.kind, Kind::OAuth2(_)));
        let (verified, hinted): (Vec<&Entry>, Vec<&Entry>) = oauth2.partition(|entry| entry.verified);
        assert!(verified.len() + hinted.len() >= 150, "{} entries", verified.len() + hinted.len());
        assert!(verified.len() >= 90, "{} verified entries", verified.len());
        assert!(verified.iter().all(|entry| entry.sources.len() >= 2), "verified without two sources");
        assert!(catalogue.entries.len() - verified.len() - hinted.len() >= 10, "keys and passwords");
    }

    /// What an entry leaves out is what most vendors do.
    #[test]
    fn a_short_entry_is_read() {
        let catalogue = read("own.toml", &oauth2(""), &BTreeSet::new()).unwrap();
        let Kind::OAuth2(oauth2) = &catalogue.entries["acme"].kind else { panic!("another kind") };
        assert_eq!(
            (oauth2.separator, oauth2.pkce, oauth2.refresh),
            (Separator::Space, Pkce::S256, Refresh::Kept { ahead: chrono::TimeDelta::minutes(1) })
        );
        assert_eq!(oauth2.token.to_string(), "https://acme.example.com/token");
        assert_eq!((oauth2.account.is_none(), oauth2.revoke.is_none()), (true, true));
    }

    /// Each fault stands on its own line, and is told in words that name the key.
    #[test]
    fn every_fault_has_its_line() {
        let cases: &[(String, &str)] = &[
            (with("slug", "slug = \"Acme_1\""), "2: Acme_1: slug must be lower case words of letters and digits, joined by hyphens"),
            (with("slug", "slug = \"vendor\""), "2: vendor: slug belongs to a vendor that has code of its own"),
            (with("slug", ""), "1: missing field `slug`"),
            (with("name", "name = \"\""), "3: acme: name must be one line of 1 to 80 characters"),
            (with("kind", ""), "1: acme: kind is missing: oauth2, api_key or basic"),
            (with("kind", "kind = \"oauth1\""), "4: acme: kind must be oauth2, api_key or basic"),
            (with("verified", "verified = \"yes\""), "5: acme: invalid type: string \"yes\", expected a boolean"),
            (with("authorize_url", "authorize_url = \"http://a.example.com\""), "6: acme: authorize_url must be https"),
            (with("token_url", "token_url = \"https://{x}.example.com\""), "7: acme: token_url uses {x}, which is not among the variables"),
            (with("token_url", "token_url = \"https://a@b.example.com\""), "7: acme: token_url is not an https URL without user, password and fragment"),
            (with("token_url", ""), "1: acme: missing field `token_url`"),
            (with("scope_separator", "scope_separator = \"pipe\""), "8: acme: unknown variant `pipe`, expected one of `space`, `comma`, `plus`, `none`"),
            (with("pkce", "pkce = true"), "9: acme: wanted string or table"),
            (oauth2("\ntoken_uri = \"x\""), "13: acme: unknown field `token_uri`, expected one of"),
            (oauth2("docs = \"ftp://x\""), "12: acme: docs must be https"),
            (oauth2("scopes = [\"a\",\n\"b c\"]"), "13: acme: scopes must be a list with one scope each"),
            (oauth2("authorize_params = { state = \"x\" }"), "12: acme: authorize_params.state is not an entry's to set"),
            (oauth2("token_params = { code = \"x\" }"), "12: acme: token_params.code is not an entry's to set"),
            (oauth2("api_headers = { a = \"{client_secret}\" }"), "12: acme: api_headers may say {client_id}, and no other variable"),
            (oauth2("token_params = { a = \"\" }"), "12: acme: token_params must have names and values"),
            (oauth2("token_answer = { token = \"/a\" }"), "12: acme: token_answer.token must be one of access_token"),
            (oauth2("token_answer = { scope = \"a\" }"), "12: acme: token_answer must be JSON pointers, which begin with /"),
            (oauth2("account = { url = \"https://a.example.com\", id = [\"id\"] }"), "12: acme: account must be JSON pointers, which begin with /"),
            (oauth2("account = { url = \"//a\" }"), "12: acme: account.url must be https"),
            (oauth2("revoke = { url = \"https://a.example.com\", how = \"get\" }"), "12: acme: unknown variant `get`"),
            (oauth2("refresh_url = \"x\""), "12: acme: refresh_url must be https"),
            (oauth2("mcp_url = \"http://mcp.acme.example.com\""), "12: acme: mcp_url must be https"),
            (oauth2("mcp_url = \"https://{a}.example.com\""), "12: acme: mcp_url uses {a}, which is not among the variables"),
            (oauth2("token_lifetime_seconds = 5"), "12: acme: token_lifetime_seconds must be 60 to 316224000"),
            (oauth2("api_headers = { Authorization = \"x\" }"), "12: acme: api_headers.Authorization is not an entry's to set"),
            (oauth2("api_headers = { \"a b\" = \"x\" }"), "12: acme: api_headers.a b is no header"),
            (oauth2("placement = { }"), "12: acme: placement must be one of { scheme }, { header, prefix } and { query }"),
            (oauth2("placement = { query = \"t\", prefix = \"x\" }"), "12: acme: placement must be one of { scheme }, { header, prefix } and { query }"),
            (oauth2("placement = { header = \"a b\" }"), "12: acme: placement must be one of { scheme }, { header, prefix } and { query }"),
            (oauth2("refresh_ahead_seconds = -1"), "12: acme: refresh_ahead_seconds must be 0 to 86400"),
            (oauth2("refresh_grace_seconds = 9"), "12: acme: refresh_grace_seconds is of use where refresh is replaced"),
            (oauth2("variables.a = { form = \"label\", example = \"x\" }"), "2: acme: variables.a is used by no address"),
            (oauth2("variables.a = { form = \"label\" }"), "12: acme: variables.a needs an example"),
            (oauth2("variables.a = { form = \"label\", example = \"x.y\" }"), "12: acme: variables.a.example must be one part of a host name in lower case, without dots"),
            (oauth2("variables.a = { form = \"one_of\" }"), "12: acme: variables.a is one_of, and has no values"),
            (oauth2("variables.a = { form = \"host\", values = [\"x\"] }"), "12: acme: variables.a has values, and is not one_of"),
            (oauth2("variables.A = { form = \"label\", example = \"x\" }"), "12: acme: variables.A must be a name in snake_case"),
            (oauth2("[provider.sub]\na = 1"), "12: acme: unknown field `sub`"),
            (format!("{}{}", oauth2(""), oauth2("")), "14: acme: slug is already that of the entry on line 2"),
            (format!("[providers]\n{}", oauth2("")), "1: unknown key providers: entries begin with [[provider]]"),
            ("provider = 3".to_owned(), "1: provider must be a list: [[provider]]"),
            ("provider = [3]".to_owned(), "1: an entry must be a table: [[provider]]"),
            ("[[provider]]\nslug = ".to_owned(), "2: "),
            (oauth2("pkce = \"off\""), "12: duplicate key"),
            ("[[provider]]\nslug=\"a\"\nname=\"A\"\nkind=\"basic\"\nverified=false\nprobe_url=\"https://a.example.com\"".to_owned(), "2: a: api_base is missing"),
            ("[[provider]]\nslug=\"a\"\nname=\"A\"\nkind=\"basic\"\nverified=false\napi_base=\"https://a.example.com\"\nprobe_url=\"https://a.example.com\"\nmcp_url=\"https://a.example.com\"".to_owned(), "8: a: mcp_url is of no use where a password is pasted"),
            ("[[provider]]\n".repeat(MOST_ENTRIES + 1), "1: the file has more than 1000 entries"),
            ("#".repeat(LARGEST + 1), "1: the file is larger than 1048576 bytes"),
        ];
        for (text, wanted) in cases {
            let found = faults(text);
            assert!(
                found.lines().any(|line| line.starts_with(&format!("own.toml:{wanted}"))),
                "{wanted}\n  is not in\n{found}"
            );
        }
    }

    /// An operator's file adds to the built-in entries and corrects them; one with a fault changes nothing.
    #[test]
    fn an_own_file_goes_over_the_built_in_one() {
        let built_in = built_in().unwrap_or_else(|faults| panic!("{faults}"));
        let path = std::env::temp_dir().join(format!("own-{}.toml", std::process::id()));
        let text = format!("{}\n{}", oauth2(""), oauth2("").replace("\"acme\"", "\"zoom\""));
        std::fs::write(&path, &text).unwrap();
        let both = with_own(built_in, &path).unwrap();
        assert_eq!(both.entries.len(), built_in.entries.len() + 1);
        assert_eq!((both.entries["zoom"].name.as_str(), both.entries["box"].name.as_str()), ("Acme", "Box"));
        let first = built_in.reserved.first().unwrap();
        std::fs::write(&path, oauth2("").replace("\"acme\"", &format!("\"{first}\""))).unwrap();
        let refused = with_own(built_in, &path).unwrap_err();
        assert_eq!(refused.faults[0].problem, format!("{first}: slug belongs to a vendor that has code of its own"));
        std::fs::write(&path, [0xff]).unwrap();
        assert_eq!(with_own(built_in, &path).unwrap_err().faults[0].problem, "the file is not UTF-8");
        std::fs::remove_file(&path).unwrap();
        let gone = with_own(built_in, &path).unwrap_err();
        assert!(gone.faults[0].problem.starts_with("the file cannot be read: "), "{gone}");
    }

    /// A file with several faults tells all of them at once, by line, and brings no entry.
    #[test]
    fn all_faults_are_told_together() {
        let bad =
            oauth2("scopes = [\"\"]\nrefresh_url = \"x\"").replace("https://acme.example.com/authorize", "http://x");
        let text = format!("{bad}\n{}", oauth2("token_uri = \"x\"").replace("verified = false\n", ""));
        let unknown = faults(&text).lines().last().map(|line| line.split(',').next().unwrap_or_default().to_owned());
        assert_eq!(
            faults(&text).lines().take(4).collect::<Vec<_>>(),
            [
                "own.toml:6: acme: authorize_url must be https",
                "own.toml:12: acme: scopes must be a list with one scope each",
                "own.toml:13: acme: refresh_url must be https",
                "own.toml:15: acme: missing field `verified`",
            ]
        );
        assert_eq!(unknown.as_deref(), Some("own.toml:25: acme: unknown field `token_uri`"));
    }
}
