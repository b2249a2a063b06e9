//! The environment as a map that is read once. Faults are collected, so that an operator sees all of them together,
//! each with the key, what is wrong and an example.

use crate::Secret;
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

/// One thing wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub key: String,
    pub problem: String,
    pub example: String,
}

/// Everything wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the configuration has {} fault(s):", self.0.len())?;
        for Fault { key, problem, example } in &self.0 {
            writeln!(f, "  {key}: {problem} (for example {key}={example})")?;
        }
        Ok(())
    }
}

/// Settings by key. A `<KEY>_FILE` entry stands for the content of that file (Docker and Kubernetes secrets); values are
/// trimmed, and an empty value counts as absent.
pub struct Env {
    values: BTreeMap<String, Secret>,
    asked: RefCell<BTreeSet<String>>,
    faults: RefCell<Vec<Fault>>,
}

impl Env {
    /// The process environment, with `<KEY>_FILE` files read.
    pub fn from_process() -> Self {
        Self::from_pairs(std::env::vars())
    }

    /// For tests and tools: the same rules over given pairs.
    pub fn from_pairs<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let present = |(key, value): (K, V)| {
            let value = value.into().trim().to_owned();
            (!value.is_empty()).then(|| (key.into(), Secret::from(value)))
        };
        let values = pairs.into_iter().filter_map(present).collect();
        Self { values, asked: RefCell::default(), faults: RefCell::default() }
    }

    /// The value, or the content of the file that `<KEY>_FILE` names. Only keys that are asked for are looked at, so a
    /// foreign variable that ends in `_FILE` is nobody's fault.
    fn raw(&self, key: &str) -> Option<Secret> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.silently(key)
    }

    fn silently(&self, key: &str) -> Option<Secret> {
        if let Some(value) = self.values.get(key) {
            return Some(value.clone());
        }
        let path = self.values.get(&format!("{key}_FILE"))?;
        match std::fs::read_to_string(path.expose()) {
            Ok(content) => Some(content.trim()).filter(|content| !content.is_empty()).map(Secret::from),
            Err(error) => {
                self.fault(key, format!("the file that {key}_FILE names cannot be read: {}", error.kind()), "a value");
                None
            }
        }
    }

    /// Whether somebody has set it, here or in a file.
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key) || self.values.contains_key(&format!("{key}_FILE"))
    }

    /// Notes a fault; the caller goes on, so that later faults are found too.
    pub fn fault(&self, key: &str, problem: impl Into<String>, example: impl Into<String>) {
        self.faults.borrow_mut().push(Fault { key: key.to_owned(), problem: problem.into(), example: example.into() });
    }

    /// A value that may be absent. A value that does not parse is a fault; its text is not repeated, it may be secret.
    pub fn optional<T: FromStr>(&self, key: &str, example: &str) -> Option<T> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.patterned(key, example)
    }

    /// A value whose key is made from data (`<PROVIDER>_CLIENT_ID`): `.env.example` tells the pattern, not each key.
    pub fn patterned<T: FromStr>(&self, key: &str, example: &str) -> Option<T> {
        let text = self.silently(key)?;
        let parsed = text.expose().parse().ok();
        if parsed.is_none() {
            self.fault(key, "the value cannot be read", example);
        }
        parsed
    }

    /// A value that must be there. Its absence is a fault; `None` then only lets the caller go on collecting.
    pub fn required<T: FromStr>(&self, key: &str, example: &str) -> Option<T> {
        if self.raw(key).is_none() {
            self.fault(key, "is missing", example);
            return None;
        }
        self.optional(key, example)
    }

    /// A value with a default; only for settings that security does not hang on.
    pub fn or_default<T: FromStr + fmt::Display>(&self, key: &str, default: T) -> T {
        let example = default.to_string();
        self.optional(key, &example).unwrap_or(default)
    }

    /// The first of several names of one setting that is present: `key` itself, then its aliases.
    pub fn aliased<T: FromStr>(&self, keys: &[&str], example: &str) -> Option<T> {
        let mut found = None;
        for key in keys {
            if self.raw(key).is_some() && found.is_none() {
                found = self.optional(key, example);
            }
        }
        found
    }

    /// A comma-separated list; absent is empty.
    pub fn list<T: FromStr>(&self, key: &str, example: &str) -> Vec<T> {
        let Some(text) = self.raw(key) else { return Vec::new() };
        let mut items = Vec::new();
        for item in text.expose().split(',').map(str::trim).filter(|item| !item.is_empty()) {
            match item.parse() {
                Ok(parsed) => items.push(parsed),
                Err(_) => self.fault(key, "one of the values cannot be read", example),
            }
        }
        items
    }

    /// A secret of at least `minimum` characters that must be there.
    pub fn secret(&self, key: &str, minimum: usize, example: &str) -> Option<Secret> {
        let secret: Secret = self.required(key, example)?;
        if secret.expose().chars().count() < minimum {
            self.fault(key, format!("is shorter than {minimum} characters"), example);
            return None;
        }
        Some(secret)
    }

    /// Every key the configuration has asked for so far; `.env.example` must list exactly these.
    pub fn asked(&self) -> BTreeSet<String> {
        self.asked.borrow().clone()
    }

    /// `Ok` when nothing was wrong.
    pub fn finish(&self) -> Result<(), Faults> {
        let faults = self.faults.borrow().clone();
        if faults.is_empty() { Ok(()) } else { Err(Faults(faults)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All faults come together, none with the value that caused it.
    #[test]
    fn every_fault_is_reported_at_once_without_values() {
        let env = Env::from_pairs([("PORT", "hunter2"), ("SHORT", "hunter2")]);
        assert_eq!(env.or_default("PORT", 5002_u16), 5002);
        assert!(env.secret("SHORT", 32, "openssl rand -hex 32").is_none());
        assert!(env.required::<String>("MISSING", "x").is_none());
        let text = env.finish().unwrap_err().to_string();
        assert_eq!(
            text,
            "the configuration has 3 fault(s):\n  PORT: the value cannot be read (for example PORT=5002)\n  SHORT: is \
             shorter than 32 characters (for example SHORT=openssl rand -hex 32)\n  MISSING: is missing (for example \
             MISSING=x)\n"
        );
    }

    /// An empty value is an absent one, and an alias serves where the first name is absent.
    #[test]
    fn aliases_serve_and_empty_is_absent() {
        let env = Env::from_pairs([("A", " "), ("B", "two")]);
        assert_eq!(env.aliased::<String>(&["A", "B"], "x").as_deref(), Some("two"));
        assert_eq!(env.asked().into_iter().collect::<Vec<_>>(), ["A", "B"]);
    }

    /// A secret can come from a file, and a file that is not there is a fault that names its key.
    #[test]
    fn a_missing_secret_file_is_a_fault() {
        let env = Env::from_pairs([("TOKEN_FILE", "/does/not/exist"), ("FOREIGN_FILE", "/does/not/exist")]);
        assert!(env.optional::<Secret>("TOKEN", "x").is_none());
        let faults = env.finish().unwrap_err().0;
        assert_eq!(faults.iter().map(|fault| fault.key.as_str()).collect::<Vec<_>>(), ["TOKEN"]);
    }
}
