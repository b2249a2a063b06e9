//! Refreshes whose answer never reaches the database: the process is killed, or the answer is lost on its way. The connection
//! ends alive, or says that a person has to act; the vendor is asked three times at most.

use crate::support::{Answer, Process, Server};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// A connection at a vendor that forgives nothing, its token over, and a process that can be killed.
struct Scene {
    server: Server,
    process: Process,
    tenant: Uuid,
    connection: Value,
}

impl Scene {
    async fn set() -> Self {
        let server = Server::start().await;
        server.sandbox.settings("linear", json!({"revoke_family_on_reuse": true})).await;
        let tenant = server.tenant().await;
        let connection = server.connected(tenant, "linear", "ann").await;
        let process = Process::of(&server).await;
        Self { server, process, tenant, connection }
    }

    /// The token ends, and somebody asks the process that will be killed.
    async fn ask(&self) -> JoinHandle<Result<Answer, reqwest::Error>> {
        self.server.database.execute("update grants set expires_at = now(), refresh_at = now()").await;
        let caller = self.server.operator(self.tenant).at(&self.process.url);
        let path = format!("/oauth/token/linear?connection_id={}", self.connection["id"].as_str().unwrap());
        tokio::spawn(async move { caller.attempt(reqwest::Method::GET, &path, "").await })
    }

    /// Waits until a query of the database says true.
    async fn until(&self, query: &'static str) {
        let seen = async {
            while !sqlx::query_scalar::<_, bool>(query).fetch_one(&self.server.database.pool).await.unwrap() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(testkit::PATIENCE, seen).await.unwrap_or_else(|_| panic!("never: {query}"));
    }

    /// Waits until one of the sandbox's counters has this value.
    async fn until_vendor(&self, name: &str, value: u64) {
        let seen = async {
            while self.server.sandbox.count("linear", name).await != value {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(testkit::PATIENCE, seen).await.unwrap_or_else(|_| panic!("{name} is not {value}"));
    }

    /// Kills the process, lets its lease run out, and asks another one.
    async fn take_over(&mut self, asked: JoinHandle<Result<Answer, reqwest::Error>>) -> Answer {
        self.process.kill();
        assert!(asked.await.unwrap().is_err(), "the caller of the killed process was cut off");
        self.server.database.execute("update grants set lease_expires_at = now() - interval '1 second'").await;
        self.server.vend_answer(self.tenant, &self.connection).await
    }

    async fn health(&self) -> Value {
        self.server.connection(self.tenant, &self.connection["id"]).await["health"].clone()
    }

    /// The answer is a token that the vendor takes, and all is well; how often the vendor was asked to refresh.
    async fn lives(&self, answer: Answer) -> u64 {
        let token = answer.with(200)["access_token"].clone();
        assert!(self.server.sandbox.accepts("linear", token.as_str().unwrap()).await);
        assert_eq!(self.health().await["status"], "active");
        assert_eq!(left(&self.server).await, (0, false));
        self.asked().await
    }

    /// The person has to connect again, once and for all: nobody asks the vendor any more.
    async fn is_lost(&self, answer: Answer) -> u64 {
        assert_eq!(answer.problem(), (409, "RECONNECT_REQUIRED".to_owned()));
        is_rotated_elsewhere(&self.server, &self.health().await);
        let asked = self.asked().await;
        self.server.vend_answer(self.tenant, &self.connection).await;
        connectors::workers::renew_ahead(&self.server.app).await.unwrap();
        assert_eq!(self.asked().await, asked);
        asked
    }

    async fn asked(&self) -> u64 {
        self.server.sandbox.count("linear", "token_requests").await - 1
    }
}

fn is_rotated_elsewhere(server: &Server, health: &Value) {
    let expected = json!({
        "status": "needs_reauth", "reason": "rotated_elsewhere", "next_retry_at": null, "reauth_due_at": null, "next_action": "reconnect",
        "reconnect_url": format!("{}/connect/linear", server.url),
    });
    assert_eq!(*health, expected);
}

/// What the row of the only grant says about unanswered calls.
async fn left(server: &Server) -> (i16, bool) {
    sqlx::query_as("select refresh_attempts, refresh_begun_at is not null from grants")
        .fetch_one(&server.database.pool)
        .await
        .unwrap()
}

/// Killed with the lease in hand, before the vendor hears of it: the next process refreshes as if nothing had been.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_the_vendor_is_asked() {
    let mut scene = Scene::set().await;
    let mut in_the_way = scene.server.database.pool.begin().await.unwrap();
    // Where a process looks for the tenant's own client, on its way from the lease to the vendor.
    sqlx::query("lock table provider_configs in access exclusive mode").execute(&mut *in_the_way).await.unwrap();
    let asked = scene.ask().await;
    scene.until("select lease_owner is not null from grants").await;
    assert_eq!(left(&scene.server).await, (1, true), "the intent is noted with the lease");
    scene.process.kill();
    in_the_way.rollback().await.unwrap();
    let answer = scene.take_over(asked).await;
    assert_eq!(scene.lives(answer).await, 1);
}

/// Killed while the vendor, which has done its work, holds its answer back: the old token is spent, the new one nobody has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_the_vendors_answer_arrives() {
    let mut scene = Scene::set().await;
    scene.server.sandbox.fault("linear", "refresh", "hold", 1).await;
    let asked = scene.ask().await;
    scene.until_vendor("held", 1).await;
    let answer = scene.take_over(asked).await;
    assert_eq!(scene.is_lost(answer).await, 2);
}

/// Killed while the vendor has not yet done anything: nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_the_vendor_has_done_it() {
    let mut scene = Scene::set().await;
    scene.server.sandbox.fault("linear", "refresh", "hang", 1).await;
    let asked = scene.ask().await;
    scene.until_vendor("token_requests", 2).await;
    let answer = scene.take_over(asked).await;
    assert_eq!(scene.lives(answer).await, 2);
}

