//! What happened to a connection: the lines of the audit log about it and, where they are asked for, what it brought.

use crate::App;
use db::{
    audit::{self, Line},
    signals::{self, Payloads, Signal},
};
use kernel::{Connection, Cursor, Page, PageSize};

/// What is told beside the changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Included {
    /// Each handing out of a token. A busy connection has thousands a day, between which nothing else would be seen.
    pub vends: bool,
    /// What its vendor told, and what was found by fetching.
    pub signals: bool,
}

/// One thing that happened.
pub enum Event {
    Line(Box<Line>),
    Signal(Box<Signal>),
}

impl Event {
    fn cursor(&self) -> Cursor {
        match self {
            Self::Line(line) => line.cursor(),
            Self::Signal(signal) => Cursor { at: signal.occurred_at, id: signal.id },
        }
    }
}

/// Newest first. Both parts are in the same order, and neither has a key of the other's: what is told of one page is the beginning
/// of the two woven together, and the next goes on behind its last.
pub async fn page(
    app: &App,
    connection: &Connection,
    included: Included,
    after: Option<Cursor>,
    size: PageSize,
) -> Result<Page<Event>, db::Error> {
    let lines = audit::Filter {
        target: Some(connection.id.to_string()),
        without_vends: !included.vends,
        ..audit::Filter::default()
    };
    let lines = audit::page(&app.pool, connection.tenant, &lines, after, size).await?;
    let (mut is_more, mut events) = (lines.next.is_some(), Vec::new());
    events.extend(lines.items.into_iter().map(|line| Event::Line(Box::new(line))));
    if included.signals {
        let theirs =
            signals::Filter { connection: Some(connection.id), without_lifecycle: true, ..signals::Filter::default() };
        let (tenant, payloads) = (connection.tenant, Payloads::Leave);
        let wanted = signals::Wanted { tenant, filter: &theirs, after, size, payloads };
        let found = signals::page(&app.pool, &wanted).await?;
        is_more |= found.next.is_some();
        events.extend(found.items.into_iter().map(|signal| Event::Signal(Box::new(signal))));
    }
    let key = |event: &Event| (event.cursor().at, event.cursor().id);
    events.sort_by_key(|event| std::cmp::Reverse(key(event)));
    let full = usize::try_from(size.get()).unwrap_or_default();
    is_more |= events.len() > full;
    events.truncate(full);
    let next = events.last().filter(|_| is_more).map(Event::cursor);
    Ok(Page { items: events, next })
}
