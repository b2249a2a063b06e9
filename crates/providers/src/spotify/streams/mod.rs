//! What of a person's music is fetched. Spotify pushes nothing and lists no deletions: what is gone is what a whole pass did not
//! find.

mod library;
mod pass;
mod plays;
mod shape;

use crate::{BATCH, Call, CallError, Change, PageAsk, Record, RecordPage, Shape, Stream, StreamError, Streams};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use kernel::NewSignal;
use serde_json::Value;

/// Requests are counted by the app, for all of its people together.
const LIBRARY_EVERY: TimeDelta = TimeDelta::hours(1);
/// Only the last fifty plays are kept, and whoever skips hears as many within an hour.
const PLAYS_EVERY: TimeDelta = TimeDelta::minutes(30);

pub(super) struct SpotifyStreams;

impl Streams for SpotifyStreams {
    fn streams(&self) -> Vec<Stream> {
        let stream = |name: &str, every, volatile: &[&str], scopes: &[&str]| Stream {
            name: name.to_owned(),
            every,
            // The most that Spotify gives.
            batch: BATCH,
            volatile: volatile.iter().map(|path| (*path).to_owned()).collect(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            // Of what was played, no more than the last fifty.
            lists_all: name != "recently_played",
        };
        // What is sold where, how much it is heard, and addresses of pictures.
        let track = [
            "/track/available_markets",
            "/track/popularity",
            "/track/preview_url",
            "/track/is_playable",
            "/track/album/available_markets",
            "/track/album/images",
        ];
        vec![
            stream("saved_tracks", LIBRARY_EVERY, &track, &["user-library-read"]),
            stream("playlists", LIBRARY_EVERY, &["/images"], &["playlist-read-private", "playlist-read-collaborative"]),
            stream("recently_played", PLAYS_EVERY, &track, &["user-read-recently-played"]),
        ]
    }

    fn page<'a>(&'a self, call: Call<'a>, ask: PageAsk<'a>) -> BoxFuture<'a, Result<RecordPage, StreamError>> {
        match ask.stream {
            "saved_tracks" => Box::pin(library::tracks(call, ask)),
            "playlists" => Box::pin(library::playlists(call, ask)),
            "recently_played" => Box::pin(plays::page(call, ask)),
            _ => Box::pin(std::future::ready(Err(CallError::NotFound.into()))),
        }
    }

    fn tell(&self, stream: &str, record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
        match stream {
            "saved_tracks" => library::tell_track(record, change, at),
            "playlists" => library::tell_playlist(record, change, at),
            "recently_played" => plays::tell(record, change, at),
            _ => None,
        }
    }

    fn shape(&self, stream: &str, record: &Value) -> Option<Shape> {
        match stream {
            "saved_tracks" => shape::track(record),
            "playlists" => shape::playlist(record),
            "recently_played" => shape::play(record),
            _ => None,
        }
    }
}
