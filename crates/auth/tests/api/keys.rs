//! Keys that come, sign, overlap and go, over one database with several replicas.

use crate::service::{AUDIENCE, ISSUER, Service, config};
use auth::{App, KeysError, Takeover};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use identity::{FetchError, Verifier, VerifyError};
use serde_json::Value;
use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// How long a key is published before it signs, and after it has stopped.
const NOTICE: TimeDelta = TimeDelta::minutes(12);
const AFTER: TimeDelta = TimeDelta::minutes(20);
/// The clock goes on while a test runs: nothing here is closer to a border than this.
const MARGIN: TimeDelta = TimeDelta::minutes(1);

/// Another process over the same database and at the same time.
fn replica(service: &Service, more: &[(&str, &str)]) -> App {
    App::new(&config(more), service.database.pool.clone(), service.clock.clone()).unwrap()
}

/// Every published key, as (algorithm, kid), in order.
async fn published(service: &Service) -> Vec<(String, String)> {
    let jwks = service.get("/api/auth/jwks", &[]).await.json();
    let text = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
    jwks["keys"].as_array().unwrap().iter().map(|key| (text(key, "alg"), text(key, "kid"))).collect()
}

async fn kids(service: &Service) -> Vec<String> {
    published(service).await.into_iter().map(|(_, kid)| kid).collect()
}

async fn token(service: &Service, jar: &str) -> String {
    service.get("/api/auth/token", &[("cookie", jar)]).await.json()["token"].as_str().unwrap().to_owned()
}

/// The kid of a token.
fn signed_by(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

/// The verifier of another service, with its cache, and how often it asked for the keys.
fn verifier(service: &Service) -> (Verifier, Arc<AtomicUsize>) {
    let (url, fetches) = (format!("{}/api/auth/jwks", service.url), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&fetches);
    let verifier = Verifier::new(ISSUER, AUDIENCE, service.clock.clone(), move || {
        counter.fetch_add(1, Ordering::SeqCst);
        let url = url.clone();
        Box::pin(async move { Ok::<_, FetchError>(reqwest::get(url).await?.bytes().await?.to_vec()) })
    });
    (verifier, fetches)
}

/// All at the same moment.
async fn together(replicas: &[Arc<App>]) {
    let mut reloads = tokio::task::JoinSet::new();
    for app in replicas.iter().map(Arc::clone) {
        reloads.spawn(async move { app.reload_keys().await });
    }
    for outcome in reloads.join_all().await {
        outcome.unwrap();
    }
}

/// Replicas that start together on an empty database agree on one key.
#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_together_share_one_key() {
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let service = Service::with(&[("AUTH_SIGNING_ALGORITHM", algorithm)]).await;
        let replicas: Vec<_> =
            (0..8).map(|_| Arc::new(replica(&service, &[("AUTH_SIGNING_ALGORITHM", algorithm)]))).collect();
        together(&replicas).await;
        assert_eq!(service.count("signing_keys").await, 1);
        assert_eq!(published(&service).await[0].0, algorithm);
    }
}

/// Replicas that find the rotation due at the same moment make one successor.
#[tokio::test(flavor = "multi_thread")]
async fn a_due_rotation_makes_one_successor() {
    let service = Service::start().await;
    let first = kids(&service).await.remove(0);
    let replicas: Vec<_> = (0..8).map(|_| Arc::new(replica(&service, &[]))).collect();
    service.clock.advance(TimeDelta::days(30) - MARGIN);
    together(&replicas).await;
    assert_eq!(service.count("signing_keys").await, 1);
    service.clock.advance(MARGIN);
    for _ in 0..3 {
        together(&replicas).await;
        assert_eq!(service.count("signing_keys").await, 2);
    }
    service.app.reload_keys().await.unwrap();
    assert_eq!(kids(&service).await[1], first);
}

