//! The console is served so that a browser can hold nothing against it, and quickly.

use crate::support::Server;
use reqwest::Method;
use std::collections::BTreeSet;

/// What one page may cost somebody who has never been here.
const FIRST_PAGE: usize = 150 * 1024;

/// The addresses that the page names, without those that lead to other pages.
fn named(page: &str) -> BTreeSet<String> {
    let values = page.split("href=\"").chain(page.split("src=\"")).skip(1);
    values
        .filter_map(|rest| rest.split('"').next())
        .filter(|url| url.starts_with("/console/assets/"))
        .map(Into::into)
        .collect()
}

/// Whatever the address, the page is the same, and says what it may do: nothing that it was not written to do.
#[tokio::test]
async fn every_address_of_the_console_is_the_page() {
    let server = Server::start().await;
    let nobody = server.anonymous();
    let front = nobody.get("/").await;
    assert_eq!(front.status, 200);
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        ),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-cache"),
    ] {
        assert_eq!(front.header(name), Some(value), "{name}");
    }
    assert!(!front.text.contains("<style") && !front.text.contains(" style=") && !front.text.contains("://"));
    for path in ["/console", "/console/connections", "/console/connections/new", "/console/a/b/c"] {
        let page = nobody.get(path).await;
        assert_eq!((page.status.as_u16(), &page.text), (200, &front.text), "{path}");
    }
    let tag = front.header("etag").unwrap();
    let known = nobody.with("if-none-match", tag).get("/").await;
    assert_eq!((known.status.as_u16(), known.text.as_str(), known.header("etag")), (304, "", Some(tag)));
    assert_eq!(nobody.with("if-none-match", "W/\"other\"").get("/").await.status, 200);
    assert_eq!(nobody.send(Method::POST, "/", "").await.status, 405);
}

/// A file at the right version may be kept for good; at another one it is there, but nobody keeps it.
#[tokio::test]
async fn files_are_kept_for_good_at_their_version_only() {
    let server = Server::start().await;
    let nobody = server.anonymous();
    for path in named(&nobody.get("/").await.text) {
        let file = nobody.get(&path).await;
        assert_eq!(file.status, 200, "{path}");
        assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"), "{path}");
        let kind = match path.rsplit_once('.').unwrap().1 {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            other => panic!("{other}"),
        };
        assert_eq!(file.header("content-type"), Some(kind), "{path}");
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    let older = nobody.get("/console/assets/0000000000000000/main.js").await;
    assert_eq!((older.status.as_u16(), older.header("cache-control")), (200, Some("no-cache")));
}

/// What one widget may cost the page of another product, before it is compressed.
const WIDGET: usize = 8 * 1024;

/// The module for other products' pages has an address that stays, and pages of any origin may load it, but nothing else of the console.
#[tokio::test]
async fn the_widget_may_be_loaded_from_anywhere() {
    let server = Server::start().await;
    let nobody = server.anonymous();
    let elsewhere = nobody.with("origin", "https://shop.example.com");
    let widget = elsewhere.get("/console/widget.js").await;
    assert_eq!(widget.status, 200);
    for (name, value) in [
        ("content-type", "text/javascript; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "public, max-age=300"),
        ("access-control-allow-origin", "*"),
    ] {
        assert_eq!(widget.header(name), Some(value), "{name}");
    }
    assert!(widget.text.contains("customElements.define(\"connectors-connect\""), "{}", widget.text);
    assert!(widget.text.len() < WIDGET, "{}", widget.text.len());
    // It stands alone: a module that imported another would ask for a file that no other origin may have.
    assert!(!widget.text.contains("import ") && !widget.text.contains("import("));
    let main = format!("/console/assets/{}/main.js", console::version());
    for path in ["/", "/console/connections", &main] {
        assert_eq!(elsewhere.get(path).await.header("access-control-allow-origin"), None, "{path}");
    }
}

/// A page that may call with cookies is named, as for every other route.
#[tokio::test]
async fn a_known_frontend_loads_the_widget_too() {
    let server = Server::with(&[("CORS_ORIGINS", "https://app.example.com")]).await;
    let page = server.anonymous().with("origin", "https://app.example.com");
    let widget = page.get("/console/widget.js").await;
    assert_eq!(
        (widget.status.as_u16(), widget.header("access-control-allow-origin")),
        (200, Some("https://app.example.com"))
    );
}

/// What is not a file of the console is a problem, and no way leads out of its folder.
#[tokio::test]
async fn only_files_of_the_console_are_served() {
    let server = Server::start().await;
    let nobody = server.anonymous();
    let version = console::version();
    for path in [
        "none.js",
        "core",
        "index.html",
        "main.js/",
        "..%2fCargo.toml",
        "..%2f..%2fsrc%2flib.rs",
        "core%2f..%2fmain.js",
        "%2fetc%2fpasswd",
        "main.js%00",
    ] {
        let answer = nobody.get(&format!("/console/assets/{version}/{path}")).await;
        assert_eq!(answer.problem(), (404, "NOT_FOUND".to_owned()), "{path}");
    }
}

/// All that a stranger's browser loads before the first page is complete, as it travels: what the page names, what its scripts
/// import, and the page of the start.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test is the outside world, and counts what travels")]
async fn the_first_page_is_small() {
    let server = Server::start().await;
    let nobody = server.anonymous();
    let base = format!("/console/assets/{}", console::version());
    let named = named(&nobody.get("/").await.text);
    let mut wanted: Vec<String> = named.into_iter().chain([format!("{base}/pages/home.js"), "/".to_owned()]).collect();
    let raw = reqwest::Client::builder().no_gzip().no_proxy().build().unwrap();
    let (mut seen, mut bytes) = (BTreeSet::new(), 0);
    while let Some(path) = wanted.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let answer = raw.get(format!("{}{path}", server.url)).header("accept-encoding", "gzip").send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()["content-encoding"], "gzip", "{path}");
        assert_eq!(answer.headers()["vary"], "accept-encoding", "{path}");
        bytes += answer.bytes().await.unwrap().len();
        let here = url::Url::parse("http://x").unwrap().join(&path).unwrap();
        let text = nobody.get(&path).await.text;
        let imported = text.split("from \"").skip(1).filter_map(|rest| rest.split('"').next());
        wanted.extend(imported.map(|import| here.join(import).unwrap().path().to_owned()));
    }
    assert!(seen.len() > 20 && seen.contains(&format!("{base}/pages/account/sign-in-form.js")), "{seen:?}");
    assert!(bytes < FIRST_PAGE, "{bytes}");
    eprintln!("the first page is {bytes} bytes in {} files", seen.len());
}
