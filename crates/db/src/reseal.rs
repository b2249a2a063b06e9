//! Everything that is sealed, as the change of the encryption key sees it: where it lies, what lies under other keys, and
//! putting the same content back under another key.

use sqlx::{AssertSqlSafe, Error, FromRow, PgExecutor};
use vault::Sealed;

/// Where something sealed lies. There is no other place, and none without its own context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Grants,
    Pending,
    States,
    ProviderConfigs,
    /// Grants on their way to be revoked, inside the payload of the job.
    Jobs,
    /// What was agreed on with a vendor about a hook.
    Hooks,
    /// What signs the signals that are forwarded.
    Subscriptions,
    /// The key of the audit log's chains.
    AuditKeys,
}

struct Layout {
    table: &'static str,
    /// The primary key's columns with their types, in its order: pages follow its index.
    key: &'static [(&'static str, &'static str)],
    /// The sealed bytes, as an expression.
    sealed: &'static str,
    /// Puts `held.fresh` in their place.
    set: &'static str,
    /// The row in the context under which it is sealed.
    row: &'static str,
    /// Which rows hold something sealed.
    holds: &'static str,
}

impl Place {
    pub const ALL: [Self; 8] = [
        Self::Grants,
        Self::Pending,
        Self::States,
        Self::ProviderConfigs,
        Self::Jobs,
        Self::Hooks,
        Self::Subscriptions,
        Self::AuditKeys,
    ];

    /// The table.
    pub fn table(self) -> &'static str {
        self.layout().table
    }

    fn layout(self) -> Layout {
        match self {
            Self::Grants => Layout {
                table: "grants",
                key: &[("tenant_id", "uuid"), ("connection_id", "uuid"), ("role", "text")],
                sealed: "t.sealed",
                set: "sealed = held.fresh",
                // The first grant of a connection is named without its role, as it was when there was no other.
                row: "t.tenant_id || '/' || t.connection_id || case when t.role = 'primary' then '' else '/' || t.role end",
                holds: "true",
            },
            Self::Pending => Layout {
                table: "pending_connections",
                key: &[("id", "uuid")],
                sealed: "t.sealed",
                set: "sealed = held.fresh",
                row: "t.id::text",
                holds: "true",
            },
            Self::States => Layout {
                table: "oauth_states",
                key: &[("state_hash", "bytea")],
                sealed: "t.sealed",
                set: "sealed = held.fresh",
                row: "encode(t.state_hash, 'hex')",
                holds: "true",
            },
            Self::ProviderConfigs => Layout {
                table: "provider_configs",
                key: &[("tenant_id", "uuid"), ("provider", "text")],
                sealed: "t.sealed",
                set: "sealed = held.fresh",
                row: "t.tenant_id || '/' || t.provider",
                holds: "true",
            },
            Self::Hooks => Layout {
                table: "hooks",
                key: &[("tenant_id", "uuid"), ("id", "uuid")],
                sealed: "t.sealed",
                set: "sealed = held.fresh",
                row: "t.tenant_id || '/' || t.id",
                holds: "true",
            },
            Self::Subscriptions => Layout {
                table: "subscriptions",
                key: &[("tenant_id", "uuid"), ("id", "uuid")],
                sealed: "t.sealed",
                set: "sealed = held.fresh",
                row: "t.tenant_id || '/' || t.id",
                holds: "true",
            },
            Self::AuditKeys => Layout {
                table: "audit_keys",
                key: &[("is_it", "boolean")],
                sealed: "t.sealed",
                set: "sealed = held.fresh",
                row: "'it'::text",
                holds: "true",
            },
            Self::Jobs => Layout {
                table: "jobs",
                key: &[("id", "uuid")],
                sealed: "decode(t.payload ->> 'sealed', 'base64')",
                // Postgres breaks base64 into lines; the payload's has none.
                set: "payload = jsonb_set(t.payload, '{sealed}', to_jsonb(replace(encode(held.fresh, 'base64'), E'\\n', '')))",
                row: "t.payload ->> 'seal_row'",
                holds: "t.payload ->> 'sealed' is not null and t.payload ->> 'seal_row' is not null",
            },
        }
    }
}

