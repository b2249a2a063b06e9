use super::start;
use crate::clients::{Client, REDIRECT, refusal, refused, text};
use reqwest::Method;
use serde_json::json;

/// A client hands its token back: the whole family is dead, whatever the client calls the token, and doing it again is well.
#[tokio::test]
async fn a_token_is_given_back() {
    let (service, server) = start().await;
    let (ada, client) = (service.ada().await.jar(), server.public(REDIRECT).await);
    for hint in ["", "refresh_token", "access_token", "nonsense"] {
        let tokens = server.tokens(&ada, &client).await;
        let token = text(&tokens, "refresh_token");
        for _ in 0..2 {
            let answer = server.revoke(&client, token, &[("token_type_hint", hint)]).await;
            assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, ""), "{hint}");
        }
        assert_eq!(refusal(&server.refresh(&client, token, &[]).await), refused(400, "invalid_grant"));
    }
    // By a token that has been exchanged already, too.
    let tokens = server.tokens(&ada, &client).await;
    let next = server.refresh(&client, text(&tokens, "refresh_token"), &[]).await.json();
    assert_eq!(server.revoke(&client, text(&tokens, "refresh_token"), &[]).await.status, 200);
    let refreshed = server.refresh(&client, text(&next, "refresh_token"), &[]).await;
    assert_eq!(refusal(&refreshed), refused(400, "invalid_grant"));
}

/// What was never a token is well given back; an access token is not, for it goes on working.
#[tokio::test]
async fn what_cannot_be_taken_back_is_said() {
    let (service, server) = start().await;
    let (ada, client) = (service.ada().await.jar(), server.public(REDIRECT).await);
    let tokens = server.tokens(&ada, &client).await;
    for nothing in ["x", "a.b.c", &format!("rt_{}_{}", "0".repeat(32), "A".repeat(43))] {
        assert_eq!(server.revoke(&client, nothing, &[]).await.status, 200, "{nothing}");
    }
    let answer = server.revoke(&client, text(&tokens, "access_token"), &[]).await;
    assert_eq!(refusal(&answer), refused(400, "unsupported_token_type"));
    assert_eq!(refusal(&server.revoke(&client, "", &[]).await), refused(400, "invalid_request"));
}

/// Another client's token stays alive, and who does not prove to be its client is not listened to.
#[tokio::test]
async fn another_clients_token_stays() {
    let (service, server) = start().await;
    let (ada, other) = (service.ada().await.jar(), server.public(REDIRECT).await);
    let metadata = json!({"redirect_uris": [REDIRECT], "grant_types": ["authorization_code", "refresh_token"]});
    let client = server.client(&metadata).await;
    let tokens = server.tokens(&ada, &client).await;
    let token = text(&tokens, "refresh_token");
    assert_eq!(refusal(&server.revoke(&other, token, &[]).await), refused(400, "invalid_grant"));
    let bare = Client { secret: None, ..client.clone() };
    assert_eq!(refusal(&server.revoke(&bare, token, &[]).await), refused(400, "invalid_client"));
    assert_eq!(server.send(Method::GET, &format!("/oauth2/revoke?token={token}"), &[], "").await.status, 405);
    assert_eq!(server.refresh(&client, token, &[]).await.status, 200);
}
