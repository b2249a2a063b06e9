//! A run from its beginning to its end, beside the request that wanted it. Whatever happens, it has an end in the table.

use super::{
    begin::HELD,
    host::{LOOK, Told, Witness},
    runs::Agent,
};
use crate::{App, flows::tools};
use agent::{
    ModelError, Turn,
    run::{Budget, Ended, Mode, Reason, Run},
};
use db::agent_runs::{self, End, Of};
use kernel::{RunId, meters};
use std::sync::{Arc, Mutex};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

pub(super) struct Task {
    pub app: Arc<App>,
    pub of: Of,
    pub id: RunId,
    pub turns: Vec<Turn>,
    pub budget: Budget,
    pub is_heard: bool,
    pub mode: Option<Mode>,
    pub told: mpsc::Sender<Told>,
    /// The caller has gone.
    pub left: CancellationToken,
}

/// How it has ended, in the words of the table.
type Words = (&'static str, &'static str);

pub(super) async fn drive(task: Task) {
    let Task { app, of, id, turns, budget, is_heard, mode, told, left } = task;
    let Some(agent) = app.agent.as_ref() else { return };
    let witness = Witness { app: &app, agent, of, run: id, told: &told, left: &left, used: Mutex::default() };
    let work = work(&app, agent, &witness, Asked { turns, budget, is_heard, mode });
    let (state, reason) = tokio::select! {
        biased;
        ended = work => ended,
        why = called_off(&app, of, id, &left) => why,
    };
    metrics::counter!(meters::AGENT_RUNS.name, "outcome" => reason).increment(1);
    let (steps, usage) = *witness.used();
    let end = End { state, reason, used: agent.used(steps, usage), at: app.clock.now() };
    if let Err(error) = agent_runs::end(&app.pool, of.tenant, id, end).await {
        // The sweep ends it when nobody has held it for a minute.
        tracing::error!(%error, run = %id, "the end of a run cannot be written");
    }
}

struct Asked {
    turns: Vec<Turn>,
    budget: Budget,
    is_heard: bool,
    mode: Option<Mode>,
}

async fn work(app: &Arc<App>, agent: &Agent, witness: &Witness<'_>, asked: Asked) -> Words {
    let Asked { turns, mut budget, is_heard, mode } = asked;
    let began = Instant::now();
    let (toolbox, shut) = match tokio::time::timeout(budget.time, tools::toolbox(app, witness.of.user)).await {
        Ok(Ok(opened)) => opened,
        Ok(Err(error)) => {
            tracing::error!(%error, run = %witness.run, "the tools of a run cannot be read");
            return ("failed", "internal");
        }
        Err(_) => return ("failed", "time_used"),
    };
    budget.time = budget.time.saturating_sub(began.elapsed());
    let unreachable: Vec<(String, &'static str)> =
        shut.iter().filter_map(|place| Some((place.id(), place.opened.as_ref().err()?.word()))).collect();
    if !unreachable.is_empty() {
        witness.pass_on(Told::Unreachable(unreachable));
    }
    let run = Run {
        model: &*agent.model,
        toolbox: &toolbox,
        mode: mode.unwrap_or_else(|| Mode::fitting(&toolbox)),
        budget,
        max_tokens: agent.max_tokens,
        is_heard,
        host: witness,
    };
    let ended = run.go(turns).await;
    toolbox.close().await;
    words(&ended)
}

fn words(ended: &Ended) -> Words {
    match &ended.reason {
        Reason::Answered => ("completed", "answered"),
        Reason::Refused => ("completed", "refused"),
        Reason::TooLong => ("completed", "too_long"),
        Reason::StepsUsed => ("completed", "steps_used"),
        Reason::TimeUsed => ("failed", "time_used"),
        Reason::TokensUsed => ("failed", "tokens_used"),
        Reason::NotKept => ("failed", "internal"),
        Reason::Model(error) => {
            tracing::warn!(%error, "a run ends without an answer of its model");
            ("failed", model(error))
        }
    }
}

fn model(error: &ModelError) -> &'static str {
    match error {
        ModelError::Credentials { .. } => "model_not_configured",
        ModelError::Refused { .. } => "model_refuses_the_request",
        ModelError::Busy { .. } => "model_busy",
        ModelError::Unavailable { .. } | ModelError::Late | ModelError::Unreadable => "model_unavailable",
    }
}

/// Returns when the run is to end before it does by itself. Says meanwhile that this process is there.
async fn called_off(app: &App, of: Of, id: RunId, left: &CancellationToken) -> Words {
    let runs = &app.memory.runs;
    let mut held_at = Instant::now();
    let rhythm = HELD.to_std().unwrap_or_default() / 4;
    loop {
        let news = runs.news.notified();
        tokio::select! {
            () = left.cancelled() => return ("cancelled", "caller_left"),
            () = runs.stopped() => return ("failed", "interrupted"),
            () = news => {}
            () = tokio::time::sleep(LOOK) => {}
        }
        let looked = async {
            if held_at.elapsed() >= rhythm {
                held_at = Instant::now();
                agent_runs::hold(&app.pool, of.tenant, id, runs.process, app.clock.now() + HELD).await?;
            }
            agent_runs::may_go_on(&app.pool, of.tenant, id, runs.process).await
        };
        match looked.await {
            Ok(true) => {}
            Ok(false) => return ("cancelled", "cancelled"),
            Err(error) => tracing::warn!(%error, run = %id, "it cannot be seen whether a run is cancelled"),
        }
    }
}
