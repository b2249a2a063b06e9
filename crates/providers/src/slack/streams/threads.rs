//! Answers in threads. A channel's history has what was said to the channel, and of a thread that there is one and when its newest
//! answer came; the answers are asked for thread by thread, each a request of the same scarce kind.
//!
//! A thread that a look at the history finds with answers that have not been read is read at once. It is followed from then on, for
//! what goes on in it shows in no history that is looked at later: it is asked again at the end of a pass, the more rarely the
//! longer it has been silent, until nobody has answered for a month. Nobody says of a message that it has got its first answer
//! once it is too old to be looked at: that only events tell.
//!
//! What was sent to the channel as well is read there and only there, so that it is one record with one form.

use super::{
    messages::{Fetched, Pass, Position, record},
    turns::next,
};
use crate::{
    Call, CallError, RecordState, StreamError,
    slack::{
        api::{self, Answered},
        moment,
    },
    told::{count, text},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Whose newest answer is older is followed no more.
const FOLLOWED_FOR: TimeDelta = TimeDelta::days(30);
/// Threads that are followed, those with the newest answers: 40 KB of the cursor, which is written with every page, and 60 where all
/// of them wait to be read.
const MOST_FOLLOWED: usize = 400;
/// A thread is asked again once an eighth of its silence has passed: in each pass for the first two hours, about sixty times in its
/// month. Four hundred of them are ten requests a pass.
const PARTS_OF_ITS_SILENCE: i32 = 8;
/// Threads that a pass asks for: Slack answers fifty requests a minute, and this leaves it twelve of the fifteen minutes until the
/// next pass. The first one takes an hour if it has to, for what it leaves out is read only as far as it is followed.
const OF_A_PASS: u32 = 150;
const OF_THE_FIRST_PASS: u32 = 3000;
/// An app that gets a request a minute has these until the next pass.
const OF_A_SCARCE_PASS: u32 = 15;

/// A thread that has been read, or that there was no room for in a pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Thread {
    channel: String,
    ts: String,
    /// The newest answer that was read. `None`: not one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read: Option<String>,
    /// A newer one that was seen to be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unread: Option<String>,
    /// When it was asked for last, in seconds since the epoch.
    asked: i64,
    /// Whether that was in the pass under way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_done: bool,
}

impl Thread {
    fn is(&self, channel: &str, ts: &str) -> bool {
        self.channel == channel && self.ts == ts
    }

    fn newest(&self) -> Option<DateTime<Utc>> {
        moment::read(self.unread.as_ref().or(self.read.as_ref())?)
    }

    fn is_due(&self, now: DateTime<Utc>) -> bool {
        let silence = self.newest().map_or(FOLLOWED_FOR, |newest| now - newest);
        let rest = DateTime::from_timestamp(self.asked, 0).map_or(FOLLOWED_FOR, |asked| now - asked);
        self.unread.is_some() || rest >= silence / PARTS_OF_ITS_SILENCE
    }
}

/// The threads that are followed, the newest answer first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Threads(Vec<Thread>);

impl Threads {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Behind a pass, what was asked in it may be asked again.
    pub(super) fn end_pass(&mut self) {
        self.0.iter_mut().for_each(|thread| thread.is_done = false);
    }

    fn find(&self, channel: &str, ts: &str) -> Option<&Thread> {
        self.0.iter().find(|thread| thread.is(channel, ts))
    }

    fn forget(&mut self, channel: &str, ts: &str) {
        self.0.retain(|thread| !thread.is(channel, ts));
    }

    fn follow(&mut self, thread: Thread, now: DateTime<Utc>) {
        self.forget(&thread.channel, &thread.ts);
        self.0.push(thread);
        self.0.retain(|thread| thread.newest().is_some_and(|newest| now - newest <= FOLLOWED_FOR));
        self.0.sort_by_cached_key(|thread| std::cmp::Reverse(thread.newest()));
        self.0.truncate(MOST_FOLLOWED);
    }

    /// One that could not be read to its end.
    fn leave(&mut self, Wanted { channel, ts, read, .. }: Wanted, now: DateTime<Utc>) {
        let known = self.find(&channel, &ts).and_then(|thread| thread.unread.clone());
        let unread = known.or_else(|| read.clone()).or_else(|| Some(ts.clone()));
        // What was read of it may have gaps.
        self.follow(Thread { channel, ts, read: None, unread, asked: now.timestamp(), is_done: true }, now);
    }

    /// Those whose time has come: with answers that are known to be there first, then who has waited longest.
    pub(super) fn due(&self, now: DateTime<Utc>, window: Option<DateTime<Utc>>, most: u32) -> Vec<Wanted> {
        let mut due: Vec<&Thread> = self.0.iter().filter(|thread| !thread.is_done && thread.is_due(now)).collect();
        due.sort_by_key(|thread| (thread.unread.is_none(), thread.asked));
        due.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        due.into_iter().map(|thread| Wanted::of(&thread.channel, &thread.ts, thread.read.as_deref(), window)).collect()
    }
}

