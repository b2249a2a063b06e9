//! The document, and pages that show it to people.

use super::{document::document, routes::Routes};
use axum::{
    Json,
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use edge::Problem;
use http::{StatusCode, header::CONTENT_TYPE};
use serde_json::Value;
use std::sync::{Arc, LazyLock};
use utoipa_axum::routes;
use utoipa_swagger_ui::Config;

/// Where the pages find the document.
static PAGES: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| Arc::new(Config::from("/openapi.json")));

pub fn routes() -> Routes {
    Routes::new()
        .unguarded(routes!(openapi))
        .unguarded(routes!(docs))
        .unguarded(routes!(front))
        .unguarded(routes!(file))
}

/// This document.
///
/// OpenAPI 3.1.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "getOpenapi",
    responses((status = 200, description = "The document.", body = Object))
)]
pub async fn openapi() -> Json<&'static Value> {
    Json(document())
}

/// The way to the pages.
#[utoipa::path(
    get, path = "/docs", operation_id = "openDocs",
    responses((status = 303, description = "To the pages.", headers(("Location" = String, description = "`/docs/`."))))
)]
pub async fn docs() -> Redirect {
    Redirect::to("/docs/")
}

/// The pages that show this document.
#[utoipa::path(
    get, path = "/docs/", operation_id = "getDocs",
    responses((status = 200, description = "The front page.", body = String, content_type = "text/html"))
)]
pub async fn front() -> Response {
    asset("")
}

/// What the pages are made of.
#[utoipa::path(
    get, path = "/docs/{file}", operation_id = "getDocsFile",
    params(("file" = String, Path, description = "The name of a file.", example = "swagger-ui.css")),
    responses(
        (status = 200, description = "The file.", body = String, content_type = "*/*"),
        super::document::Refuses<NoSuchFile>,
    )
)]
pub async fn file(Path(file): Path<String>) -> Response {
    asset(&file)
}

fn asset(file: &str) -> Response {
    match utoipa_swagger_ui::serve(file, Arc::clone(&PAGES)) {
        Ok(Some(file)) => ([(CONTENT_TYPE, file.content_type)], file.bytes.into_owned()).into_response(),
        Ok(None) => no_such_file().into_response(),
        Err(_) => Problem::internal().into_response(),
    }
}

/// Of the pages.
pub struct NoSuchFile;

impl super::Fails for NoSuchFile {
    fn problems() -> Vec<Problem> {
        vec![no_such_file()]
    }
}

fn no_such_file() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "No such route").detail("The pages have no file of this name.")
}
