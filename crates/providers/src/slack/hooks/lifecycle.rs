//! What happens to connections themselves. The two events about an uninstallation come in any order, and perhaps twice: an
//! ended connection stays ended.

use crate::{
    Lifecycle, ReadError, Reading, Whose,
    document::{Document, Value},
};
use kernel::{Health, ReauthReason};

/// More people than this have not connected one workspace.
const MOST_PEOPLE: usize = 1000;

/// `None`: the event is about something else.
pub(super) fn read(document: &Document<'_>, place: Option<&str>) -> Result<Option<Reading>, ReadError> {
    let kind = document.word("/event/type").unwrap_or_default();
    let lifecycle = match kind {
        "app_uninstalled" | "tokens_revoked" => {
            let place = place.ok_or_else(|| document.lacks("/team_id"))?;
            if kind == "app_uninstalled" { vec![ended(place)] } else { revoked(document, place) }
        }
        // An organization gives one of its workspaces to the app, or takes it away: the connection is the organization's.
        "team_access_granted" | "team_access_revoked" => Vec::new(),
        _ => return Ok(None),
    };
    let whose = place.map_or(Whose::Unnamed, |place| Whose::Organization(place.to_owned()));
    Ok(Some(Reading { whose, signals: Vec::new(), lifecycle, stale: Vec::new(), recognised: true }))
}

fn ended(place: &str) -> Lifecycle {
    Lifecycle { whose: Whose::Organization(place.to_owned()), health: Health::Removed }
}

/// The event names users and no tokens. The app is still installed, so nothing has ended: whoever is named is asked to connect
/// again.
///
/// - `oauth`: the tokens of these people. Their own connections lack one from now on, also those that have the bot's beside it;
///   the workspace's bot, and with it the connections that are the workspace's, work on.
/// - `bot`: the workspace has one bot, and all its connections hold that bot's token, but for those of a person alone. Which they
///   are cannot be seen here; they are asked in vain, where the others would go on handing out a dead token.
fn revoked(document: &Document<'_>, place: &str) -> Vec<Lifecycle> {
    let again = |whose| Lifecycle { whose, health: Health::Refused(ReauthReason::Revoked) };
    let users = |path: &str| document.find(path).and_then(Value::as_array).into_iter().flatten();
    if users("/event/tokens/bot").next().is_some() {
        return vec![again(Whose::Organization(place.to_owned()))];
    }
    let is_id = |user: &&str| !user.is_empty() && user.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let people = users("/event/tokens/oauth").filter_map(Value::as_str).filter(is_id);
    people.take(MOST_PEOPLE).map(|user| again(Whose::Account(format!("{place}/{user}")))).collect()
}
