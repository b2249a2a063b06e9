//! What somebody wants to connect, checked before anything is kept or sent.

use super::{ConnectError, start::Wish};
use crate::{App, flows::settings};
use kernel::{ConnectionKind, Parameters, TenantId};
use providers::{Input, InputKind, Provider};

/// The wish with its defaults filled in, its return address checked and its parameters found to be the provider's.
pub async fn checked(app: &App, tenant: Option<TenantId>, wish: &Wish) -> Result<Wish, ConnectError> {
    let provider = settings::known(app, &wish.provider)?;
    parameters(&provider, &wish.parameters)?;
    let configured = settings::configured(app, tenant, &wish.provider, &wish.parameters).await?;
    let oauth = provider.oauth().ok_or(ConnectError::Pasted)?;
    if wish.kind == ConnectionKind::Installation
        && (provider.vendor.installations().is_none() || configured.settings.app.is_none())
    {
        return Err(ConnectError::NoInstallation);
    }
    let return_url = match &wish.return_url {
        None => None,
        Some(text) => Some(app.config.urls.return_url(text).ok_or_else(|| {
            invalid("#/return_url", "must be a path, or an address at an origin listed in CORS_ORIGINS")
        })?),
    };
    let usual = || configured.settings.scopes.clone().unwrap_or_else(|| oauth.scopes.default.clone());
    let mut scopes = wish.scopes.clone().unwrap_or_else(usual);
    if !readable(&scopes) {
        return Err(invalid("#/scopes", "at most 100 scopes of 1 to 200 visible characters each, without commas"));
    }
    for required in &oauth.scopes.required {
        if !scopes.contains(required) {
            scopes.push(required.clone());
        }
    }
    label(wish.label.as_deref())?;
    Ok(Wish { scopes: Some(scopes), return_url, ..wish.clone() })
}

/// Scopes that can stand in an address, whatever the provider separates them by.
pub fn readable(scopes: &[String]) -> bool {
    let readable = |scope: &String| {
        (1..=200).contains(&scope.len()) && scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',')
    };
    scopes.len() <= 100 && scopes.iter().all(readable)
}

pub(super) fn label(label: Option<&str>) -> Result<(), ConnectError> {
    let unfit = |label: &str| label.chars().count() > 100 || label.chars().any(char::is_control);
    if label.is_some_and(unfit) {
        return Err(invalid("#/label", "at most 100 characters, none of them control characters"));
    }
    Ok(())
}

/// Each one that the provider asks for, in the form it has to have, and no other.
pub(super) fn parameters(provider: &Provider, given: &Parameters) -> Result<(), ConnectError> {
    let known = |name: &str| provider.inputs.iter().any(|input| input.name == name);
    if let Some((name, _)) = given.iter().find(|(name, _)| !known(name)) {
        return Err(ConnectError::Parameter {
            name: name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect(),
            problem: "is not a parameter of this provider; GET /providers/{provider} lists those there are".to_owned(),
        });
    }
    for input in &provider.inputs {
        let problem = match given.get(&input.name) {
            None if input.required => Some(format!("is required, for example {}", input.example)),
            None => None,
            Some(value) => unfit(input, value),
        };
        if let Some(problem) = problem {
            return Err(ConnectError::Parameter { name: input.name.clone(), problem });
        }
    }
    Ok(())
}

/// Why a value is none, in words.
fn unfit(input: &Input, value: &str) -> Option<String> {
    let label = |text: &str| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with('-') && !text.ends_with('-')
    };
    let example = &input.example;
    match &input.kind {
        InputKind::OneOf(words) => {
            (!words.iter().any(|word| word == value)).then(|| format!("must be one of: {}", words.join(", ")))
        }
        InputKind::Label => (!label(value))
            .then(|| format!("must be one label of a host name, without the rest of it, for example {example}")),
        InputKind::Host => {
            // The last label of a name has a letter; an address has none.
            let last = value.rsplit('.').next().unwrap_or_default();
            let name = value.len() <= 253
                && value.contains('.')
                && value.split('.').all(label)
                && last.bytes().any(|byte| byte.is_ascii_lowercase());
            (!name).then(|| format!("must be a public host name and nothing else, for example {example}"))
        }
        InputKind::Word(longest) => {
            let word = (1..=*longest).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic());
            (!word).then(|| format!("must be 1 to {longest} visible characters, for example {example}"))
        }
    }
}

const fn invalid(pointer: &'static str, detail: &'static str) -> ConnectError {
    ConnectError::Invalid { pointer, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(kind: InputKind) -> Input {
        let text = |text: &str| text.to_owned();
        Input { name: text("n"), about: text("a"), example: text("acme"), required: true, kind, query: None }
    }

    /// No value leads out of its place in an address.
    #[test]
    fn a_value_stays_in_its_place() {
        let hostile = [
            "", "a.b", "a/b", "a#", "a?b", "a@b", "a:b", "..", "-a", "a-", "A", "a b", "é", "a\n", "%2e", "a\\b", "a_b",
        ];
        for value in hostile {
            assert!(unfit(&input(InputKind::Label), value).is_some(), "{value:?}");
        }
        assert_eq!(unfit(&input(InputKind::Label), "acme-2"), None);
        for value in hostile.into_iter().filter(|value| *value != "a.b").chain([
            "localhost",
            "127.0.0.1",
            "[::1]",
            "0x7f.1",
            "a..b",
            ".a.b",
            "a.b.",
            "a.b:443",
            "a.b/",
            "u@a.b",
            "2130706433",
        ]) {
            assert!(unfit(&input(InputKind::Host), value).is_some(), "{value:?}");
        }
        assert_eq!(unfit(&input(InputKind::Host), "git.acme.example"), None);
        assert!(unfit(&input(InputKind::Word(3)), "abcd").is_some());
        assert_eq!(unfit(&input(InputKind::Word(3)), "abc"), None);
        let one_of = InputKind::OneOf(vec!["eu".to_owned(), "us".to_owned()]);
        assert_eq!(unfit(&input(one_of), "cn"), Some("must be one of: eu, us".to_owned()));
    }
}
