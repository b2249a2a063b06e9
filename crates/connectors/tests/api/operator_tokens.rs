//! Operator tokens with limits: what they open, and everything they do not.

use crate::support::{Client, Logs, OPERATOR, Server};
use chrono::{DateTime, TimeDelta, Utc};
use connectors::{
    operator_tokens::{self, Created, Wish},
    rights::{Action, Allowed, Rights},
};
use kernel::TenantId;
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeSet, process::Command};
use uuid::Uuid;

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

async fn made(server: &Server, rights: Rights) -> Created {
    let wish = Wish { label: "nightly export".to_owned(), rights, lifetime: TimeDelta::days(30) };
    operator_tokens::create(&server.app.pool, &server.clock, &wish, |slug| {
        server.app.providers.get().known(slug).is_some()
    })
    .await
    .unwrap()
}

fn only(actions: impl IntoIterator<Item = Action>) -> Rights {
    Rights { actions: actions.into_iter().collect(), ..Rights::everything() }
}

fn shows(server: &Server, token: &Created, tenant: Uuid) -> Client {
    server.anonymous().bearer(token.token.expose()).with("x-tenant-id", &tenant.to_string())
}

/// A token that may do everything but what the test takes from it.
pub async fn limited_token(server: &Server, limit: impl FnOnce(&mut Rights)) -> Created {
    let mut rights = Rights::everything();
    limit(&mut rights);
    made(server, rights).await
}

/// Every route that lets an operator in names its action in the document, asks for exactly that one, and says so. A token
/// with all other actions is refused; one with this action alone gets through to the handler.
#[tokio::test]
async fn every_route_asks_for_its_own_action() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let document = server.anonymous().get("/openapi.json").await.with(200);
    let mut asked = BTreeSet::new();
    let mut routes: Vec<(Method, String, Action)> = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let lets_operators_in =
                operation["security"].to_string().contains("tenant") || path.starts_with("/tenants/");
            let Some(word) = operation.get("x-operator-action").and_then(Value::as_str) else {
                assert!(!lets_operators_in, "{method} {path} lets operators in and names no action");
                continue;
            };
            routes.push((method.to_uppercase().parse().unwrap(), path.clone(), word.parse().unwrap()));
        }
    }
    for (method, path, action) in routes {
        asked.insert(action);
        let mut real = path.replace("{provider}", "linear").replace("{id}", &Uuid::now_v7().to_string());
        if path.ends_with("/stream") {
            // Whatever it cannot be asked for: the answer to anything else has no end.
            real.push_str("?after=x");
        }
        let others = made(&server, only(Action::ALL.into_iter().filter(|other| *other != action))).await;
        let refusal = shows(&server, &others, tenant).send(method.clone(), &real, "").await;
        assert_eq!(refusal.problem(), refused(403, "FORBIDDEN"), "{method} {path}");
        let detail = refusal.json()["detail"].as_str().unwrap().to_owned();
        assert_eq!(detail, format!("This operator token lacks the action {:?}.", action.word()), "{path}");
        let this = made(&server, only([action])).await;
        let answer = shows(&server, &this, tenant).send(method.clone(), &real, "").await;
        assert!(![401, 403, 500].contains(&answer.status.as_u16()), "{method} {path}: {}", answer.text);
    }
    assert_eq!(asked, BTreeSet::from(Action::ALL), "an action that no route asks for");
    server.settled().await;
}

/// The environment's tokens go on doing everything.
#[tokio::test]
async fn the_environments_tokens_have_no_limits() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    server.vend(tenant, &connection).await;
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    server.operator(tenant).delete(&path).await.with(200);
}

