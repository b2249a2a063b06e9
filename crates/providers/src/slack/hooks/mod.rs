//! Slack's events, read. One file per family; to add an event, add an arm here and a fixture.
//!
//! An app that is spoken to gets `app_mention`, and the same words as `message` where it reads the channel: two deliveries, and
//! two signals of different kinds with one subject.

mod channels;
mod lifecycle;
mod messages;
mod parts;
mod people;
mod triggered;

pub(super) use messages::is_spoken;

use super::request::{Request, Shape};
use crate::{ReadError, Reading, Verified, Whose};
use kernel::NewSignal;
use parts::Event;

/// What an event comes to.
enum Told {
    Signal(Box<NewSignal>),
    /// Known, and without a meaning of its own: another event tells it, or nobody did anything.
    Nothing,
    Unknown,
}

impl From<NewSignal> for Told {
    fn from(signal: NewSignal) -> Self {
        Self::Signal(Box::new(signal))
    }
}

pub(super) fn read(delivery: &Verified) -> Result<Reading, ReadError> {
    let request = Request::of(delivery)?;
    let place = request.place();
    let whose = place.clone().map_or(Whose::Unnamed, Whose::Organization);
    let told = match request.shape {
        Shape::Event => match request.document.word("/type") {
            Some("event_callback") => {
                if let Some(reading) = lifecycle::read(&request.document, place.as_deref())? {
                    return Ok(reading);
                }
                event(&request, place)?
            }
            // The hour's budget of deliveries is used up, and those of this minute are lost. The streams fetch what they told.
            Some("app_rate_limited" | "url_verification") => Told::Nothing,
            _ => Told::Unknown,
        },
        Shape::Interaction => triggered::interaction(delivery, &request.document)?,
        Shape::Command => triggered::command(delivery, &request.document)?,
    };
    let nothing = Reading { recognised: true, ..Reading::unrecognised(whose.clone()) };
    Ok(match told {
        Told::Signal(signal) => Reading { signals: vec![*signal], ..nothing },
        Told::Nothing => nothing,
        Told::Unknown => Reading::unrecognised(whose),
    })
}

fn event(request: &Request<'_>, place: Option<String>) -> Result<Told, ReadError> {
    let document = &request.document;
    let kind = document.word("/event/type").ok_or_else(|| document.lacks("/event/type"))?;
    let event = || {
        let place = place.ok_or_else(|| document.lacks("/team_id"))?;
        Ok(Event { document, place })
    };
    match kind {
        "message" => messages::read(&event()?),
        "app_mention" => messages::mention(&event()?),
        "reaction_added" | "reaction_removed" => messages::reaction(&event()?, kind),
        "pin_added" => messages::pin(&event()?),
        "channel_created" => channels::created(&event()?),
        "channel_rename" | "group_rename" => channels::renamed(&event()?),
        "channel_archive" | "group_archive" | "channel_unarchive" | "group_unarchive" | "channel_deleted"
        | "group_deleted" => channels::changed(&event()?, kind),
        "member_joined_channel" => channels::joined(&event()?),
        "team_join" | "user_change" => people::read(&event()?, kind),
        // A channel that is shared with another company may get another id; signals keep the one they were told with.
        "channel_id_changed" => Ok(Told::Nothing),
        _ => Ok(Told::Unknown),
    }
}
