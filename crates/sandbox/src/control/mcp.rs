//! What a vendor's MCP server is like, and what it was asked.

use super::body::{Fault, Wish};
use crate::{account::Vendor, app::App, mcp};
use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
};
use serde_json::{Value, json};

/// A vendor that has such a server.
pub(super) struct Served(Vendor);

impl FromRequestParts<App> for Served {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let vendor = Path::<Vendor>::from_request_parts(parts, app).await.ok().map(|Path(vendor)| vendor);
        let served = vendor.filter(|vendor| mcp::server(*vendor).is_some()).map(Self);
        served.ok_or_else(|| Fault(StatusCode::NOT_FOUND, "there is no such MCP server".to_owned()))
    }
}

pub(super) async fn show(State(app): State<App>, Served(vendor): Served) -> Json<mcp::Settings> {
    Json(app.mcp.of(vendor).settings())
}

pub(super) async fn change(
    State(app): State<App>,
    Served(vendor): Served,
    Wish(change): Wish<mcp::Change>,
) -> Json<mcp::Settings> {
    app.mcp.of(vendor).change(change);
    Json(app.mcp.of(vendor).settings())
}

pub(super) async fn reset(State(app): State<App>, Served(vendor): Served) -> Json<mcp::Settings> {
    app.mcp.of(vendor).reset();
    Json(app.mcp.of(vendor).settings())
}

/// Says that the list of tools has changed, whether it has or not.
pub(super) async fn announce(State(app): State<App>, Served(vendor): Served) -> Json<Value> {
    app.mcp.of(vendor).announce();
    Json(json!({}))
}

pub(super) async fn requests(State(app): State<App>, Served(vendor): Served) -> Json<Value> {
    Json(json!({"requests": app.mcp.of(vendor).requests.told()}))
}

pub(super) async fn forget(State(app): State<App>, Served(vendor): Served) -> Json<Value> {
    app.mcp.of(vendor).requests.clear();
    Json(json!({"requests": []}))
}
