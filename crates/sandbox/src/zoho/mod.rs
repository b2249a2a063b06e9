//! Zoho: one accounts server and one API a data centre, `/zoho/{dc}` and `/zoho/{dc}/api`. Where a person lives decides
//! which of them knows the codes and tokens of that person.

mod api;
mod kept;
mod news;
mod records;
mod token;
mod watches;

pub(crate) use kept::{Kept, change};

use crate::{
    account::{Account, Vendor},
    app::App,
    consent::{self, Refusal, found},
    faults,
    ledger::Terms,
    mirror,
    oauth::{self, Pkce, Rules, Use},
    parameters::Parameters,
};
use axum::{
    Router,
    extract::{Path, RawQuery, State},
    http::HeaderMap,
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DataCentre {
    Us,
    Eu,
    In,
    Au,
    Jp,
    Cn,
    Ca,
    Sa,
}

impl DataCentre {
    const ALL: [Self; 8] = [Self::Us, Self::Eu, Self::In, Self::Au, Self::Jp, Self::Cn, Self::Ca, Self::Sa];

    fn slug(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Eu => "eu",
            Self::In => "in",
            Self::Au => "au",
            Self::Jp => "jp",
            Self::Cn => "cn",
            Self::Ca => "ca",
            Self::Sa => "sa",
        }
    }

    /// A name that ends in `-eu`, `-in` and so on lives there; everybody else in the United States.
    fn of(account: &Account) -> Self {
        let end = account.name().rsplit_once('-').map(|(_, end)| end);
        Self::ALL.into_iter().find(|each| end == Some(each.slug())).unwrap_or(Self::Us)
    }

    fn accounts_server(self, app: &App) -> String {
        format!("{}/zoho/{}", app.url, self.slug())
    }

    fn api_domain(self, app: &App) -> String {
        format!("{}/api", self.accounts_server(app))
    }
}

/// What the callback says of where the code is known.
pub(crate) fn whereabouts(app: &App, account: &Account) -> [(&'static str, String); 2] {
    let here = DataCentre::of(account);
    [("location", here.slug().to_owned()), ("accounts-server", here.accounts_server(app))]
}

const RULES: Rules = Rules {
    vendor: Vendor::Zoho,
    uses: &[Use::Connect],
    knows: |_, scope| is_scope(scope),
    separator: ',',
    pkce: |_| Pkce::Allowed,
    fixed: &[],
    terms,
};

/// `Service.scope.OPERATION`, with more parts in between at some services.
fn is_scope(scope: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    scope.split('.').count() >= 3 && scope.split('.').all(part)
}

fn terms(parameters: &Parameters, _: &[String]) -> Terms {
    Terms {
        offline: parameters.get("access_type") == Some("offline"),
        first_only: parameters.get("prompt") != Some("consent"),
        ..Terms::default()
    }
}

async fn authorize(
    State(app): State<App>,
    Path(here): Path<DataCentre>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let account = consent::parameters(query.as_deref()).and_then(|it| consent::shortcuts(&app, Vendor::Zoho, &it));
    let home = match account {
        Ok((account, _)) => DataCentre::of(&account),
        Err(refusal) => return refusal.into_response(),
    };
    if home != here {
        // China knows nobody else, and nobody else knows China.
        if [home, here].contains(&DataCentre::Cn) {
            return Refusal::page("No such account", "This person lives in another data centre.").into_response();
        }
        return found(&format!("{}/oauth/v2/auth?{}", home.accounts_server(&app), query.unwrap_or_default()));
    }
    oauth::authorize(&app, &RULES, query.as_deref(), &headers).await
}

pub(crate) fn routes(app: &App) -> Router<App> {
    if !app.has_clients(Vendor::Zoho) {
        return Router::new();
    }
    let context = (app.clone(), Vendor::Zoho);
    let token = Router::new()
        .route("/{dc}/oauth/v2/token", post(token::token))
        .layer(middleware::from_fn_with_state(context.clone(), faults::on_token));
    let revoke = Router::new()
        .route("/{dc}/oauth/v2/token/revoke", post(token::revoke))
        .layer(middleware::from_fn_with_state(context.clone(), faults::on_revoke));
    let api = Router::new()
        .route("/{dc}/oauth/user/info", get(api::user_info))
        .route("/{dc}/api/crm/v8/org", get(api::org))
        .route("/{dc}/api/crm/v8/users", get(api::users))
        .route("/{dc}/api/crm/v8/{module}", get(records::list))
        .route("/{dc}/api/crm/v8/{module}/deleted", get(records::deleted))
        .route("/{dc}/api/crm/v8/{module}/{id}", get(records::one))
        .route(
            "/{dc}/api/crm/v8/actions/watch",
            get(watches::list).post(watches::open).put(watches::replace).patch(watches::change).delete(watches::close),
        )
        .nest("/{dc}/api/_mirror", mirror::routes(Vendor::Zoho))
        .layer(middleware::from_fn_with_state(context, faults::on_api));
    Router::new()
        .route("/{dc}/oauth/v2/auth", get(authorize).post(consent::answer))
        .merge(token)
        .merge(revoke)
        .merge(api)
}
