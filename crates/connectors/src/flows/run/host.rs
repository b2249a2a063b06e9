//! For whom a run is: what happens is told to whoever listens, kept in the transcript, and asked of the person.

use super::{runs::Agent, thread::row};
use crate::App;
use agent::{
    Turn, Usage,
    run::{Call, Decision, Event, Host, NotKept},
    transcript::scrubbed_turn,
};
use chrono::TimeDelta;
use db::agent_runs::{self, Of};
use futures_util::future::BoxFuture;
use kernel::RunId;
use serde_json::Value;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How long a person is waited for.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);
/// How often it is looked whether somebody at another process has said something.
pub(super) const LOOK: Duration = Duration::from_millis(500);

/// What whoever listens is told.
#[derive(Debug, Clone)]
pub enum Told {
    Event(Event),
    /// The person is asked about this call, and the run waits.
    Asked(Call),
    /// These sources could not be opened: id and reason.
    Unreachable(Vec<(String, &'static str)>),
}

pub(super) struct Witness<'a> {
    pub app: &'a App,
    pub agent: &'a Agent,
    pub of: Of,
    pub run: RunId,
    pub told: &'a mpsc::Sender<Told>,
    pub left: &'a CancellationToken,
    /// What has been used, for the end.
    pub used: Mutex<(u32, Usage)>,
}

impl Witness<'_> {
    pub(super) fn used(&self) -> MutexGuard<'_, (u32, Usage)> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn pass_on(&self, told: Told) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.told.try_send(told) {
            self.left.cancel();
        }
    }

    /// The answer, or the end of patience.
    async fn answer(&self, call: &Call) -> Result<Option<String>, db::Error> {
        let (pool, tenant, now) = (&self.app.pool, self.of.tenant, self.app.clock.now());
        let arguments = agent::transcript::scrubbed_value(&Value::Object(call.arguments.clone()));
        agent_runs::ask(pool, tenant, self.run, (&call.id, &call.name, arguments), now).await?;
        agent_runs::set_state(pool, tenant, self.run, "awaiting_approval").await?;
        self.pass_on(Told::Asked(call.clone()));
        let until = now + PATIENCE;
        let decision = loop {
            // Before the look, so that nothing is said between the two.
            let news = self.app.memory.runs.news.notified();
            let said = agent_runs::said_to(pool, tenant, self.run, &call.id).await?;
            if said.is_some() {
                break said;
            }
            if self.app.clock.now() >= until {
                break agent_runs::give_up_asking(pool, tenant, self.run, &call.id, self.app.clock.now()).await?;
            }
            let _either = tokio::time::timeout(LOOK, news).await;
        };
        agent_runs::set_state(pool, tenant, self.run, "running").await?;
        Ok(decision)
    }
}

impl Host for Witness<'_> {
    fn tell(&self, event: Event) {
        if let Event::Usage { steps, usage } = &event {
            *self.used() = (*steps, *usage);
        }
        self.pass_on(Told::Event(event));
    }

    fn keep<'a>(&'a self, turn: &'a Turn, steps: u32, usage: Usage) -> BoxFuture<'a, Result<(), NotKept>> {
        Box::pin(async move {
            let (used, now) = (self.agent.used(steps, usage), self.app.clock.now());
            let kept = row(&scrubbed_turn(turn));
            match agent_runs::keep(&self.app.pool, self.of.tenant, self.run, &kept, used, now).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(NotKept),
                Err(error) => {
                    tracing::error!(%error, run = %self.run, "a transcript cannot be written");
                    Err(NotKept)
                }
            }
        })
    }

    fn decide<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Decision> {
        Box::pin(async move {
            match self.answer(call).await {
                Ok(Some(word)) if word == "approved" => Decision::Approved,
                Ok(Some(word)) if word == "refused" => Decision::Refused,
                Ok(_) => Decision::Unanswered,
                Err(error) => {
                    tracing::error!(%error, run = %self.run, "a person cannot be asked");
                    Decision::Unanswered
                }
            }
        })
    }
}
