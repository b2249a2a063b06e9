//! Following signals as they come.

use crate::support::{Server, Told, signal, write_signals};
use chrono::TimeDelta;
use kernel::{SignalKind, UserId};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

fn titles(told: &[Told]) -> Vec<String> {
    told.iter().map(|one| one.data["subject"]["title"].as_str().unwrap().to_owned()).collect()
}

/// Two writers commit transactions of different lengths at the same time, and the reader is cut off after every seventh event
/// and comes back with the last id it saw: it sees every signal once, in the order of the feed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resuming_neither_skips_nor_repeats() {
    let server = Server::start().await;
    let workers = server.start_workers().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    let mut stream = operator.stream("/signals/stream").await;
    let writer = |name: &'static str| {
        let (pool, clock) = (server.database.pool.clone(), server.clock.clone());
        tokio::spawn(async move {
            for number in 0..40 {
                let mut transaction = pool.begin().await.unwrap();
                let signals: Vec<_> = (0..=number % 3)
                    .map(|part| signal(&clock, SignalKind::IssueCreated, &format!("{name}-{number}-{part}")))
                    .collect();
                write_signals(&mut transaction, &clock, tenant, "linear", &signals).await;
                // The other one wants its positions while this one holds them.
                tokio::task::yield_now().await;
                transaction.commit().await.unwrap();
            }
        })
    };
    let writers = [writer("a"), writer("b")];
    let mut seen: Vec<Told> = Vec::new();
    while seen.len() < 2 * (14 + 13 * 2 + 13 * 3) {
        seen.push(stream.next().await.unwrap());
        if seen.len().is_multiple_of(7) {
            let last = seen.last().unwrap().id.clone();
            // By the header, and every second time in the query.
            stream = match seen.len() % 2 {
                0 => operator.with("last-event-id", &last).stream("/signals/stream?after=0").await,
                _ => operator.stream(&format!("/signals/stream?after={last}")).await,
            };
        }
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let ids: Vec<Uuid> = sqlx::query_scalar("select id from signals where tenant_id = $1 order by position")
        .bind(tenant)
        .fetch_all(&server.database.pool)
        .await
        .unwrap();
    let told: Vec<Uuid> = seen.iter().map(|one| one.data["id"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(told, ids);
    let places: BTreeSet<i64> = seen.iter().map(|one| one.id.parse().unwrap()).collect();
    assert_eq!(places.len(), seen.len());
    drop(stream);
    server.stop();
    workers.finished().await;
}

/// A page is written by other means than a stream, and says the same of each signal: with and without payloads, whatever letters are
/// in them.
#[tokio::test]
async fn a_page_says_what_the_stream_says() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let titles = ["plain", "\"quoted\" \\ and\nbroken", "gr\u{fc}n \u{1f339}", "\u{1}\u{7f}\u{2028}"];
    let signals: Vec<_> = titles.map(|title| signal(&server.clock, SignalKind::IssueCreated, title)).into();
    let mut transaction = server.database.pool.begin().await.unwrap();
    write_signals(&mut transaction, &server.clock, tenant, "linear", &signals).await;
    transaction.commit().await.unwrap();
    let changed = "update signals set changes = array['title', 'a \"b\"'], actor = '{\"name\": \"Ada \\\"A\\\"\"}', container = null";
    server.database.execute(changed).await;
    for wish in ["", "&include_payload=true"] {
        let page = server.operator(tenant).get(&format!("/signals?limit=3{wish}")).await.with(200);
        let next = page["next_cursor"].as_str().unwrap();
        let rest = server.operator(tenant).get(&format!("/signals?limit=3{wish}&cursor={next}")).await.with(200);
        assert_eq!(rest["next_cursor"], Value::Null);
        let paged: Vec<Value> =
            [page, rest].iter().flat_map(|page| page["signals"].as_array().unwrap().clone()).collect();
        let mut stream = server.operator(tenant).stream(&format!("/signals/stream?after=0{wish}")).await;
        let mut told: Vec<Value> = stream.take(4).await.into_iter().map(|one| one.data).collect();
        told.sort_by_key(|one| std::cmp::Reverse((one["occurred_at"].to_string(), one["id"].to_string())));
        assert_eq!(paged, told);
        assert_eq!(paged.iter().all(|one| one.get("payload").is_some()), !wish.is_empty());
    }
}

/// A long feed is read in pages, and what the filter leaves out is passed by.
#[tokio::test]
async fn a_long_feed_comes_in_pages() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let name = |number: usize| format!("{number}");
    for page in 0..5 {
        let signals: Vec<_> = (page * 70..(page + 1) * 70)
            .map(|number| {
                let kind = if number % 3 == 0 { SignalKind::Push } else { SignalKind::IssueCreated };
                signal(&server.clock, kind, &name(number))
            })
            .collect();
        let mut transaction = server.database.pool.begin().await.unwrap();
        write_signals(&mut transaction, &server.clock, tenant, "linear", &signals).await;
        transaction.commit().await.unwrap();
    }
    let operator = server.operator(tenant);
    let all = operator.stream("/signals/stream?after=0").await.take(350).await;
    assert_eq!(titles(&all), (0..350).map(name).collect::<Vec<_>>());
    let pushes = operator.stream("/signals/stream?after=0&kind=push").await.take(117).await;
    assert_eq!(titles(&pushes), (0..350).step_by(3).map(name).collect::<Vec<_>>());
}

