use super::{start, with};
use crate::{
    clients::{CHALLENGE, Client, REDIRECT, RESOURCE, Server, returned},
    service::{Answer, ISSUER, Service},
};
use reqwest::Method;
use serde_json::json;

/// A page for the person, which leads nowhere, and whose policy lets no script run.
fn is_closed_page(answer: &Answer, status: u16, about: &str) {
    assert_eq!((answer.status.as_u16(), answer.header("location")), (status, None), "{about}: {}", answer.text);
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(policy.contains("base-uri 'none'") && !policy.contains("script-src"), "{policy}");
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let page = answer.text.to_lowercase();
    for active in ["<script", "<iframe", "<img", "<link", "javascript:", " onclick", " onload", "http-equiv"] {
        assert!(!page.contains(active), "{about}: {active}");
    }
}

/// Until client and redirect URI are known nobody is sent anywhere, signed in or not.
#[tokio::test]
async fn what_is_wrong_with_client_or_redirect_is_told_to_the_person() {
    let (service, server) = start().await;
    let ada = service.ada().await.jar();
    let client = server.public(REDIRECT).await;
    let several = json!({"redirect_uris": [REDIRECT, "https://client.example/other"],
        "token_endpoint_auth_method": "none"});
    let several = server.client(&several).await;
    let loopback = server.public("http://127.0.0.1:1/cb").await;
    let cases = [
        ("no client", client.asking(&[("client_id", "")])),
        ("unknown client", client.asking(&[("client_id", "c_00000000000000000000000000000000")])),
        ("a client of strange letters", client.asking(&[("client_id", "c_\0")])),
        ("two clients", format!("{}&client_id={}", client.asking(&[]), client.id)),
        ("another URI", client.asking(&[("redirect_uri", "https://evil.example/cb")])),
        ("a slash more", client.asking(&[("redirect_uri", "https://client.example/cb/")])),
        ("a query more", client.asking(&[("redirect_uri", "https://client.example/cb?x=1")])),
        ("another case", client.asking(&[("redirect_uri", "https://client.example/CB")])),
        ("a port", client.asking(&[("redirect_uri", "https://client.example:443/cb")])),
        ("two URIs", format!("{}&redirect_uri=https%3A%2F%2Fclient.example%2Fcb", client.asking(&[]))),
        ("none of several", several.asking(&[("redirect_uri", "")])),
        ("another machine", loopback.asking(&[("redirect_uri", "http://localhost:1/cb")])),
        ("another path", loopback.asking(&[("redirect_uri", "http://127.0.0.1:1/cb2")])),
        ("nothing", "/oauth2/authorize".to_owned()),
    ];
    for (about, path) in &cases {
        for cookie in ["", ada.as_str()] {
            is_closed_page(&server.open(cookie, path).await, 400, about);
        }
    }
    let long = client.asking(&[("state", &"x".repeat(9_000))]);
    is_closed_page(&server.open(&ada, &long).await, 414, "too long");
    assert_eq!(service.count("oauth_codes").await, 0);
}

/// Everything else is told to the client, with its state and our name; but a stranger is asked to sign in first.
#[tokio::test]
async fn what_is_wrong_with_the_rest_is_told_to_the_client() {
    let (service, server) = start().await;
    let ada = service.ada().await.jar();
    let client = server.public("https://client.example/cb?kept=1").await;
    let cases = [
        ("invalid_request", client.asking(&[("response_type", "")])),
        ("unsupported_response_type", client.asking(&[("response_type", "token")])),
        ("unsupported_response_type", client.asking(&[("response_type", "id_token token")])),
        ("unsupported_response_type", client.asking(&[("response_type", "code token")])),
        ("invalid_request", client.asking(&[("response_mode", "fragment")])),
        ("invalid_request", client.asking(&[("code_challenge", "")])),
        ("invalid_request", client.asking(&[("code_challenge", "too-short")])),
        ("invalid_request", client.asking(&[("code_challenge_method", "plain")])),
        ("invalid_request", client.asking(&[("code_challenge_method", "")])),
        ("invalid_request", client.asking(&[("prompt", "none login")])),
        ("invalid_request", format!("{}&scope=mcp%3Atools", client.asking(&[]))),
        ("invalid_request", format!("{}&code_challenge={CHALLENGE}", client.asking(&[]))),
        ("invalid_scope", client.asking(&[("scope", "admin")])),
        ("invalid_scope", client.asking(&[("scope", "mcp:tools admin")])),
        ("invalid_target", client.asking(&[("resource", "https://connectors.example/mcp/")])),
        ("invalid_target", client.asking(&[("resource", "https://other.example/mcp")])),
        ("invalid_target", client.asking(&[("resource", "mcp")])),
        ("invalid_target", format!("{}&resource=https%3A%2F%2Fother.example%2F", client.asking(&[]))),
    ];
    for (code, path) in &cases {
        is_closed_page(&server.open("", path).await, 200, path);
        let answer = server.open(&ada, path).await;
        let told = returned(&answer, REDIRECT);
        assert_eq!(answer.status, 302, "{path}");
        assert!(answer.header("location").unwrap().starts_with("https://client.example/cb?kept=1&"), "{path}");
        assert!(!told["error_description"].as_str().unwrap().is_empty());
        let told = [&told["error"], &told["state"], &told["iss"], &told["kept"]];
        assert_eq!(told, [&json!(code), &json!("st & 1"), &json!(ISSUER), &json!("1")], "{path}");
        let allowed = answer.headers.keys().any(|name| name.as_str().starts_with("access-control"));
        assert!(!allowed && answer.header("referrer-policy") == Some("no-referrer"));
    }
    // Of two states neither is the one.
    let answer = server.open(&ada, &format!("{}&state=2", client.asking(&[]))).await;
    let told = returned(&answer, REDIRECT);
    assert_eq!((&told["error"], told.get("state")), (&json!("invalid_request"), None));
    assert_eq!(service.count("oauth_codes").await, 0);
}

