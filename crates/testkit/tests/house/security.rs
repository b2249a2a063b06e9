//! What the security page says holds a threat is there, and so are the tests that it says show it.

use super::{none, read, root, rust_files};
use std::collections::BTreeSet;

/// What stands between backticks.
fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// What is wrong with the rows of the threat table: threat, what holds it, where, which tests.
fn faults(page: &str, exists: impl Fn(&str) -> bool, tests: &BTreeSet<&str>) -> Vec<String> {
    let table = page.split("\n## Threats\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap_or_default();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    if rows.is_empty() {
        return vec!["there is no table of threats".to_owned()];
    }
    let mut faults = Vec::new();
    for row in rows {
        let [threat, _, places, shown] = row[..] else {
            faults.push(format!("a row has not four cells: {row:?}"));
            continue;
        };
        let (places, shown) = (code(places), code(shown));
        if places.is_empty() || shown.is_empty() {
            faults.push(format!("{threat}: without a place or a test"));
        }
        let gone = places.into_iter().filter(|place| !exists(place));
        faults.extend(gone.map(|place| format!("{threat}: there is no {place}")));
        let unknown = shown.into_iter().filter(|test| !tests.contains(test));
        faults.extend(unknown.map(|test| format!("{threat}: no test is called {test}")));
    }
    faults
}

/// The names of the functions that are tests.
fn tests(text: &str) -> impl Iterator<Item = &str> {
    let marked = ["#[test]", "#[tokio::test"].into_iter().flat_map(|mark| text.split(mark).skip(1));
    marked.filter_map(|rest| rest.split_once("fn ")?.1.split('(').next())
}

/// Each threat of the page has its place in the code and its tests.
#[test]
fn every_threat_is_held_where_the_page_says() {
    let files = rust_files("crates");
    let known: BTreeSet<&str> = files.iter().flat_map(|(_, text)| tests(text)).collect();
    none(&faults(&read("docs/security.md"), |place| root().join(place).exists(), &known));
}

/// Planted: a place that is gone, a test that is gone, a row without a test, a row too short, no table.
#[test]
fn a_threat_that_nothing_holds_is_found() {
    let known =
        tests("#[test]\nfn one() {}\n#[tokio::test(flavor = \"x\")]\nasync fn two() {}\nfn helper() {}\n").collect();
    let found = |rows: &str| {
        let page =
            format!("x\n\n## Threats\n\n| a | b | c | d |\n|---|---|---|---|\n{rows}\n\n## More\n| no | row |\n");
        faults(&page, |place| place == "here.rs", &known).len()
    };
    assert_eq!(found("| t | h | `here.rs` | `one`, `two` |"), 0);
    assert_eq!(found("| t | h | `there.rs` | `one` |"), 1);
    assert_eq!(found("| t | h | `here.rs` | `helper` |"), 1);
    assert_eq!(found("| t | h | `here.rs` | |"), 1);
    assert_eq!(found("| t | `here.rs` | `one` |"), 1);
    assert_eq!(found(""), 1);
}
