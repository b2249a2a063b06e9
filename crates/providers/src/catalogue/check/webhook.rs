//! How a vendor's webhooks are signed. What would believe too much is a fault: a body that is not signed, a time that is not.

use super::{Judge, OWN_HEADERS};
use crate::{
    Digest, Encoding, Freshness, HmacScheme, KeyForm, Proof, SignatureForm, Signed, SignedPart, Webhook,
    catalogue::{
        pushes::{Meaning, Place, Pushes},
        raw,
    },
};
use chrono::TimeDelta;
use http::{HeaderName, HeaderValue};
use kernel::SignalKind;
use std::{collections::BTreeSet, ops::Range};
use toml::Spanned;

/// Where nothing is said, in bytes.
const USUAL_BYTES: usize = 1024 * 1024;
/// No vendor is known to send more.
const MOST_BYTES: i64 = 25 * 1024 * 1024;
/// A captured request is good for this long.
const LONGEST_TOLERANCE: i64 = 3600;
const MOST_MEANINGS: usize = 200;

/// Where the signed time stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Time {
    Nowhere,
    Header,
    Field,
}

impl Judge<'_, '_> {
    pub(super) fn webhook(&mut self, raw: Spanned<raw::Webhook>) -> Option<Pushes> {
        let span = raw.span();
        let raw = raw.into_inner();
        let header = self.header("webhook.header", &raw.header.span(), raw.header.get_ref());
        let time_header =
            raw.time_header.as_ref().map(|name| self.header("webhook.time_header", &name.span(), name.get_ref()));
        let time = match (&raw.time_header, &raw.fields) {
            (None, None) => Time::Nowhere,
            (Some(_), None) => Time::Header,
            (None, Some(_)) => Time::Field,
            (Some(name), Some(_)) => {
                self.fault(&name.span(), "webhook.time_header is of no use where fields has the time");
                Time::Field
            }
        };
        let form = self.form(&raw);
        let signed = self.signed(&raw.signed, time);
        let tolerance = self.tolerance(&raw, time, &span);
        let event = self.place("webhook.event", &raw.event);
        let delivery = self.place("webhook.delivery", &raw.delivery);
        let max_bytes = self.max_bytes(raw.max_bytes.as_ref());
        let meanings = self.meanings(raw.signals);
        let (event, delivery, signed) = (event?, delivery?, signed?);
        let kept = [&event, &delivery].into_iter().filter_map(|place| match place {
            Place::Header(name) => Some(name.clone()),
            Place::Pointer(_) => None,
        });
        let scheme = HmacScheme {
            header: header?,
            digest: match raw.digest {
                raw::Digest::Sha256 => Digest::Sha256,
                raw::Digest::Sha512 => Digest::Sha512,
            },
            encoding: match raw.encoding {
                raw::Encoding::Hex => Encoding::Hex,
                raw::Encoding::Base64 => Encoding::Base64,
            },
            form: form?,
            key: match raw.key {
                raw::Key::Text => KeyForm::Text,
                raw::Key::Base64 => KeyForm::Base64,
            },
            freshness: match (time, time_header) {
                (Time::Nowhere, _) => Freshness::Unsigned,
                (Time::Field, _) => Freshness::Field { tolerance },
                (Time::Header, name) => Freshness::Header { name: name??, tolerance },
            },
            signed,
        };
        Some(Pushes {
            is_id_signed: match &delivery {
                Place::Pointer(_) => true,
                Place::Header(name) => is_among(&scheme.signed, name),
            },
            webhook: Webhook {
                kept_headers: kept.collect(),
                proofs: vec![Proof::Hmac(scheme)],
                max_bytes,
                refusal_headers: Vec::new(),
            },
            event,
            delivery,
            meanings,
        })
    }

    /// A header's name in lower case. Those that carry credentials or frame the message are no place for anything.
    fn header(&mut self, key: &str, span: &Range<usize>, name: &str) -> Option<String> {
        let name = name.to_ascii_lowercase();
        if HeaderName::try_from(name.as_str()).is_err() || OWN_HEADERS.contains(&name.as_str()) {
            self.fault(span, &format!("{key} is no header that a signature or a name can stand in"));
            return None;
        }
        Some(name)
    }

