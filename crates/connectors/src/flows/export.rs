//! All that is kept of a tenant, without what is secret: a line a row, read a page at a time.

use super::events::readable;
use crate::{App, http::Caller};
use base64::{Engine, engine::general_purpose::STANDARD};
use db::{
    audit::Entry,
    kept::{self, Export, Kept, Rows, TABLES},
    tenants,
};
use kernel::TenantId;
use serde_json::{Value, json};
use std::sync::Arc;

/// Of the lines: whoever reads them can tell one form from the next.
const FORMAT: u32 = 1;

/// Notes in the audit log that it was asked for, and begins.
pub async fn begin(app: &Arc<App>, caller: &Caller, tenant: TenantId) -> Result<Exporter, db::Error> {
    let (at, actor) = (app.clock.now(), caller.audit_name());
    let entry = Entry { at, actor: &actor, action: "tenant.export", target: &tenant.to_string(), detail: json!({}) };
    db::audit::append(&app.pool, tenant, entry).await?;
    Ok(Exporter { app: Arc::clone(app), tenant, table: None, after: None })
}

/// Where an export stands.
pub struct Exporter {
    app: Arc<App>,
    tenant: TenantId,
    /// `None`: nothing has been told yet.
    table: Option<usize>,
    /// The last row of the table that was told.
    after: Option<Vec<String>>,
}

impl Exporter {
    /// The next lines; `None`: that was all.
    pub async fn next(&mut self) -> Result<Option<Vec<Value>>, db::Error> {
        let Some(mut table) = self.table else {
            self.table = Some(0);
            return self.head().await.map(Some);
        };
        loop {
            let Some(Kept { table: name, export, .. }) = TABLES.get(table) else { return Ok(None) };
            if let Export::Rows(rows) = export
                && let Some(lines) = self.page(name, rows).await?
            {
                return Ok(Some(lines));
            }
            table += 1;
            (self.table, self.after) = (Some(table), None);
        }
    }

    async fn head(&self) -> Result<Vec<Value>, db::Error> {
        let found = tenants::find(&self.app.pool, self.tenant).await?;
        let kind = found.as_ref().map(|tenant| tenant.kind.as_str());
        let created_at = found.as_ref().map(|tenant| tenant.created_at);
        let export = json!({ "format": FORMAT, "tenant_id": self.tenant, "exported_at": self.app.clock.now() });
        let tenant = json!({ "id": self.tenant, "kind": kind, "created_at": created_at });
        Ok(vec![json!({ "export": export }), line("tenants", &tenant)])
    }

    /// `None`: the table has been told.
    async fn page(&mut self, table: &str, rows: &Rows) -> Result<Option<Vec<Value>>, db::Error> {
        let page = kept::page(&self.app.pool, self.tenant, table, rows, self.after.as_deref()).await?;
        let Some(last) = page.last() else { return Ok(None) };
        self.after = Some(last.key.clone());
        // What came to the app's own address is a delivery like the others.
        let (section, is_delivery) = match table {
            "deliveries" | "delivery_addressees" => ("deliveries", true),
            other => (other, false),
        };
        // Null: a delivery that was dropped since.
        let said = page.iter().map(kept::Row::value).filter(|row| !row.is_null());
        Ok(Some(said.map(|row| line(section, &if is_delivery { delivery(row) } else { row })).collect()))
    }
}

fn line(section: &str, row: &Value) -> Value {
    json!({ "section": section, "row": row })
}

/// With its body as people look at it: some vendors repeat a secret of the app in it.
fn delivery(mut row: Value) -> Value {
    let body = row["body"].as_str().and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
    let shown = readable(&body, row["content_type"].as_str());
    let Some(members) = row.as_object_mut() else { return row };
    members.remove("body");
    match shown {
        Some(json) => members.insert("body".to_owned(), serde_json::from_str(json.get()).unwrap_or_default()),
        None => members.insert("body_base64".to_owned(), STANDARD.encode(&body).into()),
    };
    row
}
