//! Commands of all pages for people but `docs/operate.md`, executed: each on a machine of its own (`machine.rs`), and looked at
//! (`acts.rs`). What starts whole suites, benches or stacks is carried out as far as what it would do: make prints that itself, our
//! programs answer `--help` behind their flags, and every program, bench and test that is named there exists (`make.rs`).

mod acts;
mod machine;
mod make;

use crate::{
    documents::pages,
    none,
    operate::page::{setting, told},
    read,
};
use acts::Act;
use machine::Machine;
use make::Maker;
use std::collections::BTreeSet;

/// By how a command begins; the first that fits.
const ACTS: [(&str, Act); 36] = [
    ("make ", Typist::makes),
    (PICTURE, Typist::takes_a_picture),
    (".ci/run", Typist::reads_the_script),
    ("set -euo pipefail", Typist::types_it),
    ("openssl rand -hex 32", Typist::draws_a_secret),
    ("cat >> .env <<END", Typist::writes_settings),
    ("kill -HUP", Typist::hangs_up),
    ("connectors doctor", Typist::examines),
    ("connectors tokens create|list|revoke", Typist::does_all_with_tokens),
    ("connectors tokens create", Typist::makes_tokens),
    ("connectors tokens list", Typist::types_it),
    ("connectors tokens revoke ID", Typist::revokes_a_token),
    ("connectors rotate-keys", Typist::rotates_keys),
    ("connectors openapi", Typist::prints_the_document),
    ("connectors audit verify", Typist::verifies_the_log),
    ("audit verify", Typist::verifies_the_log),
    ("connectors mcp-probe", Typist::probes),
    ("connectors migrate", Typist::migrates),
    ("connectors serve", Typist::sees_it_served),
    ("auth serve", Typist::sees_it_served),
    ("auth import", Typist::imports),
    ("auth rotate-keys", Typist::rotates_signing_keys),
    ("devstack migrate", Typist::migrates),
    ("devstack secrets", Typist::has_secrets),
    ("devstack logs", Typist::shows_logs),
    ("devstack down", Typist::types_it),
    ("devstack local-db", Typist::runs_databases),
    ("devstack with-services", Typist::runs_with_services),
    // These take the ports of the one stack that a machine has, the network, or minutes.
    ("devstack up", Typist::asks_for_help),
    ("devstack demo", Typist::asks_for_help),
    ("devstack payloads", Typist::asks_for_help),
    ("devstack test-tools", Typist::asks_for_help),
    ("devstack test-browser", Typist::asks_for_help),
    ("devstack chaos-ingest", Typist::asks_for_help),
    ("devstack footprint", Typist::asks_for_help),
    ("target/debug/devstack with-services -- cargo nextest run", Typist::looks_at_it),
];
/// Not typed, each with the reason.
const UNTYPED: [(&str, &str); 4] = [
    ("npm install better-auth", "fetches it; crates/auth/tests/contract runs what it brings"),
    ("ssh -L ", "wants a second machine"),
    ("setpriv --pdeathsig", "is named for what it does"),
    ("compose run --rm auth import …", "is typed with the page about operating"),
];
/// No commands, although they look like some.
const UNLIKE: [&str; 4] = ["for update skip locked", "not in", "sh no-test: why", PROPERTY];
/// A setting of a command; all others are `documents.rs`'s.
const PICTURE: &str = "SCREENSHOT=";
/// How properties of the console's button begin, which are like flags.
const PROPERTY: &str = "--connectors-";
/// Whose blocks of `sh` are run by `crates/connectors/tests/stories/documents`; there is a section of README.md, too.
const RUN: [&str; 3] = ["docs/add-a-provider.md", "docs/backend.md", "docs/frontend.md"];
const STEPS: &str = "\n## First steps with curl\n";

/// Somebody who reads all pages, and tries what they say.
pub struct Typist {
    machine: Machine,
    maker: Maker,
}

