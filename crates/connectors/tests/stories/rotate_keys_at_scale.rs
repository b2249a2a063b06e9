//! A hundred thousand grants change their key while tokens are handed out.

use crate::support::Server;
use connectors::rotate_keys::rotate;
use futures_util::future::join_all;
use kernel::{ConnectionId, Secret, TenantId};
use oauth::Grant;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use uuid::Uuid;
use vault::{Context, Keyring};

const OLD: &str = "old:0123456789abcdef0123456789abcdef";
const NEW: &str = "new:fedcba9876543210fedcba9876543210";
const GRANTS: usize = 100_000;
/// Rows of one insert.
const BATCH: usize = 10_000;
const CALLERS: usize = 4;

fn token(id: Uuid) -> String {
    format!("lin_oauth_{}_{}", testkit::canary::CANARY, id.simple())
}

/// Connections with a grant each under the ring's key.
async fn fill(server: &Server, tenant: Uuid, ring: &Keyring) -> Vec<Uuid> {
    let ids: Vec<Uuid> = (0..GRANTS).map(|_| ConnectionId::generate().as_uuid()).collect();
    for batch in ids.chunks(BATCH) {
        let sealed: Vec<Vec<u8>> = batch
            .iter()
            .map(|id| {
                let plaintext = Grant::pasted(Secret::from(token(*id))).to_plaintext().unwrap();
                let place = Context::new("grants", format!("{}/{id}", TenantId::from_uuid(tenant)), "sealed");
                ring.seal(plaintext.expose(), &place).unwrap().as_bytes().to_vec()
            })
            .collect();
        sqlx::query(
            "with made as (
               insert into connections
                 (tenant_id, id, provider, kind, account_id, display_name, status, status_detail, created_at, updated_at)
               select $1, id, 'linear', 'account', id::text, 'x', 'active', '{\"status\": \"active\"}', now(), now()
               from unnest($2::uuid[]) as id)
             insert into grants (tenant_id, connection_id, sealed)
             select $1, id, sealed from unnest($2::uuid[], $3::bytea[]) as new (id, sealed)",
        )
        .bind(tenant)
        .bind(batch)
        .bind(&sealed)
        .execute(&server.database.pool)
        .await
        .unwrap();
    }
    ids
}

/// Every token that is asked for while the key changes is the right one, and afterwards nothing lies under the old key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_grants_change_their_key_under_load() {
    let server = Server::with(&[("ENCRYPTION_KEYS", &format!("{NEW},{OLD}"))]).await;
    let tenant = server.tenant().await;
    let ids = fill(&server, tenant, &Keyring::parse(OLD).unwrap()).await;
    let (done, vended) = (AtomicBool::new(false), AtomicUsize::new(0));
    let call = async |first: usize| {
        // Each caller walks over all of the table, with a stride that meets every part of it.
        let mut at = first * GRANTS / CALLERS;
        while !done.load(Ordering::Relaxed) {
            let path = format!("/oauth/token/linear?connection_id={}", ids[at]);
            let answer = server.operator(tenant).get(&path).await.with(200);
            assert_eq!(answer["access_token"], token(ids[at]));
            vended.fetch_add(1, Ordering::Relaxed);
            at = (at + 7919) % GRANTS;
        }
    };
    let change = async {
        let ring = Keyring::parse(&format!("{NEW},{OLD}")).unwrap();
        let report = rotate(&server.database.pool, &ring, &mut |_| {}).await.unwrap();
        done.store(true, Ordering::Relaxed);
        report
    };
    let (report, _) = tokio::join!(change, join_all((0..CALLERS).map(call)));
    assert!(report.is_complete() && report.resealed == GRANTS as u64, "{report}");
    assert!(vended.into_inner() > CALLERS, "nobody asked while the key changed");
    let last = server.operator(tenant).get(&format!("/oauth/token/linear?connection_id={}", ids[0])).await.with(200);
    assert_eq!(last["access_token"], token(ids[0]));
}
