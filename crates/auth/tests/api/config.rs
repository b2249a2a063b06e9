use auth::Config;
use kernel::{Env, Fault};

fn faults<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    let faults = Config::from_env(&Env::from_pairs(pairs)).map(|_| ()).unwrap_err();
    faults.0.into_iter().map(|Fault { key, problem, .. }| (key, problem)).collect()
}

fn fault(key: &str, problem: &str) -> (String, String) {
    (key.to_owned(), problem.to_owned())
}

/// An empty environment is told everything it lacks, at once.
#[test]
fn everything_missing_is_reported_together() {
    assert_eq!(
        faults([]),
        [
            fault("DATABASE_URL", "is missing, and so is POSTGRES_HOST"),
            fault("PUBLIC_URL", "is missing"),
            fault("BETTER_AUTH_SECRET", "is missing"),
            fault("JWT_SECRET", "is missing"),
            fault("AUTH_ISSUER", "is missing"),
            fault("AUTH_AUDIENCE", "is missing"),
        ]
    );
}

/// Production, which is what the absence of `ENVIRONMENT` means, takes neither placeholders nor plain HTTP nor a rate limit
/// that is off.
#[test]
fn production_refuses_what_is_fit_for_development_only() {
    let settings = [
        ("DATABASE_URL", "postgres://x"),
        ("PUBLIC_URL", "http://localhost"),
        ("CORS_ORIGINS", "https://app.example.com/path"),
        ("BETTER_AUTH_SECRET", "change-me-change-me-change-me-change-me"),
        ("JWT_SECRET", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("AUTH_ISSUER", "https://auth.example"),
        ("AUTH_AUDIENCE", "connectors"),
        ("AUTH_RATE_LIMIT", "off"),
    ];
    let example = "is a value from the example file; make one of your own";
    assert_eq!(
        faults(settings),
        [
            fault("PUBLIC_URL", "must be https in production"),
            fault("CORS_ORIGINS", "must be an origin: scheme, host and port, nothing more"),
            fault("AUTH_RATE_LIMIT", "cannot be off in production"),
            fault("BETTER_AUTH_SECRET", example),
            fault("JWT_SECRET", example),
        ]
    );
}

/// The two secrets guard different things and must differ.
#[test]
fn one_secret_for_both_purposes_is_refused() {
    let secret = "0123456789abcdef0123456789abcdef";
    let settings = [
        ("DATABASE_URL", "postgres://x"),
        ("PUBLIC_URL", "https://localhost"),
        ("BETTER_AUTH_SECRET", secret),
        ("JWT_SECRET", secret),
        ("AUTH_ISSUER", "https://auth.example"),
        ("AUTH_AUDIENCE", "connectors"),
    ];
    assert_eq!(faults(settings), [fault("JWT_SECRET", "is the same as BETTER_AUTH_SECRET")]);
}

/// An algorithm that we do not sign with is a fault, and so is a rotation of no days at all.
#[test]
fn only_known_ways_to_sign_are_taken() {
    for (key, value) in [
        ("AUTH_SIGNING_ALGORITHM", "HS256"),
        ("AUTH_SIGNING_ALGORITHM", "none"),
        ("AUTH_SIGNING_ALGORITHM", "eddsa"),
        ("AUTH_KEY_ROTATION_DAYS", "0"),
        ("AUTH_KEY_ROTATION_DAYS", "-1"),
        ("AUTH_KEY_ROTATION_DAYS", "3651"),
        ("AUTH_KEY_ROTATION_DAYS", "never"),
    ] {
        let found = faults([
            ("DATABASE_URL", "postgres://x"),
            ("PUBLIC_URL", "https://localhost"),
            ("BETTER_AUTH_SECRET", "0123456789abcdef0123456789abcdef"),
            ("JWT_SECRET", "fedcba9876543210fedcba9876543210"),
            ("AUTH_ISSUER", "https://auth.example"),
            ("AUTH_AUDIENCE", "connectors"),
            (key, value),
        ]);
        assert_eq!(found, [fault(key, "the value cannot be read")], "{value}");
    }
}

/// A resource is a URL in its one spelling, by https in production, and never the audience of sessions; with one the issuer is a
/// URL as well.
#[test]
fn resources_are_urls_of_their_own() {
    let found = |more: [(&str, &str); 2]| {
        let mut pairs = vec![
            ("DATABASE_URL", "postgres://x"),
            ("PUBLIC_URL", "https://localhost"),
            ("BETTER_AUTH_SECRET", "0123456789abcdef0123456789abcdef"),
            ("JWT_SECRET", "fedcba9876543210fedcba9876543210"),
            ("AUTH_AUDIENCE", "https://connectors.example/"),
        ];
        pairs.extend(more);
        let faults = Config::from_env(&Env::from_pairs(pairs)).map(|_| ()).err().map(|faults| faults.0);
        faults.unwrap_or_default().into_iter().map(|fault| fault.key).collect::<Vec<_>>()
    };
    let (issuer, resource) = ("https://auth.example", "https://connectors.example/mcp");
    let none: [&str; 0] = [];
    assert_eq!(found([("AUTH_ISSUER", issuer), ("OAUTH_RESOURCES", resource)]), none);
    assert_eq!(found([("AUTH_ISSUER", "auth"), ("OAUTH_RESOURCES", "")]), none);
    assert_eq!(found([("AUTH_ISSUER", "auth"), ("OAUTH_RESOURCES", resource)]), ["AUTH_ISSUER"]);
    assert_eq!(found([("AUTH_ISSUER", "http://auth.example"), ("OAUTH_RESOURCES", resource)]), ["AUTH_ISSUER"]);
    for bad in ["mcp", "http://connectors.example/mcp", "https://Connectors.example/mcp", "https://connectors.example/"]
    {
        assert_eq!(found([("AUTH_ISSUER", issuer), ("OAUTH_RESOURCES", bad)]), ["OAUTH_RESOURCES"], "{bad}");
    }
    assert_eq!(
        found([("AUTH_ISSUER", "auth"), ("OAUTH_RESOURCES", "a,b")]),
        ["OAUTH_RESOURCES", "OAUTH_RESOURCES", "AUTH_ISSUER"]
    );
}
