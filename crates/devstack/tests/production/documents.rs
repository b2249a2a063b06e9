//! What the documents name is there: verbs of the Makefile, commands of the programs with their flags, settings.

use crate::{
    none,
    operate::page::{setting, told},
    read, root,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const PROGRAMS: [&str; 3] = ["auth", "connectors", "devstack"];
/// Named as examples of settings whose names follow from something else.
const DERIVED: [(&str, &str); 2] =
    [("HUBSPOT_CLIENT_ID", "of an entry of the catalogue"), ("KEY_FILE", "of every key")];

/// Every page for people, by its path in the checkout.
pub fn pages() -> Vec<String> {
    let inside =
        |folder: &str| fs::read_dir(root().join(folder)).expect("a folder").flatten().map(|entry| entry.path());
    let docs = inside("docs").filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let crates = inside("crates").map(|path| path.join("README.md"));
    let others = ["README.md", "AGENTS.md", "docs/seeing/README.md"].map(|name| root().join(name));
    let all = docs.chain(crates).chain(others);
    all.map(|path| path.strip_prefix(root()).expect("inside").display().to_string()).collect()
}

/// The verbs of the Makefile, and those that a text names.
fn verbs(makefile: &str, text: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let letters = |c: char| c.is_ascii_lowercase() || c == '-';
    let rules = makefile.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name);
    let known = rules.filter(|name| !name.is_empty() && name.chars().all(letters)).map(ToOwned::to_owned).collect();
    let lines = told(text);
    let named = lines.iter().filter_map(|line| line.strip_prefix("make "));
    let named = named.map(|rest| rest.chars().take_while(|c| letters(*c)).collect());
    (known, named.collect())
}

/// What the programs themselves say that they can be told, asked for once.
#[derive(Default)]
struct Programs(BTreeMap<Vec<String>, String>);

impl Programs {
    fn help(&mut self, chain: &[String]) -> &str {
        self.0.entry(chain.to_vec()).or_insert_with(|| {
            let folder = Path::new(env!("CARGO_BIN_EXE_devstack")).parent().expect("a folder");
            let mut command = Command::new(folder.join(&chain[0]));
            crate::run(command.args(&chain[1..]).arg("--help").env_clear()).expect("help")
        })
    }

    /// The commands below one, and its flags.
    fn offers(&mut self, chain: &[String]) -> (BTreeSet<String>, BTreeSet<String>) {
        let help = self.help(chain);
        let list = help.split("\nCommands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
        let commands = list.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
        let words = help.split([' ', '\n', ',', '=']).filter(|word| word.starts_with("--"));
        (
            commands.filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect(),
            words.map(ToOwned::to_owned).collect(),
        )
    }

    /// What is wrong with a line that begins with one of the programs; the flags of what it names are remembered.
    fn faults(&mut self, line: &str, flags: &mut BTreeSet<String>) -> Vec<String> {
        let words = line
            .split(' ')
            .map(|word| word.trim_matches(['[', ']']))
            .take_while(|word| !["--", ">", "|"].contains(word));
        let (mut chains, mut faults) = (vec![Vec::new()], Vec::new());
        for word in words {
            let mut next = Vec::new();
            for chain in &chains {
                // `tokens create|list` names two.
                for word in word.split('|') {
                    let (commands, known) = if chain.is_empty() { Default::default() } else { self.offers(chain) };
                    if word.starts_with("--") && !known.contains(word) {
                        faults.push(format!("`{line}`: {} knows no {word}", chain.join(" ")));
                    } else if chain.is_empty() || commands.contains(word) {
                        next.push([chain.as_slice(), &[word.to_owned()]].concat());
                    } else if !commands.is_empty() && word.starts_with(|c: char| c.is_ascii_lowercase()) {
                        faults.push(format!("`{line}`: {} knows no {word}", chain.join(" ")));
                    }
                }
            }
            if !next.is_empty() {
                chains = next;
            }
        }
        for chain in &chains {
            flags.extend(self.offers(chain).1);
        }
        faults
    }

    /// What a page says wrong about them.
    fn page(&mut self, text: &str) -> (usize, Vec<String>) {
        let (mut flags, mut faults, mut asked) = (BTreeSet::new(), Vec::new(), 0);
        for line in told(text) {
            let line = line.strip_prefix("compose run --rm ").unwrap_or(&line);
            if PROGRAMS.iter().any(|program| line.split(' ').next() == Some(program)) {
                faults.extend(self.faults(line, &mut flags));
                asked += 1;
            } else if let Some(flag) = line.split(' ').next().filter(|word| word.starts_with("--"))
                // Custom properties of the console's button begin like flags.
                && !flag.starts_with("--connectors-")
                && !flags.contains(flag)
            {
                faults.push(format!("nothing that the page names before it knows {flag}"));
            }
        }
        (asked, faults)
    }
}

/// Whatever reads a setting or answers with a code says its name: examples, compose files, the Makefile, scripts, the document
/// of the API, the programs.
fn names() -> String {
    let mut all =
        ["docker-compose.yml", "docker-compose.prod.yml", "Makefile", "docs/backup/backup"].map(read).to_vec();
    all.extend([".env.example", ".env.prod.example", "crates/connectors/openapi.json"].map(read));
    let mut folders: Vec<PathBuf> = vec![root().join("crates")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
            if path.is_dir() && !path.ends_with("tests") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                all.push(fs::read_to_string(path).expect("text"));
            }
        }
    }
    all.concat()
}

