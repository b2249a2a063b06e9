//! The audit log is a chain: what was written can be told from what somebody made of it.

use crate::support::Server;
use chrono::TimeDelta;
use connectors::{
    audit::{Anchor, Break, Verdict, verify},
    workers,
};
use db::audit::{Entry, append};
use kernel::TenantId;
use serde_json::json;
use std::process::Command;
use tokio::task::JoinSet;
use uuid::Uuid;

/// What a look at the log finds: of each tenant.
async fn verdicts(server: &Server, anchors: &[Anchor]) -> Vec<Verdict> {
    let mut all = Vec::new();
    verify(&server.database.pool, &server.app.vault, None, anchors, &mut |verdict| all.push(verdict)).await.unwrap();
    all
}

async fn verdict(server: &Server, tenant: Uuid) -> Verdict {
    let all = verdicts(server, &[]).await;
    all.into_iter().find(|one| one.tenant.as_uuid() == tenant).unwrap()
}

/// A tenant with a handful of chained lines.
async fn written(server: &Server, lines: usize) -> Uuid {
    let tenant = server.tenant().await;
    for line in 0..lines {
        let entry = Entry {
            at: server.clock.now(),
            actor: "user:ada",
            action: "thing.do",
            target: &line.to_string(),
            detail: json!({ "b": 1.10, "a": [line] }),
        };
        append(&server.database.pool, TenantId::from_uuid(tenant), entry).await.unwrap();
    }
    workers::chain_audit(&server.app).await.unwrap();
    tenant
}

/// Lines that are written together by many are chained without a gap, by however many processes, and the log of nobody waits for
/// that of another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_is_chained_without_gaps() {
    let server = Server::start().await;
    let (second, _) = server.second().await;
    let tenant = server.tenant().await;
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        let (pool, now) = (server.database.pool.clone(), server.clock.now());
        writers.spawn(async move {
            for line in 0..100 {
                let target = format!("{writer}/{line}");
                let entry = Entry { at: now, actor: "system", action: "thing.do", target: &target, detail: json!({}) };
                append(&pool, TenantId::from_uuid(tenant), entry).await.unwrap();
            }
        });
    }
    while !writers.is_empty() {
        let (one, other) = tokio::join!(workers::chain_audit(&server.app), workers::chain_audit(&second));
        one.and(other).unwrap();
        while let Some(done) = writers.try_join_next() {
            done.unwrap();
        }
    }
    workers::chain_audit(&server.app).await.unwrap();
    let Verdict { lines, last_seq, waiting, broken, .. } = verdict(&server, tenant).await;
    assert_eq!((lines, last_seq, waiting, broken), (800, 800, 0, None));
}

