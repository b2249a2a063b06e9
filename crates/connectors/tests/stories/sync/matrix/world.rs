//! Somebody with one account at the stream's vendor, and all that has to be known and told of it.

use super::{
    rows::{Ends, Made, Row},
    tally::{self, Written},
};
use crate::support::Server;
use chrono::{DateTime, TimeDelta, Utc};
use connectors::workers;
use providers::{Streams, VENDORS};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    panic::Location,
    sync::Arc,
};
use tokio::task::JoinHandle;
use uuid::Uuid;

pub struct World {
    pub server: Arc<Server>,
    pub row: &'static Row,
    pub tenant: Uuid,
    pub connection: Value,
    account: &'static str,
    /// What is there at the vendor, and what the stream has to know to be gone; by the vendor's ids.
    pub there: BTreeSet<String>,
    gone: BTreeSet<String>,
    /// What has to have been told, by kind and id.
    news: Vec<(String, String)>,
    /// What may have been told, depending on when the vendor was asked: what something newer has overtaken.
    perhaps: BTreeSet<(String, String)>,
    /// What was deleted and stays listed, or is there for the others to be in. Nothing more happens to it.
    kept: BTreeSet<String>,
    made_at: BTreeMap<String, DateTime<Utc>>,
    /// Whether what happens is news.
    is_listed: bool,
    /// What something has happened to that may not have been fetched yet. It is left alone: of two changes one is told.
    touched: BTreeSet<String>,
    marks: u32,
}

impl World {
    /// Connected, with this many things there already, and nothing fetched.
    pub async fn with(row: &'static Row, count: usize) -> Self {
        let server = Arc::new(Server::start().await);
        tally::begin(&server).await;
        Self::beside(&server, row, "ann", count).await
    }

    /// The same after the first run.
    pub async fn listed(row: &'static Row, count: usize) -> Self {
        let mut world = Self::with(row, count).await;
        world.server.sync().await;
        world.is_known();
        world.is_exact().await;
        world.written().await;
        world
    }

    /// Somebody else on the same server.
    pub async fn beside(server: &Arc<Server>, row: &'static Row, account: &'static str, count: usize) -> Self {
        let tenant = server.tenant().await;
        let mut world = Self {
            server: Arc::clone(server),
            row,
            tenant,
            connection: Value::Null,
            account,
            there: row.given.iter().map(|id| (*id).to_owned()).collect(),
            gone: BTreeSet::new(),
            news: Vec::new(),
            perhaps: BTreeSet::new(),
            kept: BTreeSet::new(),
            made_at: BTreeMap::new(),
            is_listed: false,
            touched: BTreeSet::new(),
            marks: 0,
        };
        server.sandbox.settings(row.vendor, (row.settings)()).await;
        if let Some(kind) = row.needs {
            let mut order = json!({"kind": kind, "op": "create"});
            if row.lists_its_need {
                order["at"] = json!(server.clock.now() - TimeDelta::hours(2));
            }
            let needed = server.sandbox.change(row.vendor, account, order).await;
            if row.lists_its_need {
                world.kept.extend(needed.iter().cloned());
                world.there.extend(needed);
            }
        }
        world.make(count).await;
        world.connect().await;
        // That there is a connection is told as well.
        world.written().await;
        world
    }

    /// Connects, or connects again. The provider's other streams are told of in tests of their own.
    pub async fn connect(&mut self) {
        self.connection = self.server.connected(self.tenant, self.row.provider, self.account).await;
        sqlx::query("delete from streams where name <> $1")
            .bind(self.row.stream)
            .execute(&self.server.database.pool)
            .await
            .unwrap();
    }

    /// Disconnects and connects, which is as if nothing had ever been fetched.
    pub async fn begin_anew(&mut self) {
        let path = format!("/connections/{}", self.connection["id"].as_str().unwrap());
        self.server.operator(self.tenant).delete(&path).await.with(200);
        self.connect().await;
        self.gone.clear();
        self.is_listed = false;
        self.written().await;
    }

    /// From here on what happens is news.
    pub fn is_known(&mut self) {
        self.is_listed = true;
    }

    async fn order(&self, order: Value) -> Vec<String> {
        let mut order = order;
        order["kind"] = self.row.kind.into();
        self.server.sandbox.change(self.row.vendor, self.account, order).await
    }

