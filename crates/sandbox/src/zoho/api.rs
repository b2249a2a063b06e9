//! Who a person is at the accounts server, and in which organization of the CRM.

use super::DataCentre;
use crate::{account::Vendor, app::App, credentials, ledger::Grant, parameters::Parameters};
use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

pub(super) struct Refused(pub(super) StatusCode, pub(super) &'static str, pub(super) &'static str);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(status, code, message) = self;
        let body = json!({"code": code, "details": {}, "message": message, "status": "error"});
        (status, Json(body)).into_response()
    }
}

/// The grant behind the token, with any of these scopes. A token of another data centre is unknown here.
pub(super) fn granted(app: &App, here: DataCentre, headers: &HeaderMap, scopes: &[&str]) -> Result<Grant, Refused> {
    let token = credentials::token(headers, &["zoho-oauthtoken", "bearer"]);
    let grant = token.and_then(|token| app.store.read(|ledger| ledger.book(Vendor::Zoho).find(token, app.now())));
    let grant = grant.filter(|grant| DataCentre::of(&grant.account) == here).ok_or(Refused(
        StatusCode::UNAUTHORIZED,
        "INVALID_TOKEN",
        "invalid oauth token",
    ))?;
    if scopes.iter().any(|scope| grant.has(scope)) {
        return Ok(grant);
    }
    let sentence = "invalid oauth scope to access this URL";
    Err(Refused(StatusCode::UNAUTHORIZED, "OAUTH_SCOPE_MISMATCH", sentence))
}

pub(super) async fn user_info(
    State(app): State<App>,
    Path(here): Path<DataCentre>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, here, &headers, &["AaaServer.profile.READ", "AaaServer.profile.ALL"])?;
    let person = app.people.person(Vendor::Zoho, &grant.account);
    let (first, last) = person.name.split_once(' ').unwrap_or((&person.name, ""));
    Ok(Json(json!({
        "First_Name": first, "Last_Name": last, "Display_Name": person.name, "Email": person.email,
        "ZUID": number(&person.id),
    })))
}

/// Ids at the accounts server are numbers.
fn number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| json!(id), |number| json!(number))
}

pub(super) async fn org(
    State(app): State<App>,
    Path(here): Path<DataCentre>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, here, &headers, &["ZohoCRM.org.READ", "ZohoCRM.org.ALL"])?;
    let person = app.people.person(Vendor::Zoho, &grant.account);
    let id = |role| (grant.account.derived(role).as_u128() % 10_u128.pow(18)).to_string();
    Ok(Json(json!({"org": [{
        "id": id("zoho org"), "zgid": id("zgid"), "company_name": format!("{} Ltd", grant.account.full_name()),
        "domain_name": format!("org{}", grant.account), "primary_email": person.email, "primary_zuid": person.id,
        "time_zone": "Europe/Berlin", "iso_code": "EUR", "country_code": here.slug().to_uppercase(),
    }]})))
}

pub(super) async fn users(
    State(app): State<App>,
    Path(here): Path<DataCentre>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, here, &headers, &["ZohoCRM.users.READ", "ZohoCRM.users.ALL"])?;
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    if parameters.is_none_or(|parameters| parameters.get("type") != Some("CurrentUser")) {
        return Err(Refused(StatusCode::BAD_REQUEST, "INVALID_DATA", "the sandbox knows type=CurrentUser only"));
    }
    let person = app.people.person(Vendor::Zoho, &grant.account);
    let id = (grant.account.derived("zoho user").as_u128() % 10_u128.pow(18)).to_string();
    Ok(Json(json!({"users": [{
        "id": id, "zuid": person.id, "email": person.email, "full_name": person.name, "status": "active",
        "role": {"name": "CEO", "id": "1"}, "profile": {"name": "Administrator", "id": "1"},
    }], "info": {"per_page": 200, "count": 1, "page": 1, "more_records": false}})))
}