/// Whatever somebody does to the table without having the key is found, and where.
#[tokio::test]
async fn whatever_is_done_to_the_log_is_found() {
    let server = Server::start().await;
    let theft = "set actor = 'user:eve'";
    for (statement, broken) in [
        (format!("update audit_log {theft} where seq = 3"), Break::Changed(3)),
        ("update audit_log set detail = '{}' where seq = 2".to_owned(), Break::Changed(2)),
        ("update audit_log set at = at + interval '1 microsecond' where seq = 2".to_owned(), Break::Changed(2)),
        ("update audit_log set action = 'thing.else' where seq = 4".to_owned(), Break::Changed(4)),
        ("delete from audit_log where seq = 3".to_owned(), Break::Missing(3)),
        ("delete from audit_log where seq = 5".to_owned(), Break::Missing(5)),
        ("delete from audit_log where seq = 1".to_owned(), Break::Missing(1)),
        // Two lines change places.
        ("update audit_log set seq = seq + 100 where seq in (2, 3)".to_owned(), Break::Missing(2)),
        ("update audit_log a set target = b.target from audit_log b where a.seq = 2 and b.seq = 3 and a.tenant_id = b.tenant_id".to_owned(), Break::Changed(2)),
        // The end is moved along.
        ("with gone as (delete from audit_log where seq = 5)
          update audit_chains c set last_seq = 4, last_hash = a.hash from audit_log a where a.seq = 4 and a.tenant_id = c.tenant_id".to_owned(), Break::Ends),
        ("with gone as (delete from audit_log where seq = 1)
          update audit_chains c set first_seq = 2, before_first = a.hash from audit_log a where a.seq = 1 and a.tenant_id = c.tenant_id".to_owned(), Break::Ends),
        ("update audit_log set erasure = hash, content = hash, salt = null, actor = 'erased:1' where seq = 2".to_owned(), Break::Changed(2)),
        ("delete from audit_chains".to_owned(), Break::NoChain),
        ("insert into audit_log (tenant_id, id, at, actor, action, target, seq, salt, hash)
          select tenant_id, gen_random_uuid(), at, actor, action, target, 6, salt, hash from audit_log where seq = 5".to_owned(), Break::Beyond(6)),
    ] {
        let tenant = written(&server, 5).await;
        assert_eq!(verdict(&server, tenant).await.broken, None);
        server.database.execute(&statement).await;
        assert_eq!(verdict(&server, tenant).await.broken, Some(broken), "{statement}");
        server.database.execute("delete from audit_log").await;
        server.database.execute("delete from audit_chains").await;
    }
}

/// Who puts an older state of everything back is found out by what was kept elsewhere, and by nothing else.
#[tokio::test]
async fn an_older_state_is_found_by_what_was_kept_elsewhere() {
    let server = Server::start().await;
    let tenant = written(&server, 5).await;
    server.database.execute("create table old_log as select * from audit_log").await;
    server.database.execute("create table old_chains as select * from audit_chains").await;
    let entry = Entry { at: server.clock.now(), actor: "user:eve", action: "theft", target: "all", detail: json!({}) };
    append(&server.database.pool, TenantId::from_uuid(tenant), entry).await.unwrap();
    workers::chain_audit(&server.app).await.unwrap();
    let shown = server.operator(tenant).get("/audit").await.with(200);
    assert_eq!(shown["lines"][0]["hash"], shown["chain"]["hash"]);
    let anchor: Anchor =
        format!("{tenant}:{}:{}", shown["chain"]["seq"], shown["chain"]["hash"].as_str().unwrap()).parse().unwrap();
    let broken = async |anchors: &[Anchor]| verdicts(&server, anchors).await.into_iter().find_map(|one| one.broken);
    assert_eq!(broken(std::slice::from_ref(&anchor)).await, None);
    for (table, old) in [("audit_log", "old_log"), ("audit_chains", "old_chains")] {
        server.database.execute(&format!("delete from {table}")).await;
        server.database.execute(&format!("insert into {table} select * from {old}")).await;
    }
    assert_eq!(broken(&[]).await, None);
    assert_eq!(broken(std::slice::from_ref(&anchor)).await, Some(Break::Anchor(6)));
    // So is a log of which nothing is left.
    server.database.execute("delete from audit_log").await;
    server.database.execute("delete from audit_chains").await;
    assert_eq!(broken(&[anchor]).await, Some(Break::Anchor(6)));
}

/// Whoever has changed the ends does not get them made right by the next line.
#[tokio::test]
async fn nothing_is_chained_to_what_was_tampered_with() {
    let server = Server::start().await;
    let (tenant, other) = (written(&server, 3).await, written(&server, 3).await);
    let change = format!("update audit_chains set last_seq = 2 where tenant_id = '{tenant}'");
    server.database.execute(&change).await;
    for tenant in [tenant, other] {
        let entry = Entry { at: server.clock.now(), actor: "x", action: "y", target: "z", detail: json!({}) };
        append(&server.database.pool, TenantId::from_uuid(tenant), entry).await.unwrap();
    }
    assert!(workers::chain_audit(&server.app).await.is_err());
    let Verdict { broken, waiting, .. } = verdict(&server, tenant).await;
    assert_eq!((broken, waiting), (Some(Break::Ends), 1));
    assert_eq!(verdict(&server, other).await.lines, 4);
}

/// Old lines go from the beginning, and what is left verifies as before.
#[tokio::test]
async fn old_lines_go_and_the_rest_verifies() {
    let server = Server::with(&[("AUDIT_RETENTION_DAYS", "400")]).await;
    let tenant = written(&server, 3).await;
    server.clock.advance(TimeDelta::days(399));
    let late = written(&server, 2).await;
    let entry = Entry { at: server.clock.now(), actor: "x", action: "y", target: "z", detail: json!({}) };
    append(&server.database.pool, TenantId::from_uuid(tenant), entry).await.unwrap();
    workers::chain_audit(&server.app).await.unwrap();
    workers::keep(&server.app).await.unwrap();
    assert_eq!(verdict(&server, tenant).await.lines, 4);
    server.clock.advance(TimeDelta::days(2));
    workers::keep(&server.app).await.unwrap();
    let Verdict { lines, last_seq, broken, .. } = verdict(&server, tenant).await;
    assert_eq!((lines, last_seq, broken), (1, 4, None));
    server.clock.advance(TimeDelta::days(400));
    workers::keep(&server.app).await.unwrap();
    assert_eq!(server.database.count("audit_log").await, 0);
    for tenant in [tenant, late] {
        assert_eq!(verdict(&server, tenant).await.broken, None, "an empty chain goes on where it stopped");
    }
}

/// What an operator types: a line a tenant, status 0; a broken chain, status 3. The key of the log outlives that of the vault.
#[tokio::test]
async fn the_command_says_what_it_found() {
    let (old, new) = ("old:0123456789abcdef0123456789abcdef", "new:fedcba9876543210fedcba9876543210");
    let server = Server::with(&[("ENCRYPTION_KEYS", old)]).await;
    let tenant = written(&server, 3).await;
    let verify = |keys: &str, anchor: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_connectors"));
        command.env_clear().envs(server.database.settings()).env("ENCRYPTION_KEYS", keys);
        command.args(["audit", "verify"]).args(anchor.iter().flat_map(|anchor| ["--anchor", anchor]));
        let done = command.output().unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap())
    };
    let (status, said) = verify(old, None);
    let line = said.lines().find(|line| line.starts_with(&tenant.to_string())).unwrap().to_owned();
    assert!(status == Some(0) && line.ends_with("3 lines hold, 0 wait to be chained"), "{status:?} {said}");
    let anchor = line.split(' ').next().unwrap();
    connectors::rotate_keys::rotate(
        &server.database.pool,
        &vault::Keyring::parse(&format!("{new},{old}")).unwrap(),
        &mut |_| {},
    )
    .await
    .unwrap();
    assert_eq!(verify(new, Some(anchor)).0, Some(0));
    assert_eq!(verify(old, None).0, Some(1), "without the key nothing can be said");
    server.database.execute("update audit_log set actor = 'user:eve' where seq = 2").await;
    let (status, said) = verify(new, Some(anchor));
    assert!(status == Some(3) && said.contains("BROKEN: line 2 was changed"), "{status:?} {said}");
    assert_eq!(verify(new, Some("x")).0, Some(2));
}