    fn is_news(&mut self, kind: &str, id: &str) {
        if self.is_listed {
            self.news.push((kind.to_owned(), id.to_owned()));
        }
    }

    /// The person makes some.
    pub async fn make(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        let ids = self.order(json!({"op": "create", "count": count, "item": (self.row.item)()})).await;
        match self.row.made {
            Made::Each(told) => ids.iter().for_each(|id| self.is_news(told, id)),
            Made::Newest(told) => self.newest_is_news(told, &ids),
            Made::Untold => {}
        }
        for id in ids {
            self.touched.insert(id.clone());
            self.made_at.insert(id.clone(), self.server.clock.now());
            self.there.insert(id);
        }
    }

    /// What was the newest before may have been looked at as such; what was made together with this one never was.
    fn newest_is_news(&mut self, told: &str, ids: &[String]) {
        let (overtaken, news) = self.news.drain(..).partition(|(_, id)| self.touched.contains(id));
        self.news = news;
        self.perhaps.extend::<Vec<_>>(overtaken);
        if let Some(newest) = ids.last() {
            self.is_news(told, newest);
        }
    }

    /// Some that a person made, and to which nothing has happened lately. There are so many of them, unless only young ones are
    /// looked at.
    fn own(&mut self, count: usize) -> Vec<String> {
        let now = self.server.clock.now();
        let is_seen = |id: &String| self.row.seen_for.is_none_or(|seen_for| now - self.made_at[id] < seen_for);
        let is_own = |id: &&String| {
            !self.row.given.contains(&id.as_str())
                && !self.touched.contains(*id)
                && !self.kept.contains(*id)
                && is_seen(id)
        };
        let own: Vec<String> = self.there.iter().filter(is_own).take(count).cloned().collect();
        assert!(own.len() == count || self.row.seen_for.is_some(), "there are not so many");
        self.touched.extend(own.iter().cloned());
        own
    }

    /// The person changes some; where such things do not change, they make some more. Returns what was written into which.
    pub async fn change(&mut self, count: usize) -> Vec<(String, String)> {
        let Some((write, told)) = self.row.changed else {
            self.make(count).await;
            return Vec::new();
        };
        let mut written = Vec::new();
        for id in self.own(count) {
            self.marks += 1;
            let mark = format!("mark-{}", self.marks);
            self.order(json!({"op": "update", "id": id, "item": write(&mark)})).await;
            self.is_news(told, &id);
            written.push((id, mark));
        }
        written
    }

    /// The person deletes some. It is known, and told, when it has been found out.
    pub async fn end(&mut self, count: usize) {
        let told = match self.row.ends {
            Ends::Seen(told) | Ends::Missed(told) | Ends::Kept(told) => Some(told),
            Ends::Untold => None,
            Ends::Unseen => return,
        };
        for id in self.own(count) {
            self.order(json!({"op": "delete", "id": id})).await;
            if let Some(told) = told {
                self.is_news(told, &id);
            }
            if matches!(self.row.ends, Ends::Kept(_)) {
                self.kept.insert(id);
            } else {
                self.there.remove(&id);
                self.gone.insert(id);
            }
        }
    }

    /// How many signals there have to be of what has happened.
    pub fn news(&self) -> usize {
        self.news.len()
    }

    /// Has the stream fetched now.
    pub async fn run(&self) {
        self.ask().await;
        self.server.sync().await;
    }

    /// Whether a listing names all there is, so that what it does not name is gone.
    pub fn lists_all(&self) -> bool {
        let provider = VENDORS.iter().find(|provider| provider.slug == self.row.provider).unwrap();
        let streams = provider.vendor.streams().map(Streams::streams).unwrap();
        streams.into_iter().find(|stream| stream.name == self.row.stream).unwrap().lists_all
    }

    /// Has it read from the beginning.
    pub async fn run_in_full(&self) {
        self.ask_in_full().await;
        self.server.sync().await;
    }

    /// Makes it due, to be read from the beginning.
    pub async fn ask_in_full(&self) {
        self.ask_for(json!({"mode": "full"})).await;
    }

    /// Makes it due.
    pub async fn ask(&self) {
        self.ask_for(json!({})).await;
    }

    async fn ask_for(&self, wish: Value) {
        let path = format!("/connections/{}/sync", self.connection["id"].as_str().unwrap());
        self.server.operator(self.tenant).post(&path, &wish).await.with(202);
    }