/// A tenant that the token is not for is answered exactly like one that does not exist, at every door.
#[tokio::test]
async fn a_tenant_of_others_does_not_exist() {
    let server = Server::start().await;
    let (ours, theirs) = (server.tenant().await, server.tenant().await);
    let tenants = Allowed::Only(BTreeSet::from([TenantId::from_uuid(ours)]));
    let token = made(&server, Rights { tenants, ..Rights::everything() }).await;
    shows(&server, &token, ours).get("/connections").await.with(200);
    for path in ["/connections", "/oauth/token/linear", "/oauth/linear"] {
        let foreign = shows(&server, &token, theirs).get(path).await;
        let none = shows(&server, &token, Uuid::now_v7()).get(path).await;
        assert_eq!(foreign.problem(), refused(404, "TENANT_NOT_FOUND"), "{path}");
        assert_eq!(foreign.anonymous_problem(), none.anonymous_problem(), "{path}");
    }
    let bare = server.anonymous().bearer(token.token.expose());
    for foreign in [theirs, Uuid::now_v7()] {
        let answer = bare.put(&format!("/tenants/{foreign}")).await;
        assert_eq!(answer.problem(), refused(404, "TENANT_NOT_FOUND"));
    }
    bare.put(&format!("/tenants/{ours}")).await.with(200);
    assert_eq!(server.database.count("tenants").await, 2);
    server.settled().await;
}

/// A provider in the path is refused by name; a connection of it is not there, neither by its id nor in a list.
#[tokio::test]
async fn a_provider_of_others_is_refused() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let (ours, theirs) =
        (server.connected(tenant, "linear", "ann").await, server.connected(tenant, "github", "bob").await);
    let providers = Allowed::Only(BTreeSet::from(["linear".to_owned()]));
    let token = made(&server, Rights { providers, ..Rights::everything() }).await;
    let caller = shows(&server, &token, tenant);
    for (method, path) in [
        (Method::GET, "/oauth/token/github".to_owned()),
        (Method::GET, format!("/oauth/token/github?connection_id={}", theirs["id"].as_str().unwrap())),
        (Method::POST, "/connect/github".to_owned()),
        (Method::GET, "/connect/github/callback?state=x&code=y".to_owned()),
        (Method::GET, "/oauth/github".to_owned()),
        (Method::GET, "/oauth/install/github".to_owned()),
        (Method::GET, "/api/%67ithub/auth".to_owned()),
        (Method::GET, "/connections?provider=github".to_owned()),
        (Method::GET, "/signals?provider=github".to_owned()),
    ] {
        let answer = caller.send(method, &path, "").await;
        assert_eq!(answer.problem(), refused(403, "FORBIDDEN"), "{path}");
        assert_eq!(answer.json()["detail"], "This operator token is not for the provider \"github\".", "{path}");
    }
    let (foreign, unknown) = (theirs["id"].as_str().unwrap().to_owned(), Uuid::now_v7().to_string());
    for id in [&foreign, &unknown] {
        for (method, path) in [
            (Method::GET, format!("/connections/{id}")),
            (Method::POST, format!("/connections/{id}/refresh")),
            (Method::DELETE, format!("/connections/{id}")),
            (Method::GET, format!("/oauth/token/linear?connection_id={id}")),
        ] {
            let answer = caller.send(method, &path, "").await;
            assert_eq!(answer.problem(), refused(404, "CONNECTION_NOT_FOUND"), "{path}");
        }
    }
    let listed = caller.get("/connections").await.with(200);
    assert_eq!(listed["connections"].as_array().unwrap().len(), 1);
    assert_eq!(listed["connections"][0]["id"], ours["id"]);
    for (position, (connection, provider)) in (100_i64..).zip([(&ours, "linear"), (&theirs, "github")]) {
        sqlx::query(
            "insert into signals
               (id, tenant_id, connection_id, provider, kind, subject, changes, occurred_at, received_at, delivery_id,
                ordinal, payload, position)
             values (gen_random_uuid(), $1, $2::uuid, $3, 'push', '{}', '{}', now(), now(), gen_random_uuid(), 0, '{}', $4)",
        )
        .bind(tenant)
        .bind(connection["id"].as_str().unwrap())
        .bind(provider)
        .bind(position)
        .execute(&server.database.pool)
        .await
        .unwrap();
    }
    let signals = caller.get("/signals").await.with(200);
    let signals = signals["signals"].as_array().unwrap();
    assert_eq!(signals.len(), 2, "the event, and that it was connected");
    assert!(signals.iter().all(|signal| signal["connection_id"] == ours["id"]));
    caller.get("/oauth/token/linear").await.with(200);
    server.settled().await;
}

