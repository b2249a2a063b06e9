//! The encryption key changes while the service runs.

use crate::support::{Server, path_of};
use chrono::TimeDelta;
use connectors::{
    rotate_keys::{Report, rotate},
    workers,
};
use db::reseal::{self, Place};
use kernel::{ConnectionId, GrantKey, TenantId, UserId};
use serde_json::{Value, json};
use sqlx::Acquire;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};
use testkit::Database;
use tokio::task::JoinSet;
use uuid::Uuid;
use vault::{Context, Keyring, Sealed};

const OLD: &str = "old:0123456789abcdef0123456789abcdef";
const NEW: &str = "new:fedcba9876543210fedcba9876543210";

fn ring(keys: &[&str]) -> Keyring {
    Keyring::parse(&keys.join(",")).unwrap()
}

async fn rotated(database: &Database, ring: &Keyring) -> Report {
    rotate(&database.pool, ring, &mut |_| {}).await.unwrap()
}

/// Replicas go on vending and refreshing while everything is put under the new key; nobody sees an error. Afterwards the
/// old key is gone, and whatever lay under it opens: grants, a connection nobody has claimed, a flow on its way, and a grant
/// that waits to be revoked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_changes_under_load_and_the_old_one_can_go() {
    let server = Server::with(&[("ENCRYPTION_KEYS", &format!("{OLD},{NEW}"))]).await;
    let mut connections: Vec<(Uuid, Value)> = Vec::new();
    for _ in 0..6 {
        let tenant = server.tenant().await;
        connections.push((tenant, server.connected(tenant, "linear", "ann").await));
    }
    let user = UserId::generate();
    let member = server.member(user);
    let started = member.post_nothing("/connect/linear").await.with(201);
    let on_its_way = path_of(&server.sandbox.approve(started["authorize_url"].as_str().unwrap(), "eve").await);
    let browser = server.browser();
    let url = browser.get("/oauth/github?return_url=/done").await.with(200)["url"].as_str().unwrap().to_owned();
    let done = browser.get(&path_of(&server.sandbox.approve(&url, "eve").await)).await.location();
    let link_code = done.query_pairs().find(|(name, _)| name == "link_code").unwrap().1.into_owned();
    let tenant = server.tenant().await;
    let ended = server.connected(tenant, "linear", "bob").await;
    server.sandbox.fault("linear", "revoke", "status_500", 1).await;
    let path = format!("/connections/{}", ended["id"].as_str().unwrap());
    assert_eq!(server.operator(tenant).delete(&path).await.with(200)["at_provider"], "pending");

    let (_second, second) = server.second_with(&[("ENCRYPTION_KEYS", &format!("{NEW},{OLD}"))]).await;
    let mut calls = JoinSet::new();
    for (tenant, connection) in &connections {
        let (operator, id) = (server.operator(*tenant), connection["id"].as_str().unwrap().to_owned());
        let at_second = operator.at(&second);
        calls.spawn(async move {
            let vend = format!("/oauth/token/linear?connection_id={id}");
            for _ in 0..6 {
                operator.get(&vend).await.with(200);
                // Replicas that have not been restarted seal under the old key: that has to be found again.
                operator.post_nothing(&format!("/connections/{id}/refresh")).await.with(200);
                at_second.get(&vend).await.with(200);
                at_second.post_nothing(&format!("/connections/{id}/refresh")).await.with(200);
            }
        });
    }
    let new_first = ring(&[NEW, OLD]);
    let mut runs = 0;
    while !calls.is_empty() {
        rotated(&server.database, &new_first).await;
        runs += 1;
        while let Some(call) = calls.try_join_next() {
            call.unwrap();
        }
    }
    let last = rotated(&server.database, &new_first).await;
    assert!(last.is_complete() && last.unused == ["old"] && runs > 1, "{last} {runs}");
    assert_eq!(server.sandbox.count("linear", "refreshes").await, 6 * 6 * 2);

    let (third, only_new) = server.second_with(&[("ENCRYPTION_KEYS", NEW)]).await;
    for (tenant, connection) in &connections {
        let path = format!("/oauth/token/linear?connection_id={}", connection["id"].as_str().unwrap());
        let token = server.operator(*tenant).at(&only_new).get(&path).await.with(200);
        assert!(server.sandbox.accepts("linear", token["access_token"].as_str().unwrap()).await);
    }
    assert_eq!(member.at(&only_new).get(&on_its_way).await.status, 200);
    let person = browser.bearer(&server.people.token(UserId::generate())).at(&only_new);
    person.post("/oauth/github/link", &json!({ "code": link_code })).await.with(200);
    let revocations = server.sandbox.count("linear", "revocations").await;
    server.advance(TimeDelta::seconds(61)).await;
    workers::run_jobs(&third).await.unwrap();
    assert_eq!(server.database.count("jobs").await, 0);
    assert_eq!(server.sandbox.count("linear", "revocations").await, revocations + 1);
}

