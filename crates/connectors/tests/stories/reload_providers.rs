//! The operator's own file of providers while the service runs: SIGHUP reads it anew, and a faulty one changes nothing.

use crate::support::{Client, OwnFile, Process, Server};
use reqwest::Method;
use std::time::Duration;

fn entry(slug: &str, name: &str, kind: &str) -> String {
    format!(
        "[[provider]]\nslug = \"{slug}\"\nname = \"{name}\"\nkind = \"{kind}\"\nverified = false\n\
         probe_url = \"https://api.acme.example/probe\"\napi_base = \"https://api.acme.example\"\n\
         placement = {{ header = \"x-acme-key\", prefix = \"\" }}\n\n"
    )
}

/// Polls until something is so.
async fn until(what: &str, seen: impl AsyncFn() -> bool) {
    let seen = async {
        while !seen().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(testkit::PATIENCE, seen).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// The name under which a provider is shown; `None`: there is none.
async fn shown(caller: &Client, slug: &str) -> Option<String> {
    let answer = caller.send(Method::GET, &format!("/providers/{slug}"), "").await;
    match answer.status.as_u16() {
        404 => None,
        _ => Some(answer.with(200)["name"].as_str().unwrap().to_owned()),
    }
}

/// A file that grew, one with a fault, and one that shrank, each followed by a SIGHUP to the process that serves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hangup_reads_the_file_anew() {
    let (file, log) = (OwnFile::new(&entry("acme-keys", "Acme", "api_key")), OwnFile::new(""));
    let server = Server::with(&[("PROVIDERS_FILE", file.path()), ("TRUSTED_PROXIES", "127.0.0.1/32")]).await;
    let process = Process::logging_to(&server, &log).await;
    // Each poll from an address of its own, for those who are not known are counted by it.
    let polls = std::cell::Cell::new(0_u16);
    let name = async |slug: &str| {
        polls.set(polls.get() + 1);
        let [high, low] = polls.get().to_be_bytes();
        let caller = server.anonymous().at(&process.url).with("x-forwarded-for", &format!("192.168.{high}.{low}"));
        shown(&caller, slug).await
    };
    assert_eq!((name("acme-keys").await.as_deref(), name("acme-more").await), (Some("Acme"), None));

    // The file alone changes nothing.
    file.write(&(entry("acme-keys", "Acme Two", "api_key") + &entry("acme-more", "More", "api_key")));
    assert_eq!((name("acme-keys").await.as_deref(), name("acme-more").await), (Some("Acme"), None));
    process.hang_up();
    until("the new provider", async || name("acme-more").await.is_some()).await;
    assert_eq!(name("acme-keys").await.as_deref(), Some("Acme Two"));

    file.write(&(entry("acme-keys", "Acme Three", "api_key") + &entry("acme-more", "More", "no_such_kind")));
    process.hang_up();
    until("the fault is logged", async || log.read().contains("the providers stay as they were")).await;
    let logged = log.read();
    // The second entry begins in line 10, and its kind stands three lines below.
    assert!(logged.contains(".toml:13: acme-more: kind must be "), "{logged}");
    let kept = (name("acme-keys").await, name("acme-more").await, name("github").await);
    assert_eq!(kept, (Some("Acme Two".to_owned()), Some("More".to_owned()), Some("GitHub".to_owned())));

    file.write(&entry("acme-keys", "Acme Four", "api_key"));
    process.hang_up();
    until("the provider is gone", async || name("acme-more").await.is_none()).await;
    assert_eq!(name("acme-keys").await.as_deref(), Some("Acme Four"));
}