/// A thread that the pass is still to ask for, or is asking for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Wanted {
    channel: String,
    ts: String,
    /// Answers after this one; `None`: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    oldest: Option<String>,
    /// The newest answer that was read, now or before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    /// Whether a cursor in it has died.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    has_died: bool,
}

impl Wanted {
    /// What was said since `window` is looked at again: it may have been edited, as what was said in a channel.
    fn of(channel: &str, ts: &str, read: Option<&str>, window: Option<DateTime<Utc>>) -> Self {
        let after = |read: &str| match window.map(|window| format!("{}.000000", window.timestamp())) {
            Some(window) if moment::read(&window) < moment::read(read) => window,
            _ => read.to_owned(),
        };
        let (oldest, read) = (read.map(after), read.map(str::to_owned));
        Self { channel: channel.to_owned(), ts: ts.to_owned(), oldest, read, page: None, has_died: false }
    }
}

/// How many threads a pass may ask for.
pub(super) fn allowance(is_first: bool, is_scarce: bool) -> u32 {
    match (is_first, is_scarce) {
        (_, true) => OF_A_SCARCE_PASS,
        (true, false) => OF_THE_FIRST_PASS,
        (false, false) => OF_A_PASS,
    }
}

/// A page of a channel has less than was asked for, and others behind it.
pub(super) fn is_scarce(pass: &mut Pass) {
    pass.threads_left = pass.threads_left.min(OF_A_SCARCE_PASS);
}

/// Notes which messages of a page have answers that have not been read. They are the next that the pass asks for, and those that it
/// may not ask for any more are the next pass's.
pub(super) fn notice(position: &mut Position, pass: &mut Pass, channel: &str, messages: &[Value], now: DateTime<Utc>) {
    let window = position.window();
    for message in messages {
        let Some((ts, latest)) = answered(message) else { continue };
        let known = position.threads.find(channel, &ts);
        let read = known.and_then(|thread| thread.read.clone());
        if read.as_deref().and_then(moment::read) >= moment::read(&latest) {
            continue;
        }
        if pass.threads_left > 0 {
            pass.threads_left -= 1;
            pass.threads.push_back(Wanted::of(channel, &ts, read.as_deref(), window));
        } else {
            let asked = known.map_or(0, |thread| thread.asked);
            let channel = channel.to_owned();
            position.threads.follow(Thread { channel, ts, read, unread: Some(latest), asked, is_done: false }, now);
        }
    }
}

/// The first message of a thread, and the time of its newest answer. An answer that was sent to the channel too is in a thread and
/// has none.
fn answered(message: &Value) -> Option<(String, String)> {
    let ts = text(message, "/ts")?;
    let is_first = text(message, "/thread_ts").is_none_or(|thread| thread == ts);
    let latest = text(message, "/latest_reply").filter(|latest| moment::read(latest).is_some())?;
    (is_first && count(message, "/reply_count")? > 0).then_some((ts, latest))
}

