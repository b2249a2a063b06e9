//! Tracks, playlists and plays in words shared by all vendors.

use crate::{
    Shape,
    shapes::{Named, Play, Playlist, Track},
    told::{all_named, count, name, named, switch, text, time},
};
use serde_json::Value;

fn artists(entry: &Value) -> Vec<Named> {
    all_named(entry, "/track/artists", &["/id"], "/name")
}

fn album(entry: &Value) -> Option<Named> {
    named(entry.pointer("/track/album")?, &["/id"], "/name")
}

fn url(entry: &Value) -> Option<String> {
    text(entry, "/track/external_urls/spotify")
}

pub(super) fn track(entry: &Value) -> Option<Shape> {
    Some(Shape::Track(Track {
        name: name(entry, "/track/name")?,
        artists: artists(entry),
        album: album(entry),
        duration_ms: count(entry, "/track/duration_ms"),
        url: url(entry),
        saved_at: time(entry, "/added_at"),
    }))
}

/// How many tracks it has stands in `items`, and stood in `tracks` before February 2026.
pub(super) fn playlist(playlist: &Value) -> Option<Shape> {
    Some(Shape::Playlist(Playlist {
        name: name(playlist, "/name")?,
        text: text(playlist, "/description"),
        owner: playlist.get("owner").and_then(|owner| named(owner, &["/id"], "/display_name")),
        is_public: switch(playlist, "/public"),
        tracks: count(playlist, "/items/total").or_else(|| count(playlist, "/tracks/total")),
        url: text(playlist, "/external_urls/spotify"),
    }))
}

pub(super) fn play(play: &Value) -> Option<Shape> {
    Some(Shape::Play(Play {
        track: name(play, "/track/name")?,
        artists: artists(play),
        album: album(play),
        url: url(play),
        played_at: time(play, "/played_at"),
    }))
}
