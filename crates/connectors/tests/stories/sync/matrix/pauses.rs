//! Vendors that ask for a pause half way.

use super::{rows::Row, world::World};
use chrono::TimeDelta;
use serde_json::json;

/// Not all who wait come in the same moment.
const A_LITTLE: TimeDelta = TimeDelta::seconds(10);

pub async fn half_way(row: &'static Row) {
    let mut world = World::with(row, row.many).await;
    let calls = world.calls_of(world.server.sync()).await;
    let half = calls / 2;
    // The sandbox's quota of this vendor begins anew at the full hour, which may be this very moment.
    let named = (row.vendor == "atlassian").then_some(90);
    for (kind, seconds) in [("quota_exceeded", named), ("status_429", Some(120))] {
        world.begin_anew().await;
        world.fault(kind, half, seconds).await;
        world.server.sync().await;
        let stream = world.stream().await;
        assert_eq!(
            (&stream["error"]["code"], &stream["phase"]),
            (&json!("rate_limited"), &json!("listing")),
            "{stream}"
        );
        assert_eq!(stream["attempts"], 0, "to wait is no failure");
        assert_eq!((&stream["running"], &stream["asleep"]), (&json!(false), &json!(false)), "{stream}");
        let (before, wait) = (world.records().await.len(), world.wait().await);
        assert!(wait > TimeDelta::zero() && wait <= TimeDelta::hours(1) + A_LITTLE, "{kind}: {wait}");
        if let Some(seconds) = seconds {
            let seconds = i64::try_from(seconds).unwrap();
            assert!((seconds - 5..=seconds + A_LITTLE.num_seconds()).contains(&wait.num_seconds()), "{kind}: {wait}");
        }
        assert_eq!(world.calls_of(world.server.sync()).await, 0, "{kind}: the vendor was asked in the pause");
        world.server.advance(wait + TimeDelta::seconds(1)).await;
        let rest = world.calls_of(world.server.sync()).await;
        // What had been read is not read again, unless it was the first page that was refused.
        assert!(rest < calls || before == 0, "{kind}: {rest} requests of {calls}, with {before} records there");
        world.is_exact().await;
        let stream = world.stream().await;
        assert_eq!((&stream["attempts"], &stream["error"]), (&json!(0), &json!(null)), "{stream}");
    }
}