/// Killed with the new pair in memory, before it is stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_the_new_pair_is_stored() {
    let mut scene = Scene::set().await;
    let mut in_the_way = scene.server.database.pool.begin().await.unwrap();
    sqlx::query("select from connections for update").execute(&mut *in_the_way).await.unwrap();
    let asked = scene.ask().await;
    scene.until_vendor("refreshes", 1).await;
    scene.until("select exists (select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database())")
        .await;
    scene.process.kill();
    in_the_way.rollback().await.unwrap();
    let answer = scene.take_over(asked).await;
    assert_eq!(scene.is_lost(answer).await, 2);
}

/// Killed after the new pair is stored, before the caller has it: the next one is served from the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_after_the_new_pair_is_stored() {
    let mut scene = Scene::set().await;
    // No audit, no token. Lines of other things are let through: whoever writes them may hold what the refresh needs.
    for statement in [
        "create function hold() returns trigger language plpgsql
         as 'begin perform pg_advisory_xact_lock(1); return new; end'",
        "create trigger held before insert on audit_log
         for each row when (new.action = 'token.vend') execute function hold()",
    ] {
        scene.server.database.execute(statement).await;
    }
    let mut in_the_way = scene.server.database.pool.begin().await.unwrap();
    sqlx::query("select pg_advisory_xact_lock(1)").execute(&mut *in_the_way).await.unwrap();
    let asked = scene.ask().await;
    scene.until("select version = 2 from grants").await;
    scene.process.kill();
    in_the_way.rollback().await.unwrap();
    let answer = scene.take_over(asked).await;
    assert_eq!(scene.lives(answer).await, 1);
}

/// Killed three times in the middle of it: the fourth does not ask any more.
#[tokio::test]
async fn processes_that_are_killed_again_and_again_are_no_loop() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    server.advance(TimeDelta::hours(25)).await;
    server
        .database
        .execute("update grants set refresh_attempts = 3, refresh_begun_at = now() - interval '1 minute'")
        .await;
    let refused = server.vend_answer(tenant, &connection).await;
    assert_eq!(refused.problem(), (409, "RECONNECT_REQUIRED".to_owned()));
    is_rotated_elsewhere(&server, &server.connection(tenant, &connection["id"]).await["health"]);
    assert_eq!(server.sandbox.count("linear", "token_requests").await, 1, "the exchange");
}

/// The vendor did it and its answer was lost on the way. One retry finds out, and a person is asked to connect again, which
/// makes all well.
#[tokio::test]
async fn an_answer_lost_on_its_way_is_found_out() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    for provider in ["linear", "github"] {
        let connection = server.connected(tenant, provider, "ann").await;
        server.advance(TimeDelta::hours(25)).await;
        server.sandbox.fault(provider, "refresh", "answer_lost", 1).await;
        let refused = server.vend_answer(tenant, &connection).await;
        assert_eq!(refused.problem(), (409, "RECONNECT_REQUIRED".to_owned()), "{provider}");
        let health = server.connection(tenant, &connection["id"]).await["health"].clone();
        assert_eq!(health["reason"], "rotated_elsewhere", "{provider}");
        assert_eq!(server.sandbox.count(provider, "token_requests").await, 3, "{provider}: exchange, lost, refused");
        let again = server.connected(tenant, provider, "ann").await;
        assert_eq!((&again["id"], &again["health"]["status"]), (&connection["id"], &json!("active")));
        server.vend(tenant, &again).await;
    }
}