    fn form(&mut self, raw: &raw::Webhook) -> Option<SignatureForm> {
        let is_word = |text: &str| {
            !text.is_empty()
                && text.len() <= 64
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        match (&raw.prefix, &raw.list, &raw.fields) {
            (None, None, None) => Some(SignatureForm::Prefixed(String::new())),
            (Some(text), None, None) if fits(text.get_ref()) => Some(SignatureForm::Prefixed(text.get_ref().clone())),
            (None, Some(text), None) if fits(text.get_ref()) => Some(SignatureForm::List(text.get_ref().clone())),
            (None, None, Some(fields)) => {
                let raw::Fields { time, signature } = fields.get_ref();
                if !is_word(time) || !is_word(signature) || time == signature {
                    self.fault(&fields.span(), "webhook.fields must be two names");
                    return None;
                }
                Some(SignatureForm::Fields { time: time.clone(), signature: signature.clone() })
            }
            (Some(text), None, None) | (None, Some(text), None) => {
                self.fault(&text.span(), "webhook.prefix and list must be visible ASCII without spaces");
                None
            }
            _ => {
                self.fault(&raw.header.span(), "webhook must have one of prefix, list and fields at most");
                None
            }
        }
    }

    /// `{body}`, `{timestamp}` and `{header:name}` between text that stands for itself.
    fn signed(&mut self, text: &Spanned<String>, time: Time) -> Option<Signed> {
        let span = text.span();
        let mut parts = Vec::new();
        let mut rest = text.get_ref().as_str();
        while let Some((before, behind)) = rest.split_once('{') {
            let Some((hole, after)) = behind.split_once('}') else { break };
            if !before.is_empty() {
                parts.push(SignedPart::Text(before.to_owned()));
            }
            parts.push(match (hole, hole.strip_prefix("header:")) {
                ("body", _) => SignedPart::Body,
                ("timestamp", _) => SignedPart::Time,
                (_, Some(name)) => SignedPart::Header(self.header("webhook.signed", &span, name)?),
                _ => {
                    self.fault(&span, "webhook.signed may say {body}, {timestamp} and {header:name}");
                    return None;
                }
            });
            rest = after;
        }
        if rest.contains(['{', '}']) {
            self.fault(&span, "webhook.signed has a brace too many");
            return None;
        }
        if !rest.is_empty() {
            parts.push(SignedPart::Text(rest.to_owned()));
        }
        if parts.iter().any(|part| matches!(part, SignedPart::Text(text) if text.contains('}'))) {
            self.fault(&span, "webhook.signed has a brace too many");
            return None;
        }
        let count = |wanted: &SignedPart| parts.iter().filter(|part| *part == wanted).count();
        if count(&SignedPart::Body) != 1 {
            self.fault(&span, "webhook.signed must have {body} once");
            return None;
        }
        match (count(&SignedPart::Time), time) {
            (0, Time::Nowhere) | (1, Time::Header | Time::Field) => {}
            (0, _) => {
                self.fault(
                    &span,
                    "webhook.signed must have {timestamp} where there is a time: one that is not signed says nothing",
                );
                return None;
            }
            (_, Time::Nowhere) => {
                self.fault(&span, "webhook.signed has {timestamp}, and there is neither time_header nor fields");
                return None;
            }
            _ => {
                self.fault(&span, "webhook.signed must have {timestamp} once");
                return None;
            }
        }
        Some(if parts == [SignedPart::Body] { Signed::Body } else { Signed::Parts(parts) })
    }

    fn tolerance(&mut self, raw: &raw::Webhook, time: Time, span: &Range<usize>) -> TimeDelta {
        match (&raw.tolerance_seconds, time) {
            (None, Time::Nowhere) => {}
            (Some(seconds), Time::Header | Time::Field) => {
                if (1..=LONGEST_TOLERANCE).contains(seconds.get_ref()) {
                    return TimeDelta::seconds(*seconds.get_ref());
                }
                self.fault(&seconds.span(), &format!("webhook.tolerance_seconds must be 1 to {LONGEST_TOLERANCE}"));
            }
            (Some(seconds), Time::Nowhere) => {
                self.fault(&seconds.span(), "webhook.tolerance_seconds is of no use where no time is signed");
            }
            (None, Time::Header | Time::Field) => self.fault(span, "webhook.tolerance_seconds is missing"),
        }
        TimeDelta::zero()
    }

    fn place(&mut self, key: &str, raw: &Spanned<raw::Place>) -> Option<Place> {
        match raw.get_ref() {
            raw::Place { header: Some(name), pointer: None } => {
                self.header(&format!("{key}.header"), &raw.span(), name).map(Place::Header)
            }
            raw::Place { header: None, pointer: Some(pointer) } => {
                self.pointer(&format!("{key}.pointer"), &Spanned::new(raw.span(), pointer.clone()));
                Some(Place::Pointer(pointer.clone()))
            }
            _ => {
                self.fault(&raw.span(), &format!("{key} must be one of {{ header }} and {{ pointer }}"));
                None
            }
        }
    }

    fn max_bytes(&mut self, given: Option<&Spanned<i64>>) -> usize {
        let Some(given) = given else { return USUAL_BYTES };
        match usize::try_from(*given.get_ref()) {
            Ok(bytes) if (1..=MOST_BYTES).contains(given.get_ref()) => bytes,
            _ => {
                self.fault(&given.span(), &format!("webhook.max_bytes must be 1 to {MOST_BYTES}"));
                USUAL_BYTES
            }
        }
    }

    fn meanings(&mut self, raw: Vec<Spanned<raw::Signal>>) -> Vec<Meaning> {
        let mut seen = BTreeSet::new();
        if let Some(first) = raw.get(MOST_MEANINGS) {
            self.fault(&first.span(), &format!("webhook.signals must be {MOST_MEANINGS} at most"));
            return Vec::new();
        }
        raw.into_iter()
            .filter_map(|signal| {
                let span = signal.span();
                let raw::Signal { event, kind, external_id, title, occurred_at } = signal.into_inner();
                if event.is_empty() || !seen.insert(event.clone()) {
                    self.fault(&span, "webhook.signals must have an event each, and each event once");
                }
                for pointer in [&external_id, &occurred_at].into_iter().chain(&title) {
                    self.pointer("webhook.signals", pointer);
                }
                // What happens to connections is told by whoever changes them.
                let known = kind.get_ref().parse::<SignalKind>().ok();
                let Some(known) = known.filter(|known| !known.word().starts_with("connection_")) else {
                    self.fault(&kind.span(), "webhook.signals.kind must be a kind of signal");
                    return None;
                };
                Some(Meaning {
                    event,
                    kind: known,
                    external_id: external_id.into_inner(),
                    title: title.map(Spanned::into_inner),
                    occurred_at: occurred_at.into_inner(),
                })
            })
            .collect()
    }
}

fn fits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) && HeaderValue::try_from(text).is_ok()
}

