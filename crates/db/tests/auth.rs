//! The auth service's tables, asked what the service asks them.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use chrono::{DateTime, TimeDelta, Utc};
use db::{
    PgPool, Question,
    auth::{
        accounts, sessions,
        signing_keys::{self, SigningKey},
        users::{self, User},
    },
};
use kernel::{Clock, UserId};
use testkit::Database;
use uuid::Uuid;
use vault::{Context, Keyring};

fn ada(now: DateTime<Utc>) -> User {
    User {
        id: UserId::generate(),
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        email_verified: false,
        image: None,
        created_at: now,
        updated_at: now,
    }
}

fn session(user: UserId, now: DateTime<Utc>) -> sessions::Session {
    sessions::Session {
        id: Uuid::now_v7(),
        user,
        expires_at: now + TimeDelta::days(7),
        remember: true,
        ip_address: "203.0.113.9".to_owned(),
        user_agent: "browser/1".to_owned(),
        created_at: now,
        updated_at: now,
    }
}

async fn of_token(pool: &PgPool, hash: [u8; 32]) -> Option<(sessions::Session, User)> {
    let mut connection = pool.acquire().await.unwrap();
    let mut answers = sessions::OfToken::answer(&mut connection, &[sessions::OfToken(hash)]).await.unwrap();
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

/// A person is added once per address, and found by it with their password, but not before they have one.
#[tokio::test]
async fn an_address_names_one_person() {
    let (database, now) = (Database::fresh().await, Clock::system().now());
    let pool = &database.pool;
    let ada = ada(now);
    assert!(!users::email_is_taken(pool, &ada.email).await.unwrap());
    assert!(users::create(pool, &ada).await.unwrap());
    assert!(!users::create(pool, &User { id: UserId::generate(), ..ada.clone() }).await.unwrap());
    assert!(users::email_is_taken(pool, &ada.email).await.unwrap());
    assert_eq!(users::with_password_by_email(pool, &ada.email).await.unwrap(), None);
    accounts::create_credential(pool, ada.id, "$argon2id$x", now).await.unwrap();
    assert_eq!(
        users::with_password_by_email(pool, "ada@example.com").await.unwrap(),
        Some((ada, "$argon2id$x".to_owned()))
    );
}

/// An address in capitals cannot get in by any door.
#[tokio::test]
async fn addresses_are_stored_in_lower_case_only() {
    let (database, now) = (Database::fresh().await, Clock::system().now());
    let shouting = User { email: "ADA@example.com".to_owned(), ..ada(now) };
    assert!(users::create(&database.pool, &shouting).await.is_err());
}

/// A session is found by its digest with its person, is renewed, and ends.
#[tokio::test]
async fn a_session_lives_and_ends() {
    let (database, now) = (Database::fresh().await, Clock::system().now());
    let pool = &database.pool;
    let ada = ada(now);
    users::create(pool, &ada).await.unwrap();
    let (first, hash) = (session(ada.id, now), kernel::sha256("token"));
    sessions::create(pool, &first, &hash).await.unwrap();
    assert_eq!(of_token(pool, hash).await, Some((first.clone(), ada.clone())));
    assert_eq!(of_token(pool, kernel::sha256("other")).await, None);
    let later = now + TimeDelta::days(1);
    sessions::renew(pool, first.id, later + TimeDelta::days(7), later).await.unwrap();
    let renewed = sessions::Session { expires_at: later + TimeDelta::days(7), updated_at: later, ..first };
    assert_eq!(of_token(pool, hash).await, Some((renewed, ada)));
    sessions::delete_by_token(pool, &hash).await.unwrap();
    assert_eq!(of_token(pool, hash).await, None);
}

/// The sweep takes what has expired and nothing else.
#[tokio::test]
async fn the_sweep_takes_expired_sessions_only() {
    let (database, now) = (Database::fresh().await, Clock::system().now());
    let pool = &database.pool;
    let ada = ada(now);
    users::create(pool, &ada).await.unwrap();
    sessions::create(pool, &session(ada.id, now), &kernel::sha256("live")).await.unwrap();
    sessions::create(pool, &session(ada.id, now - TimeDelta::days(7)), &kernel::sha256("over")).await.unwrap();
    assert_eq!(sessions::delete_expired(pool, now).await.unwrap(), 1);
    assert!(of_token(pool, kernel::sha256("live")).await.is_some());
}

fn signing_key(kid: &str, algorithm: &str, active_from: DateTime<Utc>) -> SigningKey {
    let ring = Keyring::derive(&"0123456789abcdef0123456789abcdef".into(), "test").unwrap();
    SigningKey {
        kid: kid.to_owned(),
        algorithm: algorithm.to_owned(),
        public_key: vec![1; 32],
        private_key: ring.seal(b"private", &Context::new("signing_keys", kid, "private_key")).unwrap(),
        created_at: active_from,
        active_from,
        retired_at: None,
    }
}

async fn kids(pool: &db::PgPool, since: DateTime<Utc>) -> Vec<String> {
    signing_keys::published(pool, since).await.unwrap().into_iter().map(|key| key.kid).collect()
}

/// The first key of an algorithm stays the one without an end, whoever else tries.
#[tokio::test]
async fn one_key_per_algorithm_has_no_end() {
    let (database, now) = (Database::fresh().await, Clock::system().now());
    let pool = &database.pool;
    assert!(kids(pool, now).await.is_empty());
    assert!(signing_keys::create_if_none(pool, &signing_key("first", "EdDSA", now)).await.unwrap());
    assert!(!signing_keys::create_if_none(pool, &signing_key("second", "EdDSA", now)).await.unwrap());
    let other = signing_key("other", "ES256", now + TimeDelta::minutes(1));
    assert!(signing_keys::create_if_none(pool, &other).await.unwrap());
    assert_eq!(kids(pool, now).await, ["other", "first"]);
    let stored = signing_keys::published(pool, now).await.unwrap().remove(1);
    assert_eq!(
        (stored.algorithm.as_str(), stored.public_key, stored.created_at, stored.active_from, stored.retired_at),
        ("EdDSA", vec![1; 32], now, now, None)
    );
    let ring = Keyring::derive(&"0123456789abcdef0123456789abcdef".into(), "test").unwrap();
    let opened = ring.open(&stored.private_key, &Context::new("signing_keys", "first", "private_key")).unwrap();
    assert_eq!(opened.as_slice(), b"private");
}

/// A key ends once, is published for as long as is asked for, and is then forgotten.
#[tokio::test]
async fn a_key_ends_once_and_is_forgotten() {
    let (database, now) = (Database::fresh().await, Clock::system().now());
    let (pool, end) = (&database.pool, now + TimeDelta::minutes(12));
    signing_keys::create_if_none(pool, &signing_key("old", "EdDSA", now)).await.unwrap();
    assert!(signing_keys::retire(pool, "old", end).await.unwrap());
    assert!(!signing_keys::retire(pool, "old", end + TimeDelta::hours(1)).await.unwrap());
    assert!(!signing_keys::retire(pool, "nobody", end).await.unwrap());
    signing_keys::create_if_none(pool, &signing_key("new", "EdDSA", end)).await.unwrap();
    assert_eq!(kids(pool, end - TimeDelta::seconds(1)).await, ["new", "old"]);
    assert_eq!(kids(pool, end).await, ["new"]);
    assert_eq!(signing_keys::delete_retired(pool, end - TimeDelta::seconds(1)).await.unwrap(), 0);
    assert_eq!(signing_keys::delete_retired(pool, end).await.unwrap(), 1);
    assert_eq!(database.count("signing_keys").await, 1);
}

/// An end before the beginning, and an algorithm that nobody here can use, do not get into the table.
#[tokio::test]
async fn impossible_keys_are_not_stored() {
    let (database, now) = (Database::fresh().await, Clock::system().now());
    let pool = &database.pool;
    assert!(signing_keys::create_if_none(pool, &signing_key("a", "HS256", now)).await.is_err());
    signing_keys::create_if_none(pool, &signing_key("b", "EdDSA", now)).await.unwrap();
    assert!(signing_keys::retire(pool, "b", now - TimeDelta::seconds(1)).await.is_err());
}

/// While every key is replaced nobody adds another one, which would survive.
#[tokio::test]
async fn keys_are_replaced_all_at_once() {
    let (database, now) = (Database::fresh().await, Clock::system().now());
    let pool = &database.pool;
    signing_keys::create_if_none(pool, &signing_key("old", "EdDSA", now)).await.unwrap();
    let mut transaction = pool.begin().await.unwrap();
    assert_eq!(signing_keys::delete_all(&mut transaction).await.unwrap(), 1);
    let adding = tokio::spawn({
        let pool = pool.clone();
        async move { signing_keys::create_if_none(&pool, &signing_key("late", "EdDSA", now)).await.unwrap() }
    });
    assert_eq!(kids(pool, now).await, ["old"]);
    assert!(signing_keys::create_if_none(&mut *transaction, &signing_key("new", "EdDSA", now)).await.unwrap());
    transaction.commit().await.unwrap();
    assert!(!adding.await.unwrap());
    assert_eq!(kids(pool, now).await, ["new"]);
}

/// A password hash is replaced where it still is the one that was checked, and its kind is counted.
#[tokio::test]
async fn a_hash_is_replaced_once() {
    let (database, now) = (Database::fresh().await, Clock::system().now());
    let pool = &database.pool;
    let ada = ada(now);
    users::create(pool, &ada).await.unwrap();
    assert_eq!(accounts::password_kinds(pool).await.unwrap(), []);
    accounts::create_credential(pool, ada.id, "salt:key", now).await.unwrap();
    assert_eq!(accounts::password_kinds(pool).await.unwrap(), [("scrypt".to_owned(), 1)]);
    let new = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";
    assert!(!accounts::replace_password_hash(pool, ada.id, "other", new, now).await.unwrap());
    assert!(accounts::replace_password_hash(pool, ada.id, "salt:key", new, now).await.unwrap());
    assert!(!accounts::replace_password_hash(pool, ada.id, "salt:key", "newer", now).await.unwrap());
    assert_eq!(users::with_password_by_email(pool, &ada.email).await.unwrap().unwrap().1, new);
    assert_eq!(accounts::password_kinds(pool).await.unwrap(), [("m=19456,t=2,p=1".to_owned(), 1)]);
}