/// The whole life of two keys: the successor is published and does not sign; it takes over; the old one's last token holds
/// to its end; then the old key is published no more. A verifier whose cache is as old as can be never refuses a token.
#[tokio::test]
async fn a_key_hands_over_to_its_successor() {
    let service = Service::start().await;
    let jar = service.ada().await.jar();
    let old = kids(&service).await.remove(0);
    let (verifier, fetches) = verifier(&service);
    assert!(verifier.verify(&token(&service, &jar).await).await.is_ok());

    service.app.rotate_keys(Takeover::AfterNotice).await.unwrap();
    let both = kids(&service).await;
    assert_eq!((both.len(), both[1].as_str()), (2, old.as_str()));
    assert_eq!(signed_by(&token(&service, &jar).await), old);
    service.clock.advance(NOTICE - MARGIN);
    let last = token(&service, &jar).await;
    assert_eq!((signed_by(&last), verifier.verify(&last).await.is_ok()), (old.clone(), true));

    service.clock.advance(MARGIN);
    let fresh = token(&service, &jar).await;
    assert_eq!(signed_by(&fresh), both[0]);
    // The cache was filled again during the notice, so the first token of the new key costs no fetch.
    assert_eq!((verifier.verify(&fresh).await.is_ok(), fetches.load(Ordering::SeqCst)), (true, 2));

    service.clock.advance(TimeDelta::minutes(15) - MARGIN - MARGIN);
    service.app.reload_keys().await.unwrap();
    assert_eq!((kids(&service).await, verifier.verify(&last).await.is_ok()), (both.clone(), true));
    service.clock.advance(TimeDelta::minutes(5) + MARGIN);
    service.app.reload_keys().await.unwrap();
    assert_eq!((kids(&service).await, verifier.verify(&last).await), (both.clone(), Err(VerifyError::Expired)));
    service.clock.advance(MARGIN);
    service.app.reload_keys().await.unwrap();
    assert_eq!(kids(&service).await, both[..1]);
}

/// A replica that cannot read the table any more (its clock went on, nothing was loaded since) still changes keys on time.
#[tokio::test]
async fn a_takeover_needs_no_reading() {
    let service = Service::start().await;
    let jar = service.ada().await.jar();
    service.app.rotate_keys(Takeover::AfterNotice).await.unwrap();
    let both = kids(&service).await;
    service.clock.advance(NOTICE);
    assert_eq!(signed_by(&token(&service, &jar).await), both[0]);
}

/// Asking twice for a successor makes one.
#[tokio::test]
async fn a_successor_that_waits_is_enough() {
    let service = Service::start().await;
    let first = service.app.rotate_keys(Takeover::AfterNotice).await.unwrap();
    let second = service.app.rotate_keys(Takeover::AfterNotice).await.unwrap();
    assert_eq!((first.len(), second), (2, first));
    assert_eq!(service.count("signing_keys").await, 2);
}

/// Another algorithm takes over like any successor: known before it signs, and what the old one signed holds to its end.
#[tokio::test]
async fn another_algorithm_takes_over() {
    let service = Service::start().await;
    let jar = service.ada().await.jar();
    let old = token(&service, &jar).await;
    let changed = Service::over(&service, &[("AUTH_SIGNING_ALGORITHM", "ES256")]).await;
    let algorithms = async || published(&changed).await.into_iter().map(|(alg, _)| alg).collect::<Vec<_>>();
    let (verifier, _) = verifier(&changed);

    assert_eq!((algorithms().await, verifier.verify(&old).await.is_ok()), (vec!["ES256".into(), "EdDSA".into()], true));
    assert_eq!(signed_by(&token(&changed, &jar).await), signed_by(&old));
    service.clock.advance(NOTICE);
    let last = token(&service, &jar).await;
    let fresh = token(&changed, &jar).await;
    assert_eq!(published(&changed).await[0], ("ES256".to_owned(), signed_by(&fresh)));
    assert!(verifier.verify(&fresh).await.is_ok() && verifier.verify(&last).await.is_ok());

    // An hour for replicas that do not know yet, and then as for any other key.
    changed.app.reload_keys().await.unwrap();
    service.clock.advance(TimeDelta::hours(1) + AFTER - MARGIN);
    changed.app.reload_keys().await.unwrap();
    assert_eq!(algorithms().await, ["ES256", "EdDSA"]);
    service.clock.advance(MARGIN);
    changed.app.reload_keys().await.unwrap();
    assert_eq!(algorithms().await, ["ES256"]);
    assert_eq!(
        changed.get("/.well-known/openid-configuration", &[]).await.json()["id_token_signing_alg_values_supported"],
        serde_json::json!(["ES256"])
    );
}

