//! The recorded exchange: steps with places for values that earlier steps gave, and what two answers have in common when
//! they keep the same contract.

use serde_json::{Map, Value};
use std::collections::HashMap;

/// Better Auth 1.7.24 with JWT and bearer plugins, recorded over loopback.
pub fn recording() -> Value {
    serde_json::from_str(include_str!("recording.json")).unwrap()
}

/// What earlier steps gave, by name, and the cookie jars of the browsers.
#[derive(Default)]
pub struct Known {
    pub values: HashMap<String, String>,
    pub jars: HashMap<String, Vec<(String, String)>>,
}

impl Known {
    fn session_cookie(&self, browser: &str) -> String {
        let jar = &self.jars[browser];
        jar.iter().find(|(name, _)| name.ends_with("session_token")).expect("a session cookie").1.clone()
    }

    /// The bare token of a browser's session.
    pub fn token(&self, browser: &str) -> String {
        let cookie = self.session_cookie(browser);
        cookie.split(['.', '%']).next().unwrap().to_owned()
    }

    pub fn cookies(&self, browser: &str) -> Option<String> {
        let jar = self.jars.get(browser).filter(|jar| !jar.is_empty())?;
        Some(jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; "))
    }

    /// Replaces every `{{name}}`.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").unwrap();
            filled.push_str(before);
            filled.push_str(&self.value(name));
            rest = after;
        }
        filled + rest
    }

    fn value(&self, name: &str) -> String {
        if let Some(browser) = name.strip_prefix("rawcookie:") {
            return self.session_cookie(browser);
        }
        if let Some(browser) = name.strip_prefix("signed:") {
            return percent_decoded(&self.session_cookie(browser));
        }
        self.values.get(name).unwrap_or_else(|| panic!("nothing is known as {name}")).clone()
    }

    pub fn fill_all(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.fill(text).into(),
            Value::Array(items) => items.iter().map(|item| self.fill_all(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), self.fill_all(value))).collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }

    /// Keeps what the browser is told to keep.
    pub fn keep(&mut self, browser: &str, cookies: &[String]) {
        let jar = self.jars.entry(browser.to_owned()).or_default();
        for cookie in cookies {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            jar.retain(|(held, _)| held != name);
            if !cookie.to_ascii_lowercase().contains("max-age=0") {
                jar.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    /// Remembers what a step names: `body.a.b`, `url:body.url?parameter`, or `find:body?name=value.member`.
    pub fn capture(&mut self, name: &str, expression: &str, body: &Value) {
        let at = |path: &str| {
            path.split('.').skip(1).try_fold(body, |value, step| match value {
                Value::Array(items) => items.get(step.parse::<usize>().ok()?),
                other => other.get(step),
            })
        };
        let found = if let Some(rest) = expression.strip_prefix("url:") {
            let (path, parameter) = rest.split_once('?').unwrap();
            at(path).and_then(Value::as_str).and_then(|url| {
                let url = url::Url::parse(url).ok()?;
                url.query_pairs().find(|(name, _)| name == parameter).map(|(_, value)| value.into_owned())
            })
        } else if let Some(rest) = expression.strip_prefix("find:") {
            let (path, condition) = rest.split_once('?').unwrap();
            let (member, rest) = condition.split_once('=').unwrap();
            let (wanted, result) = rest.split_once('.').unwrap();
            let items = at(path).and_then(Value::as_array);
            items
                .and_then(|items| items.iter().find(|item| item[member] == wanted))
                .and_then(|item| item[result].as_str().map(str::to_owned))
        } else {
            at(expression).and_then(Value::as_str).map(str::to_owned)
        };
        if let Some(found) = found {
            self.values.insert(name.to_owned(), found);
        }
    }
}

pub fn percent_decoded(text: &str) -> String {
    let query = format!("v={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(query.as_bytes()).next().unwrap().1.into_owned()
}

/// What kind of value it is, as far as a client can tell.
pub fn shape(value: &Value) -> Value {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) => "boolean".into(),
        Value::Number(_) => "number".into(),
        Value::Array(items) => items.first().map(|item| vec![shape(item)]).unwrap_or_default().into(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), shape(value))).collect::<Map<_, _>>().into()
        }
        Value::String(text) => kind(text).into(),
    }
}

fn kind(text: &str) -> &'static str {
    let is_date = text.len() == 24 && text.ends_with('Z') && text.as_bytes()[19] == b'.' && text.as_bytes()[10] == b'T';
    if text.is_empty() {
        "empty"
    } else if is_date {
        "date with milliseconds"
    } else if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        "32 letters and digits"
    } else if text.len() > 100 && text.split('.').count() == 3 {
        "jwt"
    } else if text.starts_with("http:") || text.starts_with("https:") {
        "url"
    } else {
        "text"
    }
}

/// Name and attributes of a cookie, without its value and in one order.
pub fn cookie_form(cookie: &str) -> String {
    let mut parts = cookie.split("; ");
    let (name, value) = parts.next().unwrap().split_once('=').unwrap();
    let mut attributes: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
    attributes.sort();
    format!("{name}{}; {}", if value.is_empty() { "=" } else { "" }, attributes.join("; "))
}

/// A redirect target without what differs from run to run.
pub fn target_form(url: &str, base: &str) -> String {
    let encoded = |base: &str| url::form_urlencoded::byte_serialize(base.as_bytes()).collect::<String>();
    let url = url.replace(base, "BASE").replace(&encoded(base), "BASE");
    let url = match url.find("/login/oauth/authorize") {
        Some(at) => format!("PROVIDER{}", &url[at..]),
        None => url,
    };
    let Some((path, query)) = url.split_once('?') else { return url };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name @ ("state" | "code_challenge" | "token" | "code"), _)) => format!("{name}=*"),
        _ => pair.to_owned(),
    });
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}
