//! Every stream against every story. A stream is one entry of the table in `rows`; a story is told of each of them, under the
//! stream's name.

mod dice;
mod follow;
mod kills;
mod pauses;
mod rows;
mod tally;
mod tokens;
mod workers;
mod world;

use providers::{Streams, VENDORS};
use rows::ROWS;

/// A stream that is not in the table is one of which nothing is known.
#[test]
fn every_stream_is_in_the_matrix() {
    let is_there =
        |provider: &str, stream: &str| ROWS.iter().any(|row| (row.provider, row.stream) == (provider, stream));
    let missing: Vec<String> = VENDORS
        .iter()
        .flat_map(|provider| {
            let streams = provider.vendor.streams().map(Streams::streams).unwrap_or_default();
            streams.into_iter().map(|stream| (provider.slug.clone(), stream.name))
        })
        .filter(|(provider, stream)| !is_there(provider, stream))
        .map(|(provider, stream)| format!("{provider} {stream} has no entry in rows.rs"))
        .collect();
    assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
}