/// Two settings side by side, by mistake and for a day: every token of either verifies with what either publishes, and
/// keys are made by the hour, not by the reading.
#[tokio::test]
async fn two_settings_do_not_fight() {
    let service = Service::start().await;
    let jar = service.ada().await.jar();
    let other = Service::over(&service, &[("AUTH_SIGNING_ALGORITHM", "ES256")]).await;
    for _ in 0..(24 * 12) {
        service.clock.advance(TimeDelta::minutes(5));
        for app in [&service.app, &other.app, &service.app] {
            app.reload_keys().await.unwrap();
        }
        let known = (kids(&service).await, kids(&other).await);
        for one in [&service, &other] {
            let signed = signed_by(&token(one, &jar).await);
            assert!(known.0.contains(&signed) && known.1.contains(&signed), "{signed} {known:?}");
        }
    }
    let made = service.count("signing_keys").await;
    assert!((4..=60).contains(&made), "{made} keys in a day");
}

/// A compromised key is withdrawn at once, everywhere, with all that it signed, and so is its successor.
#[tokio::test]
async fn a_compromised_key_is_withdrawn_at_once() {
    let service = Service::start().await;
    let jar = service.ada().await.jar();
    let stolen = token(&service, &jar).await;
    service.app.rotate_keys(Takeover::AfterNotice).await.unwrap();
    let before = kids(&service).await;
    let operator = replica(&service, &[]);
    let report = operator.rotate_keys(Takeover::Now).await.unwrap();
    service.app.reload_keys().await.unwrap();
    let after = kids(&service).await;
    assert_eq!((after.len(), before.contains(&after[0]), service.count("signing_keys").await), (1, false, 1));
    assert_eq!(report.iter().map(|key| (key.kid.clone(), key.signs)).collect::<Vec<_>>(), [(after[0].clone(), true)]);
    let (verifier, _) = verifier(&service);
    let fresh = token(&service, &jar).await;
    assert_eq!(signed_by(&fresh), after[0]);
    assert!(verifier.verify(&fresh).await.is_ok());
    assert_eq!(verifier.verify(&stolen).await, Err(VerifyError::UnknownKey));
}

/// Replacing everything while replicas find a rotation due leaves one key.
#[tokio::test(flavor = "multi_thread")]
async fn replacing_everything_wins_against_a_rotation() {
    let service = Service::start().await;
    service.app.load_keys().await.unwrap();
    let replicas: Vec<_> = (0..6).map(|_| Arc::new(replica(&service, &[]))).collect();
    service.clock.advance(TimeDelta::days(30));
    let operator = replica(&service, &[]);
    let (report, ()) = tokio::join!(operator.rotate_keys(Takeover::Now), together(&replicas));
    assert!(report.is_ok());
    together(&replicas).await;
    assert_eq!(service.count("signing_keys").await, 1);
}

