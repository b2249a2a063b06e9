//! The auth service's tables, asked what the service asks them.

use chrono::{DateTime, TimeDelta, Utc};
use db::auth::{
    accounts, sessions,
    signing_keys::{self, SigningKey},
    users::{self, User},
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
    assert_eq!(sessions::with_user_by_token(pool, &hash).await.unwrap(), Some((first.clone(), ada.clone())));
    assert_eq!(sessions::with_user_by_token(pool, &kernel::sha256("other")).await.unwrap(), None);
    let later = now + TimeDelta::days(1);
    sessions::renew(pool, first.id, later + TimeDelta::days(7), later).await.unwrap();
    let renewed = sessions::Session { expires_at: later + TimeDelta::days(7), updated_at: later, ..first };
    assert_eq!(sessions::with_user_by_token(pool, &hash).await.unwrap(), Some((renewed, ada)));
    sessions::delete_by_token(pool, &hash).await.unwrap();
    assert_eq!(sessions::with_user_by_token(pool, &hash).await.unwrap(), None);
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
    assert!(sessions::with_user_by_token(pool, &kernel::sha256("live")).await.unwrap().is_some());
}

/// The first key of an algorithm stays the current one, whoever else tries.
#[tokio::test]
async fn one_key_per_algorithm_is_current() {
    let (database, now) = (Database::fresh().await, Clock::system().now());
    let pool = &database.pool;
    let ring = Keyring::derive(&"0123456789abcdef0123456789abcdef".into(), "test").unwrap();
    let key = |kid: &str, algorithm: &str| SigningKey {
        kid: kid.to_owned(),
        algorithm: algorithm.to_owned(),
        public_key: vec![1; 32],
        private_key: ring.seal(b"private", &Context::new("signing_keys", kid, "private_key")).unwrap(),
        created_at: now,
    };
    assert!(signing_keys::current(pool, "EdDSA").await.unwrap().is_none());
    for kid in ["first", "second"] {
        signing_keys::create_if_none(pool, &key(kid, "EdDSA")).await.unwrap();
    }
    signing_keys::create_if_none(pool, &key("other", "ES256")).await.unwrap();
    let current = signing_keys::current(pool, "EdDSA").await.unwrap().unwrap();
    assert_eq!((current.kid.as_str(), current.public_key, current.created_at), ("first", vec![1; 32], now));
    let opened = ring.open(&current.private_key, &Context::new("signing_keys", "first", "private_key")).unwrap();
    assert_eq!(opened.as_slice(), b"private");
    assert_eq!(database.count("signing_keys").await, 2);
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
