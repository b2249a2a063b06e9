//! PgBouncer lends a connection to Postgres for one transaction. Nothing that a caller sees may differ.

use std::{env, process::Command};
use testkit::Pooler;

/// Stories of everything that could notice it: leases, queues, claims, listeners, statements that are prepared, whole transactions.
const STORIES: [&str; 13] = [
    "stories::audit::",
    "stories::connect::",
    "stories::data_rights::",
    "stories::deliveries::",
    "stories::group_commit::",
    "stories::hooks::keep::",
    "stories::lifecycle::",
    "stories::refresh::",
    "stories::rotate_keys::",
    "stories::signals::",
    "stories::stream::",
    "stories::subscriptions::",
    "stories::sync::turns::",
];

/// They are run again, by this very program, over three connections in transaction mode.
#[test]
fn the_stories_go_as_well_through_a_pooler_of_transactions() {
    let pooler = Pooler::start();
    let mut stories = Command::new(env::current_exe().unwrap());
    stories.args(STORIES).arg("--test-threads=2").env("TEST_POOLER_URL", &pooler.url);
    let ran = stories.output().unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{told}\n{}", String::from_utf8_lossy(&ran.stderr));
    let passed = told.split(" passed;").next().and_then(|start| start.rsplit(' ').next());
    assert!(passed.is_some_and(|number| number.parse::<usize>().unwrap() > 60), "{told}");
}