/// What an event says is what GET /signals says; filters hold as there, and nobody hears of another tenant.
#[tokio::test]
async fn a_stream_is_the_tenants_own() {
    let server = Server::start().await;
    let workers = server.start_workers().await;
    let (ours, theirs) = (server.tenant().await, server.tenant().await);
    server.signal(ours, "linear", SignalKind::Push, "before").await;
    let operator = server.operator(ours);
    let mut all = operator.stream("/signals/stream?include_payload=true").await;
    let mut pushes = operator.stream("/signals/stream?kind=push").await;
    let mut github = operator.stream("/signals/stream?provider=github").await;
    let mut foreign = server.operator(theirs).stream("/signals/stream?after=0").await;
    for (tenant, provider, kind, name) in [
        (ours, "linear", SignalKind::IssueCreated, "one"),
        (theirs, "github", SignalKind::Push, "theirs"),
        (ours, "github", SignalKind::IssueCreated, "two"),
        (ours, "linear", SignalKind::Push, "three"),
        (ours, "github", SignalKind::Push, "four"),
    ] {
        server.signal(tenant, provider, kind, name).await;
    }
    let told = all.take(4).await;
    assert_eq!(titles(&told), ["one", "two", "three", "four"]);
    assert_eq!(titles(&pushes.take(2).await), ["three", "four"]);
    assert_eq!(titles(&github.take(2).await), ["two", "four"]);
    assert_eq!(titles(&foreign.take(1).await), ["theirs"]);
    assert_eq!(told[0].event, "issue_created");
    let page = operator.get("/signals?include_payload=true&limit=4").await.with(200);
    let listed: BTreeSet<String> = page["signals"].as_array().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(told.iter().map(|one| one.data.to_string()).collect::<BTreeSet<_>>(), listed);
    assert_eq!(told[0].data["payload"]["said"], "so");
    let mut again = operator.stream("/signals/stream?after=0&kind=push").await;
    assert_eq!(titles(&again.take(3).await), ["before", "three", "four"]);
    server.stop();
    for stream in [&mut all, &mut pushes, &mut github, &mut foreign, &mut again] {
        assert_eq!(stream.next().await, None, "the shutdown ends it");
    }
    workers.finished().await;
}

/// The session that hears of news is cut off; what is written meanwhile and afterwards is told all the same.
#[tokio::test]
async fn a_listener_that_is_cut_off_hears_again() {
    let server = Server::start().await;
    let workers = server.start_workers().await;
    let tenant = server.tenant().await;
    let mut stream = server.operator(tenant).stream("/signals/stream").await;
    server.signal(tenant, "linear", SignalKind::Push, "before").await;
    assert_eq!(titles(&stream.take(1).await), ["before"]);
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
               where datname = current_database() and query ilike 'listen%'";
    let cut: i64 = sqlx::query_scalar(cut).fetch_one(&server.database.pool).await.unwrap();
    assert_eq!(cut, 1);
    server.signal(tenant, "linear", SignalKind::Push, "meanwhile").await;
    assert_eq!(titles(&stream.take(1).await), ["meanwhile"]);
    server.signal(tenant, "linear", SignalKind::Push, "after").await;
    assert_eq!(titles(&stream.take(1).await), ["after"]);
    server.stop();
    workers.finished().await;
}

