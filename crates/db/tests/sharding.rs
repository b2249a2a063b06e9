//! The schema can be spread over machines by an existing engine (as Citus does: by tenant, and by time inside of that) without being
//! changed: every unique key of a tenant's rows begins with the tenant, and references stay inside of one.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use sqlx::FromRow;
use testkit::Database;

/// Tables that name a tenant and are found by something else: what a browser brings back says not whose it is. They live for ten
/// minutes, and stay in one place.
const FOUND_BY_A_TOKEN: [&str; 2] = ["connect_starts", "oauth_states"];
/// Of everybody, or of the auth service's people, who belong to no tenant: copied to each machine, or kept in one place.
const OF_NO_TENANT: [&str; 20] = [
    "_sqlx_migrations",
    "accounts",
    "audit_keys",
    // Found by the digest of a tenant that is no more.
    "erasures",
    "heartbeat",
    "jobs",
    "links",
    "oauth_clients",
    "oauth_codes",
    "oauth_consents",
    "oauth_refresh_families",
    "operator_tokens",
    "pending_connections",
    "refused_webhooks",
    "sessions",
    "sign_in_states",
    "signing_keys",
    "tenants",
    "users",
    "vault_canaries",
];
/// What grows with use and is dropped by time.
const BY_TIME: [&str; 2] = ["deliveries", "signals"];

#[derive(Debug, FromRow)]
struct Key {
    table_name: String,
    named: String,
    columns: Vec<String>,
    /// Of the table, where it is partitioned.
    partitioned_by: Option<Vec<String>>,
}

async fn keys(database: &Database) -> Vec<Key> {
    sqlx::query_as(
        "select t.relname::text as table_name, i.relname::text as named,
                array(select a.attname::text
                      from unnest(x.indkey::int2[]) with ordinality k (number, nth)
                      join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number
                      order by k.nth) as columns,
                (select array_agg(a.attname::text)
                 from pg_partitioned_table p
                 join pg_attribute a on a.attrelid = p.partrelid and a.attnum = any (p.partattrs::int2[])
                 where p.partrelid = t.oid) as partitioned_by
         from pg_index x
         join pg_class t on t.oid = x.indrelid
         join pg_class i on i.oid = x.indexrelid
         where t.relnamespace = 'public'::regnamespace and x.indisunique and not t.relispartition
         order by 1, 2",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap()
}

fn violations(keys: &[Key]) -> Vec<String> {
    let found = keys.iter().filter_map(|Key { table_name, named, columns, partitioned_by }| {
        let stands_apart = [&FOUND_BY_A_TOKEN[..], &OF_NO_TENANT].concat().contains(&table_name.as_str());
        if stands_apart {
            return None;
        }
        if columns.first().map(String::as_str) != Some("tenant_id") {
            return Some(format!("{named} of {table_name} begins with {:?} and not with tenant_id", columns.first()));
        }
        let outside = partitioned_by.iter().flatten().find(|column| !columns.contains(column));
        outside.map(|column| format!("{named} of {table_name} lacks {column}, by which it is partitioned"))
    });
    found.collect()
}

/// Each unique key is looked at, of tables that nobody has thought of too.
#[tokio::test]
async fn unique_keys_begin_with_the_tenant() {
    let database = Database::fresh().await;
    let all = keys(&database).await;
    assert!(all.len() > 40);
    assert_eq!(violations(&all), [""; 0]);
    for table in BY_TIME {
        assert!(all.iter().any(|key| key.table_name == table && key.partitioned_by.is_some()), "{table}");
    }
}

/// A row refers to rows of its own tenant only, by the same column.
#[tokio::test]
async fn references_stay_inside_a_tenant() {
    let database = Database::fresh().await;
    let across: Vec<String> = sqlx::query_scalar(
        "select c.conname::text
         from pg_constraint c
         where c.contype = 'f' and c.connamespace = 'public'::regnamespace and c.conparentid = 0
           and exists (select from pg_attribute where attrelid = c.conrelid and attname = 'tenant_id')
           and exists (select from pg_attribute where attrelid = c.confrelid and attname = 'tenant_id')
           and not exists (select
                           from unnest(c.conkey, c.confkey) pair (here, there)
                           join pg_attribute one on one.attrelid = c.conrelid and one.attnum = pair.here
                           join pg_attribute other on other.attrelid = c.confrelid and other.attnum = pair.there
                           where one.attname = 'tenant_id' and other.attname = 'tenant_id')",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap();
    assert_eq!(across, [""; 0]);
}

/// Planted: a key that does not begin with the tenant, and one that a partition could not keep.
#[tokio::test]
async fn a_key_that_would_not_shard_is_found() {
    let database = Database::fresh().await;
    database.execute("create unique index planted_one on connections (account_id)").await;
    database.execute("create table planted_two (id uuid primary key, tenant_id uuid not null)").await;
    let found = violations(&keys(&database).await);
    assert_eq!(
        found,
        [
            r#"planted_one of connections begins with Some("account_id") and not with tenant_id"#,
            r#"planted_two_pkey of planted_two begins with Some("id") and not with tenant_id"#,
        ]
    );
}
