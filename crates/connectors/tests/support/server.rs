//! The service under test.

use super::{
    AUDIENCE, Client, ISSUER, Logs, PLAIN, People, Sandbox,
    answer::path_of,
    keys::{APP_ID, APP_SLUG, app_key},
    promise,
    vendors::{
        GITHUB_CLIENT_SECRET, GITHUB_WEBHOOK_SECRET, JIRA_WEBHOOK_SECRET, LINEAR_CLIENT_SECRET, LINEAR_WEBHOOK_SECRET,
        SLACK_SIGNING_SECRET,
    },
};
use axum::{Router, middleware::from_fn};
use chrono::TimeDelta;
use connectors::{App, config::Config, workers};
use edge::Shutdown;
use kernel::{Clock, Env, UserId};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use testkit::Database;
use tokio::net::TcpListener;
use uuid::Uuid;

pub const OPERATOR: &str = "operator-token-zXcanaryXz-of-the-tests";
pub const OTHER_OPERATOR: &str = "second-operator-token-zXcanaryXz-of-the-tests";

/// A service over a database of its own, its vendors, and a clock that the test moves.
pub struct Server {
    pub url: String,
    pub app: Arc<App>,
    pub clock: Clock,
    pub sandbox: Sandbox,
    pub people: People,
    environment: Vec<(String, String)>,
    client: Client,
    shutdown: Shutdown,
    // Dropped last: the pools have to be gone before the database can be.
    pub database: Database,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.begin();
        // A second panic would hide the first.
        assert!(
            std::thread::panicking() || Logs::telling().is_none(),
            "a log line holds a secret: {:?}",
            Logs::telling()
        );
        assert!(std::thread::panicking() || promise::broken().is_none(), "not as documented: {:?}", promise::broken());
    }
}

/// The settings that tests run under.
pub fn environment(url: &str, sandbox: &str, jwks: &str, key: Option<&str>) -> Vec<(String, String)> {
    let app_id = APP_ID.to_string();
    let (github, linear) = (format!("{sandbox}/github"), format!("{sandbox}/linear"));
    let mut pairs = vec![
        ("ENVIRONMENT", "development"),
        ("DATABASE_URL", "postgres://unused"),
        ("PUBLIC_URL", url),
        ("CORS_ORIGINS", "https://app.test"),
        ("AUTH_JWKS_URL", jwks),
        ("AUTH_ISSUER", ISSUER),
        ("AUTH_AUDIENCE", AUDIENCE),
        ("ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef"),
        ("RATE_LIMIT_PER_MINUTE", "1000000"),
        ("GITHUB_CLIENT_ID", "Iv1.tests"),
        ("GITHUB_CLIENT_SECRET", GITHUB_CLIENT_SECRET),
        ("GITHUB_WEBHOOK_SECRET", GITHUB_WEBHOOK_SECRET),
        ("GITHUB_BASE_URL", &github),
        ("LINEAR_CLIENT_ID", "lin-tests"),
        ("LINEAR_CLIENT_SECRET", LINEAR_CLIENT_SECRET),
        ("LINEAR_WEBHOOK_SECRET", LINEAR_WEBHOOK_SECRET),
        ("LINEAR_BASE_URL", &linear),
        ("SLACK_SIGNING_SECRET", SLACK_SIGNING_SECRET),
        ("JIRA_WEBHOOK_SECRET", JIRA_WEBHOOK_SECRET),
    ];
    if let Some(key) = key {
        pairs.extend([("GITHUB_APP_NAME", APP_SLUG), ("GITHUB_APP_ID", &app_id), ("GITHUB_PRIVATE_KEY", key)]);
    }
    let mut pairs: Vec<_> = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let servers = [("GITHUB", "github"), ("LINEAR", "linear"), ("JIRA", "atlassian"), ("SLACK", "slack")];
    pairs.extend(servers.map(|(key, vendor)| (format!("{key}_MCP_URL"), format!("{sandbox}/{vendor}/mcp"))));
    pairs.extend(PLAIN.iter().flat_map(|plain| plain.environment(sandbox)));
    pairs.push(("OPERATOR_TOKENS".to_owned(), format!("{OPERATOR},{OTHER_OPERATOR}")));
    pairs
}

