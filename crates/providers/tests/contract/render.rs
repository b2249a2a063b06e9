//! A whole reading in a few lines. The patterns name every field, so that a new one has to be shown.

use kernel::{Actor, Container, NewSignal, Subject};
use providers::{Lifecycle, Reading, Stale, Whose};
use std::fmt::Write as _;

pub fn reading(reading: &Reading) -> String {
    let Reading { whose, signals, lifecycle, stale, recognised } = reading;
    let mut text = self::whose(whose);
    if !recognised {
        text.push_str(", not recognised");
    }
    for Lifecycle { whose, health } in lifecycle {
        write!(text, "\n  {health:?} for {}", self::whose(whose)).unwrap();
    }
    for Stale { stream, ids } in stale {
        write!(text, "\n  fetch {stream} {ids:?}").unwrap();
    }
    for signal in signals {
        text.push_str(&self::signal(signal));
    }
    text
}

fn whose(whose: &Whose) -> String {
    match whose {
        Whose::Installation(id) => format!("installation {id}"),
        Whose::Organization(id) => format!("organization {id}"),
        Whose::Account(id) => format!("account {id}"),
        Whose::Site(origin) => format!("site {origin}"),
        Whose::Watched(what) => format!("watched {what}"),
        Whose::Unnamed => "unnamed".to_owned(),
    }
}

pub fn signal(signal: &NewSignal) -> String {
    let NewSignal { kind, subject, actor, container, occurred_at, changes } = signal;
    let Subject { kind: of, external_id, number, title, url } = subject;
    let mut text = format!("\n  {} {changes:?} at {}", kind.word(), occurred_at.format("%FT%T%.fZ"));
    let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    write!(text, "\n    {of} {external_id} | {} | {} | {}", or(number), or(title), or(url)).unwrap();
    match actor {
        Some(Actor { external_id, name, is_bot }) => {
            write!(text, "\n    by {} {external_id} | {}", if *is_bot { "bot" } else { "user" }, or(name)).unwrap();
        }
        None => text.push_str("\n    by nobody"),
    }
    match container {
        Some(Container { kind, external_id, name, url }) => {
            write!(text, "\n    in {kind} {external_id} | {} | {}", or(name), or(url)).unwrap();
        }
        None => text.push_str("\n    in nothing"),
    }
    text
}
