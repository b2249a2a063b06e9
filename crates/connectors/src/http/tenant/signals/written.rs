//! A page of signals as JSON, written straight from the rows: what [`SignalView`](super::SignalView) says, letter by letter. Most of
//! what a page costs is making text of it, and most of its text is text already.

use chrono::{DateTime, Datelike, Timelike, Utc};
use db::{
    Error,
    signals::{Flat, Payloads},
};
use uuid::{Uuid, fmt::Hyphenated};

/// Of one signal without its payload, generously, so that the page grows in one piece.
const USUAL: usize = 640;

pub fn page(signals: &[Flat], payloads: Payloads, next: Option<&str>) -> Result<Vec<u8>, Error> {
    let mut page = Vec::with_capacity(64 + signals.len() * USUAL);
    page.extend_from_slice(b"{\"signals\":[");
    for (number, signal) in signals.iter().enumerate() {
        if number > 0 {
            page.push(b',');
        }
        one(&mut page, signal, payloads)?;
    }
    page.extend_from_slice(b"],\"next_cursor\":");
    text(&mut page, next);
    page.push(b'}');
    Ok(page)
}

fn one(page: &mut Vec<u8>, signal: &Flat, payloads: Payloads) -> Result<(), Error> {
    member(page, b"{\"id\":");
    id(page, Some(signal.id()));
    member(page, b",\"connection_id\":");
    id(page, signal.connection_id()?);
    member(page, b",\"provider\":");
    text(page, Some(signal.provider()?));
    member(page, b",\"kind\":");
    text(page, Some(signal.kind()?));
    member(page, b",\"subject\":");
    json(page, signal.subject()?);
    member(page, b",\"actor\":");
    json(page, signal.actor()?);
    member(page, b",\"container\":");
    json(page, signal.container()?);
    member(page, b",\"changes\":[");
    for (number, change) in signal.changes()?.iter().enumerate() {
        if number > 0 {
            page.push(b',');
        }
        text(page, Some(change));
    }
    member(page, b"],\"occurred_at\":");
    time(page, signal.occurred_at());
    member(page, b",\"received_at\":");
    time(page, signal.received_at()?);
    member(page, b",\"delivery_id\":");
    id(page, signal.delivery_id()?);
    if payloads == Payloads::Include
        && let Some(payload) = signal.payload()?
    {
        member(page, b",\"payload\":");
        page.extend_from_slice(payload.as_bytes());
    }
    page.push(b'}');
    Ok(())
}

fn member(page: &mut Vec<u8>, name: &[u8]) {
    page.extend_from_slice(name);
}

fn json(page: &mut Vec<u8>, value: Option<&str>) {
    page.extend_from_slice(value.unwrap_or("null").as_bytes());
}

fn id(page: &mut Vec<u8>, id: Option<Uuid>) {
    let Some(id) = id else { return json(page, None) };
    let mut letters = [0; Hyphenated::LENGTH];
    page.push(b'"');
    page.extend_from_slice(id.hyphenated().encode_lower(&mut letters).as_bytes());
    page.push(b'"');
}

/// What needs no escape is copied.
fn text(page: &mut Vec<u8>, value: Option<&str>) {
    let Some(value) = value else { return json(page, None) };
    if value.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        page.push(b'"');
        page.extend_from_slice(value.as_bytes());
        page.push(b'"');
    } else {
        page.extend_from_slice(serde_json::Value::from(value).to_string().as_bytes());
    }
}

/// RFC 3339 in UTC, with as many digits behind the second as are needed: none, three or six.
fn time(page: &mut Vec<u8>, at: DateTime<Utc>) {
    let (year, micros) = (at.year(), at.nanosecond() / 1000);
    if !(0..=9999).contains(&year) || !at.nanosecond().is_multiple_of(1000) {
        // Nothing of ours: Postgres keeps microseconds.
        return page.extend_from_slice(serde_json::to_string(&at).unwrap_or_default().as_bytes());
    }
    page.push(b'"');
    digits(page, year.unsigned_abs(), 4);
    for (before, number) in
        [(b'-', at.month()), (b'-', at.day()), (b'T', at.hour()), (b':', at.minute()), (b':', at.second())]
    {
        page.push(before);
        digits(page, number, 2);
    }
    if micros != 0 {
        page.push(b'.');
        if micros.is_multiple_of(1000) { digits(page, micros / 1000, 3) } else { digits(page, micros, 6) }
    }
    page.extend_from_slice(b"Z\"");
}

fn digits(page: &mut Vec<u8>, number: u32, places: u32) {
    for place in (0..places).rev() {
        let digit = number / 10_u32.pow(place) % 10;
        page.push(b'0' + u8::try_from(digit).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut page = Vec::new();
        write(&mut page);
        String::from_utf8(page).unwrap()
    }

    proptest! {
        /// Times and texts are written as everything else writes them.
        #[test]
        fn it_is_what_serde_writes(
            micros in prop_oneof![-62_167_219_200_000_000_i64..253_402_300_800_000_000, (0_i64..4_000_000_000).prop_map(|s| s * 1_000_000), (0_i64..4_000_000_000_000).prop_map(|ms| ms * 1000)],
            value: String,
            number: u128,
        ) {
            let at = DateTime::from_timestamp_micros(micros).unwrap();
            prop_assert_eq!(written(|page| time(page, at)), serde_json::to_string(&at).unwrap());
            prop_assert_eq!(written(|page| text(page, Some(&value))), serde_json::to_string(&value).unwrap());
            let name = Uuid::from_u128(number);
            prop_assert_eq!(written(|page| id(page, Some(name))), serde_json::to_string(&name).unwrap());
        }
    }
}