/// A request that never arrived is asked again within a second, and a refusal after a quiet failure is what it says.
#[tokio::test]
async fn a_broken_connection_costs_nothing() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    server.advance(TimeDelta::hours(25)).await;
    server.sandbox.fault("linear", "refresh", "reset", 1).await;
    server.vend(tenant, &connection).await;
    assert_eq!(left(&server).await, (0, false));
    server.advance(TimeDelta::hours(25)).await;
    server.sandbox.fault("linear", "refresh", "status_500", 1).await;
    server.sandbox.control("linear/revoke", json!({"account": "ann"})).await;
    server.vend_answer(tenant, &connection).await.problem();
    assert_eq!(server.connection(tenant, &connection["id"]).await["health"]["reason"], "revoked");
}

/// The vendor falls silent: two calls at once, then a quarter of an hour for it to recover, and a last one. While the stored
/// token is valid it is served all that time.
#[tokio::test]
async fn a_silent_vendor_is_asked_three_times() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    let health = async || server.connection(tenant, &connection["id"]).await["health"].clone();
    let requests = async || server.sandbox.count("linear", "token_requests").await - 1;
    server.advance(TimeDelta::hours(23) + TimeDelta::minutes(31)).await;
    server.sandbox.fault("linear", "refresh", "close", 2).await;
    let old = server.vend(tenant, &connection).await;
    assert_eq!((requests().await, left(&server).await), (2, (2, true)));
    let degraded = health().await;
    let told = (&degraded["status"], &degraded["reason"], &degraded["next_action"]);
    assert_eq!(told, (&json!("degraded"), &json!("unanswered"), &json!("wait")));
    server.advance(TimeDelta::minutes(14)).await;
    assert_eq!(server.vend(tenant, &connection).await["access_token"], old["access_token"]);
    assert_eq!(requests().await, 2);
    // A vendor that answers, though with an error, is no silent one: it may be asked again.
    server.sandbox.fault("linear", "refresh", "status_500", 1).await;
    server.advance(TimeDelta::minutes(2)).await;
    server.vend(tenant, &connection).await;
    assert_eq!((health().await["reason"].clone(), left(&server).await), (json!("unavailable"), (2, true)));
    server.sandbox.fault("linear", "refresh", "close", 1).await;
    server.advance(TimeDelta::minutes(15)).await;
    assert_eq!(server.vend_answer(tenant, &connection).await.problem(), (409, "RECONNECT_REQUIRED".to_owned()));
    is_rotated_elsewhere(&server, &health().await);
}

/// The process was only frozen, and another one has given the grant up meanwhile: when it stores its pair after all, the
/// connection is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_pair_brings_the_connection_back() {
    let server = Server::start().await;
    let (_second, other) = server.second().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    server.advance(TimeDelta::hours(25)).await;
    server.sandbox.fault("linear", "refresh", "hold", 1).await;
    let frozen = server.vend_answer(tenant, &connection);
    let meanwhile = async {
        while server.sandbox.count("linear", "held").await == 0 {
            tokio::task::yield_now().await;
        }
        server.database.execute("update grants set lease_expires_at = now() - interval '1 second'").await;
        let path = format!("/oauth/token/linear?connection_id={}", connection["id"].as_str().unwrap());
        let given_up = server.operator(tenant).at(&other).get(&path).await;
        assert_eq!(given_up.problem(), (409, "RECONNECT_REQUIRED".to_owned()));
        is_rotated_elsewhere(&server, &server.connection(tenant, &connection["id"]).await["health"]);
        server.sandbox.control("linear/release", json!({})).await;
    };
    let (answer, ()) = tokio::join!(frozen, meanwhile);
    let token = answer.with(200)["access_token"].clone();
    assert!(server.sandbox.accepts("linear", token.as_str().unwrap()).await);
    assert_eq!(server.connection(tenant, &connection["id"]).await["health"]["status"], "active");
}
