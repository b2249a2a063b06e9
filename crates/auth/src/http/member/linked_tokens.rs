//! `POST /api/auth/get-access-token` and `/refresh-token`, and `GET /api/auth/account-info`.

use crate::{
    account_tokens::AccountToken,
    app::App,
    fields::{Fields, query},
    flows,
    http::{
        body::{Media, Shape},
        caller::{Caller, Member},
    },
    origins::Strictness,
    problem::Problem,
    wire::optional_instant,
};
use axum::{
    Json,
    extract::{RawQuery, State},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// An account, by its row.
pub struct Named(String);

impl Shape for Named {
    const MEDIA: Media = Media::Json;
    const STRICTNESS: Strictness = Strictness::WithCookie;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let row = body.and_then(|body| body.get("accountId")).and_then(Value::as_str);
        row.map(|row| Self(row.to_owned())).ok_or_else(|| vec!["[body] Invalid input".to_owned()])
    }
}

/// Better Auth's 401 has no body on these two routes.
fn member(member: Result<Member<Named>, Problem>) -> Result<Member<Named>, Problem> {
    member.map_err(|problem| match problem {
        Problem::Unauthorized => Problem::UnauthorizedWithoutBody,
        other => other,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usable {
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_instant")]
    access_token_expires_at: Option<DateTime<Utc>>,
    scopes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

/// A token that holds for five seconds at least.
pub async fn access(
    State(app): State<Arc<App>>,
    caller: Result<Member<Named>, Problem>,
) -> Result<Json<Usable>, Problem> {
    let Member { caller, form: Named(row) } = member(caller)?;
    let (linked, token) = flows::linked_tokens::fresh(&app, &caller, &row).await?;
    let id_token = linked.open(&app, AccountToken::Id)?;
    Ok(Json(Usable {
        access_token: token.expose().clone(),
        access_token_expires_at: linked.tokens.access_expires_at,
        scopes: linked.account.scopes,
        id_token: id_token.map(|token| token.expose().clone()),
    }))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    access_token: Option<String>,
    refresh_token: Option<String>,
    #[serde(serialize_with = "optional_instant")]
    access_token_expires_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "optional_instant")]
    refresh_token_expires_at: Option<DateTime<Utc>>,
    /// Comma-separated.
    scope: String,
    id_token: Option<String>,
    provider_id: String,
    /// The row.
    account_id: String,
}

/// New tokens now.
pub async fn refresh(
    State(app): State<Arc<App>>,
    caller: Result<Member<Named>, Problem>,
) -> Result<Json<Tokens>, Problem> {
    let Member { caller, form: Named(row) } = member(caller)?;
    let linked = flows::linked_tokens::find(&app, &caller, &row).await?;
    let linked = flows::linked_tokens::refresh(&app, &caller, linked).await?;
    let text = |kind| Ok::<_, Problem>(linked.open(&app, kind)?.map(|token| token.expose().clone()));
    Ok(Json(Tokens {
        access_token: text(AccountToken::Access)?,
        refresh_token: text(AccountToken::Refresh)?,
        access_token_expires_at: linked.tokens.access_expires_at,
        refresh_token_expires_at: linked.tokens.refresh_expires_at,
        scope: linked.account.scopes.join(","),
        id_token: text(AccountToken::Id)?,
        provider_id: linked.account.provider.clone(),
        account_id: linked.account.id.simple().to_string(),
    }))
}

#[derive(Serialize)]
pub struct AccountInfo {
    user: Person,
    /// As the provider said it.
    data: Value,
    account: AccountName,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    name: String,
    email: Option<String>,
    image: Option<String>,
    email_verified: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountName {
    id: String,
    provider_id: String,
    account_id: String,
}

/// What the provider says of the person now.
pub async fn info(
    State(app): State<Arc<App>>,
    RawQuery(raw): RawQuery,
    caller: Result<Caller, Problem>,
) -> Result<Json<AccountInfo>, Problem> {
    let asked = query(raw.as_deref());
    let mut fields = Fields::of_query(&asked);
    let row = fields.text("accountId");
    let row = fields.finish(row).map_err(|issues| Problem::Validation(issues.join("; ")))?;
    let Caller(caller) = caller?;
    let (linked, profile) = flows::linked_tokens::profile(&app, &caller, &row).await?;
    Ok(Json(AccountInfo {
        user: Person {
            name: profile.name,
            email: profile.email,
            image: profile.image,
            email_verified: profile.email_verified,
        },
        data: profile.raw,
        account: AccountName {
            id: linked.account.id.simple().to_string(),
            provider_id: linked.account.provider,
            account_id: linked.account.account_id,
        },
    }))
}
