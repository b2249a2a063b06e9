use super::start;
use crate::{
    clients::{Client, REDIRECT, RESOURCE, Server, VERIFIER, refusal, refused, text},
    service::{AUDIENCE, ISSUER, Service},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::TimeDelta;
use identity::{FetchError, Verifier, VerifyError};
use reqwest::Method;
use serde_json::{Value, json};

fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

/// The whole way, and what the token says: for the resource, for the person, through the client, for ten minutes.
#[tokio::test]
async fn a_code_becomes_tokens() {
    let (service, server) = start().await;
    let ada = service.ada().await;
    let client = server.public(REDIRECT).await;
    let code = server.code(&ada.jar(), &client, &[("scope", "mcp:tools offline_access")]).await;
    let answer = server.redeem(&client, &code, &[]).await;
    let tokens = answer.json();
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let expected = json!({"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": 600,
        "scope": "mcp:tools offline_access"});
    assert_eq!(answer.whole(), (200, expected));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let (header, claims) = (part(access, 0), part(access, 1));
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("EdDSA")));
    let issued = claims["iat"].as_i64().unwrap();
    let expected = json!({"iss": ISSUER, "aud": RESOURCE, "sub": ada.json()["user"]["id"], "client_id": client.id,
        "scope": "mcp:tools offline_access", "iat": issued, "exp": issued + 600, "jti": claims["jti"]});
    assert_eq!(claims, expected);
    assert!((service.clock.now().timestamp() - issued).abs() <= 5);
    for table in ["oauth_refresh_families", "oauth_codes"] {
        let rows = service.database.dump(table).await;
        assert!(!rows.contains(refresh) && !rows.contains(&code) && !rows.contains(access), "{table}");
    }
}

/// What verifies the tokens of sessions refuses it, what verifies access tokens refuses those, and it opens no route here.
#[tokio::test]
async fn an_access_token_is_no_session() {
    let (service, server) = start().await;
    let (ada, client) = (service.ada().await.jar(), server.public(REDIRECT).await);
    let tokens = server.tokens(&ada, &client).await;
    let access = text(&tokens, "access_token");
    let session = service.get("/api/auth/token", &[("cookie", &ada)]).await.json();
    let session = text(&session, "token");
    let jwks = service.get("/.well-known/jwks.json", &[]).await.text;
    let sessions = Verifier::new(ISSUER, AUDIENCE, service.clock.clone(), move || {
        let bytes = jwks.clone().into_bytes();
        Box::pin(async move { Ok::<_, FetchError>(bytes) })
    });
    let at_resource = sessions.for_resource(RESOURCE);
    let claims = at_resource.verify(access).await.unwrap();
    assert_eq!((claims.client_id.as_str(), claims.allows("mcp:tools")), (client.id.as_str(), true));
    assert_eq!(
        sessions.for_resource("https://connectors.example/other").verify(access).await,
        Err(VerifyError::WrongAudience)
    );
    assert_eq!(sessions.verify(access).await, Err(VerifyError::Malformed));
    assert!(sessions.verify(session).await.is_ok());
    assert_eq!(at_resource.verify(session).await, Err(VerifyError::Malformed));
    let refresh = text(&tokens, "refresh_token");
    for token in [access, refresh] {
        let bearer = format!("Bearer {token}");
        for path in ["/api/auth/token", "/api/auth/list-sessions", "/api/auth/list-consents"] {
            assert_eq!(service.get(path, &[("authorization", &bearer)]).await.status, 401, "{path}");
        }
    }
    service.clock.advance(TimeDelta::minutes(11));
    assert_eq!(at_resource.verify(access).await, Err(VerifyError::Expired));
}

