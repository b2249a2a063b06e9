//! What is told of Spotify's records.

use crate::readings::told;

/// Every record's change, whole.
#[test]
fn the_records_of_spotify_are_told_as_before() {
    insta::assert_snapshot!(told("spotify"), @"");
}
