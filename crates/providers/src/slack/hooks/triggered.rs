//! What a person does with the app itself: buttons, shortcuts, dialogs, slash commands.

use super::{
    Told,
    parts::{container, signal, subject, time},
};
use crate::{ReadError, Verified, document::Document, slack::request::sent_at};
use kernel::{Actor, SignalKind};

const INTERACTIONS: &[&str] = &[
    "block_actions",
    "block_suggestion",
    "dialog_cancellation",
    "dialog_submission",
    "interactive_message",
    "message_action",
    "shortcut",
    "view_closed",
    "view_submission",
];
/// A command and what was written behind it, as a title.
const LONGEST_TITLE: usize = 200;

/// What the app calls the button or the dialog is its title.
pub(super) fn interaction(delivery: &Verified, document: &Document<'_>) -> Result<Told, ReadError> {
    let kind = document.word("/type").ok_or_else(|| document.lacks("/type"))?;
    if !INTERACTIONS.contains(&kind) {
        return Ok(Told::Unknown);
    }
    // Somebody is typing; what they choose comes as an action.
    if kind == "block_suggestion" {
        return Ok(Told::Nothing);
    }
    let names = ["/callback_id", "/actions/0/action_id", "/actions/0/name", "/view/callback_id"];
    let title = names.into_iter().find_map(|path| document.first_line(path)).unwrap_or_else(|| kind.to_owned());
    let interaction = subject("interaction", delivery.headers().delivery_id.clone(), Some(title));
    let occurred_at = match time(document, ["/action_ts", "/actions/0/action_ts"]) {
        Ok(time) => time,
        Err(_) => sent_at(delivery)?,
    };
    let by = Actor {
        external_id: document.id("/user/id")?,
        name: document.optional_text("/user/username").or_else(|| document.optional_text("/user/name")),
        is_bot: false,
    };
    let channel = document.optional_id("/channel/id").or_else(|| document.optional_id("/container/channel_id"));
    let channel = channel.map(|id| container("channel", id, document.optional_text("/channel/name")));
    Ok(Told::from(signal(SignalKind::InteractionReceived, interaction, Some(by), channel, occurred_at)))
}

pub(super) fn command(delivery: &Verified, document: &Document<'_>) -> Result<Told, ReadError> {
    let command = document.text("/command")?;
    let title = match document.first_line("/text") {
        Some(text) => format!("{command} {text}").chars().take(LONGEST_TITLE).collect(),
        None => command,
    };
    let invoked = subject("command", delivery.headers().delivery_id.clone(), Some(title));
    let by = Actor { external_id: document.id("/user_id")?, name: document.optional_text("/user_name"), is_bot: false };
    let channel = document.optional_id("/channel_id");
    let channel = channel.map(|id| container("channel", id, document.optional_text("/channel_name")));
    let occurred_at = sent_at(delivery)?;
    Ok(Told::from(signal(SignalKind::CommandInvoked, invoked, Some(by), channel, occurred_at)))
}