/// A row whose content lies under another key than the wanted one.
#[derive(FromRow)]
pub struct Row {
    /// The primary key, as texts.
    pub key: Vec<String>,
    /// The row, as its context names it.
    pub row: String,
    pub sealed: Vec<u8>,
}

/// The next rows that are not under the key whose envelopes begin with `header`, in the order of the primary key.
pub async fn next_for_any_tenant(
    executor: impl PgExecutor<'_>,
    place: Place,
    header: &[u8],
    after: Option<&[String]>,
    limit: i64,
) -> Result<Vec<Row>, Error> {
    let Layout { table, key, sealed, row, holds, .. } = place.layout();
    let columns = columns(key, |column, _, _| format!("t.{column}"));
    let texts = self::columns(key, |column, _, _| format!("t.{column}::text"));
    let resume = match after {
        Some(_) => {
            let last = self::columns(key, |_, kind, n| format!("($3::text[])[{n}]::{kind}"));
            format!("and ({columns}) > ({last})")
        }
        None => "and $3::text[] is null".to_owned(),
    };
    let query = format!(
        "select array[{texts}] as key, {row} as row, {sealed} as sealed
         from {table} t
         where {holds}
           and substring({sealed} from 1 for octet_length($1::bytea)) <> $1
           {resume}
         order by {columns}
         limit $2"
    );
    sqlx::query_as(AssertSqlSafe(query)).bind(header).bind(limit).bind(after).fetch_all(executor).await
}

/// Puts the same content under another key where the row still holds `before`: what somebody has replaced or deleted
/// meanwhile is left alone, and so is a row that somebody holds, for whoever waits while holding others makes a deadlock.
/// How many it was.
pub async fn replace_for_any_tenant(
    executor: impl PgExecutor<'_>,
    place: Place,
    rows: &[(Row, Sealed)],
) -> Result<u64, Error> {
    let Layout { table, key, sealed, set, .. } = place.layout();
    let arrays = columns(key, |_, _, n| format!("${}::text[]", n + 2));
    let names = columns(key, |column, _, _| column.to_owned());
    let own = columns(key, |column, _, _| format!("t.{column}"));
    let typed = columns(key, |column, kind, _| format!("new.{column}::{kind}"));
    let held = columns(key, |column, _, _| format!("held.{column}"));
    let statement = format!(
        "with held as (
           select {own}, new.fresh
           from unnest($1::bytea[], $2::bytea[], {arrays}) as new (before, fresh, {names})
           join {table} t on ({own}) = ({typed})
           where {sealed} = new.before
           for update of t skip locked)
         update {table} t
         set {set}
         from held
         where ({own}) = ({held})"
    );
    let before: Vec<&[u8]> = rows.iter().map(|(row, _)| row.sealed.as_slice()).collect();
    let fresh: Vec<&[u8]> = rows.iter().map(|(_, sealed)| sealed.as_bytes()).collect();
    let mut query = sqlx::query(AssertSqlSafe(statement)).bind(before).bind(fresh);
    for n in 0..key.len() {
        let part: Vec<Option<&String>> = rows.iter().map(|(row, _)| row.key.get(n)).collect();
        query = query.bind(part);
    }
    Ok(query.execute(executor).await?.rows_affected())
}

/// How many rows of a place lie under which key, by the ids in their envelopes.
pub async fn key_ids_for_any_tenant(executor: impl PgExecutor<'_>, place: Place) -> Result<Vec<(String, i64)>, Error> {
    let Layout { table, sealed, holds, .. } = place.layout();
    // The envelope: version, length of the id, id (vault).
    let query = format!(
        "select encode(substring({sealed} from 3 for get_byte({sealed}, 1)), 'escape') as key_id, count(*)
         from {table} t
         where {holds} and octet_length({sealed}) > 1
         group by key_id
         order by key_id"
    );
    sqlx::query_as(AssertSqlSafe(query)).fetch_all(executor).await
}

fn columns(key: &[(&str, &str)], shape: impl Fn(&str, &str, usize) -> String) -> String {
    let shaped: Vec<String> = key.iter().zip(1..).map(|((column, kind), n)| shape(column, kind, n)).collect();
    shaped.join(", ")
}
