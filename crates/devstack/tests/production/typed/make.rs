//! What make would do: it prints that itself (`make -n`), and whatever is named there has to be there.

use crate::{none, root, run, shell::typed};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Names of functions and modules in a file of Rust.
fn names(path: &Path, into: &mut BTreeSet<String>) {
    let text = fs::read_to_string(path).expect("a file of Rust");
    for line in text.lines() {
        let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let named = words.windows(2).filter(|pair| ["fn", "mod"].contains(&pair[0])).map(|pair| pair[1].to_owned());
        into.extend(named);
    }
}

/// Names that tests have, their modules among them.
fn tests() -> BTreeSet<String> {
    let (mut found, mut folders) = (BTreeSet::new(), vec![root().join("crates")]);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                found.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                names(&path, &mut found);
            }
        }
    }
    found
}

fn is_word(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase()) && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

pub struct Maker {
    path: String,
    tests: BTreeSet<String>,
    /// What was asked for once.
    known: BTreeSet<String>,
}

impl Maker {
    pub fn new(path: &str) -> Self {
        Self { path: path.to_owned(), tests: tests(), known: BTreeSet::new() }
    }

    /// The Makefile knows the verb, and all that it would start.
    pub fn makes(&mut self, line: &str) {
        let dry = line.replacen("make ", "make --dry-run ", 1);
        let home = std::env::home_dir().expect("a home");
        let environment = [("PATH", self.path.as_str()), ("HOME", home.to_str().expect("a path"))];
        let printed = typed(("", &dry), &root(), &environment, "").unwrap_or_else(|fault| panic!("{fault}"));
        self.looks_at(&printed);
    }

    /// Everything is there that these commands name.
    pub fn looks_at(&mut self, commands: &str) {
        let (count, faults) = self.faults(commands);
        none(&faults);
        assert!(count > 0, "this starts nothing that is known here:\n{commands}");
    }

    /// How many programs they start, and what is not there.
    fn faults(&mut self, commands: &str) -> (usize, Vec<String>) {
        let (mut faults, mut count) = (Vec::new(), 0);
        for command in commands.replace("\\\n", " ").lines().flat_map(|line| line.split([';', '&', '|'])) {
            let words: Vec<&str> = command.split_whitespace().collect();
            for (at, word) in words.iter().enumerate() {
                let next = words.get(at + 1).copied().unwrap_or_default();
                let program = word.rsplit('/').next().unwrap_or_default();
                match (program, is_word(next)) {
                    ("devstack" | "cargo", true) => {
                        let rest = words[at + 1..].iter().take_while(|word| **word != "--");
                        faults.extend(self.accepts(program, &rest.copied().collect::<Vec<_>>()));
                        count += 1;
                    }
                    ("docker", true) => count += 1,
                    ("--bench", _) => faults.extend(bench(next)),
                    _ => {}
                }
            }
        }
        for filter in commands.split("'test(").skip(1).filter_map(|rest| rest.split(")'").next()) {
            faults.extend(self.filter(filter));
        }
        (count, faults)
    }

    /// The program knows the verb; ours its flags as well.
    fn accepts(&mut self, program: &str, words: &[&str]) -> Option<String> {
        // Those of cargo's are for what it compiles.
        let words = if program == "cargo" { &words[..1] } else { words };
        let asked = format!("{program} {}", words.join(" "));
        if !self.known.insert(asked.clone()) {
            return None;
        }
        let mut command = match program {
            "cargo" => Command::new(program),
            _ => Command::new(PathBuf::from(env!("CARGO_BIN_EXE_devstack"))),
        };
        run(command.args(words).arg("--help")).err().map(|fault| format!("{asked}: {fault}"))
    }

    /// A filter of tests finds one.
    fn filter(&self, filter: &str) -> Vec<String> {
        let words = filter.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let is_there = |word: &&str| self.tests.iter().any(|name| name.contains(word));
        words.filter(|word| !is_there(word)).map(|word| format!("test({filter}): no test is called {word}")).collect()
    }
}

fn bench(name: &str) -> Option<String> {
    let known = ["auth", "connectors"].map(|package| root().join(format!("crates/{package}/benches")));
    let is_there = known
        .iter()
        .any(|folder| [format!("{name}.rs"), format!("{name}/main.rs")].iter().any(|file| folder.join(file).is_file()));
    (!is_there).then(|| format!("there is no bench {name}"))
}

/// Planted: a flag, a verb, a bench and a test that are gone.
#[test]
fn what_make_cannot_start_is_found() {
    let mut maker = Maker::new("/usr/bin:/bin");
    let fine = "exec target/debug/devstack with-services --durable -- cargo bench --bench storm\n\
                cargo nextest run -E 'test(/^stories::(outages|sync)::/)'";
    assert_eq!(maker.faults(fine), (3, Vec::new()));
    for gone in [
        "devstack with-services --lasting -- true",
        "devstack brew",
        "cargo brew",
        "cargo bench --bench tea",
        "cargo nextest run -E 'test(nobody_drinks_tea)'",
    ] {
        assert_eq!(maker.faults(gone).1.len(), 1, "{gone}");
    }
}
