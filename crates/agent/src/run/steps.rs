//! Step after step: ask, keep what was said, call what is asked for, keep what it brought, ask again.

use super::{
    Budget, Call, Decision, Ended, Event, Host, Mode, NotKept, Reason,
    catalogue::{self, Meant},
    dress,
    quiet::{Quiet, quiet},
};
use crate::{
    Outcome, Progress,
    model::{Answer, Definition, MayCall, Model, ModelError, Piece, Request, Role, Stop, Turn, Usage},
    toolbox::{Approval, Toolbox},
};
use futures_util::{StreamExt, stream};
use serde_json::{Map, Value};
use std::sync::{Mutex, PoisonError};
use tokio::time::{Instant, timeout_at};

/// Calls of one step that are under way at once.
const AT_ONCE: usize = 8;
/// Calls of one step. More of them are answered without being made.
const MOST_CALLS: usize = 32;
/// An answer that was cut off in the middle of a call is asked for again with so much more room, once.
const MORE_ROOM: u64 = 4;

/// One run.
pub struct Run<'a> {
    pub model: &'a dyn Model,
    pub toolbox: &'a Toolbox,
    pub mode: Mode,
    pub budget: Budget,
    /// Of each answer.
    pub max_tokens: u64,
    /// Whether somebody listens while the model speaks.
    pub is_heard: bool,
    pub host: &'a dyn Host,
}

/// How far it has come.
struct State {
    turns: Vec<Turn>,
    steps: u32,
    usage: Usage,
    deadline: Instant,
    result_bytes_left: usize,
}

/// A call of the model's on its way to a result.
struct Due {
    id: String,
    /// Of the tool, where the call was told of.
    name: Option<String>,
    /// What it is made with, or what is answered instead.
    call: Result<Map<String, Value>, Outcome>,
}

impl From<NotKept> for Reason {
    fn from(NotKept: NotKept) -> Self {
        Self::NotKept
    }
}

impl From<ModelError> for Reason {
    fn from(error: ModelError) -> Self {
        Self::Model(error)
    }
}

