//! What the documents say is there.

use crate::{none, read};
use std::collections::BTreeSet;

/// The verbs of the Makefile, and those that a text names.
fn verbs(makefile: &str, text: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let letters = |c: char| c.is_ascii_lowercase() || c == '-';
    let rules = makefile.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name);
    let known = rules.filter(|name| !name.is_empty() && name.chars().all(letters)).map(ToOwned::to_owned).collect();
    // `make verb`, as code or in a block of it.
    let starts = text.split("make ").skip(1).zip(text.split("make "));
    let code = starts.filter(|(_, before)| before.ends_with('`') || before.ends_with('\n'));
    let named = code.map(|(rest, _)| rest.chars().take_while(|c| letters(*c)).collect::<String>());
    (known, named.filter(|name| !name.is_empty()).collect())
}

/// Nobody is told to type what does nothing.
#[test]
fn every_verb_that_is_named_exists() {
    let makefile = read("Makefile");
    let pages = ["docs/operate.md", "docs/backend.md", "docs/frontend.md", "docs/add-a-provider.md"];
    for file in ["README.md", "AGENTS.md"].into_iter().chain(pages) {
        let (known, named) = verbs(&makefile, &read(file));
        assert!(!named.is_empty(), "{file}");
        none(&named.difference(&known).map(|verb| format!("{file} names make {verb}")).collect::<Vec<_>>());
    }
}

/// Planted: a verb that is gone.
#[test]
fn a_verb_that_does_not_exist_is_found() {
    let (known, named) = verbs("dev: build ## x\n\tmake nothing\n", "`make dev`, `make tea`\nthey make coffee\n");
    assert_eq!(named.difference(&known).collect::<Vec<_>>(), ["tea"]);
}
