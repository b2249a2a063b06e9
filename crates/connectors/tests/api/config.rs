//! What the service refuses to start with.

use crate::support::{Server, environment};
use connectors::config::Config;
use kernel::Env;
use providers::catalogue;
use vault::Keyring;

fn faults(changes: &[(&str, Option<&str>)]) -> (Vec<String>, String) {
    let mut pairs = environment("http://127.0.0.1:5002", "http://127.0.0.1:5003", "http://127.0.0.1:5001/jwks", None);
    for (key, value) in changes {
        pairs.retain(|(there, _)| there != key);
        pairs.extend(value.map(|value| ((*key).to_owned(), value.to_owned())));
    }
    match Config::load(&Env::from_pairs(pairs)) {
        Ok(_) => (Vec::new(), String::new()),
        Err(faults) => (faults.0.iter().map(|fault| fault.key.clone()).collect(), faults.to_string()),
    }
}

/// One start tells everything that is wrong, and repeats no value.
#[test]
fn every_fault_is_reported_together() {
    let (keys, text) = faults(&[
        ("PUBLIC_URL", Some("not a url: hunter2")),
        ("AUTH_JWKS_URL", None),
        ("AUTH_ISSUER", None),
        ("ENCRYPTION_KEY", Some("hunter2")),
        ("OPERATOR_TOKENS", Some("hunter2")),
        ("PORT", Some("hunter2")),
        ("RATE_LIMIT_PER_MINUTE", Some("0")),
    ]);
    let mut sorted = keys;
    sorted.sort();
    assert_eq!(
        sorted,
        [
            "AUTH_ISSUER",
            "AUTH_JWKS_URL",
            "ENCRYPTION_KEY",
            "OPERATOR_TOKENS",
            "PORT",
            "PUBLIC_URL",
            "RATE_LIMIT_PER_MINUTE"
        ]
    );
    assert!(!text.contains("hunter2"), "{text}");
}

/// A provider is whole or absent; what is not https stays in development.
#[test]
fn half_a_provider_is_a_fault() {
    assert_eq!(faults(&[]).0, [""; 0]);
    assert_eq!(faults(&[("LINEAR_CLIENT_SECRET", None)]).0, ["LINEAR_CLIENT_SECRET"]);
    assert_eq!(faults(&[("LINEAR_CLIENT_ID", None)]).0, ["LINEAR_CLIENT_ID"]);
    assert_eq!(faults(&[("LINEAR_WEBHOOK_SECRET", Some("short"))]).0, ["LINEAR_WEBHOOK_SECRET"]);
    assert_eq!(faults(&[("GITHUB_APP_NAME", Some("app"))]).0, ["GITHUB_APP_ID"]);
    assert_eq!(faults(&[("GITHUB_PRIVATE_KEY_PATH", Some("/does/not/exist"))]).0, ["GITHUB_PRIVATE_KEY_PATH"]);
    let production = faults(&[("ENVIRONMENT", None)]).0;
    let bases =
        ["GITHUB", "GOOGLE", "JIRA", "LINEAR", "SLACK", "SPOTIFY", "ZOHO"].map(|vendor| format!("{vendor}_BASE_URL"));
    let servers = ["GITHUB", "JIRA", "LINEAR", "SLACK"].map(|vendor| format!("{vendor}_MCP_URL"));
    let mut others = [&bases[..], &servers[..]].concat();
    others.sort();
    assert_eq!((&production[0], &production[1..]), (&"PUBLIC_URL".to_owned(), &others[..]));
}

/// An MCP server is sent tokens: it is named whole, by https, and for providers that have tokens.
#[test]
fn an_mcp_server_is_named_rightly_or_not_at_all() {
    assert_eq!(faults(&[("LINEAR_MCP_URL", Some("https://mcp.linear.app/mcp"))]).0, [""; 0]);
    assert_eq!(faults(&[("HUBSPOT_MCP_URL", Some("http://127.0.0.1:1/mcp"))]).0, [""; 0]);
    for wrong in ["mcp.linear.app/mcp", "ftp://mcp.linear.app/mcp", "https://user@mcp.linear.app/mcp"] {
        assert_eq!(faults(&[("LINEAR_MCP_URL", Some(wrong))]).0, ["LINEAR_MCP_URL"], "{wrong}");
    }
    let with_password = catalogue::built_in().unwrap().entries.values().find_map(|entry| match entry.kind {
        catalogue::Kind::Basic { .. } => Some(entry.slug.to_uppercase().replace('-', "_")),
        _ => None,
    });
    let key = format!("{}_MCP_URL", with_password.unwrap());
    assert_eq!(faults(&[(&key, Some("https://mcp.example.com/mcp"))]).0, [key]);
}

/// Another key than the one this database was sealed under is found at start, and nothing is written by the attempt.
#[tokio::test]
async fn a_wrong_encryption_key_does_not_start() {
    let server = Server::start().await;
    let wrong = [
        Keyring::single("fedcba9876543210fedcba9876543210").unwrap(),
        Keyring::parse("2:fedcba9876543210fedcba9876543210").unwrap(),
    ];
    server
        .unchanged(async {
            for key in &wrong {
                let error = connectors::unlock(&server.database.pool, key).await.unwrap_err();
                assert!(error.to_string().starts_with("ENCRYPTION_KEY(S) does not open"), "{error}");
            }
        })
        .await;
    let right = Keyring::single("0123456789abcdef0123456789abcdef").unwrap();
    connectors::unlock(&server.database.pool, &right).await.unwrap();
}

/// Two replicas that start at the same moment under different keys: one of them does not.
#[tokio::test]
async fn of_two_keys_at_the_same_moment_one_starts() {
    let database = testkit::Database::fresh().await;
    let (one, other) = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
    let (one, other) = (Keyring::single(one).unwrap(), Keyring::single(other).unwrap());
    // Both have found nothing when they come to write: until then writing is held up.
    let mut held = database.pool.begin().await.unwrap();
    sqlx::raw_sql("lock table vault_canaries in exclusive mode").execute(&mut *held).await.unwrap();
    let both_wait = async {
        let waiting = "select count(*) from pg_locks where not granted and relation = 'vault_canaries'::regclass";
        while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&database.pool).await.unwrap() < 2 {}
        held.rollback().await.unwrap();
    };
    let starting =
        async { tokio::join!(connectors::unlock(&database.pool, &one), connectors::unlock(&database.pool, &other)) };
    let ((one, other), ()) = tokio::join!(starting, both_wait);
    assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1);
}
