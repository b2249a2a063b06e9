//! What a stream does on good days.

use super::{
    rows::{Ends, Row},
    tally::Written,
    world::World,
};
use chrono::TimeDelta;
use serde_json::json;

pub async fn first_run(row: &'static Row) {
    let mut world = World::with(row, row.many).await;
    world.server.sync().await;
    let stream = world.stream().await;
    assert_eq!((&stream["phase"], &stream["error"]), (&json!("changes"), &json!(null)), "{stream}");
    assert!(stream["baseline_at"].is_string() && stream["finished_at"].is_string(), "{stream}");
    world.is_known();
    world.is_exact().await;
    let written = world.written().await;
    assert_eq!(written, Written { records: world.there.len(), signals: 0, runs: 1 });
}

/// A run that wrote nothing.
async fn wrote_nothing(world: &World) {
    let Written { records, signals, .. } = world.written().await;
    assert_eq!((records, signals), (0, 0), "rows of records and of signals");
}

pub async fn no_change(row: &'static Row) {
    let mut world = World::listed(row, row.many).await;
    world.run().await;
    wrote_nothing(&world).await;
    // By the schedule.
    world.server.advance(TimeDelta::hours(2)).await;
    world.server.sync().await;
    wrote_nothing(&world).await;
    world.run_in_full().await;
    wrote_nothing(&world).await;
    world.is_exact().await;
    let stream = world.stream().await;
    assert_eq!((&stream["phase"], &stream["error"]), (&json!("changes"), &json!(null)), "{stream}");
}

pub async fn changes(row: &'static Row) {
    let mut world = World::listed(row, row.many).await;
    world.server.advance(TimeDelta::minutes(1)).await;
    let written = world.change(3).await;
    world.run().await;
    assert_eq!(world.written().await, Written { records: 3, signals: world.news(), runs: 1 });
    world.is_exact().await;
    let records = world.records().await;
    for (id, mark) in &written {
        let (.., data) = records.iter().find(|one| one.0 == *id).unwrap();
        assert!(data.contains(mark), "{id} is stored without {mark}: {data}");
    }
    // Reading it all anew finds nothing that was not known.
    world.run_in_full().await;
    wrote_nothing(&world).await;
    world.is_exact().await;
}

pub async fn ends(row: &'static Row) {
    let mut world = World::listed(row, row.many).await;
    world.server.advance(TimeDelta::minutes(1)).await;
    match row.ends {
        Ends::Seen(_) | Ends::Kept(_) => {
            world.end(3).await;
            world.run().await;
        }
        Ends::Missed(_) | Ends::Untold => {
            world.run().await;
            world.end(3).await;
            world.run().await;
            wrote_nothing(&world).await;
            world.run_in_full().await;
        }
        Ends::Unseen => return nothing_ends(world).await,
    }
    let Written { records, signals, .. } = world.written().await;
    assert_eq!((records, signals), (3, world.news()));
    world.is_exact().await;
    if world.lists_all() {
        // Nobody says what was deleted since the cursor was lost.
        let before = world.news();
        world.end(2).await;
        world.run_in_full().await;
        let Written { records, signals, .. } = world.written().await;
        assert_eq!((records, signals), (2, world.news() - before));
    }
    world.is_exact().await;
    world.run_in_full().await;
    wrote_nothing(&world).await;
    world.is_exact().await;
}

/// What the vendor no longer shows is kept, also where all of it is read anew.
async fn nothing_ends(mut world: World) {
    for _ in 0..2 {
        world.make(world.row.many).await;
        world.run_in_full().await;
        world.is_exact().await;
        world.server.advance(TimeDelta::minutes(1)).await;
    }
}