impl Run<'_> {
    /// Runs to its end. `turns` are those of the thread up to and with the prompt, kept already. Dropping the future gives up
    /// whatever is under way.
    pub async fn go(&self, turns: Vec<Turn>) -> Ended {
        let mut state = State {
            turns,
            steps: 0,
            usage: Usage::default(),
            deadline: Instant::now() + self.budget.time,
            result_bytes_left: self.budget.result_bytes,
        };
        let definitions = catalogue::definitions(self.toolbox, self.mode);
        let reason = loop {
            if let Err(reason) = self.step(&mut state, &definitions).await {
                break reason;
            }
        };
        Ended { reason, steps: state.steps, usage: state.usage }
    }

    async fn step(&self, state: &mut State, definitions: &[Definition]) -> Result<(), Reason> {
        let may_call = if state.steps < self.budget.steps { MayCall::Yes } else { MayCall::No };
        let mut answer = self.ask(state, definitions, may_call, self.max_tokens).await?;
        if answer.stop == Stop::MaxTokens && answer.turn.calls().next().is_some() {
            answer = self.ask(state, definitions, may_call, self.max_tokens * MORE_ROOM).await?;
        }
        let Answer { mut turn, stop, .. } = answer;
        // A call that is cut off, and any that will not be made, must not stand in a conversation that goes on.
        if stop != Stop::ToolUse || may_call == MayCall::No {
            turn.content.retain(|block| block["type"] != "tool_use");
        }
        if !turn.content.is_empty() {
            self.host.keep(&turn, state.steps, state.usage).await?;
            state.turns.push(turn);
        }
        match stop {
            Stop::ToolUse if may_call == MayCall::Yes => {}
            Stop::PauseTurn => return self.within_tokens(state),
            Stop::EndTurn | Stop::StopSequence | Stop::ToolUse | Stop::Other(_) => {
                let reason = if may_call == MayCall::No { Reason::StepsUsed } else { Reason::Answered };
                return Err(reason);
            }
            Stop::MaxTokens | Stop::ContextFull => return Err(Reason::TooLong),
            Stop::Refusal => return Err(Reason::Refused),
        }
        let results = self.results(state).await?;
        self.host.keep(&results, state.steps, state.usage).await?;
        state.turns.push(results);
        self.within_tokens(state)
    }

    fn within_tokens(&self, state: &State) -> Result<(), Reason> {
        if state.usage.total() < self.budget.tokens { Ok(()) } else { Err(Reason::TokensUsed) }
    }

    async fn ask(
        &self,
        state: &mut State,
        tools: &[Definition],
        may_call: MayCall,
        max_tokens: u64,
    ) -> Result<Answer, Reason> {
        let request = Request {
            system: dress::SYSTEM,
            tools,
            may_call,
            turns: &state.turns,
            max_tokens: max_tokens.min(self.budget.tokens.saturating_sub(state.usage.total()).max(1)),
            deadline: state.deadline,
        };
        let quiet = Mutex::new(Quiet::default());
        let lock = || quiet.lock().unwrap_or_else(PoisonError::into_inner);
        let say = |text: String| {
            if !text.is_empty() {
                self.host.tell(Event::Text { text });
            }
        };
        let listener = |piece: Piece| match piece {
            Piece::Text(text) => say(lock().push(&text)),
            Piece::Again => {
                *lock() = Quiet::default();
                self.host.tell(Event::Again);
            }
        };
        let asking = async {
            if self.is_heard { self.model.stream(&request, &listener).await } else { self.model.create(&request).await }
        };
        let answer = match timeout_at(state.deadline, asking).await {
            Ok(Err(ModelError::Late)) if Instant::now() >= state.deadline => Err(Reason::TimeUsed),
            Ok(answer) => answer.map_err(Reason::from),
            Err(_) => Err(Reason::TimeUsed),
        }?;
        say(lock().finish());
        state.steps += 1;
        state.usage += answer.usage;
        self.host.tell(Event::Usage { steps: state.steps, usage: state.usage });
        Ok(answer)
    }

    /// One result for each call of the last turn, in its order, whatever becomes of them.
    async fn results(&self, state: &mut State) -> Result<Turn, Reason> {
        let asked: Vec<_> = state.turns.last().into_iter().flat_map(Turn::calls).collect();
        let asked: Vec<(String, Meant)> = asked
            .into_iter()
            .enumerate()
            .map(|(at, (id, name, input))| {
                let meant = if at < MOST_CALLS {
                    catalogue::meant(self.toolbox, self.mode, name, input)
                } else {
                    Meant::Answer(Outcome::failed("Too many calls at once: not made. Ask for fewer."))
                };
                (id.to_owned(), meant)
            })
            .collect();
        // Everybody is asked before anything is done, and waiting for people costs the run no time.
        let before = Instant::now();
        let mut due = Vec::new();
        for (id, meant) in asked {
            due.push(match meant {
                Meant::Answer(outcome) => Due { id, name: None, call: Err(outcome) },
                Meant::Tool(name, arguments) => self.decided(Call { id, name, arguments }).await,
            });
        }
        state.deadline += before.elapsed();
        let calls = stream::iter(due.into_iter().map(|due| self.made(due)));
        let all = calls.buffered(AT_ONCE).collect::<Vec<_>>();
        let Ok(all) = timeout_at(state.deadline, all).await else { return Err(Reason::TimeUsed) };
        let mut content = Vec::new();
        for (id, name, outcome) in all {
            let (block, text, bytes) = dress::dressed(&id, &outcome, state.result_bytes_left);
            state.result_bytes_left = state.result_bytes_left.saturating_sub(bytes);
            if let Some(name) = name {
                self.host.tell(Event::ToolResult { id, name, is_error: outcome.is_error, text: quiet(&text) });
            }
            content.push(block);
        }
        Ok(Turn { role: Role::User, content })
    }

    /// Whether the call is made, or what is answered instead of it.
    async fn decided(&self, call: Call) -> Due {
        self.host.tell(Event::ToolCall(call.clone()));
        let instead = match self.toolbox.violation(&call.name, &call.arguments) {
            Some(why) => Some(why),
            None => self.refused(&call).await.map(ToOwned::to_owned),
        };
        let Call { id, name, arguments } = call;
        let call = match instead {
            Some(why) => Err(Outcome::failed(why)),
            None => Ok(arguments),
        };
        Due { id, name: Some(name), call }
    }

    /// Why a call that the person wants to be asked about is not made.
    async fn refused(&self, call: &Call) -> Option<&'static str> {
        let asks = self.toolbox.find(&call.name).is_some_and(|tool| tool.approval == Approval::EachCall);
        if !asks {
            return None;
        }
        match self.host.decide(call).await {
            Decision::Approved => None,
            Decision::Refused => Some("The person has refused this call."),
            Decision::Unanswered => Some("The person was asked about this call and has not answered."),
        }
    }

    async fn made(&self, Due { id, name, call }: Due) -> (String, Option<String>, Outcome) {
        let outcome = match (&name, call) {
            (_, Err(outcome)) => outcome,
            (None, Ok(_)) => Outcome::failed("There is no such tool."),
            (Some(name), Ok(arguments)) => {
                let told = |Progress { progress, total, message }: Progress| {
                    self.host.tell(Event::Progress { id: id.clone(), progress, total, message });
                };
                self.toolbox.call(name, arguments, &told).await
            }
        };
        (id, name, outcome)
    }
}