/// The settings and codes that a page names as code, and nothing knows.
fn unknown(page: &str, known: &BTreeSet<&str>) -> Vec<String> {
    let code = page.split('`').skip(1).step_by(2).map(|span| setting(span).map_or(span, |(key, _)| key));
    let is_name = |name: &&str| {
        name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.contains('_')
            && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    let derived = |name: &str| DERIVED.iter().any(|(known, _)| *known == name);
    code.filter(is_name).filter(|name| !known.contains(name) && !derived(name)).map(ToOwned::to_owned).collect()
}

fn words(names: &str) -> BTreeSet<&str> {
    names.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect()
}

/// Nobody is told to type what does nothing.
#[test]
fn every_verb_that_is_named_exists() {
    let (makefile, mut count) = (read("Makefile"), 0);
    for page in pages() {
        let (known, named) = verbs(&makefile, &read(&page));
        none(&named.difference(&known).map(|verb| format!("{page} names make {verb}")).collect::<Vec<_>>());
        count += named.len();
    }
    assert!(count > 30, "{count}");
}

/// Neither a command nor a flag that the programs do not have.
#[test]
fn every_command_that_is_named_exists() {
    let (mut programs, mut count) = (Programs::default(), 0);
    for page in pages() {
        let (asked, faults) = programs.page(&read(&page));
        none(&faults.iter().map(|fault| format!("{page}: {fault}")).collect::<Vec<_>>());
        count += asked;
    }
    assert!(count > 40, "{count}");
}

/// No setting that nobody reads.
#[test]
fn every_setting_that_is_named_exists() {
    let names = names();
    let known = words(&names);
    for page in pages() {
        let text = read(&page);
        // Blocks are not text: their backticks would be counted.
        let text: String = text.split("```").step_by(2).collect();
        none(&unknown(&text, &known).iter().map(|name| format!("{page}: nothing knows {name}")).collect::<Vec<_>>());
    }
}

/// Planted: a verb, a command, a flag and a setting that are gone.
#[test]
fn what_does_not_exist_is_found() {
    let (known, named) = verbs("dev: build ## x\n\tmake nothing\n", "`make dev`, `make tea`\nthey make coffee\n");
    assert_eq!(named.difference(&known).collect::<Vec<_>>(), ["tea"]);
    let faults = |page: &str| Programs::default().page(page).1.len();
    assert_eq!(faults("`connectors tokens create|list`, `compose run --rm auth import --from x`, `--dry-run`"), 0);
    let wrong =
        "`connectors tokens brew`, `auth rotate-keys --soon`, `auth brew`, `--dry-run`, `connectors tokens list|brew`";
    assert_eq!(faults(wrong), 5);
    let known = words("PORT=1 ${DATABASE_URL} \"NOT_FOUND\"");
    assert_eq!(
        unknown("`DATABASE_URL`, `NOT_FOUND`, `DATABASE_URI`, `GET /x`, `DATABASE_URL=x`", &known),
        ["DATABASE_URI"]
    );
}
