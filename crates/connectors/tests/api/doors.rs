//! Who may call, and what everybody else is told.

use crate::support::{AUDIENCE, Client, ISSUER, OPERATOR, Server};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use identity::{AccessClaims, Audience, Claims, Signer};
use jsonwebtoken::{EncodingKey, Header};
use kernel::UserId;
use serde_json::json;
use uuid::Uuid;

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// Whatever is wrong with the header, the caller is nobody, is told so in one way, and leaves no trace.
#[tokio::test]
async fn a_missing_or_malformed_authorization_is_401() {
    let server = Server::start().await;
    let nobody = server.anonymous().with("x-tenant-id", &Uuid::now_v7().to_string());
    let good = format!("Bearer {OPERATOR}");
    let cases = [
        ("none", nobody.clone(), "Bearer"),
        ("empty", nobody.with("authorization", ""), r#"Bearer error="invalid_token""#),
        ("no token", nobody.with("authorization", "Bearer "), r#"Bearer error="invalid_token""#),
        ("basic", nobody.with("authorization", "Basic eDp5"), r#"Bearer error="invalid_token""#),
        ("two tokens", nobody.with("authorization", &format!("{good} x")), r#"Bearer error="invalid_token""#),
        ("list", nobody.with("authorization", &format!("{good}, {good}")), r#"Bearer error="invalid_token""#),
        (
            "doubled",
            nobody.with("authorization", &good).with("authorization", &good),
            r#"Bearer error="invalid_token""#,
        ),
        ("unknown", nobody.bearer("somebody-elses-operator-token"), r#"Bearer error="invalid_token""#),
        ("prefix", nobody.bearer(&OPERATOR[..20]), r#"Bearer error="invalid_token""#),
    ];
    server
        .unchanged(async {
            for (name, caller, challenge) in &cases {
                for path in ["/connections", "/signals", "/oauth/token/github", "/connect/github/callback"] {
                    let answer = caller.get(path).await;
                    assert_eq!(answer.problem(), refused(401, "UNAUTHORIZED"), "{name} {path}");
                    assert_eq!(answer.header("www-authenticate"), Some(*challenge), "{name} {path}");
                }
            }
        })
        .await;
}

/// Tokens that some library once accepted; none of them is anybody, and none makes a tenant.
#[tokio::test]
async fn a_token_that_does_not_hold_is_401() {
    let server = Server::start().await;
    let (user, people) = (UserId::generate(), &server.people);
    let claims = people.claims(user);
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let payload = part(serde_json::to_value(&claims).unwrap());
    let hs256 = |secret: &[u8]| {
        let mut header = Header::new(jsonwebtoken::Algorithm::HS256);
        header.kid = Some("test-key".to_owned());
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap()
    };
    let good = people.token(user);
    let (signed, _) = good.rsplit_once('.').unwrap();
    let (other, _) = Signer::generate(identity::Algorithm::EdDsa, "test-key").unwrap();
    let (stranger, _) = Signer::generate(identity::Algorithm::EdDsa, "another-key").unwrap();
    let sign = |change: fn(&mut Claims)| {
        let mut changed = claims.clone();
        change(&mut changed);
        people.signer.sign(&changed).unwrap()
    };
    let access = AccessClaims {
        claims: claims.clone(),
        client_id: "c_1".to_owned(),
        scope: "mcp:tools".to_owned(),
        jti: "1".to_owned(),
    };
    let cases = [
        ("alg none", format!("{}.{payload}.", part(json!({"alg": "none", "kid": "test-key"})))),
        ("no signature", format!("{signed}.")),
        ("hs256 with the public key", hs256(people.signer.public_bytes())),
        ("hs256 with the published key", hs256(people.signer.public_bytes())),
        ("another key under our kid", other.sign(&claims).unwrap()),
        ("unknown kid", stranger.sign(&claims).unwrap()),
        ("wrong iss", sign(|claims| claims.iss = format!("{ISSUER}/"))),
        ("wrong aud", sign(|claims| claims.aud = Audience::One(format!("{AUDIENCE}x")))),
        ("expired", sign(|claims| claims.exp -= 1000)),
        ("not yet", sign(|claims| claims.nbf = Some(claims.exp))),
        ("what a client was given, even for us", people.signer.sign_access_token(&access).unwrap()),
    ];
    server
        .unchanged(async {
            for (name, token) in &cases {
                let answer = server.anonymous().bearer(token).get("/connections").await;
                assert_eq!(answer.problem(), refused(401, "UNAUTHORIZED"), "{name}");
                assert!(!answer.text.contains(token.as_str()), "{name}");
            }
        })
        .await;
    server.anonymous().bearer(&good).get("/connections").await.with(200);
}

/// An operator says for whom, once, as a UUID of a tenant that exists; a member acts in their own tenant only.
#[tokio::test]
async fn a_tenant_that_is_not_named_rightly_is_refused() {
    let server = Server::start().await;
    let (tenant, user) = (server.tenant().await, UserId::generate());
    let member = server.member(user);
    member.get("/connections").await.with(200);
    let operator = server.anonymous().bearer(OPERATOR);
    let name = |caller: &Client, value: &str| caller.with("x-tenant-id", value);
    let (required, unknown) = (refused(400, "TENANT_HEADER_REQUIRED"), refused(404, "TENANT_NOT_FOUND"));
    let text = tenant.to_string();
    let cases = [
        ("missing", operator.clone(), &required),
        ("empty", name(&operator, ""), &required),
        ("not a uuid", name(&operator, "acme"), &required),
        ("nil", name(&operator, &Uuid::nil().to_string()), &required),
        ("braces", name(&operator, &format!("{{{tenant}}}")), &required),
        ("doubled", name(&name(&operator, &text), &text), &required),
        ("unknown", name(&operator, &Uuid::now_v7().to_string()), &unknown),
        ("member, foreign", name(&member, &text), &unknown),
        ("member, unknown", name(&member, &Uuid::now_v7().to_string()), &unknown),
        ("member, not a uuid", name(&member, "acme"), &required),
    ];
    server
        .unchanged(async {
            for (case, caller, expected) in &cases {
                assert_eq!(&&caller.get("/connections").await.problem(), expected, "{case}");
            }
        })
        .await;
    name(&member, &user.simple()).get("/connections").await.with(200);
}

/// A right credential at the wrong door does not open it.
#[tokio::test]
async fn doors_do_not_take_each_others_credentials() {
    let server = Server::start().await;
    let (tenant, member) = (server.tenant().await, server.member(UserId::generate()));
    member.get("/connections").await.with(200);
    server
        .unchanged(async {
            let link = server.operator(tenant).post("/oauth/github/link", &json!({"installation_id": "1"})).await;
            assert_eq!(link.problem(), refused(403, "FORBIDDEN"));
            assert_eq!(member.get("/oauth/token/github").await.problem(), refused(401, "UNAUTHORIZED"));
            let path = format!("/tenants/{}", Uuid::now_v7());
            assert_eq!(member.put(&path).await.problem(), refused(401, "UNAUTHORIZED"));
        })
        .await;
}

/// While the auth service has never been reachable, nobody can be known: that is our trouble and not the caller's.
#[tokio::test]
async fn without_keys_a_member_is_asked_to_come_back() {
    let server = Server::with(&[("AUTH_JWKS_URL", "http://127.0.0.1:1/jwks")]).await;
    let answer = server.member(UserId::generate()).get("/connections").await;
    assert_eq!(answer.problem(), refused(503, "OVERLOADED"));
    assert!(answer.header("retry-after").is_some());
}
