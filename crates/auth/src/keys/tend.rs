//! Reading the table again and again, and replacing keys when their time has come.

use crate::App;
use edge::Shutdown;
use std::{sync::Arc, time::Duration};

/// So soon does a replica publish what another one made, and withdraw what `auth rotate-keys --now` withdrew. Two or three
/// rows are read.
const EVERY: Duration = Duration::from_secs(10);

/// Runs until shutdown. While the table cannot be read or opened, what was read last goes on.
pub async fn tend_keys(app: Arc<App>, shutdown: Shutdown) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        tokio::select! {
            () = shutdown.begun() => return,
            _ = ticks.tick() => {}
        }
        match app.keys.reload().await {
            Ok(_) => failing = false,
            // Once, and not every ten seconds of an outage.
            Err(error) if !failing => {
                tracing::error!(error = &error as &dyn std::error::Error, "the signing keys could not be read again");
                failing = true;
            }
            Err(_) => {}
        }
    }
}
