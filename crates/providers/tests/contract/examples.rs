//! All webhook payloads that Octokit publishes as examples.

use crate::fixtures::{recall, vendor};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

#[derive(Deserialize)]
struct Event {
    name: String,
    examples: Vec<Value>,
}

#[expect(clippy::disallowed_methods, reason = "the file comes from a package that is not in the repository")]
fn examples() -> Vec<Event> {
    let path = std::env::var("OCTOKIT_EXAMPLES").expect(
        "OCTOKIT_EXAMPLES does not say where api.github.com/index.json of npm's @octokit/webhooks-examples is; \
         `make test` fetches the package and sets it",
    );
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("OCTOKIT_EXAMPLES={path} cannot be read: {error}"));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("OCTOKIT_EXAMPLES={path} is not the index: {error}"))
}

/// Each real payload reads without an error, and what they say in all does not change by accident.
#[test]
fn every_published_payload_is_read() {
    let github = vendor("github");
    let mut faults = Vec::new();
    let mut counts = BTreeMap::new();
    let mut total = 0;
    for event in examples() {
        for json in &event.examples {
            total += 1;
            let action = json.get("action").and_then(Value::as_str).unwrap_or("-");
            let mut count = |what: String| *counts.entry(what).or_insert(0) += 1;
            match github.vendor.webhooks().unwrap().read(&recall(&event.name, json)) {
                Err(error) => faults.push(format!("{}.{action}: {error}", event.name)),
                Ok(reading) => {
                    reading.signals.iter().for_each(|signal| count(format!("signal {}", signal.kind.word())));
                    reading.lifecycle.iter().for_each(|change| count(format!("lifecycle {:?}", change.health)));
                    match (reading.recognised, reading.signals.is_empty() && reading.lifecycle.is_empty()) {
                        (false, _) => count("not recognised".to_owned()),
                        (true, true) => count("nothing to do".to_owned()),
                        (true, false) => {}
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
    let mut text = format!("{total} payloads\n");
    for (what, count) in counts {
        writeln!(text, "{count:>4} {what}").unwrap();
    }
    insta::assert_snapshot!(text, @r#"
    329 payloads
       1 lifecycle Paused
       4 lifecycle Removed
       1 lifecycle Resumed
     190 not recognised
      21 nothing to do
       3 signal ci_run_completed
      15 signal comment_created
       4 signal comment_deleted
       4 signal comment_updated
       2 signal discussion_created
       3 signal issue_assigned
       4 signal issue_created
       1 signal issue_deleted
       2 signal issue_labeled
       1 signal issue_reopened
      18 signal issue_updated
       2 signal pull_request_closed
       4 signal pull_request_opened
       2 signal pull_request_reopened
       3 signal pull_request_reviewed
      21 signal pull_request_updated
       2 signal push
       3 signal release_published
      11 signal repository_updated
       2 signal star_added
       5 signal tag_pushed
    "#);
}
