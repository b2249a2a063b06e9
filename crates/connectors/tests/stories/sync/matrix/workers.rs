//! Two processes over one database.

use super::{rows::Row, tally::Written, world::World};
use connectors::workers;
use std::sync::Arc;

pub async fn at_once(row: &'static Row) {
    let ann = World::with(row, row.many).await;
    let server = Arc::clone(&ann.server);
    let mut all = vec![ann];
    for account in ["bob", "eve"] {
        all.push(World::beside(&server, row, account, row.many).await);
    }
    let (other, _) = server.second().await;
    let both = async || {
        let apps = [Arc::clone(&server.app), Arc::clone(&other)];
        let runs = apps.map(|app| tokio::spawn(async move { workers::sync(&app).await }));
        for run in runs {
            run.await.unwrap().unwrap();
        }
    };
    both().await;
    let mut records = 0;
    for world in &mut all {
        world.is_known();
        world.is_exact().await;
        records += world.there.len();
    }
    let runs = all.len();
    assert_eq!(all[0].written().await, Written { records, signals: 0, runs });

    let new = 5;
    for world in &mut all {
        world.make(new).await;
        world.ask().await;
    }
    both().await;
    for world in &mut all {
        world.is_exact().await;
    }
    let signals = all.iter().map(World::news).sum();
    assert_eq!(all[0].written().await, Written { records: new * runs, signals, runs });
}
