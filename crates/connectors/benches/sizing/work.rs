//! Each kind of work, so many times, by a few clients at once.

use crate::{
    bodies::{Bodies, Size},
    costs::Cost,
    large, postgres,
    process::Process,
    queue,
    sandbox_of::{self, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, LINEAR_CLIENT_ID, LINEAR_CLIENT_SECRET},
    send::request,
    start::{self, OPERATOR},
};
use futures_util::{StreamExt, stream};
use reqwest::{Client, RequestBuilder};
use sandbox::Running;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::{mem::ManuallyDrop, time::Duration};
use testkit::Database;
use uuid::Uuid;

const GITHUB_SECRET: &str = "github-webhook-secret-of-the-benchmark";
const SLACK_SECRET: &str = "slack-signing-secret-of-the-benchmark";
const AT_ONCE: usize = 16;
const CONNECTIONS: usize = 200;
const WEBHOOKS: usize = 20_000;
const VENDS: usize = 40_000;
const PAGES: usize = 5_000;
const REFRESHES: usize = 2_000;
const RECORDS: usize = 20_000;
/// What the sandbox makes at once at most.
const RECORDS_AT_ONCE: usize = 5_000;
const GLANCE: Duration = Duration::from_millis(250);

pub struct Bench {
    pub service: Process,
    pub tenant: Uuid,
    database: ManuallyDrop<Database>,
    client: Client,
    vendors: Running,
    postmaster: u32,
}

/// What was there before some work.
struct Before {
    service: Duration,
    postgres: Duration,
    stored: i64,
    log: String,
}

impl Bench {
    pub async fn start() -> Self {
        let (database, origin) = (large::database().await, start::free_origin());
        let vendors = sandbox_of::start(&origin).await;
        let settings = [
            ("LINEAR_CLIENT_ID", LINEAR_CLIENT_ID),
            ("LINEAR_CLIENT_SECRET", LINEAR_CLIENT_SECRET),
            ("LINEAR_BASE_URL", &format!("{}/linear", vendors.url)),
            ("GOOGLE_CLIENT_ID", GOOGLE_CLIENT_ID),
            ("GOOGLE_CLIENT_SECRET", GOOGLE_CLIENT_SECRET),
            ("GOOGLE_BASE_URL", &format!("{}/google", vendors.url)),
            ("GITHUB_CLIENT_ID", "gh-bench"),
            ("GITHUB_CLIENT_SECRET", "github-client-secret-of-the-benchmark"),
            ("GITHUB_WEBHOOK_SECRET", GITHUB_SECRET),
            ("SLACK_CLIENT_ID", "sl-bench"),
            ("SLACK_CLIENT_SECRET", "slack-client-secret-of-the-benchmark"),
            ("SLACK_SIGNING_SECRET", SLACK_SECRET),
        ];
        let service = start::start(&database, origin, &settings).await;
        let postmaster = postgres::postmaster(&database.pool).await.unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { service, tenant: Uuid::now_v7(), database, client, vendors, postmaster }
    }

    fn pool(&self) -> &PgPool {
        &self.database.pool
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(OPERATOR).header("x-tenant-id", self.tenant.to_string())
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.signed(self.client.get(format!("{}{path}", self.service.origin)))
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.signed(self.client.post(format!("{}{path}", self.service.origin)))
    }

    async fn before(&self) -> Before {
        Before {
            stored: stored(self.pool(), "").await,
            log: sqlx::query_scalar("select pg_current_wal_lsn()::text").fetch_one(self.pool()).await.unwrap(),
            service: self.service.cpu(),
            postgres: postgres::cpu(self.postmaster),
        }
    }

    async fn since(&self, before: &Before, name: &'static str, count: usize) -> Cost {
        queue::drained(self.pool()).await;
        let each = |value: f64| value / f64::from(u32::try_from(count).unwrap());
        let service = self.service.cpu().saturating_sub(before.service);
        let postgres = postgres::cpu(self.postmaster).saturating_sub(before.postgres);
        let logged: i64 = sqlx::query_scalar("select pg_wal_lsn_diff(pg_current_wal_lsn(), $1::pg_lsn)::bigint")
            .bind(&before.log)
            .fetch_one(self.pool())
            .await
            .unwrap();
        let grown = stored(self.pool(), "").await - before.stored;
        Cost {
            name,
            service_ms: each(service.as_secs_f64() * 1000.0),
            postgres_ms: each(postgres.as_secs_f64() * 1000.0),
            stored: each(bytes(grown)),
            logged: each(bytes(logged)),
        }
    }

