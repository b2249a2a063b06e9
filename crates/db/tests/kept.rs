//! Nothing that is kept of a tenant or a person is forgotten when it is handed out or erased.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use db::kept::{BESIDE, Export, Rows, TABLES};
use std::collections::BTreeSet;
use testkit::Database;

/// Columns by which a table knows somebody.
const KNOWING: [&str; 5] = ["tenant_id", "tenants", "user_id", "owner_id", "tenant_hash"];

async fn knowing(database: &Database) -> BTreeSet<String> {
    sqlx::query_scalar(
        "select distinct c.table_name::text
         from information_schema.columns c
         join pg_class t on t.oid = c.table_name::text::regclass
         where c.table_schema = 'public' and c.column_name = any($1)
           and t.relkind in ('r', 'p') and not t.relispartition",
    )
    .bind(KNOWING.as_slice())
    .fetch_all(&database.pool)
    .await
    .unwrap()
    .into_iter()
    .collect()
}

/// What is wrong with the lists.
async fn forgotten(database: &Database) -> Vec<String> {
    let listed: BTreeSet<String> = TABLES
        .iter()
        .map(|kept| kept.table)
        .chain(BESIDE.iter().map(|(table, _)| *table))
        .map(ToOwned::to_owned)
        .collect();
    let unlisted = knowing(database).await.into_iter().filter(|table| !listed.contains(table));
    let mut wrong: Vec<String> =
        unlisted.map(|table| format!("{table} knows a tenant or a person and is not in kept/tables.rs")).collect();
    for kept in TABLES {
        let Export::Rows(Rows { key, without, .. }) = &kept.export else { continue };
        let key: BTreeSet<String> = key.iter().map(|(column, _)| (*column).to_owned()).collect();
        let primary: BTreeSet<String> = sqlx::query_scalar(
            "select a.attname::text
             from pg_index i
             join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
             where i.indrelid = $1::text::regclass and i.indisprimary and a.attname <> 'tenant_id'",
        )
        .bind(kept.table)
        .fetch_all(&database.pool)
        .await
        .unwrap()
        .into_iter()
        .collect();
        if key != primary {
            wrong.push(format!("{} is paged by {key:?} and its key is {primary:?}", kept.table));
        }
        let bytes: Vec<String> = sqlx::query_scalar(
            "select column_name::text from information_schema.columns
             where table_schema = 'public' and table_name = $1 and data_type = 'bytea' and column_name <> 'body'",
        )
        .bind(kept.table)
        .fetch_all(&database.pool)
        .await
        .unwrap();
        for column in bytes.iter().filter(|column| !without.contains(&column.as_str())) {
            wrong.push(format!("{}.{column} may be secret and is handed out", kept.table));
        }
    }
    wrong
}

/// Every table that knows a tenant or a person is in the lists, each is paged by its key, and nothing sealed or hashed is handed
/// out.
#[tokio::test]
async fn no_table_is_forgotten() {
    let database = Database::fresh().await;
    assert_eq!(forgotten(&database).await, Vec::<String>::new());
    assert!(knowing(&database).await.len() > 25, "they are looked for where they are");
}

/// Planted: a table that nobody has thought of, and a column that holds something.
#[tokio::test]
async fn a_forgotten_table_is_found() {
    let database = Database::fresh().await;
    database.execute("create table attic (tenant_id uuid primary key, what text)").await;
    database.execute("alter table connections add column dust bytea").await;
    assert_eq!(
        forgotten(&database).await,
        [
            "attic knows a tenant or a person and is not in kept/tables.rs",
            "connections.dust may be secret and is handed out"
        ]
    );
}