/// Each of these gets its code of the standard, and a code that was presented with anything wrong is spent.
#[tokio::test]
async fn a_bad_exchange_is_refused() {
    let (service, server) = start().await;
    let ada = service.ada().await.jar();
    let (client, other) = (server.public(REDIRECT).await, server.public(REDIRECT).await);
    let wrong = "A".repeat(43);
    let (other_id, spent) = (other.id.as_str(), [refused(400, "invalid_grant")]);
    for (about, changes, code) in [
        ("another verifier", vec![("code_verifier", wrong.as_str())], "invalid_grant"),
        ("no verifier", vec![("code_verifier", "")], "invalid_grant"),
        ("a short verifier", vec![("code_verifier", "abc")], "invalid_grant"),
        ("another client", vec![("client_id", other_id)], "invalid_grant"),
        ("another redirect URI", vec![("redirect_uri", "https://client.example/cb2")], "invalid_grant"),
        ("no redirect URI", vec![("redirect_uri", "")], "invalid_grant"),
        ("another resource", vec![("resource", "https://other.example/")], "invalid_target"),
    ] {
        let fresh = server.code(&ada, &client, &[]).await;
        assert_eq!(refusal(&server.redeem(&client, &fresh, &changes).await), refused(400, code), "{about}");
        assert_eq!([refusal(&server.redeem(&client, &fresh, &[]).await)], spent, "{about}: spent");
    }
    let late = server.code(&ada, &client, &[]).await;
    service.clock.advance(TimeDelta::seconds(61));
    assert_eq!([refusal(&server.redeem(&client, &late, &[]).await)], spent, "expired");
    assert_eq!(service.count("oauth_refresh_families").await, 0);
}

/// What is wrong before a code is looked at leaves it as it is.
#[tokio::test]
async fn a_bad_request_spends_nothing() {
    let (service, server) = start().await;
    let ada = service.ada().await.jar();
    let client = server.public(REDIRECT).await;
    let code = server.code(&ada, &client, &[]).await;
    for (about, changes, expected) in [
        ("a code of nobody", vec![("code", "x")], "invalid_grant"),
        ("no code", vec![("code", "")], "invalid_request"),
        ("no grant type", vec![("grant_type", "")], "invalid_request"),
        ("a password", vec![("grant_type", "password")], "unsupported_grant_type"),
        ("its own name", vec![("grant_type", "client_credentials")], "unsupported_grant_type"),
        ("no client", vec![("client_id", "")], "invalid_request"),
        ("an unknown client", vec![("client_id", "c_0")], "invalid_client"),
        ("a client of strange letters", vec![("client_id", "c\0")], "invalid_client"),
        ("a secret of nobody's", vec![("client_secret", "x")], "invalid_client"),
    ] {
        let answer = server.redeem(&client, &code, &changes).await;
        assert_eq!(refusal(&answer), refused(400, expected), "{about}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{about}");
    }
    let pairs = format!("grant_type=authorization_code&code={code}&client_id={}&code_verifier={VERIFIER}", client.id);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let json = json!({"grant_type": "authorization_code", "code": code, "client_id": client.id}).to_string();
    for (about, path, header, body) in [
        ("JSON", "/oauth2/token".to_owned(), ("content-type", "application/json"), json),
        ("a query", format!("/oauth2/token?{pairs}"), form, String::new()),
        ("twice", "/oauth2/token".to_owned(), form, format!("{pairs}&code={code}")),
        ("too much", "/oauth2/token".to_owned(), form, format!("{pairs}&x={}", "y".repeat(20_000))),
    ] {
        let answer = server.send(Method::POST, &path, &[header], body).await;
        assert_eq!(refusal(&answer), refused(400, "invalid_request"), "{about}");
    }
    assert_eq!(server.send(Method::GET, &format!("/oauth2/token?{pairs}"), &[], "").await.status, 405);
    assert_eq!(server.redeem(&client, &code, &[]).await.status, 200);
}

/// A redirect URI that the request did not name need not be named again, and if it is, it is the one that was used.
#[tokio::test]
async fn an_unnamed_redirect_uri_need_not_be_named() {
    let (service, server) = start().await;
    let (ada, client) = (service.ada().await.jar(), server.public(REDIRECT).await);
    for (uri, status) in [("", 200), (REDIRECT, 200), ("https://client.example/cb2", 400)] {
        let code = server.code(&ada, &client, &[("redirect_uri", "")]).await;
        assert_eq!(server.redeem(&client, &code, &[("redirect_uri", uri)]).await.status, status, "{uri}");
    }
    let code = server.code(&ada, &client, &[]).await;
    assert_eq!(server.redeem(&client, &code, &[("resource", "")]).await.status, 200, "what was asked for is meant");
}

