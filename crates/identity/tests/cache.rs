//! When keys are fetched, and what happens when they cannot be.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use identity::{Algorithm, FetchError, Signer, Verifier, VerifyError};
use kernel::{Clock, UserId};
use serde_json::json;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

/// An issuer whose answer can be changed; `None` is an outage.
struct Issuer {
    answer: Arc<Mutex<Option<String>>>,
    fetches: Arc<AtomicUsize>,
    clock: Clock,
    verifier: Verifier,
}

impl Issuer {
    fn publishing(answer: impl Into<Option<String>>) -> Self {
        let (answer, fetches) = (Arc::new(Mutex::new(answer.into())), Arc::new(AtomicUsize::new(0)));
        let clock = Clock::system();
        let verifier = Verifier::new("https://auth.example", "connectors", clock.clone(), {
            let (answer, fetches) = (Arc::clone(&answer), Arc::clone(&fetches));
            move || {
                fetches.fetch_add(1, Ordering::SeqCst);
                let answer = answer.lock().unwrap().clone();
                Box::pin(async move {
                    tokio::task::yield_now().await;
                    answer.map(String::into_bytes).ok_or_else(|| FetchError::from("connection refused"))
                })
            }
        });
        Self { answer, fetches, clock, verifier }
    }

    fn publish(&self, answer: impl Into<Option<String>>) {
        *self.answer.lock().unwrap() = answer.into();
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    fn token(&self, signer: &Signer) -> String {
        let claims = json!({
            "sub": UserId::generate().simple(), "iss": "https://auth.example", "aud": "connectors",
            "exp": self.clock.now().timestamp() + 900,
        });
        signer.sign(&claims).unwrap()
    }

    async fn outcome(&self, signer: &Signer) -> Result<(), VerifyError> {
        self.verifier.verify(&self.token(signer)).await.map(|_| ())
    }

    fn after(&self, seconds: i64) {
        self.clock.advance(chrono::TimeDelta::seconds(seconds));
    }
}

fn jwks(signers: &[&Signer]) -> String {
    let keys: Vec<_> = signers.iter().map(|signer| signer.public_key()).collect();
    json!({ "keys": keys }).to_string()
}

fn signer(kid: &str) -> Signer {
    Signer::generate(Algorithm::EdDsa, kid).unwrap().0
}

/// However many tokens arrive at once on a cold start, the keys are fetched once.
#[tokio::test]
async fn one_fetch_serves_all_who_wait() {
    let key = signer("a");
    let issuer = Issuer::publishing(jwks(&[&key]));
    assert_eq!(issuer.fetches(), 0);
    let waiting: Vec<_> = (0..64)
        .map(|_| {
            let (verifier, token) = (issuer.verifier.clone(), issuer.token(&key));
            tokio::spawn(async move { verifier.verify(&token).await.map(|_| ()) })
        })
        .collect();
    for task in waiting {
        assert_eq!(task.await.unwrap(), Ok(()));
    }
    assert_eq!(issuer.fetches(), 1);
}

/// A set is used for ten minutes and then asked for again.
#[tokio::test]
async fn a_set_is_fresh_for_ten_minutes() {
    let (old, new) = (signer("a"), signer("b"));
    let issuer = Issuer::publishing(jwks(&[&old]));
    assert_eq!(issuer.outcome(&old).await, Ok(()));
    issuer.publish(jwks(&[&new]));
    issuer.after(599);
    assert_eq!((issuer.outcome(&old).await, issuer.fetches()), (Ok(()), 1));
    issuer.after(1);
    assert_eq!((issuer.outcome(&old).await, issuer.fetches()), (Err(VerifyError::UnknownKey), 2));
}

/// What a set has proven goes with the set: the very token that was good is refused once its key is withdrawn, or stands for
/// another one. Its end is looked at each time.
#[tokio::test]
async fn what_is_proven_goes_with_its_keys() {
    for next in [jwks(&[&signer("b")]), jwks(&[&signer("a")])] {
        let old = signer("a");
        let issuer = Issuer::publishing(jwks(&[&old]));
        let token = issuer.token(&old);
        for _ in 0..3 {
            assert!(issuer.verifier.verify(&token).await.is_ok());
        }
        issuer.publish(next);
        issuer.after(600);
        let refused = issuer.verifier.verify(&token).await.unwrap_err();
        assert!(matches!(refused, VerifyError::UnknownKey | VerifyError::BadSignature), "{refused}");
    }
    let key = signer("a");
    let issuer = Issuer::publishing(jwks(&[&key]));
    let token = issuer.token(&key);
    assert!(issuer.verifier.verify(&token).await.is_ok());
    issuer.after(931);
    assert_eq!(issuer.verifier.verify(&token).await.map(|_| ()), Err(VerifyError::Expired));
}

/// A proven token opens nothing for a forged one that differs from it in a letter, whichever of its parts that stands in.
#[tokio::test]
async fn a_proven_token_proves_no_other() {
    let key = signer("a");
    let issuer = Issuer::publishing(jwks(&[&key]));
    let token = issuer.token(&key);
    assert!(issuer.verifier.verify(&token).await.is_ok());
    for at in 0..token.len() {
        let mut forged = token.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        assert!(issuer.verifier.verify(&forged).await.is_err(), "letter {at}");
    }
    assert!(issuer.verifier.verify(&token).await.is_ok());
}

/// An unknown key id fetches once per cool-down; a newly published key is found after it.
#[tokio::test]
async fn an_unknown_key_fetches_once_per_cool_down() {
    let (old, new) = (signer("a"), signer("b"));
    let issuer = Issuer::publishing(jwks(&[&old]));
    assert_eq!(issuer.outcome(&old).await, Ok(()));
    issuer.publish(jwks(&[&old, &new]));
    for _ in 0..10 {
        assert_eq!(issuer.outcome(&new).await, Err(VerifyError::UnknownKey));
    }
    assert_eq!(issuer.fetches(), 1);
    issuer.after(30);
    assert_eq!((issuer.outcome(&new).await, issuer.fetches()), (Ok(()), 2));
}

/// An outage, an answer that is no key set and an empty set leave the last good one in use, for a day.
#[tokio::test]
async fn the_last_good_set_survives_an_outage() {
    let key = signer("a");
    let issuer = Issuer::publishing(jwks(&[&key]));
    assert_eq!(issuer.outcome(&key).await, Ok(()));
    for answer in [None, Some("<html>".to_owned()), Some(jwks(&[]))] {
        issuer.publish(answer);
        issuer.after(3600);
        assert_eq!(issuer.outcome(&key).await, Ok(()));
    }
    assert_eq!(issuer.fetches(), 4);
    issuer.after(24 * 3600);
    assert_eq!(issuer.outcome(&key).await, Err(VerifyError::KeysUnavailable));
    issuer.publish(jwks(&[&key]));
    issuer.after(30);
    assert_eq!(issuer.outcome(&key).await, Ok(()));
}

/// Before any set was had, an issuer that is still starting is asked again after a second.
#[tokio::test]
async fn a_cold_start_recovers_within_a_second() {
    let key = signer("a");
    let issuer = Issuer::publishing(None);
    for _ in 0..10 {
        assert_eq!(issuer.outcome(&key).await, Err(VerifyError::KeysUnavailable));
    }
    assert!(issuer.fetches() <= 2);
    issuer.publish(jwks(&[&key]));
    issuer.after(1);
    assert_eq!(issuer.outcome(&key).await, Ok(()));
}
