//! What is told of Spotify's records.

use crate::readings::told;

/// Every record's change, whole.
#[test]
fn the_records_of_spotify_are_told_as_before() {
    insta::assert_snapshot!(told("spotify"), @r#"
    playlists.created:
      playlist_created [] at 2026-01-02T03:04:05Z
        playlist pl1 | - | Thorns & roses | https://open.spotify.com/playlist/pl1
        by user ann | Ann Ode
        in library me | - | -
    playlists.created_by_who_has_no_name:
      playlist_created [] at 2026-01-02T03:04:05Z
        playlist pl1 | - | Thorns & roses | https://open.spotify.com/playlist/pl1
        by user bo | -
        in library me | - | -
    playlists.deleted:
      playlist_deleted [] at 2026-01-02T03:04:05Z
        playlist pl1 | - | Thorns & roses | -
        by nobody
        in library me | - | -
    playlists.deleted_unknown: nothing
    playlists.updated_name:
      playlist_updated ["name"] at 2026-01-02T03:04:05Z
        playlist pl1 | - | Roses | https://open.spotify.com/playlist/pl1
        by nobody
        in library me | - | -
    playlists.updated_tracks:
      playlist_updated ["tracks"] at 2026-01-02T03:04:05Z
        playlist pl1 | - | Thorns & roses | https://open.spotify.com/playlist/pl1
        by nobody
        in library me | - | -
    playlists.with_another_picture: nothing
    recently_played.changed: nothing
    recently_played.forgotten: nothing
    recently_played.played:
      track_played [] at 2026-01-02T03:00:00.500Z
        track tr1 | - | Roses – Ann Ode, Bo | https://open.spotify.com/track/tr1
        by nobody
        in playlist spotify:playlist:pl1 | - | https://open.spotify.com/playlist/pl1
    recently_played.played_by_itself:
      track_played [] at 2026-01-02T03:00:00.500Z
        track tr1 | - | Roses – Ann Ode, Bo | https://open.spotify.com/track/tr1
        by nobody
        in nothing
    recently_played.played_from_the_library:
      track_played [] at 2026-01-02T03:00:00.500Z
        track tr1 | - | Roses – Ann Ode | -
        by nobody
        in library spotify:user:ann:collection | - | -
    saved_tracks.saved:
      track_saved [] at 2026-01-02T03:00:00Z
        track tr1 | - | Roses – Ann Ode, Bo | https://open.spotify.com/track/tr1
        by nobody
        in library me | - | -
    saved_tracks.saved_file_of_their_own:
      track_saved [] at 2026-01-02T03:04:05Z
        track spotify:local:::Roses:120 | - | Roses | -
        by nobody
        in library me | - | -
    saved_tracks.saved_without_artists:
      track_saved [] at 2026-01-02T03:00:00Z
        track tr1 | - | Roses | https://open.spotify.com/track/tr1
        by nobody
        in library me | - | -
    saved_tracks.unsaved:
      track_unsaved [] at 2026-01-02T03:04:05Z
        track tr1 | - | Roses – Ann Ode, Bo | https://open.spotify.com/track/tr1
        by nobody
        in library me | - | -
    saved_tracks.unsaved_unknown: nothing
    saved_tracks.with_another_name: nothing
    "#);
}