    /// A run in a task of its own.
    pub fn spawn(&self) -> JoinHandle<Result<(), db::Error>> {
        let app = Arc::clone(&self.server.app);
        tokio::spawn(async move { workers::sync(&app).await })
    }

    /// A fault that begins after so many requests to the vendor's API.
    pub async fn fault(&self, kind: &str, after: u64, retry_after_seconds: Option<u64>) {
        let fault = json!({"on": "api", "kind": kind, "after": after, "retry_after_seconds": retry_after_seconds});
        self.server.sandbox.control(&format!("{}/faults", self.row.vendor), fault).await;
    }

    pub async fn no_faults(&self) {
        self.server.sandbox.delete_control(&format!("{}/faults", self.row.vendor)).await;
    }

    /// Requests to the vendor's API since the sandbox began.
    pub async fn calls(&self) -> u64 {
        self.server.sandbox.count(self.row.vendor, "api_calls").await
    }

    /// What `work` asks of the vendor.
    pub async fn calls_of(&self, work: impl Future<Output = ()>) -> u64 {
        let before = self.calls().await;
        work.await;
        self.calls().await - before
    }

    pub async fn stream(&self) -> Value {
        self.server.stream(self.tenant, &self.connection, self.row.stream).await
    }

    /// Until the stream is due.
    pub async fn wait(&self) -> TimeDelta {
        let due: DateTime<Utc> = self.stream().await["due_at"].as_str().unwrap().parse().unwrap();
        due - self.server.clock.now()
    }

    pub async fn written(&self) -> Written {
        tally::take(&self.server).await
    }

    /// The records as they lie there: the vendor's id, whether it is gone, and what it says.
    pub async fn records(&self) -> Vec<(String, bool, String)> {
        let id = Uuid::parse_str(self.connection["id"].as_str().unwrap()).unwrap();
        let rows: Vec<(String, bool, String)> = sqlx::query_as(
            "select external_id, deleted_at is not null, coalesce(data::text, '')
             from records
             where connection_id = $1
               and stream = $2",
        )
        .bind(id)
        .bind(self.row.stream)
        .fetch_all(&self.server.database.pool)
        .await
        .unwrap();
        rows.into_iter().map(|(id, is_gone, data)| ((self.row.own_id)(&id).to_owned(), is_gone, data)).collect()
    }

    /// What was told, by kind and the vendor's id, without what need not have been.
    async fn told(&self) -> Vec<(String, String)> {
        let mut perhaps = self.perhaps.clone();
        let told = self.server.told(self.tenant).await.into_iter();
        told.map(|(kind, id)| (kind, (self.row.told_id)(&id))).filter(|one| !perhaps.remove(one)).collect()
    }

    /// What is stored is what is there, what is marked as gone is what has gone, and what was told is what was news: each once.
    #[track_caller]
    pub fn is_exact(&mut self) -> impl Future<Output = ()> + '_ {
        let caller = Location::caller();
        async move {
            let records = self.records().await;
            let ids = |is_gone: bool| -> Vec<String> {
                records.iter().filter(|one| one.1 == is_gone).map(|one| one.0.clone()).collect()
            };
            same(caller, "are stored", ids(false), self.there.iter().cloned());
            same(caller, "are marked as gone", ids(true), self.gone.iter().cloned());
            same(caller, "were told", self.told().await, self.news.iter().cloned());
            self.touched.clear();
        }
    }
}

/// Says what is missing and what is too much rather than showing all.
fn same<T: Ord + Clone + std::fmt::Debug>(
    caller: &Location<'_>,
    what: &str,
    found: Vec<T>,
    wanted: impl Iterator<Item = T>,
) {
    let (mut found, mut wanted) = (found, wanted.collect::<Vec<_>>());
    found.sort();
    wanted.sort();
    let mut too_much = found.clone();
    let mut missing = Vec::new();
    for one in &wanted {
        match too_much.binary_search(one) {
            Ok(place) => drop(too_much.remove(place)),
            Err(_) => missing.push(one.clone()),
        }
    }
    assert!(
        missing.is_empty() && too_much.is_empty(),
        "{caller}: of {} that {what}, {} are wanted; missing {missing:?}, too much {too_much:?}",
        found.len(),
        wanted.len()
    );
}
