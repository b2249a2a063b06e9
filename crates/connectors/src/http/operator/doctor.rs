//! What is missing or wrong with this deployment.

use crate::{
    App,
    flows::doctor::{self, Finding, Findings, Level, Missing, Outside, ProviderFound},
    http::{
        document::{Fails, Refuses},
        doors::{Caller, Operating, forbidden},
        query::ApiQuery,
    },
};
use axum::{Json, extract::State};
use edge::Problem;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// How far to look.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DoctorQuery {
    /// `true`: asks our own public address and the vendors that are set up, too. That takes up to half a minute.
    outside: Option<bool>,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub struct DoctorView {
    /// Nothing keeps it from serving as it is meant to: no finding is a fault.
    well: bool,
    findings: Vec<FindingView>,
    /// Those with code of their own, and what is set up of the catalogue.
    providers: Vec<ProviderFoundView>,
}

/// One sentence about one thing.
#[derive(Serialize, ToSchema)]
pub struct FindingView {
    /// What it is about: `database`, `vault`, a provider's slug.
    about: String,
    /// `ok`, `note` (nobody needs to do anything), `warning` (it serves, and not as somebody may expect) or `fault`.
    level: &'static str,
    says: String,
    /// What to do; null: nothing.
    todo: Option<String>,
}

/// A provider: what it lacks, and what to enter at the vendor.
#[derive(Serialize, ToSchema)]
pub struct ProviderFoundView {
    slug: String,
    /// People can connect their accounts.
    is_set_up: bool,
    missing: Vec<MissingView>,
    /// To register at the vendor, letter by letter.
    redirect_url: String,
    /// Null: the vendor pushes nothing.
    webhook_url: Option<String>,
    /// Who enters that at the vendor.
    webhooks: Option<&'static str>,
    /// The vendor's page.
    docs: String,
}

/// Settings that something needs.
#[derive(Serialize, ToSchema)]
pub struct MissingView {
    /// Their keys in the environment.
    keys: Vec<String>,
    /// What they would make possible.
    to: &'static str,
}

impl From<Findings> for DoctorView {
    fn from(found: Findings) -> Self {
        let well = found.worst() < Level::Fault;
        let Findings { findings, providers } = found;
        Self {
            well,
            findings: findings.into_iter().map(Into::into).collect(),
            providers: providers.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Finding> for FindingView {
    fn from(Finding { about, level, says, todo }: Finding) -> Self {
        let level = match level {
            Level::Ok => "ok",
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Fault => "fault",
        };
        Self { about, level, says, todo }
    }
}

impl From<ProviderFound> for ProviderFoundView {
    fn from(found: ProviderFound) -> Self {
        let ProviderFound { slug, is_set_up, missing, redirect_url, webhook_url, webhooks, docs } = found;
        let missing = missing.into_iter().map(|Missing { keys, to }| MissingView { keys, to }).collect();
        Self { slug, is_set_up, missing, redirect_url, webhook_url, webhooks, docs }
    }
}

/// A token that is not for the whole deployment.
pub struct NotForAll;

impl Fails for NotForAll {
    fn problems() -> Vec<Problem> {
        vec![not_for_all()]
    }
}

fn not_for_all() -> Problem {
    forbidden("This is for operator tokens that are for all tenants and all providers.")
}

fn is_for_all(caller: &Caller) -> bool {
    caller.is_for_all_tenants() && caller.only_providers().is_none()
}

/// Says what is missing or wrong with this deployment, and what to do about it.
///
/// What `connectors doctor` says, of the deployment that answers: database, keys, Redis, the auth service, settings and providers. It
/// changes nothing and tells no secret. For operator tokens that are for all tenants and all providers.
#[utoipa::path(
    get, path = "/doctor", operation_id = "examineDeployment", params(DoctorQuery),
    responses((status = 200, body = DoctorView), Refuses<NotForAll>)
)]
pub async fn examine(
    State(app): State<Arc<App>>,
    Operating(caller): Operating,
    ApiQuery(query): ApiQuery<DoctorQuery>,
) -> Result<Json<DoctorView>, Problem> {
    if !is_for_all(&caller) {
        return Err(not_for_all());
    }
    let outside = if query.outside == Some(true) { Outside::Asked } else { Outside::LeftAlone };
    Ok(Json(doctor::examine(&app, outside).await.into()))
}