/// Unknown, expired and revoked tokens are one refusal, at every door; nothing is remembered that outlives a revocation.
#[tokio::test]
async fn a_token_that_has_ended_is_nobodys() {
    let server = Server::start().await;
    let (_second, other) = server.second().await;
    let tenant = server.tenant().await;
    let [expiring, revoked] = [made(&server, Rights::everything()).await, made(&server, Rights::everything()).await];
    for token in [&expiring, &revoked] {
        shows(&server, token, tenant).get("/connections").await.with(200);
        shows(&server, token, tenant).at(&other).get("/connections").await.with(200);
    }
    operator_tokens::revoke(&server.app.pool, &server.clock, revoked.id).await.unwrap();
    assert!(operator_tokens::revoke(&server.app.pool, &server.clock, revoked.id).await.is_err());
    let unknown = format!("cop_{}", kernel::token());
    let nobody = server.anonymous().with("x-tenant-id", &tenant.to_string());
    let expected = nobody.bearer(&unknown).get("/connections").await;
    assert_eq!(expected.problem(), refused(401, "UNAUTHORIZED"));
    let is_nobody = async |caller: &Client| {
        for path in ["/connections", "/oauth/token/linear", "/oauth/linear"] {
            for caller in [caller.clone(), caller.at(&other)] {
                let answer = caller.get(path).await;
                assert_eq!(answer.anonymous_problem(), expected.anonymous_problem(), "{path}");
            }
        }
        assert_eq!(caller.put(&format!("/tenants/{tenant}")).await.status, 401);
        assert_eq!(caller.post("/oauth/github/link", &json!({"code": "x"})).await.status, 401);
    };
    is_nobody(&shows(&server, &revoked, tenant)).await;
    is_nobody(&nobody.bearer("cop_short")).await;
    // To the second: it lives until its end and not beyond.
    server.clock.advance(TimeDelta::days(30) - TimeDelta::minutes(1));
    shows(&server, &expiring, tenant).get("/connections").await.with(200);
    server.clock.advance(TimeDelta::minutes(1));
    is_nobody(&shows(&server, &expiring, tenant)).await;
    server.settled().await;
}

/// A live token at a person's door is told what to send instead, like every operator.
#[tokio::test]
async fn a_token_does_not_open_a_persons_door() {
    let server = Server::start().await;
    let (tenant, token) = (server.tenant().await, made(&server, Rights::everything()).await);
    let answer = shows(&server, &token, tenant).post("/oauth/github/link", &json!({"code": "x"})).await;
    assert_eq!(answer.problem(), refused(403, "FORBIDDEN"));
    server.settled().await;
}

/// The last use is written to the minute, and a use that cannot be written refuses nobody.
#[tokio::test]
async fn the_last_use_is_noted_once_a_minute() {
    let server = Server::start().await;
    let (tenant, token) = (server.tenant().await, made(&server, Rights::everything()).await);
    let used = async || -> Option<DateTime<Utc>> {
        server.settled().await;
        sqlx::query_scalar("select last_used_at from operator_tokens").fetch_one(&server.database.pool).await.unwrap()
    };
    let caller = shows(&server, &token, tenant);
    assert_eq!(used().await, None);
    caller.get("/connections").await.with(200);
    let first = used().await.unwrap();
    server.clock.advance(TimeDelta::seconds(50));
    caller.get("/connections").await.with(200);
    assert_eq!(used().await, Some(first));
    server.clock.advance(TimeDelta::seconds(10));
    caller.get("/connections").await.with(200);
    assert!(used().await.unwrap() >= first + TimeDelta::minutes(1));
    server.clock.advance(TimeDelta::minutes(5));
    let before = used().await;
    server
        .database
        .execute("alter table operator_tokens add constraint no_write check (last_used_at is null) not valid")
        .await;
    caller.get("/connections").await.with(200);
    assert_eq!(used().await, before);
}

