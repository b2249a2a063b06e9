//! `tools/list`, page by page.

use super::{door::Asked, rpc};
use crate::data::{read_cursor, write_cursor};
use axum::response::Response;
use serde_json::{Value, json};

/// What a cursor says of itself, so that another list's is none.
const TOOLS: &str = "tools";
/// Of a list that never ends, unless the server is set to another size.
const ENDLESS_PAGE: usize = 5;

pub(super) fn list(asked: &Asked) -> Response {
    let settings = asked.app.mcp.of(asked.server.vendor).settings();
    let all = settings.definitions(asked.server);
    let start = match asked.request.params.get("cursor") {
        None => 0,
        // An empty one is a cursor too, and none of ours.
        Some(cursor) => match cursor.as_str().and_then(read_cursor::<(String, usize)>) {
            Some((of, start)) if of == TOOLS => start,
            _ => return asked.error(rpc::INVALID_PARAMS, "Invalid params: the cursor is not valid"),
        },
    };
    let one_page = if settings.endless { ENDLESS_PAGE } else { all.len().max(1) };
    let size = settings.page_size.map_or(one_page, |size| size.get().into());
    let end = start.saturating_add(size);
    let mut tools: Vec<Value> = all.iter().skip(start).take(size).cloned().collect();
    if settings.endless {
        tools.extend((start.max(all.len())..end).map(|number| {
            json!({"name": format!("more_{number}"), "description": "One more.", "inputSchema": {"type": "object"}})
        }));
    }
    let mut result = json!({"tools": tools});
    if settings.endless || end < all.len() {
        result["nextCursor"] = json!(write_cursor(&(TOOLS, end)));
    }
    if asked.is_modern {
        (result["ttlMs"], result["cacheScope"]) = (json!(0), json!("private"));
    }
    asked.told(result)
}
