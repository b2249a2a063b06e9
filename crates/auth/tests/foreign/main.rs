//! Our tokens and our key set, judged by libraries of other people in other languages.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

#[path = "../support/service.rs"]
#[expect(dead_code, reason = "the browser in it does more for the other tests")]
mod service;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::{Value, json};
use service::{AUDIENCE, ISSUER, Service};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::process::Command;

type Outcomes = BTreeMap<String, String>;

#[expect(clippy::disallowed_methods, reason = "tests read what the test command sets")]
fn tools() -> PathBuf {
    let folder = std::env::var("TEST_TOOLS").expect(
        "TEST_TOOLS does not say where the foreign programs are; run `devstack test-tools` once, and the tests with: \
         make test",
    );
    folder.into()
}

/// What a script prints, given the cases.
async fn outcomes(mut command: Command, script: &str, cases: &Value) -> Outcomes {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign").join(script);
    let script = std::fs::File::open(script).unwrap();
    let command = command.env("CASES", cases.to_string()).stdin(Stdio::from(script));
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What all four libraries say.
async fn judged(cases: &Value) -> Outcomes {
    let tools = tools();
    let mut node = Command::new(tools.join("bin/node"));
    node.args(["--input-type=module", "-"]).current_dir(&tools);
    let mut python = Command::new(tools.join("python/bin/python3"));
    python.args(["-I", "-"]);
    let (mut all, more) = tokio::join!(outcomes(node, "check.mjs", cases), outcomes(python, "check.py", cases));
    all.extend(more);
    all
}

async fn token(service: &Service, jar: &str) -> String {
    service.get("/api/auth/token", &[("cookie", jar)]).await.json()["token"].as_str().unwrap().to_owned()
}

/// The token with another person in its payload, and the token with one other bit in its signature.
fn tampered(token: &str) -> [String; 2] {
    let parts: Vec<&str> = token.split('.').collect();
    let mut payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    payload["sub"] = json!("0".repeat(32));
    let mut signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    signature[20] ^= 1;
    [
        format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(payload.to_string()), parts[2]),
        format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode(signature)),
    ]
}

const LIBRARIES: [&str; 4] = ["jose", "PyJWT", "joserfc", "jwcrypto"];

/// A good token is accepted by all four, whatever signs it; a changed one, one for somebody else and an old one are refused
/// by all four, each for its own reason.
#[tokio::test]
async fn four_stacks_judge_our_tokens_as_we_do() {
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let service = Service::with(&[("AUTH_SIGNING_ALGORITHM", algorithm)]).await;
        service.clock.advance(-TimeDelta::hours(1));
        let ada = service.ada().await;
        let expired = token(&service, &ada.jar()).await;
        service.clock.advance(TimeDelta::hours(1));
        let good = token(&service, &ada.jar()).await;
        let [other_person, other_signature] = tampered(&good);
        let case = |name: &str, token: &str, issuer: &str, audience: &str| json!({"name": name, "token": token, "issuer": issuer, "audience": audience});
        let cases = json!({
            "jwks": format!("{}/api/auth/jwks", service.url),
            "algorithm": algorithm,
            "cases": [
                case("good", &good, ISSUER, AUDIENCE),
                case("other person", &other_person, ISSUER, AUDIENCE),
                case("other signature", &other_signature, ISSUER, AUDIENCE),
                case("other audience", &good, ISSUER, "another-service"),
                case("other issuer", &good, "https://auth.example/", AUDIENCE),
                case("expired", &expired, ISSUER, AUDIENCE),
            ],
        });
        let accepted = format!("accepted {}", ada.json()["user"]["id"].as_str().unwrap());
        let expected: Outcomes = LIBRARIES
            .iter()
            .flat_map(|library| {
                [
                    ("good", accepted.as_str()),
                    ("other person", "signature"),
                    ("other signature", "signature"),
                    ("other audience", "aud"),
                    ("other issuer", "iss"),
                    ("expired", "expired"),
                ]
                .map(|(name, outcome)| (format!("{library} {name}"), outcome.to_owned()))
            })
            .collect();
        assert_eq!(judged(&cases).await, expected, "{algorithm}");
    }
}

/// A set with a key of each algorithm, as it is while the algorithm changes, confuses none of them.
#[tokio::test]
async fn four_stacks_find_their_key_among_three_kinds() {
    let service = Service::start().await;
    let ada = service.ada().await;
    let first = token(&service, &ada.jar()).await;
    let ec = Service::over(&service, &[("AUTH_SIGNING_ALGORITHM", "ES256")]).await;
    ec.app.load_keys().await.unwrap();
    let rsa = Service::over(&service, &[("AUTH_SIGNING_ALGORITHM", "RS256")]).await;
    assert_eq!(rsa.get("/api/auth/jwks", &[]).await.json()["keys"].as_array().unwrap().len(), 3);
    let cases = json!({
        "jwks": format!("{}/.well-known/jwks.json", rsa.url),
        "algorithm": "EdDSA",
        "cases": [{"name": "good", "token": first, "issuer": ISSUER, "audience": AUDIENCE}],
    });
    let accepted = format!("accepted {}", ada.json()["user"]["id"].as_str().unwrap());
    let expected = LIBRARIES.iter().map(|library| (format!("{library} good"), accepted.clone())).collect();
    assert_eq!(judged(&cases).await, expected);
}
