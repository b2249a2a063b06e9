//! Records of the CRM in words shared by all vendors.

use super::modules::Module;
use crate::{
    Shape,
    shapes::CrmRecord,
    told::{named, text, time, title},
};
use serde_json::Value;

/// Not every record has a name.
pub(super) fn record(module: &Module, record: &Value) -> Option<Shape> {
    text(record, "/id")?;
    Some(Shape::CrmRecord(CrmRecord {
        module: module.name.to_owned(),
        name: title(record, &format!("/{}", module.title)),
        email: text(record, "/Email"),
        phone: text(record, "/Phone"),
        status: module.status.and_then(|field| text(record, &format!("/{field}"))),
        owner: record.get("Owner").and_then(|owner| named(owner, &["/id"], "/name")),
        created_at: time(record, "/Created_Time"),
        updated_at: time(record, "/Modified_Time"),
    }))
}