fn is_among(signed: &Signed, header: &str) -> bool {
    match signed {
        Signed::Body => false,
        Signed::Parts(parts) => parts.iter().any(|part| matches!(part, SignedPart::Header(name) if name == header)),
    }
}

#[cfg(test)]
mod tests {
    use crate::catalogue::read;
    use std::collections::BTreeSet;

    /// An entry without a fault, whose webhook has these lines from line 13 on.
    fn entry(lines: &[&str]) -> String {
        let common = [
            "[[provider]]",
            "slug = \"acme\"",
            "name = \"Acme\"",
            "kind = \"oauth2\"",
            "verified = false",
            "authorize_url = \"https://acme.example/authorize\"",
            "token_url = \"https://acme.example/token\"",
            "scope_separator = \"space\"",
            "pkce = \"s256\"",
            "refresh = \"kept\"",
            "client_auth = \"body\"",
            "[provider.webhook]",
        ];
        [&common[..], lines].concat().join("\n")
    }

    const GOOD: [&str; 7] = [
        "header = \"acme-signature\"",
        "digest = \"sha256\"",
        "encoding = \"hex\"",
        "key = \"text\"",
        "signed = \"{body}\"",
        "event = { pointer = \"/type\" }",
        "delivery = { header = \"acme-id\" }",
    ];

    /// With one line said otherwise, and some more.
    fn with(line: &str, more: &[&str]) -> String {
        let key = line.split(' ').next().unwrap_or_default();
        let lines = GOOD.iter().map(|old| if old.starts_with(&format!("{key} =")) { line } else { old });
        entry(&lines.chain(more.iter().copied()).collect::<Vec<_>>())
    }

    fn timed(signed: &str, more: &[&str]) -> String {
        with(&format!("signed = \"{signed}\""), &[&["time_header = \"t\""], more].concat())
    }

    /// Each is told with its line.
    fn told(cases: &[(String, &str)]) {
        for (text, wanted) in cases {
            let Err(found) = read("own.toml", text, &BTreeSet::new()) else {
                panic!("{wanted} is no fault of\n{text}")
            };
            let (found, wanted) = (found.to_string(), format!("own.toml:{}", wanted.replacen(' ', " acme: ", 1)));
            assert!(found.lines().any(|line| line.starts_with(&wanted)), "{wanted}\n  is not in\n{found}");
        }
    }

    fn is_good(text: &str) -> bool {
        read("own.toml", text, &BTreeSet::new()).is_ok()
    }

