//! A vendor that answers with nonsense: at the exchange and when it is asked whose account it is.

use crate::support::Server;
use chrono::TimeDelta;
use serde_json::json;

const UNREADABLE: [&str; 6] = ["html_200", "truncated_json", "huge_body", "empty", "close", "status_502_html"];

async fn connect(server: &Server, tenant: uuid::Uuid, provider: &str) -> (u16, String) {
    let operator = server.operator(tenant);
    let started = operator.post_nothing(&format!("/connect/{provider}")).await.with(201);
    let back = server.sandbox.approve(started["authorize_url"].as_str().unwrap(), "ann").await;
    let answer = operator.get(&format!("/connect/{provider}/callback?{}", back.query().unwrap())).await;
    assert!(!answer.text.contains("trunc\"") && !answer.text.contains("xxxx") && !answer.text.contains("Unicorn"));
    answer.problem()
}

/// Nothing that cannot be read becomes a connection, and every case is a clear problem.
#[tokio::test]
async fn an_unreadable_exchange_connects_nothing() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    for provider in ["github", "linear"] {
        for kind in UNREADABLE {
            server.sandbox.fault(provider, "token", kind, 1).await;
            let expected = (502, "PROVIDER_UNAVAILABLE".to_owned());
            assert_eq!(connect(&server, tenant, provider).await, expected, "{provider} {kind}");
        }
        for (error, expected) in
            [("no_such_word", (400, "CODE_REFUSED")), ("temporarily_unavailable", (502, "PROVIDER_UNAVAILABLE"))]
        {
            let fault = json!({"on": "token", "kind": "error_200", "error": error});
            server.sandbox.control(&format!("{provider}/faults"), fault).await;
            assert_eq!(connect(&server, tenant, provider).await, (expected.0, expected.1.to_owned()), "{provider}");
        }
        server.sandbox.fault(provider, "token", "status_429", 1).await;
        assert_eq!(connect(&server, tenant, provider).await, (503, "PROVIDER_RATE_LIMITED".to_owned()), "{provider}");
    }
    for table in ["connections", "grants", "pending_connections", "audit_log", "jobs", "oauth_states"] {
        assert_eq!(server.database.count(table).await, 0, "{table}");
    }
}

/// A token whose owner cannot be told is nobody's, and is ended at the vendor.
#[tokio::test]
async fn an_unreadable_account_connects_nothing() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    for provider in ["github", "linear"] {
        for kind in UNREADABLE {
            server.sandbox.fault(provider, "api", kind, 1).await;
            let expected = (502, "PROVIDER_UNAVAILABLE".to_owned());
            assert_eq!(connect(&server, tenant, provider).await, expected, "{provider} {kind}");
        }
        server.sandbox.fault(provider, "api", "error_200", 1).await;
        let (status, code) = connect(&server, tenant, provider).await;
        assert!(matches!((status, code.as_str()), (502, "PROVIDER_UNAVAILABLE") | (409, "RECONNECT_REQUIRED")));
        server.sandbox.fault(provider, "api", "rate_limited", 1).await;
        assert_eq!(connect(&server, tenant, provider).await, (503, "PROVIDER_RATE_LIMITED".to_owned()), "{provider}");
    }
    for table in ["connections", "grants", "pending_connections", "audit_log"] {
        assert_eq!(server.database.count(table).await, 0, "{table}");
    }
    assert_eq!(server.database.count("jobs").await, 16);
    server.advance(TimeDelta::seconds(61)).await;
    // Two batches of eight.
    for _ in 0..2 {
        connectors::workers::run_jobs(&server.app).await.unwrap();
    }
    assert_eq!(server.database.count("jobs").await, 0);
    for provider in ["github", "linear"] {
        assert_eq!(server.sandbox.count(provider, "live_access_tokens").await, 0, "{provider}");
    }
}