/// With another `JWT_SECRET` the stored key does not open: the service finds out at start, even where a rotation is due, and
/// makes no key that nobody else could open. Only a withdrawal of everything goes on without the old secret.
#[tokio::test]
async fn a_wrong_secret_is_found_at_start() {
    let service = Service::start().await;
    let before = kids(&service).await;
    service.clock.advance(TimeDelta::days(31));
    let wrong = replica(&service, &[("JWT_SECRET", "a-wrong-secret-0123456789-0123456789")]);
    assert!(matches!(wrong.load_keys().await, Err(KeysError::Open(_))));
    assert!(matches!(wrong.reload_keys().await, Err(KeysError::Open(_))));
    assert!(matches!(wrong.rotate_keys(Takeover::AfterNotice).await, Err(KeysError::Open(_))));
    assert_eq!(service.count("signing_keys").await, 1);
    assert_eq!(wrong.rotate_keys(Takeover::Now).await.unwrap().len(), 1);
    // Who still has the old secret goes on with what it has, and says so.
    assert!(matches!(service.app.reload_keys().await, Err(KeysError::Open(_))));
    assert_eq!(kids(&service).await, before);
}

/// Without rotation a key signs on.
#[tokio::test]
async fn rotation_can_be_off() {
    let service = Service::with(&[("AUTH_KEY_ROTATION_DAYS", "off")]).await;
    let before = kids(&service).await;
    service.clock.advance(TimeDelta::days(3650));
    service.app.reload_keys().await.unwrap();
    assert_eq!((kids(&service).await, service.count("signing_keys").await), (before, 1));
}

/// A rotation of its own number of days.
#[tokio::test]
async fn rotation_follows_its_setting() {
    let service = Service::with(&[("AUTH_KEY_ROTATION_DAYS", "2")]).await;
    service.app.load_keys().await.unwrap();
    let mut made = Vec::new();
    for _ in 0..4 {
        service.clock.advance(TimeDelta::days(1));
        service.app.reload_keys().await.unwrap();
        made.push(service.count("signing_keys").await);
    }
    // The second key signs from twelve minutes after the second day on.
    assert_eq!(made, [1, 2, 2, 2]);
    service.clock.advance(NOTICE);
    service.app.reload_keys().await.unwrap();
    assert_eq!(service.count("signing_keys").await, 3);
}

fn rotate_keys(service: &Service, arguments: &[&str]) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auth"));
    command.arg("rotate-keys").args(arguments).env("DATABASE_URL", &service.database.url).env("RUST_LOG", "off");
    for (key, value) in [
        ("ENVIRONMENT", "development"),
        ("PUBLIC_URL", "http://localhost:5001"),
        ("BETTER_AUTH_SECRET", "contract-test-secret-0123456789abcdef-XYZ"),
        ("JWT_SECRET", "another-test-secret-0123456789abcdef-XYZ"),
        ("AUTH_ISSUER", ISSUER),
        ("AUTH_AUDIENCE", AUDIENCE),
    ] {
        command.env(key, value);
    }
    let output = command.env_remove("REDIS_URL").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(ToOwned::to_owned).collect()
}

/// The command prints each key with its times; a running service follows.
#[tokio::test(flavor = "multi_thread")]
async fn an_operator_rotates_by_command() {
    let service = Service::start().await;
    let old = kids(&service).await.remove(0);
    let lines = rotate_keys(&service, &[]);
    service.app.reload_keys().await.unwrap();
    let both = kids(&service).await;
    assert_eq!((lines.len(), both.len()), (2, 2));
    assert!(lines[0].starts_with(&format!("{} EdDSA signs from 2", both[0])), "{lines:?}");
    assert!(lines[1].starts_with(&format!("{old} EdDSA signs from 2")), "{lines:?}");
    assert!(lines[1].contains(" until ") && lines[1].ends_with(" (signs now)"), "{lines:?}");
    let lines = rotate_keys(&service, &["--now"]);
    service.app.reload_keys().await.unwrap();
    let one = kids(&service).await;
    assert_eq!((lines.len(), one.len(), both.contains(&one[0])), (1, 1, false));
    assert!(lines[0].starts_with(&one[0]) && lines[0].ends_with(" (signs now)"), "{lines:?}");
}
