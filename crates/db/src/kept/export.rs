//! Rows of one table as they are handed out.

use super::Rows;
use crate::deliveries::STATE;
use kernel::TenantId;
use serde_json::{Value, value::RawValue};
use sqlx::{AssertSqlSafe, Error, FromRow, PgExecutor, types::Json};

/// A row: its place, and what it says.
#[derive(FromRow)]
pub struct Row {
    /// The key behind the tenant, as texts.
    pub key: Vec<String>,
    pub said: Json<Box<RawValue>>,
}

impl Row {
    /// To be shaped further.
    pub fn value(&self) -> Value {
        serde_json::from_str(self.said.0.get()).unwrap_or_default()
    }
}

/// The next rows of a tenant behind `after`, in the order of the key. Of a delivery the body comes as base64; those that came to the
/// app's own address and are about the tenant are told by its addressees.
pub async fn page(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    table: &str,
    rows: &Rows,
    after: Option<&[String]>,
) -> Result<Vec<Row>, Error> {
    let Rows { key, without, page } = rows;
    let list = |shape: &dyn Fn(&str, &str, usize) -> String| {
        let shaped: Vec<String> = key.iter().zip(1..).map(|((column, kind), n)| shape(column, kind, n)).collect();
        shaped.join(", ")
    };
    let columns = list(&|column, _, _| format!("t.{column}"));
    let texts = list(&|column, _, _| format!("t.{column}::text"));
    let resume = match after {
        Some(_) => {
            let behind = list(&|_, kind, n| format!("($3::text[])[{n}]::{kind}"));
            format!("and ({columns}) > ({behind})")
        }
        None => "and $3::text[] is null".to_owned(),
    };
    // jsonb for the sake of taking columns away; a vendor's own JSON keeps its members, not their order.
    let said = match table {
        "deliveries" => delivery("d.tenant_id = t.tenant_id and d.id = t.id"),
        "delivery_addressees" => {
            delivery("d.tenant_id = '00000000-0000-0000-0000-000000000000' and d.id = t.delivery_id")
        }
        _ => "to_jsonb(t) - $4::text[]".to_owned(),
    };
    let query = format!(
        "select array[{texts}] as key, coalesce(({said}), 'null'::jsonb) as said
         from {table} t
         where t.tenant_id = $1
           {resume}
           and ($4::text[]) is not null
         order by {columns}
         limit $2"
    );
    sqlx::query_as(AssertSqlSafe(query))
        .bind(tenant.as_uuid())
        .bind(*page)
        .bind(after)
        .bind(*without)
        .fetch_all(executor)
        .await
}

/// A delivery `d`, and how it stands.
fn delivery(condition: &str) -> String {
    format!(
        "select to_jsonb(d) || jsonb_build_object('body', translate(encode(d.body, 'base64'), E'\\n', ''), 'state', {STATE})
         from deliveries d
         left join delivery_queue q on q.tenant_id = d.tenant_id and q.delivery_id = d.id
         where {condition}"
    )
}
