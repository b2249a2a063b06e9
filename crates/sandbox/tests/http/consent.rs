//! The page a person clicks, and the requests that never get that far.

use crate::support::{GITHUB, LINEAR, Sandbox, Vendor, browser, config, query, start};
use reqwest::{Response, StatusCode};

/// The ticket in the page's form.
fn ticket(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"ticket\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn page(sandbox: &Sandbox, vendor: Vendor) -> String {
    sandbox.client.get(sandbox.authorize_url(vendor, &[])).send().await.unwrap().text().await.unwrap()
}

async fn press(sandbox: &Sandbox, vendor: Vendor, ticket: &str, decision: &str) -> Response {
    let form = [("ticket", ticket), ("decision", decision), ("account", "ann")];
    sandbox.client.post(sandbox.url(vendor.authorize)).form(&form).send().await.unwrap()
}

/// The page says who asks for what and where it leads, and cannot be framed.
#[tokio::test]
async fn the_page_shows_client_scopes_and_the_host_it_returns_to() {
    let sandbox = start(config()).await;
    for vendor in [GITHUB, LINEAR] {
        let response = sandbox.client.get(sandbox.authorize_url(vendor, &[])).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        let text = response.text().await.unwrap();
        for shown in [vendor.client_id, "<code>https://localhost</code>", "read", "Approve", "Deny"] {
            assert!(text.contains(shown), "{shown} is not on the page: {text}");
        }
    }
}

/// Approve leads to the callback with a code and the state as it was sent.
#[tokio::test]
async fn approving_redirects_with_code_and_state() {
    let sandbox = start(config()).await;
    for vendor in [GITHUB, LINEAR] {
        let ticket = ticket(&page(&sandbox, vendor).await);
        let response = press(&sandbox, vendor, &ticket, "approve").await;
        assert_eq!(response.status(), StatusCode::FOUND);
        assert!(response.headers()["location"].to_str().unwrap().starts_with(vendor.callback));
        let query = query(&response);
        assert_eq!(query["state"], "st4te");
        let answer = sandbox.exchange(vendor, &query["code"]).await;
        assert!(answer.body["access_token"].is_string(), "{}", answer.body);
    }
}

/// Deny leads to the callback with `access_denied` and without a code.
#[tokio::test]
async fn denying_redirects_with_access_denied() {
    let sandbox = start(config()).await;
    for vendor in [GITHUB, LINEAR] {
        let ticket = ticket(&page(&sandbox, vendor).await);
        let query = query(&press(&sandbox, vendor, &ticket, "deny").await);
        assert_eq!((query["error"].as_str(), query["state"].as_str()), ("access_denied", "st4te"));
        assert!(!query.contains_key("code"));
    }
}

/// A ticket is good once, and only in the browser that was shown the page.
#[tokio::test]
async fn a_forged_or_repeated_press_is_refused() {
    let mut sandbox = start(config()).await;
    let used = ticket(&page(&sandbox, GITHUB).await);
    assert_eq!(press(&sandbox, GITHUB, &used, "approve").await.status(), StatusCode::FOUND);
    assert_eq!(press(&sandbox, GITHUB, &used, "approve").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(press(&sandbox, GITHUB, "guess", "approve").await.status(), StatusCode::FORBIDDEN);

    let fresh = ticket(&page(&sandbox, GITHUB).await);
    sandbox.client = browser();
    // The other browser has a page of its own open, and the cookie that came with it.
    let own = ticket(&page(&sandbox, GITHUB).await);
    assert_eq!(press(&sandbox, GITHUB, &own, "approve").await.status(), StatusCode::FOUND);
    assert_eq!(press(&sandbox, GITHUB, &fresh, "approve").await.status(), StatusCode::FORBIDDEN);
}

/// Client and callback are compared letter by letter; a wrong one is never redirected to.
#[tokio::test]
async fn an_unknown_client_or_callback_gets_a_page_and_no_redirect() {
    let sandbox = start(config()).await;
    for vendor in [GITHUB, LINEAR] {
        let longer = format!("{}/", vendor.callback);
        let query = format!("{}?x=1", vendor.callback);
        let upper = vendor.callback.replace("callback", "Callback");
        for (name, value) in [
            ("client_id", "nobody"),
            ("redirect_uri", &longer),
            ("redirect_uri", &query),
            ("redirect_uri", &upper),
            ("redirect_uri", "https://localhost.example/oauth/github/callback"),
            ("redirect_uri", "javascript:alert(1)"),
        ] {
            let changes = [(name, Some(value)), ("sandbox_consent", Some("approve"))];
            let response = sandbox.client.get(sandbox.authorize_url(vendor, &changes)).send().await.unwrap();
            assert!(response.status().is_client_error(), "{} {name}={value}", vendor.slug);
            assert!(!response.headers().contains_key("location"));
        }
    }
}

/// A parameter that comes twice could be read in two ways, so it is read in none.
#[tokio::test]
async fn a_doubled_parameter_is_refused() {
    let sandbox = start(config()).await;
    let url = sandbox.authorize_url(GITHUB, &[("sandbox_consent", Some("approve"))]);
    let response = sandbox.client.get(format!("{url}&state=other")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

/// No challenge and the plain method are refused, to the app.
#[tokio::test]
async fn pkce_with_s256_is_demanded() {
    let sandbox = start(config()).await;
    for vendor in [GITHUB, LINEAR] {
        for change in [
            ("code_challenge", None),
            ("code_challenge_method", None),
            ("code_challenge_method", Some("plain")),
            ("code_challenge", Some("short")),
        ] {
            let changes = [change, ("sandbox_consent", Some("approve"))];
            let response = sandbox.client.get(sandbox.authorize_url(vendor, &changes)).send().await.unwrap();
            let query = query(&response);
            assert_eq!(query["error"], "invalid_request", "{} {change:?}", vendor.slug);
            assert!(!query.contains_key("code"));
        }
    }
}

/// Linear's scopes are separated by commas: a space makes one unknown scope.
#[tokio::test]
async fn linear_refuses_scopes_it_does_not_know() {
    let sandbox = start(config()).await;
    for scope in [None, Some("read write"), Some("read,everything")] {
        let url = sandbox.authorize_url(LINEAR, &[("scope", scope), ("sandbox_consent", Some("approve"))]);
        assert_eq!(query(&sandbox.client.get(url).send().await.unwrap())["error"], "invalid_scope");
    }
}

/// What stands in a request is shown as text, whatever it is.
#[tokio::test]
async fn markup_in_a_request_is_escaped() {
    let sandbox = start(config()).await;
    let url = sandbox.authorize_url(GITHUB, &[("scope", Some("<script>alert(1)</script>"))]);
    let text = sandbox.client.get(url).send().await.unwrap().text().await.unwrap();
    assert!(text.contains("&lt;script&gt;") && !text.contains("<script"), "{text}");
}