    /// A signature of another form than we know, or over less than the body.
    #[test]
    fn a_signature_is_over_the_body_and_of_one_form() {
        assert!(is_good(&entry(&GOOD)));
        told(&[
            (with("header = \"a b\"", &[]), "13: webhook.header is no header that a signature or a name can stand in"),
            (with("header = \"Authorization\"", &[]), "13: webhook.header is no header"),
            (with("digest = \"sha1\"", &[]), "14: unknown variant `sha1`, expected `sha256` or `sha512`"),
            (with("encoding = \"base58\"", &[]), "15: unknown variant `base58`"),
            (with("key = \"hex\"", &[]), "16: unknown variant `hex`"),
            (with("signed = \"\"", &[]), "17: webhook.signed must have {body} once"),
            (with("signed = \"{header:acme-id}\"", &[]), "17: webhook.signed must have {body} once"),
            (with("signed = \"{body}{body}\"", &[]), "17: webhook.signed must have {body} once"),
            (with("signed = \"{url}{body}\"", &[]), "17: webhook.signed may say {body}, {timestamp} and {header:name}"),
            (with("signed = \"{body\"", &[]), "17: webhook.signed has a brace too many"),
            (with("signed = \"}{body}\"", &[]), "17: webhook.signed has a brace too many"),
            (with("signed = \"{header:}{body}\"", &[]), "17: webhook.signed is no header"),
            (
                with("", &["prefix = \"a\"", "list = \"b\""]),
                "13: webhook must have one of prefix, list and fields at most",
            ),
            (with("", &["prefix = \"a b\""]), "20: webhook.prefix and list must be visible ASCII without spaces"),
            (with("", &["list = \"\""]), "20: webhook.prefix and list must be visible ASCII without spaces"),
            (with("", &["algorithm = \"x\""]), "20: unknown field `algorithm`"),
            (entry(&GOOD[..6]), "12: missing field `delivery`"),
        ]);
    }

    /// A time that is not signed, or signed and not looked at, protects from nothing.
    #[test]
    fn a_time_is_signed_and_has_a_tolerance() {
        assert!(is_good(&timed("{timestamp}.{body}", &["tolerance_seconds = 9"])));
        let fields = "fields = { time = \"t\", signature = \"t\" }";
        told(&[
            (with("signed = \"{timestamp}{body}\"", &[]), "17: webhook.signed has {timestamp}, and there is neither"),
            (
                timed("{body}", &["tolerance_seconds = 9"]),
                "17: webhook.signed must have {timestamp} where there is a time",
            ),
            (
                timed("{timestamp}{timestamp}{body}", &["tolerance_seconds = 9"]),
                "17: webhook.signed must have {timestamp} once",
            ),
            (
                with("", &["tolerance_seconds = 9"]),
                "20: webhook.tolerance_seconds is of no use where no time is signed",
            ),
            (timed("{timestamp}{body}", &[]), "12: webhook.tolerance_seconds is missing"),
            (timed("{timestamp}{body}", &["tolerance_seconds = 0"]), "21: webhook.tolerance_seconds must be 1 to 3600"),
            (
                timed("{timestamp}{body}", &["tolerance_seconds = 3601"]),
                "21: webhook.tolerance_seconds must be 1 to 3600",
            ),
            (
                timed("{timestamp}{body}", &["tolerance_seconds = 9", fields]),
                "20: webhook.time_header is of no use where fields has the time",
            ),
            (with("signed = \"{timestamp}{body}\"", &[fields]), "20: webhook.fields must be two names"),
        ]);
    }

    /// Where names stand, what events mean, and how much is taken.
    #[test]
    fn names_and_meanings_have_their_places() {
        let signal = |signal: &str| with("", &[&format!("signals = [{signal}]")]);
        let good = r#"{ event = "e", kind = "record_created", external_id = "/id", occurred_at = "/at" }"#;
        assert!(is_good(&signal(good)));
        let kind = "20: webhook.signals.kind must be a kind of signal";
        told(&[
            (with("event = { pointer = \"type\" }", &[]), "18: webhook.event.pointer must be JSON pointers"),
            (with("event = { }", &[]), "18: webhook.event must be one of { header } and { pointer }"),
            (with("delivery = { header = \"cookie\" }", &[]), "19: webhook.delivery.header is no header"),
            (
                with("delivery = { header = \"a\", pointer = \"/a\" }", &[]),
                "19: webhook.delivery must be one of { header } and { pointer }",
            ),
            (with("", &["max_bytes = 0"]), "20: webhook.max_bytes must be 1 to 26214400"),
            (with("", &["max_bytes = 26214401"]), "20: webhook.max_bytes must be 1 to 26214400"),
            (signal(&good.replace("record_created", "record_eaten")), kind),
            (signal(&good.replace("record_created", "connection_revoked")), kind),
            (signal(&good.replace("/id", "id")), "20: webhook.signals must be JSON pointers, which begin with /"),
            (
                signal(&good.replace("\"e\"", "\"\"")),
                "20: webhook.signals must have an event each, and each event once",
            ),
            (signal(&format!("{good}, {good}")), "20: webhook.signals must have an event each, and each event once"),
            (signal(&vec![good; 201].join(", ")), "20: webhook.signals must be 200 at most"),
        ]);
    }
}