/// A table with this many grants under a key, in the order of their keys.
async fn grants(database: &Database, ring: &Keyring, count: usize) -> Vec<(Uuid, Uuid)> {
    let tenant = Uuid::now_v7();
    db::tenants::create(&database.pool, TenantId::from_uuid(tenant)).await.unwrap();
    let ids: Vec<Uuid> = (0..count).map(|_| ConnectionId::generate().as_uuid()).collect();
    let sealed: Vec<Vec<u8>> =
        ids.iter().map(|id| ring.seal(id.as_bytes(), &place(tenant, *id)).unwrap().as_bytes().to_vec()).collect();
    sqlx::query(
        "insert into connections
           (tenant_id, id, provider, kind, account_id, display_name, status, status_detail, created_at, updated_at)
         select $1, id, 'linear', 'account', id::text, 'x', 'active', '{\"status\": \"active\"}', now(), now()
         from unnest($2::uuid[]) as id",
    )
    .bind(tenant)
    .bind(&ids)
    .execute(&database.pool)
    .await
    .unwrap();
    sqlx::query(
        "insert into grants (tenant_id, connection_id, sealed)
         select $1, id, sealed from unnest($2::uuid[], $3::bytea[]) as new (id, sealed)",
    )
    .bind(tenant)
    .bind(&ids)
    .bind(&sealed)
    .execute(&database.pool)
    .await
    .unwrap();
    let mut keys: Vec<(Uuid, Uuid)> = ids.into_iter().map(|id| (tenant, id)).collect();
    keys.sort();
    keys
}

fn place(tenant: Uuid, id: Uuid) -> Context {
    Context::new("grants", format!("{tenant}/{id}"), "sealed")
}

async fn stored(database: &Database, id: Uuid) -> Sealed {
    let sealed = sqlx::query_scalar("select sealed from grants where connection_id = $1").bind(id);
    Sealed::from_bytes(sealed.fetch_one(&database.pool).await.unwrap()).unwrap()
}

fn command(database: &Database, keys: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connectors"));
    command.env_clear().envs(database.settings()).env("ENCRYPTION_KEYS", keys.join(",")).arg("rotate-keys");
    command
}

/// Killed in the middle, the command has done for good what it said it had done; started again it does the rest and nothing
/// twice. The rows in its way are held, so that the middle is certain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_rotation_goes_on_where_it_was() {
    let database = Database::fresh().await;
    let keys = grants(&database, &ring(&[OLD]), 1000).await;
    connectors::unlock(&database.pool, &ring(&[OLD])).await.unwrap();
    let mut connection = database.pool.acquire().await.unwrap();
    let mut holding = connection.begin().await.unwrap();
    let in_the_way: Vec<Uuid> = keys[700..].iter().map(|(_, id)| *id).collect();
    sqlx::query("select from grants where connection_id = any($1) for update")
        .bind(in_the_way)
        .execute(&mut *holding)
        .await
        .unwrap();
    let mut child = command(&database, &[NEW, OLD]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "grants: 200 re-sealed");
    assert_eq!(lines.next().unwrap().unwrap(), "grants: 400 re-sealed");
    child.kill().unwrap();
    child.wait().unwrap();
    holding.rollback().await.unwrap();
    drop(connection);
    let under_new = async || -> i64 {
        let header = ring(&[NEW]).sealing_header();
        sqlx::query_scalar("select count(*) from grants where substring(sealed from 1 for octet_length($1)) = $1")
            .bind(header)
            .fetch_one(&database.pool)
            .await
            .unwrap()
    };
    let before = under_new().await;
    assert!((400..=700).contains(&before), "{before}");
    let output = command(&database, &[NEW, OLD]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains(&format!("{} rows were put under key \"new\".", 1000 - before)), "{said}");
    assert!(said.contains("No row lies under key \"old\"."), "{said}");
    let only_new = ring(&[NEW]);
    for (tenant, id) in keys {
        let opened = only_new.open(&stored(&database, id).await, &place(tenant, id)).unwrap();
        assert_eq!(opened.as_slice(), id.as_bytes());
    }
    // The service starts without the old key.
    connectors::unlock(&database.pool, &only_new).await.unwrap();
    let again = rotated(&database, &only_new).await;
    assert_eq!(again, Report { sealing: "new".to_owned(), ..Report::default() });
}

