//! Who signs in, as the vendors tell it over HTTP.

use crate::world::World;
use serde_json::json;

/// Which vendors say of an address that it is verified.
const VERIFYING: [&str; 3] = ["github", "google", "slack"];
const IDS: [&str; 6] = ["github", "google", "atlassian", "linear", "slack", "spotify"];

fn owned(id: &str, name: &str, email: Option<&str>, verified: bool) -> (String, String, Option<String>, bool) {
    (id.to_owned(), name.to_owned(), email.map(str::to_owned), verified)
}

/// Id, name and address come through; verified is an address only where the vendor says so.
#[tokio::test]
async fn a_person_is_who_the_vendor_says() {
    let world = World::new().await;
    for id in IDS {
        let ann = json!({"id": "4711", "name": "Ann A", "email": "ann@example.com", "email_verified": true});
        world.control(&format!("{id}/person"), ann).await;
        let expected = owned("4711", "Ann A", Some("ann@example.com"), VERIFYING.contains(&id));
        assert_eq!(world.seen(id).await, expected, "{id}");
    }
}

/// An address that the vendor has not verified is one nowhere.
#[tokio::test]
async fn an_unverified_address_stays_unverified() {
    let world = World::new().await;
    for id in IDS {
        let ann = json!({"id": "4711", "name": "Ann", "email": "ann@example.com", "email_verified": false});
        world.control(&format!("{id}/person"), ann).await;
        assert_eq!(world.seen(id).await, owned("4711", "Ann", Some("ann@example.com"), false), "{id}");
    }
}

/// Nobody has to have an address.
#[tokio::test]
async fn a_person_without_an_address_is_a_person() {
    let world = World::new().await;
    for id in IDS {
        world.control(&format!("{id}/person"), json!({"id": "4711", "name": "Ann", "email": null})).await;
        assert_eq!(world.seen(id).await, owned("4711", "Ann", None, false), "{id}");
    }
}

/// Public or private, the address at the vendor with both is the same.
#[tokio::test]
async fn a_public_address_is_taken_from_the_profile() {
    let world = World::new().await;
    for public in [true, false] {
        let ann = json!({"id": "4711", "name": "Ann", "email": "ann@example.com", "email_public": public});
        world.control("github/person", ann).await;
        assert_eq!(world.seen("github").await, owned("4711", "Ann", Some("ann@example.com"), true));
    }
}

/// Where userinfo speaks of somebody else than the id token, nobody has signed in.
#[tokio::test]
async fn userinfo_about_somebody_else_is_not_used() {
    let world = World::new().await;
    world.control("slack/id_tokens", json!({"flaw": "wrong_subject"})).await;
    let vendor = world.vendor("slack");
    let who = world.sign_in(vendor).await;
    let refused = world.profile(vendor, &who).await.unwrap_err();
    assert_eq!(refused.to_string(), "the vendor's answer cannot be read");
}

/// A vendor that always gives an id token is not believed without one.
#[tokio::test]
async fn an_expected_id_token_cannot_be_left_out() {
    let world = World::new().await;
    for vendor in world.vendors.iter().filter(|vendor| vendor.sign_in.id_token.is_some()) {
        let mut who = world.sign_in(vendor).await;
        assert!(who.claims.take().is_some(), "{}", vendor.sign_in.id);
        assert!(world.profile(vendor, &who).await.is_err(), "{}", vendor.sign_in.id);
    }
}