/// What is unknown is ignored, and so is the order; the port of one's own machine is free, and one URI need not be said.
#[tokio::test]
async fn a_good_request_is_asked_about() {
    let (service, server) = start().await;
    let ada = service.ada().await.jar();
    let client = server.public(REDIRECT).await;
    let loopback = server.public("http://127.0.0.1/cb").await;
    for path in [
        client.asking(&[]),
        client.asking(&[("unknown", "x"), ("prompt", "consent"), ("login_hint", "ada@example.com")]),
        client.asking(&[("redirect_uri", "")]),
        client.asking(&[("scope", "")]),
        client.asking(&[("scope", "offline_access mcp:tools")]),
        client.asking(&[("state", "")]),
        client.asking(&[("response_mode", "query")]),
        client.asking(&[("resource", "")]),
        loopback.asking(&[("redirect_uri", "http://127.0.0.1:33418/cb")]),
    ] {
        let page = server.open(&ada, &path).await;
        is_closed_page(&page, 200, &path);
        assert!(page.text.contains("Allow Some client?"), "{path}");
    }
    let both = format!("{RESOURCE},https://connectors.example/other");
    let (service, server) = with(&[("OAUTH_RESOURCES", &both)]).await;
    let (ada, client) = (service.ada().await.jar(), server.public(REDIRECT).await);
    let told = returned(&server.open(&ada, &client.asking(&[("resource", "")])).await, REDIRECT);
    assert_eq!(told["error"], "invalid_target", "of two resources one has to be named");
    is_closed_page(
        &server.open(&ada, &client.asking(&[("resource", "https://connectors.example/other")])).await,
        200,
        "",
    );
}

/// Where no resource is set there is nothing to get a token for.
#[tokio::test]
async fn without_resources_there_are_no_tokens() {
    let service = Service::start().await;
    let server = Server::new(&service.url, "http://localhost:5001");
    let (ada, client) = (service.ada().await.jar(), server.public(REDIRECT).await);
    for path in [client.asking(&[]), client.asking(&[("resource", "")])] {
        assert_eq!(returned(&server.open(&ada, &path).await, REDIRECT)["error"], "invalid_target");
    }
}

/// The page says who asks, what for, as whom, and where the answer goes; a name from outside stays text.
#[tokio::test]
async fn the_page_says_what_is_asked() {
    let (service, server) = start().await;
    let ada = service.ada().await.jar();
    let page = async |name: &str, redirect_uri: &str, changes: &[(&str, &str)]| {
        let metadata = json!({"client_name": name, "redirect_uris": [redirect_uri], "grant_types":
            ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none"});
        let client: Client = server.client(&metadata).await;
        let answer = server.open(&ada, &client.asking(changes)).await;
        is_closed_page(&answer, 200, name);
        answer
    };
    let site = page("<b>Bold</b>\"><script>", "https://client.example:8443/cb", &[]).await;
    for words in [
        "Allow &lt;b&gt;Bold&lt;/b&gt;&quot;&gt;&lt;script&gt;?",
        "ada@example.com",
        "<code>https://connectors.example/mcp</code>",
        "Use the tools that you have allowed",
        "Stay connected while you are away",
        "<strong>client.example:8443</strong>",
        "nobody has checked it",
    ] {
        assert!(site.text.contains(words), "{words}: {}", site.text);
    }
    let form = |answer: &Answer| {
        let policy = answer.header("content-security-policy").unwrap();
        policy.split("; ").find(|part| part.starts_with("form-action")).unwrap().to_owned()
    };
    assert_eq!(form(&site), "form-action 'self' https://client.example:8443");
    let here = page("X", "http://127.0.0.1/cb", &[("redirect_uri", "http://127.0.0.1:33418/cb")]).await;
    assert!(here.text.contains("a program on this computer (<strong>127.0.0.1:33418</strong>)"), "{}", here.text);
    assert!(here.text.contains("Any program on your device could ask under this name"));
    assert_eq!(form(&here), "form-action 'self' http://127.0.0.1:33418");
    let app = page("X", "com.example.app:/cb", &[]).await;
    assert!(app.text.contains("<strong>com.example.app:</strong> links"), "{}", app.text);
    assert_eq!(form(&app), "form-action 'self' com.example.app:");
    let unnamed = page("\u{200b}", REDIRECT, &[]).await;
    assert!(unnamed.text.contains("Allow An application without a name?"));
}

/// HEAD and other methods do nothing, whoever is signed in.
#[tokio::test]
async fn only_get_asks() {
    let (service, server) = start().await;
    let (ada, client) = (service.ada().await.jar(), server.public(REDIRECT).await);
    server.code(&ada, &client, &[]).await;
    let before = service.count("oauth_codes").await;
    for method in [Method::HEAD, Method::POST, Method::PUT, Method::OPTIONS] {
        let answer = server.send(method.clone(), &client.asking(&[]), &[("cookie", &ada)], "").await;
        assert!(answer.status.is_client_error(), "{method} {}", answer.status);
    }
    assert_eq!(service.count("oauth_codes").await, before);
}
