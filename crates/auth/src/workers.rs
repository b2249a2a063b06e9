//! What runs beside the requests: mail leaves.

use crate::{App, flows::mail};
use edge::Shutdown;
use futures_util::future::BoxFuture;
use jobs::{Claimed, Failure, Worker};
use std::sync::Arc;

/// The jobs of this service. What the runner below does not know must not be here.
const KINDS: [&str; 1] = [mail::KIND];

type Running = BoxFuture<'static, (Claimed, Result<(), Failure>)>;

/// Runs jobs until shutdown.
pub async fn work(app: Arc<App>, shutdown: Shutdown) {
    let run = runner(&app);
    let worker = Worker { kinds: &KINDS, run: &run, wake: &app.mail.wake };
    jobs::work(&app.pool, &app.clock, shutdown.token(), &worker).await;
}

/// Runs the jobs that are due now, until none is.
pub async fn run_jobs(app: &Arc<App>) -> Result<(), db::Error> {
    let run = runner(app);
    let worker = Worker { kinds: &KINDS, run: &run, wake: &app.mail.wake };
    while jobs::pass(&app.pool, &app.clock, &worker).await? > 0 {}
    Ok(())
}

fn runner(app: &Arc<App>) -> impl Fn(Claimed) -> Running + Send + Sync + 'static {
    let app = Arc::clone(app);
    move |job| {
        let app = Arc::clone(&app);
        Box::pin(async move {
            let result = match job.kind.as_str() {
                mail::KIND => mail::run(&app, &job).await,
                _ => Err(Failure::Final { error: "no such kind of job in this version".to_owned() }),
            };
            (job, result)
        })
    }
}