/// Of two exchanges at the same time one succeeds; and a second use ends what the first one gave.
#[tokio::test]
async fn a_code_works_once() {
    let (service, server) = start().await;
    let (ada, client) = (service.ada().await.jar(), server.public(REDIRECT).await);
    let code = server.code(&ada, &client, &[]).await;
    let both = tokio::join!(server.redeem(&client, &code, &[]), server.redeem(&client, &code, &[]));
    let mut outcomes = [refusal(&both.0), refusal(&both.1)];
    outcomes.sort();
    assert_eq!(outcomes, [refused(200, "?"), refused(400, "invalid_grant")]);
    assert_eq!(service.count("oauth_refresh_families").await, 0, "nobody can tell which of the two is the thief");
    let tokens = server.tokens(&ada, &client).await;
    let code = server.code(&ada, &client, &[]).await;
    let given = server.redeem(&client, &code, &[]).await.json();
    // An hour later, by somebody else: it is recognised all the same.
    service.clock.advance(TimeDelta::hours(1));
    let thief = server.public(REDIRECT).await;
    assert_eq!(refusal(&server.redeem(&thief, &code, &[]).await), refused(400, "invalid_grant"));
    let refreshed = server.refresh(&client, text(&given, "refresh_token"), &[]).await;
    assert_eq!(refusal(&refreshed), refused(400, "invalid_grant"));
    assert_eq!(server.refresh(&client, text(&tokens, "refresh_token"), &[]).await.status, 200, "another code's stay");
    assert!(service.database.dump("audit_log").await.contains("client.reuse"));
}

async fn confidential(server: &Server, method: &str) -> Client {
    server.client(&json!({"redirect_uris": [REDIRECT], "token_endpoint_auth_method": method})).await
}

/// A client with a secret has to show it, in the form or in the header, and not in both.
#[tokio::test]
async fn a_secret_has_to_be_shown() {
    let (service, server) = start().await;
    let ada = service.ada().await.jar();
    for method in ["client_secret_basic", "client_secret_post"] {
        let client = confidential(&server, method).await;
        let secret = client.secret.clone().unwrap();
        let code = server.code(&ada, &client, &[]).await;
        let bare = Client { secret: None, ..client.clone() };
        let wrong = Client { secret: Some(format!("{secret}x")), ..client.clone() };
        assert_eq!(refusal(&server.redeem(&bare, &code, &[]).await), refused(400, "invalid_client"));
        assert_eq!(refusal(&server.redeem(&wrong, &code, &[]).await), refused(400, "invalid_client"));
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("code_verifier", VERIFIER),
            ("redirect_uri", REDIRECT),
        ];
        let basic = |secret: &str| format!("Basic {}", STANDARD.encode(format!("{}:{secret}", client.id)));
        let refusing = server.call("/oauth2/token", &[("authorization", &basic("x"))], &pairs, &[]).await;
        assert_eq!(refusal(&refusing), refused(401, "invalid_client"));
        assert_eq!(refusing.header("www-authenticate"), Some("Basic realm=\"oauth2\""));
        let header = basic(&secret);
        let twice = [("client_secret", secret.as_str())];
        let answer = server.call("/oauth2/token", &[("authorization", &header)], &pairs, &twice).await;
        assert_eq!(refusal(&answer), refused(400, "invalid_request"));
        let answer = server.call("/oauth2/token", &[("authorization", &header)], &pairs, &[]).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["refresh_token"]), (200, &Value::Null), "{}", answer.text);
        let code = server.code(&ada, &client, &[]).await;
        assert_eq!(server.redeem(&client, &code, &[]).await.status, 200);
    }
}

/// One person's fifty-first program of a kind makes room by ending the oldest.
#[tokio::test]
async fn families_are_bounded() {
    let (service, server): (Service, Server) = start().await;
    let (ada, client) = (service.ada().await.jar(), server.public(REDIRECT).await);
    let first = server.tokens(&ada, &client).await;
    let fill = "insert into oauth_refresh_families
                    (id, consent_id, scopes, current_hash, rotated_at, created_at, expires_at, ends_at)
                select gen_random_uuid(), consent_id, scopes, current_hash, rotated_at, created_at + interval '1 second',
                       expires_at, ends_at
                from oauth_refresh_families, generate_series(1, 49)";
    service.database.execute(fill).await;
    service.clock.advance(TimeDelta::minutes(1));
    let newest = server.tokens(&ada, &client).await;
    assert_eq!(service.count("oauth_refresh_families").await, 50);
    assert_eq!(server.refresh(&client, text(&first, "refresh_token"), &[]).await.status, 400);
    assert_eq!(server.refresh(&client, text(&newest, "refresh_token"), &[]).await.status, 200);
}