/// The part of a page that nobody else types.
fn rest(name: &str, page: &str) -> String {
    if name == "README.md" {
        let (before, after) = page.split_once(STEPS).expect("the first steps");
        return format!("{before}\n## {}", after.split_once("\n## ").expect("another section").1);
    }
    if !RUN.contains(&name) {
        return page.to_owned();
    }
    // A block that its page does not have run says so in its first line.
    let mut parts = page.split("```sh\n");
    let first = parts.next().unwrap_or_default().to_owned();
    let after = |part: &str| part.split_once("\n```\n").expect("the end of a block").1.to_owned();
    first + &parts.map(after).collect::<String>()
}

/// The commands of a page, each flag behind the command that the page names before it, and a document with its command.
fn commands(name: &str, page: &str) -> Vec<String> {
    let (mut found, mut before, mut open) = (Vec::<String>::new(), String::new(), false);
    for line in told(&rest(name, page)) {
        let line = line.split(" #").next().unwrap_or_default().trim_end();
        if open {
            let document = found.last_mut().expect("its command");
            document.extend(["\n", line]);
            open = line != "END";
        } else if line.starts_with("--") && !line.starts_with(PROPERTY) {
            found.push(format!("{before} {line}"));
        } else if !line.is_empty() && !line.starts_with('#') && (setting(line).is_none() || line.starts_with(PICTURE)) {
            open = line.ends_with("<<END");
            line.clone_into(&mut before);
            found.push(line.to_owned());
        }
    }
    found
}

/// How a command begins, as the lists have it.
fn known(command: &str) -> Option<&'static str> {
    let starts = ACTS.iter().map(|(start, _)| *start).chain(UNTYPED.iter().map(|(start, _)| *start)).chain(UNLIKE);
    starts.into_iter().find(|start| command.starts_with(start))
}

/// Everything that a page has for a shell is typed, or in a list that says why not; and the lists have nothing that no page has.
#[test]
fn every_command_is_known() {
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    for page in pages().iter().filter(|page| *page != "docs/operate.md") {
        for command in commands(page, &read(page)) {
            match known(&command) {
                Some(start) => drop(used.insert(start)),
                None => faults.push(format!("{page}: nobody types {command:?}")),
            }
        }
    }
    let all = ACTS.iter().map(|(start, _)| *start).chain(UNTYPED.iter().map(|(start, _)| *start)).chain(UNLIKE);
    faults.extend(all.filter(|start| !used.contains(start)).map(|start| format!("no page has {start} any more")));
    none(&faults);
}

/// Each of them works, on one machine, one after the other.
#[test]
fn every_command_does_what_it_says() {
    let machine = Machine::new();
    let mut typist = Typist { maker: Maker::new(&machine.path), machine };
    let mut done = BTreeSet::new();
    for page in pages().iter().filter(|page| *page != "docs/operate.md") {
        for command in commands(page, &read(page)) {
            let act = ACTS.iter().find(|(start, _)| command.starts_with(start));
            if let Some((_, act)) = act.filter(|_| done.insert(command.clone())) {
                act(&mut typist, &command);
            }
        }
    }
    assert!(done.len() > 60, "{}", done.len());
}

/// Planted: a command that nobody knows, in a text and in a block.
#[test]
fn a_command_that_is_new_is_found() {
    let page = "`connectors doctor`, `--json`, `connectors brew`\n```sh no-test: why\nmake dev\ncat >> .env <<END\nA=b\nEND\n```\n";
    let found = commands("docs/backend.md", page);
    let expected =
        ["connectors doctor", "connectors doctor --json", "connectors brew", "make dev", "cat >> .env <<END\nA=b\nEND"];
    assert_eq!(found, expected);
    assert_eq!(found.iter().filter(|command| known(command).is_none()).collect::<Vec<_>>(), ["connectors brew"]);
    assert!(commands("docs/backend.md", "```sh\ncurl x\n```\n").is_empty());
}
