//! What people do with their things at a vendor, who watches them there, and how old cursors are.

use super::{
    body::{Fault, Wish},
    webhooks::status,
};
use crate::{
    account::Vendor,
    app::App,
    atlassian,
    courier::Receipt,
    data::{Order, Wrong},
    github, google, linear, slack, spotify, zoho,
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};

/// More at once is no test's.
const MOST: u16 = 5000;

fn nothing_kept(vendor: Vendor) -> Fault {
    Fault(StatusCode::NOT_FOUND, format!("nothing of this kind is kept at {}", vendor.name()))
}

impl From<Wrong> for Fault {
    fn from(wrong: Wrong) -> Self {
        let status = match wrong {
            Wrong::Missing => StatusCode::NOT_FOUND,
            Wrong::Taken | Wrong::Full => StatusCode::CONFLICT,
            Wrong::Kind | Wrong::Item(_) => StatusCode::BAD_REQUEST,
        };
        Self(status, wrong.to_string())
    }
}

/// Carries it out, tells the watches, and repeats what each of their receivers said.
pub(super) async fn change(
    State(app): State<App>,
    Path(vendor): Path<Vendor>,
    Wish(order): Wish<Order>,
) -> Result<Json<Value>, Fault> {
    if !(1..=MOST).contains(&order.count) {
        return Err(Fault(StatusCode::BAD_REQUEST, format!("count is 1 to {MOST}")));
    }
    let (done, receipts) = match vendor {
        Vendor::Github => (github::change(&app, &order)?, Vec::new()),
        Vendor::Google => google::change(&app, &order).await?,
        Vendor::Zoho => zoho::change(&app, &order).await?,
        Vendor::Spotify => (spotify::change(&app, &order)?, Vec::new()),
        Vendor::Atlassian => (atlassian::change(&app, &order)?, Vec::new()),
        Vendor::Slack => (slack::change(&app, &order)?, Vec::new()),
        Vendor::Linear => (linear::change(&app, &order)?, Vec::new()),
        Vendor::Anthropic | Vendor::Generic => return Err(nothing_kept(vendor)),
    };
    let mut told = json!(done);
    told["receipts"] = Value::Array(receipts);
    Ok(Json(told))
}

pub(super) async fn watches(State(app): State<App>, Path(vendor): Path<Vendor>) -> Result<Json<Value>, Fault> {
    match vendor {
        Vendor::Google => Ok(Json(app.data.google().watches(app.now()))),
        Vendor::Zoho => Ok(Json(app.data.zoho().watches(app.now()))),
        _ => Err(nothing_kept(vendor)),
    }
}

/// The vendor forgets a watch, and tells nobody.
pub(super) async fn forget_watch(
    State(app): State<App>,
    Path((vendor, id)): Path<(Vendor, String)>,
) -> Result<Json<Value>, Fault> {
    let is_forgotten = match vendor {
        Vendor::Google => app.data.google().forget_watch(&id),
        Vendor::Zoho => app.data.zoho().forget_watch(&id),
        _ => return Err(nothing_kept(vendor)),
    };
    if is_forgotten {
        Ok(Json(json!({"forgotten": id})))
    } else {
        Err(Fault(StatusCode::NOT_FOUND, "there is no such watch".to_owned()))
    }
}

/// Cursors that were given until now are too old from here on.
pub(super) async fn expire_cursors(State(app): State<App>, Wish(wish): Wish<google::Ageing>) -> Json<Value> {
    google::expire_cursors(&app, wish);
    Json(json!({}))
}

/// Where a Pub/Sub topic is pushed to.
pub(super) async fn subscribe(
    State(app): State<App>,
    Wish(subscription): Wish<google::Subscription>,
) -> Json<google::Subscription> {
    app.data.google().subscribe(subscription.clone());
    Json(subscription)
}

/// One Pub/Sub push by hand.
pub(super) async fn push(State(app): State<App>, Wish(push): Wish<google::Push>) -> Result<Json<Receipt>, Fault> {
    let letter = push.letter(&app);
    app.courier.send(&app, letter).await.map(Json).map_err(|error| Fault(status(&error), error.to_string()))
}
