//! What all scenarios share, made before the first and taken away after the last.

use crate::{
    bodies::Bodies,
    people::Fixtures,
    postgres,
    reads::Reads,
    rows,
    target::Target,
    turns::{READERS, Stage, WRITERS},
};
use std::cell::Cell;
use url::Url;
use uuid::Uuid;

/// Where the rows go that are inserted with nothing in front of them.
const SCHEMA: &str = "scenarios_ceiling";

pub async fn set_up() -> Stage {
    let target = Target::read();
    let fixtures = Fixtures::make(&target).await;
    let pool = db::connect(target.database(), READERS).unwrap();
    let fresh = format!("drop schema if exists {SCHEMA} cascade; create schema {SCHEMA}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(fresh)).execute(&pool).await.unwrap();
    let mut inside: Url = target.database().parse().unwrap();
    inside.query_pairs_mut().append_pair("options", &format!("-c search_path={SCHEMA}"));
    let bare = db::connect(inside.as_str(), WRITERS).unwrap();
    rows::prepare(&bare).await;
    let id = |text: &str| text.parse::<Uuid>().unwrap();
    let people = fixtures.people.iter().map(|person| id(&person.id)).collect();
    let tenants: Vec<Uuid> = target.tenants.iter().map(|tenant| id(tenant)).collect();
    let postmaster = postgres::postmaster(&pool).await;
    let reads = Reads::new(pool, people, &tenants).await;
    Stage { target, fixtures, bodies: Bodies::read(), reads, bare, postmaster, numbers: Cell::new(1) }
}

pub async fn take_down(stage: &Stage) {
    let gone = format!("drop schema {SCHEMA} cascade");
    sqlx::raw_sql(sqlx::AssertSqlSafe(gone)).execute(&stage.bare).await.unwrap();
}