/// One more page of the thread whose turn it is.
pub(super) async fn answers(
    call: Call<'_>,
    position: &mut Position,
    pass: &mut Pass,
    mut wanted: Wanted,
) -> Result<Fetched, StreamError> {
    let limit = position.limit.to_string();
    let mut query = vec![("channel", wanted.channel.as_str()), ("ts", &wanted.ts), ("limit", &limit)];
    query.extend(wanted.oldest.as_deref().map(|oldest| ("oldest", oldest)));
    query.extend(wanted.page.as_deref().map(|page| ("cursor", page)));
    let mut body = match api::list(call, "conversations.replies", &query).await? {
        Answered::Page(body) => body,
        Answered::TooMany => return position.ask_for_less(),
        Answered::Closed => {
            position.threads.forget(&wanted.channel, &wanted.ts);
            pass.threads.pop_front();
            return Ok(Fetched::Records(Vec::new()));
        }
        // Its beginning still leads somewhere; if that dies as well, another pass begins with it.
        Answered::DeadCursor if wanted.has_died => {
            pass.threads.pop_front();
            position.threads.leave(wanted, call.now);
            return Ok(Fetched::Records(Vec::new()));
        }
        Answered::DeadCursor => {
            (wanted.page, wanted.has_died) = (None, true);
            pass.threads[0] = wanted;
            return Ok(Fetched::Records(Vec::new()));
        }
    };
    wanted.page = next(&body);
    let Some(Value::Array(messages)) = body.get_mut("messages").map(Value::take) else {
        return Err(CallError::Unreadable.into());
    };
    let mut records = Vec::new();
    for message in messages {
        let Some(ts) = text(&message, "/ts") else { continue };
        let is_first = ts == wanted.ts;
        if !is_first && moment::read(&ts) > wanted.read.as_deref().and_then(moment::read) {
            wanted.read = Some(ts);
        }
        let is_of_the_channel = text(&message, "/subtype").as_deref() == Some("thread_broadcast");
        let found = record(&pass.turns.place, &wanted.channel, message).filter(|_| !is_of_the_channel);
        // The first message is read in its channel, too; but that it has been deleted shows here for longer.
        records.extend(found.filter(|found| !is_first || found.state == RecordState::Gone));
    }
    if wanted.page.is_some() {
        pass.threads[0] = wanted;
    } else {
        pass.threads.pop_front();
        let Wanted { channel, ts, read, .. } = wanted;
        let asked = call.now.timestamp();
        position.threads.follow(Thread { channel, ts, read, unread: None, asked, is_done: true }, call.now);
    }
    Ok(Fetched::Records(records))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    const NOW: i64 = 1_767_323_045;
    const DAY: i64 = 86_400;

    /// Read up to an answer of so long ago, and asked for so long ago.
    fn thread(name: &str, silence: i64, rest: i64) -> Thread {
        Thread {
            channel: "C0123456789".to_owned(),
            ts: name.to_owned(),
            read: Some(format!("{}.000100", NOW - silence)),
            unread: None,
            asked: NOW - rest,
            is_done: false,
        }
    }

    fn names(wanted: &[Wanted]) -> Vec<&str> {
        wanted.iter().map(|wanted| wanted.ts.as_str()).collect()
    }

    /// In each pass at first, then ever more rarely; what is known to have come is asked for before all others, and of these who has
    /// waited longest.
    #[test]
    fn a_silent_thread_is_asked_rarely() {
        let mut threads = Threads::default();
        for (name, silence, rest) in [
            ("lively", 3600, 900),
            ("of today", 4 * 3600, 1000),
            ("of yesterday", DAY, 3 * 3600),
            ("of last week", 7 * DAY, 20 * 3600),
            ("waits longest", 7 * DAY, 22 * 3600),
        ] {
            threads.follow(thread(name, silence, rest), at(NOW));
        }
        let unread = Thread { unread: Some(format!("{NOW}.000000")), ..thread("unread", 600, 1) };
        threads.follow(unread, at(NOW));
        threads.follow(Thread { is_done: true, ..thread("asked in this pass", 0, 0) }, at(NOW));
        let due = threads.due(at(NOW), None, 9);
        assert_eq!(names(&due), ["unread", "waits longest", "of yesterday", "lively"]);
        assert_eq!(names(&threads.due(at(NOW), None, 2)), ["unread", "waits longest"]);
        threads.end_pass();
        assert!(names(&threads.due(at(NOW), None, 9)).contains(&"asked in this pass"));
    }

    /// Of more threads than there is room for, those with the newest answers are followed, and none for ever.
    #[test]
    fn so_many_threads_are_followed() {
        let mut threads = Threads::default();
        threads.follow(thread("of long ago", 30 * DAY + 1, 0), at(NOW));
        assert!(threads.is_empty());
        for number in 0..600 {
            let mut one = thread(&format!("17673230{number:02}.000100"), number, 0);
            (one.unread, one.is_done) = (one.read.clone(), true);
            threads.follow(one, at(NOW));
        }
        assert_eq!((threads.0.len(), threads.0[399].newest().unwrap().timestamp()), (400, NOW - 399));
        let size = serde_json::to_string(&threads).unwrap().len();
        assert!(size < 60_000, "{size} bytes");
        threads.follow(thread("new", -600, 0), at(NOW + 30 * DAY + 600));
        assert_eq!(threads.0.len(), 1, "nobody has answered for a month");
    }

    /// Behind what was read, and no later than what is looked at again in channels.
    #[test]
    fn a_thread_is_asked_for_what_may_have_changed() {
        let oldest = |read: Option<&str>, window| Wanted::of("C1", "1.000000", read, window).oldest;
        assert_eq!(oldest(None, Some(at(500))), None);
        assert_eq!(oldest(Some("900.000100"), Some(at(500))).as_deref(), Some("500.000000"));
        assert_eq!(oldest(Some("400.000100"), Some(at(500))).as_deref(), Some("400.000100"));
        assert_eq!(oldest(Some("400.000100"), None).as_deref(), Some("400.000100"));
    }

    /// Answers have threads, and their first messages say that there are some.
    #[test]
    fn who_has_answers_says_so() {
        let first = json!({"ts": "1.000000", "thread_ts": "1.000000", "reply_count": 2, "latest_reply": "3.000000"});
        assert_eq!(answered(&first), Some(("1.000000".to_owned(), "3.000000".to_owned())));
        for (name, value) in [
            ("thread_ts", json!("0.5")),
            ("reply_count", json!(0)),
            ("latest_reply", json!("soon")),
            ("ts", json!(null)),
        ] {
            let mut other = first.clone();
            other[name] = value;
            assert_eq!(answered(&other), None, "{name}");
        }
    }
}
