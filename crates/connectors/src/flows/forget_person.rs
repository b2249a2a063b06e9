//! A person has deleted their account at an auth service of an earlier release, which left a job; later ones begin the erasure of
//! their tenant themselves.

use crate::App;
use db::{erasures, tenants};
use jobs::{Claimed, Failure};
use kernel::UserId;
use serde::Deserialize;

pub const KIND: &str = tenants::FORGET_PERSON;

#[derive(Deserialize)]
struct Payload {
    user: UserId,
}

/// Running twice is running once.
pub async fn run(app: &App, job: &Claimed) -> Result<(), Failure> {
    let Ok(Payload { user }) = Payload::deserialize(&job.payload) else {
        return Err(Failure::Final { error: "the job names nobody".to_owned() });
    };
    let now = app.clock.now();
    let begun = erasures::begin(&app.pool, user.personal_tenant(), (now, now)).await;
    app.memory.tenants.invalidate(&user.personal_tenant()).await;
    begun.map(|_| ()).map_err(|error| Failure::Again { error: error.to_string(), after: None })
}