/// Rows whose key is not there and rows that are damaged are counted and left; all others are done, and the keys that are
/// still needed are not given away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_open_is_left_and_named() {
    let database = Database::fresh().await;
    connectors::unlock(&database.pool, &ring(&[OLD])).await.unwrap();
    grants(&database, &ring(&[OLD]), 5).await;
    grants(&database, &ring(&["lost:00112233445566778899aabbccddeeff"]), 3).await;
    let moved = grants(&database, &ring(&[OLD]), 2).await;
    let (first, second) = (moved[0].1, moved[1].1);
    let foreign = stored(&database, first).await;
    sqlx::query("update grants set sealed = $1 where connection_id = $2")
        .bind(foreign.as_bytes())
        .bind(second)
        .execute(&database.pool)
        .await
        .unwrap();
    let report = rotated(&database, &ring(&[NEW, OLD])).await;
    let expected = Report {
        resealed: 6,
        unknown: BTreeMap::from([("lost".to_owned(), 3)]),
        damaged: 1,
        busy: 0,
        sealing: "new".to_owned(),
        unused: vec![],
        in_use: BTreeMap::from([("lost".to_owned(), 3), ("old".to_owned(), 1)]),
    };
    assert_eq!(report, expected);
    assert_eq!(database.count("vault_canaries").await, 2);
    let output = command(&database, &[NEW, OLD]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("3 rows need key \"lost\"") && said.contains("1 rows do not open"), "{said}");
    // Without the old key, its row and its canary are rows of an unknown key.
    let unknown = rotated(&database, &ring(&[NEW])).await.unknown;
    assert_eq!(unknown, BTreeMap::from([("lost".to_owned(), 3), ("old".to_owned(), 2)]));
}

/// A refresh commits between our reading and our writing: what it wrote stays.
#[tokio::test]
async fn what_was_replaced_meanwhile_stays() {
    let database = Database::fresh().await;
    let (old, new) = (ring(&[OLD]), ring(&[NEW, OLD]));
    let (tenant, id) = grants(&database, &old, 1).await[0];
    let rows =
        reseal::next_for_any_tenant(&database.pool, Place::Grants, &new.sealing_header(), None, 10).await.unwrap();
    let ours: Vec<_> = rows.into_iter().map(|row| (row, new.seal(b"stale", &place(tenant, id)).unwrap())).collect();
    let fresh = old.seal(b"refreshed", &place(tenant, id)).unwrap();
    let times = db::grants::Times { obtained_at: chrono::DateTime::UNIX_EPOCH, expires_at: None, refresh_at: None };
    let (typed_tenant, key) = (TenantId::from_uuid(tenant), GrantKey::primary(ConnectionId::from_uuid(id)));
    assert!(db::grants::replace(&database.pool, typed_tenant, key, 1, &fresh, times).await.unwrap());
    assert_eq!(reseal::replace_for_any_tenant(&database.pool, Place::Grants, &ours).await.unwrap(), 0);
    assert_eq!(stored(&database, id).await, fresh);
    // And the other way round: a re-sealed grant keeps its version, so the refresher who leased it still replaces it.
    assert_eq!(rotated(&database, &new).await.resealed, 1);
    assert!(db::grants::replace(&database.pool, typed_tenant, key, 2, &fresh, times).await.unwrap());
}

/// A new table with something sealed has to say how its key changes.
#[tokio::test]
async fn every_sealed_column_is_rotated() {
    let database = Database::fresh().await;
    let tables: BTreeSet<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.columns
         where table_schema = 'public' and data_type = 'bytea' and column_name like '%sealed%'",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap()
    .into_iter()
    .collect();
    // The canaries are retired with their keys; the payload of jobs is JSON.
    let known = Place::ALL.into_iter().map(Place::table).chain(["vault_canaries"]).filter(|table| *table != "jobs");
    assert_eq!(tables, known.map(ToOwned::to_owned).collect());
}
