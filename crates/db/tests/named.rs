//! Whose deliveries are, looked for by many names at once.

use db::connections::{Named, Naming, named_for_any_tenant};
use kernel::TenantId;
use testkit::Database;
use uuid::Uuid;

const FIRST: Uuid = Uuid::from_u128(1);
const SECOND: Uuid = Uuid::from_u128(2);
const HOOK: Uuid = Uuid::from_u128(77);

/// Two tenants with the same account, workspace and site, and beside them what nobody names.
async fn filled() -> Database {
    let database = Database::fresh().await;
    for (tenant, first_id) in [(FIRST, 10), (SECOND, 20)] {
        database.execute(&format!("insert into tenants (id, kind) values ('{tenant}', 'organization')")).await;
        for (nth, provider, kind, account, org, status) in [
            (0, "github", "account", "ann", "null", "active"),
            (1, "github", "installation", "ann", "null", "suspended"),
            (2, "slack", "account", "ann", "'T1'", "active"),
            (3, "jira", "account", "ann", "null", "needs_reauth"),
            (4, "slack", "account", "bob", "'T1'", "revoked"),
        ] {
            let id = Uuid::from_u128(first_id + nth);
            database
                .execute(&format!(
                    "insert into connections
                       (tenant_id, id, provider, kind, account_id, org_id, display_name, status, status_detail, created_at, updated_at,
                        consented_at, parameters)
                     values ('{tenant}', '{id}', '{provider}', '{kind}', '{account}', {org}, 'x', '{status}',
                             '{{\"status\": \"active\"}}', now(), now(), now(), '{{}}')"
                ))
                .await;
        }
        let jira = Uuid::from_u128(first_id + 3);
        for (place, kind) in [("site-1", "jira"), ("site-1", "confluence")] {
            database
                .execute(&format!(
                    "insert into connection_resources (tenant_id, connection_id, external_id, kind, name, url, scopes)
                     values ('{tenant}', '{jira}', '{place}', '{kind}', 'x', 'https://acme.example/', '{{}}')"
                ))
                .await;
        }
    }
    database
        .execute(&format!(
            "insert into hooks (tenant_id, id, connection_id, provider, target, state, external_id, sealed, secret_hash, due_at, created_at)
             values ('{FIRST}', '{HOOK}', '{}', 'jira', 'https://acme.example', 'active', 'watch-1', '', '', now(), now())",
            Uuid::from_u128(13)
        ))
        .await;
    database
}

fn naming<'a>(provider: &'a str, named: Named<'a>, only: Option<Uuid>) -> Naming<'a> {
    Naming { provider, named, only: only.map(TenantId::from_uuid) }
}

/// Each name gets its own connections, of every tenant or of one, however many are asked for at once, and none that has ended.
#[tokio::test]
async fn each_name_finds_its_own() {
    let database = filled().await;
    let expected: [(Naming<'_>, &[u128]); 12] = [
        (naming("github", Named::Account("ann"), None), &[10, 20]),
        (naming("slack", Named::Organization("T1"), Some(SECOND)), &[22]),
        (naming("github", Named::Installation("ann"), None), &[11, 21]),
        (naming("github", Named::Account("nobody"), None), &[]),
        (naming("jira", Named::Organization("site-1"), None), &[13, 23]),
        (naming("slack", Named::Organization("T1"), None), &[12, 22]),
        (naming("slack", Named::Organization("site-1"), None), &[]),
        (naming("jira", Named::Site("https://acme.example"), None), &[13, 23]),
        (naming("jira", Named::Watched("watch-1"), None), &[13]),
        (naming("jira", Named::Hook(HOOK), Some(FIRST)), &[13]),
        (naming("jira", Named::Hook(HOOK), Some(SECOND)), &[]),
        (naming("github", Named::Account("ann"), Some(FIRST)), &[10]),
    ];
    let mut connection = database.pool.acquire().await.unwrap();
    let asked: Vec<Naming<'_>> = expected.iter().map(|(naming, _)| *naming).collect();
    let found = named_for_any_tenant(&mut connection, &asked).await.unwrap();
    assert_eq!(found.len(), expected.len());
    for ((naming, ids), found) in expected.iter().zip(found) {
        let found: Vec<u128> = found.iter().map(|one| one.id.as_uuid().as_u128()).collect();
        assert_eq!(found, *ids, "{naming:?}");
    }
    assert!(named_for_any_tenant(&mut connection, &[]).await.unwrap().is_empty());
}
