//! Tokens and grants that end half way.

use super::{rows::Row, world::World};
use chrono::TimeDelta;
use serde_json::json;

pub async fn ended(row: &'static Row) {
    let mut world = World::with(row, row.many).await;
    let calls = world.calls_of(world.server.sync()).await;
    world.begin_anew().await;
    let renewals = world.server.sandbox.count(row.vendor, "refreshes").await;
    // By the vendor's clock alone: only its 401 tells.
    let life = json!({"advance_seconds": row.token_hours * 3600});
    half_way(&world, calls, async {
        world.server.sandbox.control("clock", life).await;
    })
    .await;
    world.is_exact().await;
    let stream = world.stream().await;
    assert_eq!((&stream["attempts"], &stream["error"]), (&json!(0), &json!(null)), "{stream}");
    assert_eq!(world.written().await.runs, 1);
    assert_eq!(world.server.sandbox.count(row.vendor, "refreshes").await, renewals + 1);
}

pub async fn revoked(row: &'static Row) {
    let mut world = World::with(row, row.many).await;
    let calls = world.calls_of(world.server.sync()).await;
    world.is_known();
    world.is_exact().await;
    world.server.advance(TimeDelta::minutes(1)).await;
    world.change(3).await;
    world.make(row.many).await;
    world.ask().await;
    let person = json!({"account": "ann"});
    half_way(&world, calls, async {
        world.server.sandbox.control(&format!("{}/revoke", row.vendor), person).await;
    })
    .await;
    let health = world.server.connection(world.tenant, &world.connection["id"]).await["health"].clone();
    assert_eq!((&health["status"], &health["reason"]), (&json!("needs_reauth"), &json!("revoked")), "{health}");
    let stream = world.stream().await;
    assert_eq!((&stream["asleep"], &stream["running"]), (&json!(true), &json!(false)), "{stream}");
    world.make(2).await;
    assert_eq!(world.calls_of(world.server.sync()).await, 0, "the vendor was asked without a grant");
    world.connect().await;
    world.server.sync().await;
    // It has gone on at its page; what happened behind that is for the next run.
    world.run().await;
    world.is_exact().await;
    let stream = world.stream().await;
    assert_eq!((&stream["asleep"], &stream["error"]), (&json!(false), &json!(null)), "{stream}");
}

/// A run, and what happens while the vendor answers a question in its middle; or before it, where it asks but one.
async fn half_way(world: &World, calls: u64, happens: impl Future<Output = ()>) {
    if calls < 2 {
        happens.await;
        return world.server.sync().await;
    }
    // Some are still to come after it: the next one finds out.
    world.fault("hold", (calls - 1) / 2, None).await;
    let run = world.spawn();
    world.server.sandbox.held(world.row.vendor).await;
    happens.await;
    world.server.sandbox.release(world.row.vendor).await;
    run.await.unwrap().unwrap();
}