/// Who it was stands in the audit log by fingerprint; the token itself stands in no row, log line or answer.
#[tokio::test]
async fn a_token_is_named_and_never_shown() {
    let logs = Logs::capture();
    let server = Server::start().await;
    let (tenant, token) = (server.tenant().await, made(&server, Rights::everything()).await);
    server.connected(tenant, "linear", "ann").await;
    let caller = shows(&server, &token, tenant);
    caller.get("/oauth/token/linear").await.with(200);
    let started = caller.post_nothing("/connect/linear").await.with(201);
    let refusal = caller.get("/connect/linear/callback?state=x").await;
    operator_tokens::revoke(&server.app.pool, &server.clock, token.id).await.unwrap();
    let after = caller.get("/connections").await;
    server.settled().await;
    let actors: Vec<(String, String)> =
        sqlx::query_as("select actor, action from audit_log where action <> 'connection.connect' order by at")
            .fetch_all(&server.database.pool)
            .await
            .unwrap();
    let line = |actor: &str, action: &str| (actor.to_owned(), action.to_owned());
    let name = format!("operator:{}", token.fingerprint);
    assert_eq!(
        actors,
        [line("system", "operator_token.create"), line(&name, "token.vend"), line("system", "operator_token.revoke")]
    );
    let rows: String = server.everything().await.into_values().collect();
    let bodies = format!("{started}{}{}", refusal.text, after.text);
    let (logged, text) = (logs.text(), token.token.expose().as_str());
    assert!(rows.contains("nightly export") && logged.len() > 1000);
    for shape in [text.to_owned(), text["cop_".len()..].to_owned(), hex::encode(text)] {
        for place in [&rows, &logged, &bodies] {
            assert!(!place.contains(&shape));
        }
    }
}

/// Rights that name what does not exist are refused when the token is made.
#[tokio::test]
async fn rights_to_nothing_are_refused() {
    let server = Server::start().await;
    let everything = Rights::everything;
    let wish = |label: &str, rights| Wish { label: label.to_owned(), rights, lifetime: TimeDelta::days(1) };
    let tenants = Allowed::Only(BTreeSet::from([TenantId::from_uuid(Uuid::now_v7())]));
    let providers = Allowed::Only(BTreeSet::from(["lineer".to_owned()]));
    server
        .unchanged(async {
            for wish in [
                wish("", everything()),
                wish("a\nb", everything()),
                wish(&"x".repeat(101), everything()),
                wish("x", Rights { tenants, ..everything() }),
                wish("x", Rights { providers, ..everything() }),
            ] {
                assert!(
                    operator_tokens::create(&server.app.pool, &server.clock, &wish, |slug| server
                        .app
                        .providers
                        .get()
                        .known(slug)
                        .is_some())
                    .await
                    .is_err()
                );
            }
        })
        .await;
}

/// The command makes a token that works, lists it without showing it, and ends it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_makes_lists_and_revokes() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_connectors"));
        command.env_clear().env("DATABASE_URL", &server.database.url).arg("tokens").args(arguments);
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let text = tenant.to_string();
    let (done, token, said) = run(&[
        "create",
        "--label",
        "reader",
        "--tenant",
        &text,
        "--provider",
        "linear",
        "--action",
        "read",
        "--action",
        "vend",
        "--expires-in-days",
        "7",
    ]);
    let token = token.trim();
    assert!(done && token.starts_with("cop_") && token.len() == 47, "{said}");
    let caller = server.anonymous().bearer(token).with("x-tenant-id", &text);
    caller.get("/connections").await.with(200);
    assert_eq!(caller.post_nothing("/connect/linear").await.problem(), refused(403, "FORBIDDEN"));
    server.settled().await;
    let (done, list, _) = run(&["list"]);
    assert!(done && !list.contains(token) && list.contains("reader (live, ends "), "{list}");
    assert!(list.contains("read, vend") && list.contains(&text) && !list.contains("never"), "{list}");
    let id = list.split(' ').next().unwrap();
    assert!(run(&["revoke", id]).0);
    assert_eq!(caller.get("/connections").await.problem(), refused(401, "UNAUTHORIZED"));
    let (done, _, said) = run(&["revoke", id]);
    assert!(!done && said.contains("no token with this id"), "{said}");
    assert!(run(&["list"]).1.contains("reader (revoked "));
    let (done, _, said) = run(&["create", "--label", "x", "--action", "everything"]);
    assert!(!done && said.contains("no such action") && said.contains("vend"), "{said}");
    // Not narrowed: what the environment's tokens may do, until it ends.
    let (_, all, _) = run(&["create", "--label", "all"]);
    server.anonymous().bearer(all.trim()).with("x-tenant-id", &text).get("/signals").await.with(200);
    server.anonymous().bearer(OPERATOR).with("x-tenant-id", &text).get("/signals").await.with(200);
    server.settled().await;
}