impl Server {
    pub async fn start() -> Self {
        Self::open(&[], false).await
    }

    /// With settings of the test's own; later ones win.
    pub async fn with(more: &[(&str, &str)]) -> Self {
        Self::open(more, false).await
    }

    /// With a GitHub App that organisations install.
    pub async fn with_app() -> Self {
        Self::open(&[], true).await
    }

    async fn open(more: &[(&str, &str)], app: bool) -> Self {
        Logs::watch();
        let (database, clock, shutdown) = (Database::fresh().await, Clock::system(), Shutdown::new());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let people = People::start(clock.clone()).await;
        let key = app.then(app_key);
        let sandbox = Sandbox::start(&url, key.as_deref()).await;
        let mut environment = environment(&url, sandbox.url(), &people.jwks_url, key.as_deref());
        for (key, value) in more {
            let value = value.replace("{url}", &url).replace("{sandbox}", sandbox.url());
            environment.retain(|(there, _)| there != key);
            environment.push(((*key).to_owned(), value));
        }
        environment.extend(database.direct_url.iter().map(|url| ("DATABASE_DIRECT_URL".to_owned(), url.clone())));
        let app = instance(&environment, &clock, &database).await;
        tokio::spawn(edge::serve(listener, router(&app), shutdown.clone()));
        let client = Client::new(&url, false).watched();
        Self { url, app, clock, sandbox, people, environment, client, shutdown, database }
    }

    /// Another process of the same service; returns it and its address.
    pub async fn second(&self) -> (Arc<App>, String) {
        self.second_with(&[]).await
    }

    /// Another process, on a machine whose clock is wrong by this much.
    pub async fn second_at(&self, wrong: TimeDelta) -> (Arc<App>, String) {
        let clock = Clock::system();
        clock.advance(self.clock.now() - clock.now() + wrong);
        self.served(&self.environment, &clock).await
    }

    /// Another process that was started with other settings.
    pub async fn second_with(&self, more: &[(&str, &str)]) -> (Arc<App>, String) {
        let mut environment = self.environment.clone();
        for (key, value) in more {
            environment.retain(|(there, _)| there != key);
            environment.push(((*key).to_owned(), (*value).to_owned()));
        }
        self.served(&environment, &self.clock).await
    }

    /// Another process, which waits so long for a vendor's answer; returns its address.
    pub async fn second_that_waits(&self, patience: Duration) -> String {
        let mut config = config(&self.environment);
        config.vendor_patience = patience;
        let app = instance_of(config, &self.clock, &self.database).await;
        self.serve(&app).await
    }

    async fn served(&self, environment: &[(String, String)], clock: &Clock) -> (Arc<App>, String) {
        let app = instance(environment, clock, &self.database).await;
        let url = self.serve(&app).await;
        (app, url)
    }

    async fn serve(&self, app: &Arc<App>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(edge::serve(listener, router(app), self.shutdown.clone()));
        url
    }

    /// A service of the same settings over another database.
    pub async fn over(&self, database: &Database) -> (Arc<App>, String) {
        let app = instance(&self.environment, &self.clock, database).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(edge::serve(listener, connectors::router(&app), self.shutdown.clone()));
        (app, url)
    }

