//! A person takes along what this service keeps of them, without what would let somebody else in.

use crate::{
    app::App,
    flows::{accounts, oauth2::consents, session::SignedIn},
    problem::Internal,
    wire,
};
use db::auth::sessions;

/// Sessions are named by their ids, the caller's own too: what is handed out here is stored elsewhere.
pub async fn export(app: &App, caller: &SignedIn) -> Result<wire::Export, Internal> {
    let live = sessions::live_of(&app.pool, caller.user.id, app.clock.now()).await?;
    let named = live.into_iter().map(|session| {
        let name = session.id.simple().to_string();
        wire::Session::new(session, name)
    });
    Ok(wire::Export {
        user: caller.user.clone().into(),
        accounts: accounts::list(app, caller).await?,
        sessions: named.collect(),
        consents: consents::list(app, caller).await?,
    })
}