/// Where no session can listen, followers are told some seconds later.
#[tokio::test]
async fn who_cannot_listen_looks() {
    let server = Server::with(&[("DATABASE_DIRECT_URL", "postgres://nobody@127.0.0.1:1/nothing")]).await;
    let workers = server.start_workers().await;
    let tenant = server.tenant().await;
    let mut stream = server.operator(tenant).stream("/signals/stream").await;
    for name in ["one", "two"] {
        server.signal(tenant, "linear", SignalKind::Push, name).await;
        assert_eq!(titles(&stream.take(1).await), [name]);
    }
    server.stop();
    workers.finished().await;
}

/// A stream lasts no longer than what was shown to open it: a JWT ends, and a revocation is noticed within a minute.
#[tokio::test]
async fn a_stream_ends_with_its_credential() {
    let server = Server::start().await;
    let workers = server.start_workers().await;
    let ada = UserId::generate();
    let mut theirs = server.member(ada).stream("/signals/stream").await;
    let tenant = server.tenant().await;
    let token = crate::api::limited_token(&server, |_| {}).await;
    let limited = server.anonymous().bearer(token.token.expose()).with("x-tenant-id", &tenant.to_string());
    let (mut operators, mut everybodys) =
        (limited.stream("/signals/stream").await, server.operator(tenant).stream("/signals/stream").await);
    for (tenant, stream) in [(ada.as_uuid(), &mut theirs), (tenant, &mut operators)] {
        server.signal(tenant, "linear", SignalKind::Push, "in time").await;
        assert_eq!(titles(&stream.take(1).await), ["in time"]);
    }
    connectors::operator_tokens::revoke(&server.app.pool, &server.clock, token.id).await.unwrap();
    server.clock.advance(TimeDelta::seconds(61));
    server.signal(tenant, "linear", SignalKind::Push, "too late").await;
    assert_eq!(operators.next().await, None);
    server.signal(ada.as_uuid(), "linear", SignalKind::Push, "still in time").await;
    assert_eq!(titles(&theirs.take(1).await), ["still in time"]);
    server.clock.advance(TimeDelta::minutes(15));
    server.signal(ada.as_uuid(), "linear", SignalKind::Push, "too late").await;
    assert_eq!(theirs.next().await, None);
    assert_eq!(titles(&everybodys.take(2).await), ["in time", "too late"]);
    server.stop();
    assert_eq!(everybodys.next().await, None);
    workers.finished().await;
}

/// Twenty of a tenant, and one more is told when to come back; what cannot be followed from is refused.
#[tokio::test]
async fn streams_are_bounded() {
    let server = Server::start().await;
    let (tenant, other) = (server.tenant().await, server.tenant().await);
    let operator = server.operator(tenant);
    for tenant in [tenant, other] {
        server.signal(tenant, "linear", SignalKind::Push, "one").await;
    }
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = operator.stream("/signals/stream?after=0").await;
        // What it reads at first has been read: a query under way would make the end of the test wait.
        stream.take(1).await;
        streams.push(stream);
    }
    let refused = operator.get("/signals/stream").await;
    assert_eq!(refused.problem(), (429, "TOO_MANY_STREAMS".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("30"));
    let others = server.operator(other);
    let mut theirs = others.stream("/signals/stream?after=0").await;
    theirs.take(1).await;
    for (query, pointer) in [
        ("after=x", "#/after"),
        ("after=-1", "#/after"),
        ("kind=nothing", "#/kind"),
        ("provider=nothing", "#/provider"),
        ("include_payload=yes", "#/include_payload"),
    ] {
        let answer = others.get(&format!("/signals/stream?{query}")).await;
        assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{query}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer);
    }
    let answer = others.with("last-event-id", "x").get("/signals/stream").await;
    assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()));
}