    /// What another process of the same service is started with.
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut environment = self.environment.clone();
        environment.retain(|(key, _)| key != "DATABASE_URL");
        environment.push(("DATABASE_URL".to_owned(), self.database.url.clone()));
        environment
    }

    /// Waits for what is written behind requests. A test that leaves it under way would have to wait for it when its database
    /// is dropped.
    pub async fn settled(&self) {
        let unfinished = &self.app.memory.unfinished;
        unfinished.close();
        unfinished.wait().await;
        unfinished.reopen();
    }

    pub async fn start_workers(&self) -> workers::Workers {
        workers::make_room(&self.app).await.unwrap();
        workers::start(&self.app, &self.shutdown)
    }

    pub fn stop(&self) {
        self.shutdown.begin();
    }

    /// Moves our clock and the vendors' alike.
    pub async fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
        self.sandbox.control("clock", json!({"advance_seconds": by.num_seconds()})).await;
    }

    pub fn anonymous(&self) -> Client {
        self.client.clone()
    }

    /// A browser nobody has used.
    pub fn browser(&self) -> Client {
        Client::new(&self.url, true).watched()
    }

    pub fn member(&self, user: UserId) -> Client {
        self.browser().bearer(&self.people.token(user))
    }

    pub fn operator(&self, tenant: Uuid) -> Client {
        self.client.bearer(OPERATOR).with("x-tenant-id", &tenant.to_string())
    }

    /// A new organisation's tenant.
    pub async fn tenant(&self) -> Uuid {
        let id = Uuid::now_v7();
        self.client.bearer(OPERATOR).put(&format!("/tenants/{id}")).await.with(201);
        id
    }

    /// A tenant with one account at the provider, connected by an operator; the connection as it is shown.
    pub async fn connected(&self, tenant: Uuid, provider: &str, account: &str) -> Value {
        self.connected_as(tenant, provider, account, &json!({})).await
    }

    /// The same with a wish.
    pub async fn connected_as(&self, tenant: Uuid, provider: &str, account: &str, wish: &Value) -> Value {
        let operator = self.operator(tenant);
        let started = operator.post(&format!("/connect/{provider}"), wish).await.with(201);
        let back = self.sandbox.approve(started["authorize_url"].as_str().unwrap(), account).await;
        let query = back.query().unwrap();
        operator.get(&format!("/connect/{provider}/callback?{query}")).await.with(200)
    }

    /// The same, asking for something in particular.
    pub async fn connected_with(&self, tenant: Uuid, provider: &str, account: &str, wish: &Value) -> Value {
        let operator = self.operator(tenant);
        let started = operator.post(&format!("/connect/{provider}"), wish).await.with(201);
        let back = self.sandbox.approve(started["authorize_url"].as_str().unwrap(), account).await;
        let query = back.query().unwrap();
        operator.get(&format!("/connect/{provider}/callback?{query}")).await.with(200)
    }

    /// A member goes through the vendor's pages in their browser; the final answer of ours.
    pub async fn connect_as(&self, member: &Client, provider: &str, account: &str) -> super::Answer {
        let started = member.post_nothing(&format!("/connect/{provider}")).await.with(201);
        let back = self.sandbox.approve(started["authorize_url"].as_str().unwrap(), account).await;
        member.get(&path_of(&back)).await
    }

    /// A token of this connection.
    pub async fn vend(&self, tenant: Uuid, connection: &Value) -> Value {
        self.vend_answer(tenant, connection).await.with(200)
    }

    pub async fn vend_answer(&self, tenant: Uuid, connection: &Value) -> super::Answer {
        let (provider, id) = (connection["provider"].as_str().unwrap(), connection["id"].as_str().unwrap());
        self.operator(tenant).get(&format!("/oauth/token/{provider}?connection_id={id}")).await
    }

    pub async fn connection(&self, tenant: Uuid, id: &Value) -> Value {
        self.operator(tenant).get(&format!("/connections/{}", id.as_str().unwrap())).await.with(200)
    }

    /// A person has deleted their account; nothing of them is left when this returns.
    pub async fn erase_person(&self, user: UserId) {
        let now = self.clock.now();
        db::erasures::begin(&self.database.pool, user.personal_tenant(), (now, now)).await.unwrap();
        self.erase_what_is_begun().await;
    }

    /// Vendors get their time, and late requests too.
    pub async fn erase_what_is_begun(&self) {
        for _ in 0..10 {
            workers::erase(&self.app).await.unwrap();
            if self.database.count("erasures where erased_at is null").await == 0 {
                return;
            }
            self.advance(TimeDelta::minutes(6)).await;
            workers::run_jobs(&self.app).await.unwrap();
        }
        let [erasures, jobs, chains] = [
            self.database.dump("erasures").await,
            self.database.dump("jobs").await,
            self.database.dump("audit_chains").await,
        ];
        panic!("an erasure does not come to its end: {erasures}\njobs: {jobs}\nchains: {chains}");
    }

    pub async fn read_deliveries(&self) {
        workers::read_deliveries(&self.app).await.unwrap();
    }

    /// Fetches what is due.
    pub async fn sync(&self) {
        Box::pin(workers::sync(&self.app)).await.unwrap();
    }

    /// Has everything of a connection fetched before its time.
    pub async fn sync_now(&self, tenant: Uuid, connection: &Value) {
        let path = format!("/connections/{}/sync", connection["id"].as_str().unwrap());
        self.operator(tenant).post_nothing(&path).await.with(202);
        self.sync().await;
    }

    /// A stream of a connection, as people see it.
    pub async fn stream(&self, tenant: Uuid, connection: &Value, name: &str) -> Value {
        let path = format!("/connections/{}/streams", connection["id"].as_str().unwrap());
        let streams = self.operator(tenant).get(&path).await.with(200);
        let found = streams["streams"].as_array().unwrap().iter().find(|stream| stream["name"] == name);
        found.unwrap_or_else(|| panic!("no stream {name}: {streams}")).clone()
    }

    /// What a tenant has been told, in the order of its feed, but for the states of connections: kind and the vendor's id.
    pub async fn told(&self, tenant: Uuid) -> Vec<(String, String)> {
        sqlx::query_as(
            "select kind, subject ->> 'external_id'
             from signals
             where tenant_id = $1
               and kind not like 'connection%'
             order by position",
        )
        .bind(tenant)
        .fetch_all(&self.database.pool)
        .await
        .unwrap()
    }

    /// What `work` brings, once it is sure that no row of any table has changed.
    pub async fn unchanged<T>(&self, work: impl Future<Output = T>) -> T {
        let before = self.everything().await;
        let result = work.await;
        assert_eq!(self.everything().await, before);
        result
    }

    /// All rows of all tables, to see that nothing has changed and that nothing secret is there.
    pub async fn everything(&self) -> BTreeMap<String, String> {
        let tables: Vec<String> = sqlx::query_scalar(
            "select tablename::text from pg_tables where schemaname = 'public' and tablename <> '_sqlx_migrations'",
        )
        .fetch_all(&self.database.pool)
        .await
        .unwrap();
        let mut rows = BTreeMap::new();
        for table in tables {
            rows.insert(table.clone(), self.database.dump(&table).await);
        }
        rows
    }
}

/// The service, whose every answer is held against the document.
fn router(app: &Arc<App>) -> Router {
    connectors::router(app).layer(from_fn(promise::held))
}

fn config(environment: &[(String, String)]) -> Config {
    Config::load(&Env::from_pairs(environment.iter().cloned())).unwrap_or_else(|error| panic!("{error}"))
}

async fn instance(environment: &[(String, String)], clock: &Clock, database: &Database) -> Arc<App> {
    instance_of(config(environment), clock, database).await
}

async fn instance_of(config: Config, clock: &Clock, database: &Database) -> Arc<App> {
    let pool = match &config.direct_database_url {
        Some(_) => db::connect_to_pooler(&database.url, 10).unwrap(),
        None => db::connect(&database.url, 10).unwrap(),
    };
    let app = App::new(config, clock.clone(), pool).unwrap();
    app.unlock().await.unwrap();
    app
}
