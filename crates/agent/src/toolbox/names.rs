//! The names under which a model knows tools: `label__tool`, in the letters that the API takes. Where two would be one, or one would be
//! too long, each gets the beginning of its own digest behind it, so that no source can take the name of another's tool.

use super::Allowed;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What every version of the API takes; a digest in hex is exactly so long.
const LONGEST: usize = 64;
const DIGITS: usize = 6;

/// The names of all that a person has allowed, whichever of it is open: a name stays, whoever else is there.
pub struct Names(BTreeMap<(String, String), String>);

#[derive(Default)]
struct Wishes(Vec<Wanted>);

struct Wanted {
    name: String,
    digest: String,
}

impl Names {
    /// `label` says what the names of a source's tools begin with. What has none has no name.
    pub fn of(allowed: &[Allowed], label: impl Fn(&str) -> Option<String>) -> Self {
        let labelled = allowed.iter().filter_map(|entry| Some((entry, label(&entry.source)?)));
        let mut wishes = Wishes::default();
        let mut tools = Vec::new();
        for (Allowed { source, tool, .. }, label) in labelled {
            wishes.add(&label, source, tool);
            tools.push((source.clone(), tool.clone()));
        }
        Self(tools.into_iter().zip(wishes.given()).collect())
    }

    /// Of a tool of a source.
    pub fn name(&self, source: &str, tool: &str) -> Option<&str> {
        self.0.get(&(source.to_owned(), tool.to_owned())).map(String::as_str)
    }

    /// Where the tool of this name is.
    pub fn source(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(_, given)| *given == name).map(|((source, _), _)| source.as_str())
    }
}

impl Wishes {
    fn add(&mut self, label: &str, source: &str, tool: &str) {
        let letter = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        let name: String = format!("{label}__{tool}").chars().map(letter).collect();
        // Length and source belong to it: no tool can be named so that it reads like another source's.
        let digest = hex::encode(Sha256::digest(format!("{}:{source}:{tool}", source.len())));
        // A tool whose own name had to be changed is not the one that has the result for a name.
        let is_changed = tool.chars().any(|c| letter(c) != c);
        self.0.push(Wanted { name: if is_changed { format!("{name}_") } else { name }, digest });
    }

    /// In the order in which they were added.
    fn given(&self) -> Vec<String> {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for wanted in &self.0 {
            *times.entry(&wanted.name).or_default() += 1;
        }
        let given = self.0.iter().map(|wanted| {
            let is_fine = wanted.name.len() <= LONGEST && times[wanted.name.as_str()] == 1;
            if is_fine && !wanted.name.ends_with('_') {
                return wanted.name.clone();
            }
            let kept: String = wanted.name.trim_end_matches('_').chars().take(LONGEST - DIGITS - 1).collect();
            format!("{kept}_{}", &wanted.digest[..DIGITS])
        });
        let given: Vec<String> = given.collect();
        // Six digits that meet, or that somebody has looked for: then all of them.
        let meets = |name: &String| given.iter().filter(|other| *other == name).count() > 1;
        let whole = |(at, name): (usize, &String)| {
            if meets(name) { self.0[at].digest.clone() } else { name.clone() }
        };
        given.iter().enumerate().map(whole).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(tools: &[(&str, &str, &str)]) -> Vec<String> {
        let mut names = Wishes::default();
        for (label, source, tool) in tools {
            names.add(label, source, tool);
        }
        names.given()
    }

    /// What is fine stays readable.
    #[test]
    fn a_plain_name_is_the_label_and_the_tool() {
        assert_eq!(
            given(&[("tracker", "1", "get_issue"), ("wiki", "2", "getPage")]),
            ["tracker__get_issue", "wiki__getPage"]
        );
    }

    /// Two accounts at one provider, letters that the API does not take, and a name that is too long.
    #[test]
    fn names_that_would_meet_are_told_apart() {
        let long = "x".repeat(200);
        let tools = [
            ("tracker", "1", "get"),
            ("tracker", "2", "get"),
            ("a", "3", "b.c"),
            ("a", "3", "b_c"),
            ("a", "3", long.as_str()),
        ];
        let names = given(&tools);
        let distinct: std::collections::BTreeSet<&String> = names.iter().collect();
        assert_eq!(distinct.len(), tools.len(), "{names:?}");
        assert!(names.iter().all(|name| {
            (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        }));
        assert_eq!(names[3], "a__b_c");
        // The same, whoever else is there.
        assert_eq!(names[2], given(&[("a", "3", "b.c")])[0]);
    }

    /// A tool that calls itself like another source's gets neither its name nor takes it away where it stood alone before.
    #[test]
    fn a_tool_cannot_be_named_like_anothers() {
        let names = given(&[("tracker", "1", "get"), ("tracker__get", "2", ""), ("tracker", "3", "get\u{200b}")]);
        assert_eq!(names[0], "tracker__get");
        assert!(names[1] != names[0] && names[2] != names[0] && names[1] != names[2], "{names:?}");
    }
}
