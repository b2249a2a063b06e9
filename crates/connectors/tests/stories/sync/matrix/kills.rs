//! Runs that are killed, at places that chance chooses. Whoever is killed has written whole pages and nothing else.

use super::{
    dice::Dice,
    rows::{Ends, Row},
    world::World,
};
use chrono::TimeDelta;
use sqlx::AssertSqlSafe;

/// How many times a stream is killed in each of three stories: a first listing, one of something known, and news.
const KILLS: usize = 7;

/// Where a run is killed.
#[derive(Clone, Copy)]
enum Blow {
    /// While the vendor holds its answer back.
    Answer,
    /// While the page's transaction writes into this table.
    Write(&'static str),
}

pub async fn of_listings(row: &'static Row) {
    let (mut world, mut dice) = (World::with(row, row.many).await, Dice::thrown());
    let calls = world.calls_of(world.server.sync()).await;
    let blows = [Blow::Answer, Blow::Write("records")];
    let mut kills = 0;
    while kills < KILLS {
        world.begin_anew().await;
        while kills < KILLS && is_killed(&world, dice.one_of(&blows), dice.below(calls / 2 + 1)).await {
            kills += 1;
        }
        world.server.sync().await;
        world.is_exact().await;
        // A page is there with its cursor: none is written twice.
        assert_eq!(world.written().await.records, world.there.len());
    }
    // The same of listings that find out what is gone, while people go on.
    world.is_known();
    let blows = [Blow::Answer, Blow::Write("records"), Blow::Write("signals")];
    while kills < 2 * KILLS {
        world.end(if world.lists_all() { 3 } else { 0 }).await;
        world.ask_in_full().await;
        while kills < 2 * KILLS && is_killed(&world, dice.one_of(&blows), dice.below(calls / 2 + 1)).await {
            kills += 1;
            let ends = world.lists_all();
            happens(&mut world, 1, ends).await;
        }
        world.server.sync().await;
        // What happened behind the run is for the next one.
        world.run().await;
        world.is_exact().await;
    }
}

pub async fn of_news(row: &'static Row) {
    let (mut world, mut dice) = (World::with(row, row.many).await, Dice::thrown());
    let calls = world.calls_of(world.server.sync()).await;
    world.is_known();
    world.is_exact().await;
    let blows = [Blow::Answer, Blow::Write("records"), Blow::Write("signals")];
    let mut kills = 0;
    while kills < KILLS {
        // What is seen for a while only is not yet too old.
        let wait = row.seen_for.map_or(TimeDelta::hours(2), |seen_for| seen_for / 2);
        world.server.advance(wait).await;
        happens(&mut world, 3, true).await;
        world.make(row.many).await;
        while kills < KILLS && is_killed(&world, dice.one_of(&blows), dice.below(calls / 2 + 1)).await {
            kills += 1;
            happens(&mut world, 1, true).await;
        }
        world.server.sync().await;
        world.run().await;
        world.is_exact().await;
    }
}

/// Some are made, some changed, and some deleted where that is seen.
async fn happens(world: &mut World, count: usize, ends: bool) {
    world.make(count).await;
    if world.row.changed.is_some() {
        world.change(count).await;
    }
    if ends && matches!(world.row.ends, Ends::Seen(_) | Ends::Kept(_)) {
        world.end(count).await;
    }
}

/// Kills a run after so many requests, and lets its claim run out. `false`: it had come to its end before.
async fn is_killed(world: &World, blow: Blow, after: u64) -> bool {
    let is_killed = is_struck(world, blow, after).await;
    if is_killed {
        world.server.advance(TimeDelta::minutes(6)).await;
    }
    is_killed
}

async fn is_struck(world: &World, blow: Blow, after: u64) -> bool {
    world.fault("hold", after, None).await;
    let mut run = world.spawn();
    tokio::select! {
        ended = &mut run => {
            ended.unwrap().unwrap();
            world.no_faults().await;
            return false;
        }
        () = world.server.sandbox.held(world.row.vendor) => {}
    }
    let Blow::Write(table) = blow else {
        run.abort();
        assert!(run.await.unwrap_err().is_cancelled());
        world.server.sandbox.release(world.row.vendor).await;
        return true;
    };
    let mut in_the_way = world.server.database.pool.begin().await.unwrap();
    let lock = format!("lock table {table} in share mode");
    sqlx::query(AssertSqlSafe(lock)).execute(&mut *in_the_way).await.unwrap();
    world.server.sandbox.release(world.row.vendor).await;
    let is_killed = tokio::select! {
        // The rest had nothing to write.
        ended = &mut run => {
            ended.unwrap().unwrap();
            false
        }
        () = until(world, WAITING) => {
            run.abort();
            assert!(run.await.unwrap_err().is_cancelled());
            true
        }
    };
    in_the_way.rollback().await.unwrap();
    until(world, DEAD).await;
    is_killed
}

/// Somebody waits for a table that is locked.
const WAITING: &str = "select exists (
                         select from pg_locks
                         where not granted
                           and locktype = 'relation'
                           and database = (select oid from pg_database where datname = current_database()))";
/// The transaction of the killed run is over for the database, too.
const DEAD: &str = "select not exists (
                      select from pg_locks
                      where relation = 'streams'::regclass
                        and pid <> pg_backend_pid()
                        and database = (select oid from pg_database where datname = current_database()))";

async fn until(world: &World, query: &'static str) {
    let pool = &world.server.database.pool;
    let seen = async { while !sqlx::query_scalar::<_, bool>(query).fetch_one(pool).await.unwrap() {} };
    tokio::time::timeout(testkit::PATIENCE, seen).await.unwrap_or_else(|_| panic!("never: {query}"));
}
