//! Questions of many callers that one statement answers.

use crate::support::Server;
use serde_json::Value;
use tokio::task::JoinSet;

const TENANTS: usize = 8;
/// Of each tenant, and twice as many tokens; fewer than the limit of a minute lets pass.
const TIMES: usize = 25;

/// Whoever asks at the same moment as others gets their own connections and their own token, and nothing of the others'.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_sees_their_own() {
    let server = Server::start().await;
    let mut known = Vec::new();
    for number in 0..TENANTS {
        let tenant = server.tenant().await;
        // Each has another number of them, so that one more or less would be seen.
        for nth in 0..=number % 3 {
            server.connected(tenant, "spotify", &format!("person-{number}-{nth}")).await;
        }
        let connection = server.connected(tenant, "linear", &format!("person-{number}")).await;
        // With a filter nobody is asked together with others.
        let page = server.operator(tenant).get("/connections?status=active").await.with(200);
        assert_eq!(page["connections"].as_array().unwrap().len(), number % 3 + 2);
        let named = format!("/oauth/token/linear?connection_id={}", connection["id"].as_str().unwrap());
        known.push((tenant, page, named, server.vend(tenant, &connection).await));
    }
    let mut calls: JoinSet<(usize, String, Value)> = JoinSet::new();
    for nth in 0..TENANTS * TIMES {
        let number = nth % TENANTS;
        let client = server.operator(known[number].0);
        for path in ["/connections", "/oauth/token/linear", &known[number].2] {
            let (client, path) = (client.clone(), path.to_owned());
            calls.spawn(async move {
                let answer = client.get(&path).await.with(200);
                (number, path, answer)
            });
        }
    }
    for (number, path, answer) in calls.join_all().await {
        let (_, page, _, token) = &known[number];
        if path == "/connections" {
            assert_eq!(answer, *page, "of {number}");
        } else {
            assert_eq!(answer["access_token"], token["access_token"], "of {number}");
        }
    }
}