    /// Asks so many times, a few at once; each has to be answered well.
    async fn ask(&self, count: usize, made: impl Fn(usize) -> RequestBuilder) {
        stream::iter(0..count)
            .map(|number| {
                let request = made(number);
                async { request.send().await.unwrap().error_for_status().unwrap().bytes().await.unwrap() }
            })
            .buffer_unordered(AT_ONCE)
            .for_each(async |_| ())
            .await;
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure that people read")]
fn bytes(count: i64) -> f64 {
    count as f64
}

/// Bytes of the tables whose name begins so, with all that belongs to them, once nothing dead is left in them.
async fn stored(pool: &PgPool, start: &str) -> i64 {
    sqlx::query("vacuum").execute(pool).await.unwrap();
    let sum = "select sum(pg_total_relation_size(oid))::bigint from pg_class
               where relkind = 'r' and relnamespace = 'public'::regnamespace and starts_with(relname, $1)";
    sqlx::query_scalar(sum).bind(start).fetch_one(pool).await.unwrap()
}

pub async fn measure(bench: &Bench) -> Vec<Cost> {
    let people: Vec<String> = (0..CONNECTIONS).map(|number| format!("somebody-{number}")).collect();
    // The first of each kind makes what all of them need: the tenant, statements, partitions.
    sandbox_of::connected(&bench.service, bench.tenant, "linear", &["first".to_owned()], &json!({})).await;
    let before = bench.before().await;
    let ids = sandbox_of::connected(&bench.service, bench.tenant, "linear", &people, &json!({})).await;
    let mut costs = vec![bench.since(&before, "connection made", CONNECTIONS).await];

    let bodies = Bodies::read();
    let sizes = [(Size::Small, "slack", SLACK_SECRET), (Size::Large, "github", GITHUB_SECRET)];
    for (size, provider, secret) in sizes {
        let url = format!("{}/webhooks/{provider}/{}", bench.service.origin, bench.tenant);
        let before = bench.before().await;
        bench.ask(WEBHOOKS, |_| request(&bench.client, &url, secret, size, bodies.next(size))).await;
        // Until what was sent has been read into signals.
        costs.push(bench.since(&before, size.name(), WEBHOOKS).await);
    }
    costs.push(signals(bench).await);

    let before = bench.before().await;
    bench
        .ask(VENDS, |number| bench.get(&format!("/oauth/token/linear?connection_id={}", ids[number % ids.len()])))
        .await;
    costs.push(bench.since(&before, "token vended", VENDS).await);
    let before = bench.before().await;
    bench.ask(PAGES, |_| bench.get("/signals")).await;
    costs.push(bench.since(&before, "page of 50 signals", PAGES).await);
    let before = bench.before().await;
    bench.ask(REFRESHES, |number| bench.post(&format!("/connections/{}/refresh", ids[number % ids.len()]))).await;
    costs.push(bench.since(&before, "token refreshed", REFRESHES).await);
    costs.push(fetched(bench).await);
    costs
}

/// Of what is there by now.
async fn signals(bench: &Bench) -> Cost {
    let count: i64 = sqlx::query_scalar("select count(*) from signals").fetch_one(bench.pool()).await.unwrap();
    let stored = bytes(stored(bench.pool(), "signal").await) / bytes(count);
    Cost { name: "signal, stored", service_ms: 0.0, postgres_ms: 0.0, stored, logged: 0.0 }
}

/// A calendar that is fetched for the first time.
async fn fetched(bench: &Bench) -> Cost {
    let item = json!({
        "summary": "The roses unfold, all of them", "location": "The garden",
        "description": "Those who come early may help with the watering. ".repeat(10),
    });
    for _ in (0..RECORDS).step_by(RECORDS_AT_ONCE) {
        let order = json!({
            "account": "somebody", "kind": "calendar", "op": "create", "count": RECORDS_AT_ONCE, "item": item, "notify": false,
        });
        let url = format!("{}/_control/google/data", bench.vendors.url);
        bench.client.post(url).json(&order).send().await.unwrap().error_for_status().unwrap();
    }
    let before = bench.before().await;
    let wish = json!({"scopes": ["https://www.googleapis.com/auth/calendar.readonly"]});
    let ids = sandbox_of::connected(&bench.service, bench.tenant, "google", &["somebody".to_owned()], &wish).await;
    let path = format!("/connections/{}/streams", ids[0]);
    loop {
        tokio::time::sleep(GLANCE).await;
        let list: Value = bench.get(&path).send().await.unwrap().json().await.unwrap();
        let stream =
            list["streams"].as_array().unwrap().iter().find(|stream| stream["name"] == "calendar_events").unwrap();
        assert!(stream["error"].is_null(), "{stream}");
        if stream["finished_at"].is_string() {
            break;
        }
    }
    bench.since(&before, "record fetched", RECORDS).await
}
