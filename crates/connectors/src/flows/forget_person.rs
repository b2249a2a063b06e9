//! A person has deleted their account: what they connected is ended at the vendors, and what their own tenant held is gone.

use super::{disconnect, vend::VendError};
use crate::{
    App,
    http::{Caller, Who},
};
use db::{connections, tenants};
use jobs::{Claimed, Failure};
use kernel::UserId;
use serde::Deserialize;

pub const KIND: &str = tenants::FORGET_PERSON;

#[derive(Deserialize)]
struct Payload {
    user: UserId,
}

/// Running twice is running once. In an organisation's tenant the ended connections stay, as with any that somebody ends:
/// its signals refer to them.
pub async fn run(app: &App, job: &Claimed) -> Result<(), Failure> {
    let Ok(Payload { user }) = Payload::deserialize(&job.payload) else {
        return Err(Failure::Final { error: "the job names nobody".to_owned() });
    };
    forget(app, user).await.map_err(|error| Failure::Again { error: error.to_string(), after: None })
}

async fn forget(app: &App, user: UserId) -> Result<(), VendError> {
    for (tenant, id) in connections::of_person_for_any_tenant(&app.pool, user).await? {
        match disconnect::disconnect(app, &Caller { tenant, who: Who::Member(user), until: None }, id).await {
            // Somebody else was faster.
            Ok(_) | Err(VendError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    let mut transaction = app.pool.begin().await?;
    tenants::forget_personal(&mut transaction, user).await?;
    transaction.commit().await?;
    Ok(())
}
