//! Two people at once: what is one's never reaches the other.

use super::{Person, asked, issue, script, server};
use serde_json::{Value, json};
use std::sync::Arc;

const RUNS_OF_EACH: usize = 200;
const CALLS_OF_A_RUN: usize = 25;
/// As many as a person may have.
const AT_ONCE: usize = 4;

/// 10,000 calls of 400 runs, eight of them at once, in every order that two threads and the network make: each person's runs list the
/// issues of that person's account, and no result, no tool and no conversation of the other is ever among what they got.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_interleaved_calls_stay_with_their_person() {
    let server = Arc::new(server().await);
    let call = json!({"type": "tool_use", "name": "linear__list_issues", "input": {"query": "only", "limit": 1}});
    let calls = vec![call; CALLS_OF_A_RUN];
    // The model says the same to both: whatever differs between them is ours.
    script(&server, json!([{"content": calls, "times": 2 * 2 * RUNS_OF_EACH}])).await;
    let mut people = Vec::new();
    for (account, tools) in [("ann", &["list_issues", "list_teams"][..]), ("ben", &["list_issues"][..])] {
        let title = format!("only for {account}");
        issue(&server, account, &title).await;
        let server = Arc::clone(&server);
        people.push(tokio::spawn(async move {
            let person = Person::with(&server, "linear", account).await;
            person.allow_of_connection(tools).await;
            let mut listed = 0;
            for _ in 0..RUNS_OF_EACH / AT_ONCE {
                let runs = (0..AT_ONCE).map(|_| person.lists_their_own(account));
                listed += futures_util::future::join_all(runs).await.into_iter().sum::<usize>();
            }
            listed
        }));
    }
    for person in people {
        assert_eq!(person.await.unwrap(), RUNS_OF_EACH * CALLS_OF_A_RUN);
    }
    for request in asked(&server).await {
        let body = &request["body"];
        let has = |name: &str| body["tools"].as_array().unwrap().iter().any(|tool| tool["name"] == name);
        let said = body["messages"].to_string();
        assert_eq!(said.contains("I am ann"), has("linear__list_teams"));
        // By whole words: among so many random ids of calls, some hold these three letters.
        let names = |account: &str| said.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == account);
        assert_ne!(names("ann"), names("ben"));
    }
}

impl Person<'_> {
    /// One run; how many of its calls brought what is this person's, and nothing else.
    async fn lists_their_own(&self, account: &str) -> usize {
        let wish = json!({"prompt": format!("I am {account}"), "budget": {"steps": 1}});
        let run = self.run(wish).await;
        assert_eq!(run["state"], "completed", "{run}");
        let results = run["turns"][2]["content"].as_array().unwrap();
        let title = format!("only for {account}");
        let is_theirs = |result: &&Value| {
            let text = result["content"][0]["text"].as_str().unwrap();
            text.contains(&title) && text.matches("only for ").count() == 1
        };
        results.iter().filter(is_theirs).count()
    }
}
