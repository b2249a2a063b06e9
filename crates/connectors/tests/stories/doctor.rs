//! `connectors doctor`, as an operator runs it.

use crate::support::Server;
use serde_json::{Value, json};
use std::process::{Command, Output};

/// A setting of a test's own.
type Setting<'a> = (&'a str, &'a str);

struct Examined {
    code: i32,
    report: Value,
}

impl Examined {
    /// Level and sentence of what was found about something.
    fn about(&self, about: &str) -> Vec<(&str, &str)> {
        let found = self.report["findings"].as_array().unwrap().iter().filter(|one| one["about"] == about);
        found.map(|one| (one["level"].as_str().unwrap(), one["says"].as_str().unwrap())).collect()
    }

    fn faults(&self) -> Vec<&str> {
        let found = self.report["findings"].as_array().unwrap().iter().filter(|one| one["level"] == "fault");
        found.map(|one| one["about"].as_str().unwrap()).collect()
    }

    fn provider(&self, slug: &str) -> &Value {
        self.report["providers"].as_array().unwrap().iter().find(|one| one["slug"] == slug).unwrap()
    }
}

/// Neither of the two outputs may hold a secret.
async fn run(server: &Server, more: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connectors"));
    command.env_clear().envs(server.environment()).envs(more.iter().copied()).arg("doctor").args(arguments);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    for text in [&output.stdout, &output.stderr] {
        assert_eq!(testkit::canary::found(text), None);
    }
    output
}

async fn examine(server: &Server, more: &[(&str, &str)], arguments: &[&str]) -> Examined {
    let output = run(server, more, &[&["--json"], arguments].concat()).await;
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    Examined { code: output.status.code().unwrap(), report }
}

/// A deployment that is as it should be: everything is looked at, and each provider says what it lacks and what to paste.
#[tokio::test]
async fn a_well_deployment_is_called_well() {
    let redis = testkit::redis_url();
    let server = Server::with(&[("PUBLIC_URL", "{url}"), ("REDIS_URL", &redis)]).await;
    let found = examine(&server, &[], &["--provider", "hubspot"]).await;
    assert_eq!((found.code, &found.report["well"], found.faults()), (0, &true.into(), vec![]), "{:#}", found.report);
    for about in ["configuration", "database", "migrations", "vault", "redis", "auth", "address", "linear", "github"] {
        assert!(found.about(about).iter().any(|(level, _)| *level == "ok"), "{about}: {:#}", found.report);
    }
    let linear = found.provider("linear");
    assert_eq!(linear["is_set_up"], true);
    assert_eq!(linear["redirect_url"], format!("{}/oauth/linear/callback", server.url));
    assert_eq!(linear["webhook_url"], format!("{}/webhooks/linear", server.url));
    let hubspot = found.provider("hubspot");
    assert_eq!(hubspot["is_set_up"], false);
    let missing = json!([{ "keys": ["HUBSPOT_CLIENT_ID", "HUBSPOT_CLIENT_SECRET"], "to": "to connect accounts" }]);
    assert_eq!(hubspot["missing"], missing);
    // The same for people.
    let output = run(&server, &[], &[]).await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("ok       migrations     all are applied"), "{text}");
    assert!(text.contains(&format!("  redirect URL   {}/oauth/linear/callback", server.url)), "{text}");
}

/// What is wrong with the configuration is told together, and what can be looked at all the same is looked at.
#[tokio::test]
async fn faults_of_the_configuration_hide_nothing() {
    let server = Server::start().await;
    let wrong = [("RATE_LIMIT_PER_MINUTE", "0"), ("LINEAR_CLIENT_SECRET", ""), ("OPERATOR_TOKENS", "")];
    let found = examine(&server, &wrong, &["--offline"]).await;
    assert_eq!(found.code, 1);
    let told = found.about("configuration");
    for key in ["RATE_LIMIT_PER_MINUTE", "LINEAR_CLIENT_SECRET", "OPERATOR_TOKENS"] {
        assert!(told.iter().any(|(level, says)| *level == "fault" && says.starts_with(key)), "{told:?}");
    }
    assert_eq!(found.about("migrations"), [("ok", "all are applied")]);
    assert_eq!(found.provider("linear")["is_set_up"], false);
}

/// Each thing that keeps the service from serving is a fault of its own, with what to do, and none of it is changed by the look.
#[tokio::test]
async fn each_thing_that_is_wrong_is_named() {
    let server = Server::start().await;
    let empty = testkit::Database::empty().await;
    let pooled = [("DATABASE_URL", "postgres://nobody@127.0.0.1:1/x"), ("DATABASE_DIRECT_URL", &server.database.url)];
    let cases: [(&[Setting<'_>], &str, &str); 7] = [
        (&[("ENCRYPTION_KEY", "fedcba9876543210fedcba9876543210")], "vault", "do not open"),
        (&[("DATABASE_URL", &empty.url)], "migrations", "none is applied"),
        (&[("DATABASE_URL", "postgres://nobody@127.0.0.1:1/x")], "database", "does not answer"),
        (&pooled, "pooler", "does not answer"),
        (&[("REDIS_URL", "redis://127.0.0.1:1/")], "redis", "does not answer"),
        (&[("AUTH_JWKS_URL", "http://127.0.0.1:1/jwks")], "auth", "cannot be fetched"),
        (&[("LINEAR_BASE_URL", "http://127.0.0.1:1")], "linear", "cannot be reached"),
    ];
    server
        .unchanged(async {
            for (more, about, says) in cases {
                // Our own address is not served in this test.
                let offline: &[&str] = if about == "linear" { &[] } else { &["--offline"] };
                let found = examine(&server, more, offline).await;
                let told = found.about(about);
                assert_eq!(found.code, 1, "{about}");
                assert!(told.iter().any(|(level, said)| *level == "fault" && said.contains(says)), "{about}: {told:?}");
            }
        })
        .await;
    let found = examine(&server, &[], &["--offline", "--provider", "no-such-vendor"]).await;
    assert_eq!((found.code, found.faults()), (1, vec!["providers"]));
}

/// What serves, and not as somebody may expect, ends the command badly only with --strict.
#[tokio::test]
async fn a_warning_fails_only_where_that_is_asked_for() {
    let server = Server::start().await;
    let production = [
        ("ENVIRONMENT", "production"),
        ("PUBLIC_URL", "https://connectors.example.com"),
        ("GITHUB_BASE_URL", ""),
        ("GITHUB_MCP_URL", ""),
        ("LINEAR_BASE_URL", ""),
        ("LINEAR_MCP_URL", ""),
        ("GOOGLE_BASE_URL", ""),
        ("JIRA_BASE_URL", ""),
        ("JIRA_MCP_URL", ""),
        ("SLACK_BASE_URL", ""),
        ("SLACK_MCP_URL", ""),
        ("SPOTIFY_BASE_URL", ""),
        ("ZOHO_BASE_URL", ""),
    ];
    let found = examine(&server, &production, &["--offline"]).await;
    assert_eq!((found.code, found.faults()), (0, vec![]), "{:#}", found.report);
    assert_eq!(found.about("proxies")[0].0, "warning");
    assert_eq!(examine(&server, &production, &["--offline", "--strict"]).await.code, 1);
}
