//! What the model is to answer, and what it was asked.

use super::body::Wish;
use crate::{anthropic::Scripted, app::App};
use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    answers: Vec<Scripted>,
}

fn told(app: &App) -> Json<Value> {
    Json(json!({"answers": app.anthropic.left()}))
}

pub(super) async fn left(State(app): State<App>) -> Json<Value> {
    told(&app)
}

pub(super) async fn append(State(app): State<App>, Wish(script): Wish<Script>) -> Json<Value> {
    app.anthropic.append(script.answers);
    told(&app)
}

pub(super) async fn clear(State(app): State<App>) -> Json<Value> {
    app.anthropic.clear();
    told(&app)
}

pub(super) async fn requests(State(app): State<App>) -> Json<Value> {
    Json(json!({"requests": app.anthropic.requests.told()}))
}

pub(super) async fn forget(State(app): State<App>) -> Json<Value> {
    app.anthropic.requests.clear();
    Json(json!({"requests": []}))
}
