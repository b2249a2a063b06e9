//! Spotify, as the connectors and a browser meet it.

use crate::{
    connect::{SPOTIFY, connect_config, text},
    support::start,
};
use reqwest::StatusCode;
use sandbox::{Config, ConnectApp, ConnectApps};
use serde_json::json;

/// The end is half a year after the consent, however often and however the token was renewed.
#[tokio::test]
async fn a_refresh_token_ends_half_a_year_after_the_consent() {
    for rotates in [false, true] {
        let sandbox = start(connect_config()).await;
        sandbox.control("spotify/settings", json!({"rotate": rotates})).await;
        let mut refresh = text(&sandbox.join(SPOTIFY, &[]).await, "refresh_token");
        let first = refresh.clone();
        for _ in 0..2 {
            sandbox.control("clock", json!({"advance_seconds": 89 * 86_400})).await;
            let renewed = sandbox.renew(SPOTIFY, &refresh).await.body;
            assert_eq!(renewed["refresh_token"].is_string(), rotates, "{renewed}");
            refresh = renewed["refresh_token"].as_str().unwrap_or(&refresh).to_owned();
        }
        assert_eq!(refresh == first, !rotates);
        sandbox.control("clock", json!({"advance_seconds": 2 * 86_400})).await;
        let refused = sandbox.renew(SPOTIFY, &refresh).await;
        assert_eq!((refused.status, &refused.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
    }
}

/// With rotation the old refresh token is dead at once.
#[tokio::test]
async fn with_rotation_the_old_refresh_token_is_dead() {
    let sandbox = start(connect_config()).await;
    sandbox.control("spotify/settings", json!({"rotate": true})).await;
    let refresh = text(&sandbox.join(SPOTIFY, &[]).await, "refresh_token");
    assert!(sandbox.renew(SPOTIFY, &refresh).await.body["refresh_token"].is_string());
    assert_eq!(sandbox.renew(SPOTIFY, &refresh).await.body["error"], "invalid_grant");
}

/// `localhost` is no callback, registered or not, unless the sandbox was told to let it be.
#[tokio::test]
async fn localhost_is_refused() {
    for (takes, status) in [(false, StatusCode::BAD_REQUEST), (true, StatusCode::FOUND)] {
        let callback = "https://localhost/oauth/spotify/callback";
        let (client_id, client_secret) = (SPOTIFY.client_id(), "connect secret".into());
        let app = ConnectApp { client_id, client_secret, redirect_uris: vec![callback.to_owned()] };
        let connect = ConnectApps { spotify: Some(app), spotify_takes_localhost: takes, ..ConnectApps::default() };
        let sandbox = start(Config { connect, ..connect_config() }).await;
        assert_eq!(sandbox.visit(SPOTIFY, &[("redirect_uri", Some(callback))]).await.status(), status);
    }
}

/// The person's `account_id` is there, and there is nothing to revoke with.
#[tokio::test]
async fn a_person_has_an_account_id_and_no_way_to_revoke() {
    let sandbox = start(connect_config()).await;
    let access = text(&sandbox.join(SPOTIFY, &[]).await, "access_token");
    assert_eq!(sandbox.read("/spotify/v1/me", &access).await.body["account_id"], "sandbox-sandbox-octo");
    let revoke = sandbox.client.post(sandbox.url("/spotify/api/revoke")).send().await.unwrap();
    assert_eq!(revoke.status(), StatusCode::NOT_FOUND);
}
