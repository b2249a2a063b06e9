//! What the receivers of channels are told: which records, hardly what of them, and the token that the channel was opened
//! with.

use super::{
    kept::{Module, Org},
    watches::Watch,
};
use crate::{account::Vendor, courier::Letter, data::Op};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

/// What happened to some records of a module.
pub(super) struct News<'a> {
    pub(super) module: Module,
    pub(super) op: Op,
    pub(super) ids: &'a [String],
    pub(super) values: &'a Map<String, Value>,
}

/// One notification for each living channel that is for this; one carries all the ids.
pub(super) fn letters(org: &Org, api: &str, news: &News<'_>, now: DateTime<Utc>) -> Vec<(String, Letter)> {
    let (event, operation) = match news.op {
        Op::Create => ("create", "insert"),
        Op::Update => ("edit", "update"),
        Op::Delete => ("delete", "delete"),
    };
    let module = news.module.name();
    let hears = |watch: &Watch| {
        let is_it = |wanted: &String| *wanted == format!("{module}.{event}") || *wanted == format!("{module}.all");
        watch.expires_at > now && watch.events.iter().any(is_it)
    };
    let told = org.watches.iter().filter(|(_, watch)| hears(watch));
    let names: Vec<&String> = news.values.keys().collect();
    let written = told.map(|(id, watch)| {
        let mut body = json!({
            "server_time": now.timestamp_millis(), "query_params": {}, "module": module,
            "resource_uri": format!("{api}/crm/v8/{module}"), "ids": news.ids, "operation": operation,
            "channel_id": id, "token": watch.token,
            "affected_fields": news.ids.iter().map(|id| json!({ id: names })).collect::<Vec<_>>(),
        });
        if watch.return_affected_field_values {
            let values = news.ids.iter().map(|id| json!({"record_id": id, "values": news.values}));
            body["affected_values"] = values.collect();
        }
        let headers = vec![("content-type", "application/json;charset=UTF-8".to_owned())];
        let letter = Letter::new(Vendor::Zoho, watch.path.clone(), headers, body.to_string().into_bytes());
        (id.clone(), letter)
    });
    written.collect()
}
