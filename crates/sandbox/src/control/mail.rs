//! The mails that came, and bad days of the server that takes them.

use super::body::Wish;
use crate::{
    app::App,
    mail::{Fault, Mail},
};
use axum::{
    Json,
    extract::{Query, State},
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Waits, for five seconds at most, until there is a mail that no earlier such request was given.
    #[serde(default)]
    unseen: bool,
}

/// Oldest first.
pub(super) async fn list(State(app): State<App>, Query(which): Query<Which>) -> Json<Vec<Mail>> {
    if !which.unseen {
        return Json(app.mailbox.all());
    }
    tokio::select! {
        mails = app.mailbox.all_with_unseen() => Json(mails),
        // A caller that waits must not hold up the end.
        () = app.shutdown.cancelled() => Json(app.mailbox.all()),
    }
}

pub(super) async fn empty(State(app): State<App>) -> Json<Vec<Mail>> {
    app.mailbox.empty();
    Json(Vec::new())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    kind: Fault,
    #[serde(default = "once")]
    times: u8,
}

fn once() -> u8 {
    1
}

pub(super) async fn add_fault(State(app): State<App>, Wish(order): Wish<Order>) -> Json<Vec<Fault>> {
    app.mail_faults.order(order.kind, order.times);
    Json(app.mail_faults.all())
}

pub(super) async fn clear_faults(State(app): State<App>) -> Json<Vec<Fault>> {
    app.mail_faults.clear();
    Json(Vec::new())
}
