//! Webhooks of repositories, and the deliveries of every hook.

use crate::{
    app_key::{AppKey, github_app},
    receiver::{Receiver, receiver},
    support::{Answer, GITHUB, Sandbox, answer, config, pair, query, start},
};
use kernel::Secret;
use reqwest::{Method, StatusCode};
use sandbox::{Config, sign_github};
use serde_json::{Value, json};

const HOOKS: &str = "/repos/sandbox-octo/hello/hooks";

struct Scene {
    sandbox: Sandbox,
    receiver: Receiver,
    key: AppKey,
}

async fn scene() -> Scene {
    let receiver = receiver().await;
    let (app, key) = github_app();
    let mut config = Config { webhook_base: Some(receiver.base.clone()), ..config() };
    config.github.app = Some(app);
    Scene { sandbox: start(config).await, receiver, key }
}

impl Scene {
    async fn call(&self, method: Method, path: &str, token: &str, body: Option<&Value>) -> Answer {
        let mut request = self.sandbox.client.request(method, self.sandbox.url(&format!("/github/api/v3{path}")));
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request.bearer_auth(token).send().await.unwrap()).await
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.call(Method::GET, path, token, None).await
    }

    fn wish(&self) -> Value {
        json!({
            "name": "web", "active": true, "events": ["push", "issues"],
            "config": {"url": self.receiver.url("/webhooks/github/T?x=1"), "content_type": "json", "secret": "its own"},
        })
    }

    /// The id of a new hook, whose greeting has been taken.
    async fn hook(&mut self, token: &str) -> u64 {
        let made = self.call(Method::POST, HOOKS, token, Some(&self.wish())).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let ping = self.receiver.deliveries.recv().await.unwrap();
        assert_eq!(ping.header("x-github-event"), "ping");
        made.body["id"].as_u64().unwrap()
    }

    /// An event of the App's own webhook.
    async fn event(&self, guid: &str) -> Answer {
        let payload = json!({"action": "opened", "installation": {"id": 7}, "repository": {"id": 8}});
        let order = json!({"path": "/webhooks/github", "event": "issues", "payload": payload, "delivery_id": guid});
        self.sandbox.control("github/webhooks", order).await
    }

    async fn deliveries(&self, query: &str) -> Vec<Value> {
        let listed = self.get(&format!("/app/hook/deliveries{query}"), &self.key.good_jwt()).await;
        assert_eq!(listed.status, StatusCode::OK);
        listed.body.as_array().unwrap().clone()
    }
}

/// A hook is shown as it was made, except for its secret, and is greeted at its own address with that secret.
#[tokio::test]
async fn a_new_hook_is_greeted_and_its_secret_is_never_shown() {
    let mut scene = scene().await;
    let (token, _) = scene.sandbox.connect(GITHUB).await;
    let made = scene.call(Method::POST, HOOKS, &token, Some(&scene.wish())).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let id = made.body["id"].as_u64().unwrap();
    assert_eq!((&made.body["type"], &made.body["events"]), (&json!("Repository"), &json!(["issues", "push"])));
    let config = json!({
        "url": scene.receiver.url("/webhooks/github/T?x=1"), "content_type": "json", "insecure_ssl": "0",
        "secret": "********",
    });
    assert_eq!(made.body["config"], config);
    assert_eq!(made.body["last_response"], json!({"code": null, "status": "unused", "message": null}));

    let ping = scene.receiver.deliveries.recv().await.unwrap();
    assert_eq!((ping.path.as_str(), ping.query.as_deref()), ("/webhooks/github/T", Some("x=1")));
    let seen = ["x-github-event", "x-github-hook-id", "x-github-hook-installation-target-type"];
    assert_eq!(seen.map(|name| ping.header(name)), ["ping", &id.to_string(), "repository"]);
    assert_eq!(ping.header("x-hub-signature-256"), sign_github(&Secret::from("its own"), &ping.body));
    assert_eq!((&ping.json()["hook_id"], &ping.json()["hook"]["config"]), (&json!(id), &config));

    let listed = scene.get(HOOKS, &token).await.body;
    assert_eq!((&listed[0]["id"], &listed[1]), (&json!(id), &Value::Null));
    assert!(!listed.to_string().contains("its own"));
    let one = format!("{HOOKS}/{id}");
    assert_eq!(scene.get(&one, &token).await.body["config"], config);
    let pinged = scene.call(Method::POST, &format!("{one}/pings"), &token, None).await;
    assert_eq!(pinged.status, StatusCode::NO_CONTENT);
    assert_eq!(scene.receiver.deliveries.recv().await.unwrap().header("x-github-event"), "ping");
    for status in [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND] {
        assert_eq!(scene.call(Method::DELETE, &one, &token, None).await.status, status);
    }
    assert_eq!(scene.get(&one, &token).await.status, StatusCode::NOT_FOUND);
}

/// Whoever does not ask for JSON gets a form, and what is signed is the form.
#[tokio::test]
async fn a_hook_is_a_form_unless_it_says_json() {
    let mut scene = scene().await;
    let (token, _) = scene.sandbox.connect(GITHUB).await;
    let wish = json!({"config": {"url": scene.receiver.url("/webhooks/github"), "secret": "s"}});
    let made = scene.call(Method::POST, HOOKS, &token, Some(&wish)).await.body;
    assert_eq!((&made["events"], &made["config"]["content_type"]), (&json!(["push"]), &json!("form")));
    let ping = scene.receiver.deliveries.recv().await.unwrap();
    assert_eq!(ping.header("content-type"), "application/x-www-form-urlencoded");
    assert!(ping.body.starts_with(b"payload=%7B"));
    assert_eq!(ping.header("x-hub-signature-256"), sign_github(&Secret::from("s"), &ping.body));
    let listed = scene.get(&format!("{HOOKS}/{}/deliveries", made["id"]), &token).await.body;
    assert!(listed[0]["repository_id"].is_u64(), "{listed}");
}

/// What GitHub would not make is 422 with the field at fault, and leads nowhere but where webhooks are delivered.
#[tokio::test]
async fn a_faulty_hook_is_422() {
    let mut scene = scene().await;
    let (token, _) = scene.sandbox.connect(GITHUB).await;
    scene.hook(&token).await;
    let here = scene.receiver.url("/w");
    for (wish, field) in [
        (json!({}), "config"),
        (json!({"config": {}}), "url"),
        (json!({"config": {"url": "https://elsewhere.example/w"}}), "url"),
        (json!({"config": {"url": here.replace("http://", "http://user@")}}), "url"),
        (json!({"config": {"url": here, "content_type": "xml"}}), "content_type"),
        (json!({"config": {"url": here}, "name": "email"}), "name"),
        (json!({"config": {"url": here}, "events": ["installation"]}), "events"),
        (json!({"config": {"url": here}, "events": []}), "events"),
    ] {
        let refused = scene.call(Method::POST, HOOKS, &token, Some(&wish)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wish}");
        let told = (&refused.body["message"], &refused.body["errors"][0]["field"]);
        assert_eq!(told, (&json!("Validation Failed"), &json!(field)), "{wish}");
    }
    let again = scene.call(Method::POST, HOOKS, &token, Some(&scene.wish())).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(again.body["errors"][0]["message"], "Hook already exists on this repository");
    for number in 1..=20 {
        let wish = json!({"config": {"url": format!("{here}/{number}")}, "events": ["push"]});
        let made = scene.call(Method::POST, HOOKS, &token, Some(&wish)).await;
        assert_eq!(made.status == StatusCode::CREATED, number < 20, "{number}: {}", made.body);
    }
}

/// Hooks are for people with the scope, at their own repositories; an App's token is told that it is one.
#[tokio::test]
async fn only_an_administrator_has_hooks() {
    let mut scene = scene().await;
    let (token, _) = scene.sandbox.connect(GITHUB).await;
    let id = scene.hook(&token).await;
    let repos = scene.get("/user/repos", &token).await.body;
    assert_eq!(repos[0]["permissions"]["admin"], true);
    for path in ["/repos/ann/hello/hooks", "/repos/sandbox-octo/other/hooks", &format!("{HOOKS}/1")] {
        assert_eq!(scene.get(path, &token).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let org = json!({"action": "create", "account": "octo-org", "installed_by": "sandbox-octo"});
    assert_eq!(scene.get("/repos/octo-org/hello/hooks", &token).await.status, StatusCode::NOT_FOUND);
    scene.sandbox.control("github/installations", org).await;
    assert_eq!(scene.get("/repos/octo-org/hello/hooks", &token).await.body, json!([]));
    let narrow = async |scope: &str| {
        let changes = [("scope", Some(scope)), ("sandbox_consent", Some("approve"))];
        let back = scene.sandbox.client.get(scene.sandbox.authorize_url(GITHUB, &changes)).send().await.unwrap();
        pair(&scene.sandbox.exchange(GITHUB, &query(&back)["code"]).await.body).0
    };
    let (reader, writer, nobody) =
        (narrow("read:repo_hook").await, narrow("write:repo_hook").await, narrow("read:org").await);
    let one = format!("{HOOKS}/{id}");
    for (token, method, status) in [
        (&nobody, Method::GET, StatusCode::NOT_FOUND),
        (&reader, Method::GET, StatusCode::OK),
        (&reader, Method::DELETE, StatusCode::NOT_FOUND),
        (&writer, Method::DELETE, StatusCode::NOT_FOUND),
        (&token, Method::DELETE, StatusCode::NO_CONTENT),
    ] {
        assert_eq!(scene.call(method, &one, token, None).await.status, status);
    }
    let wish = scene.wish();
    assert_eq!(scene.call(Method::POST, HOOKS, &reader, Some(&wish)).await.status, StatusCode::NOT_FOUND);

    let installed = json!({"action": "create", "account": "sandbox-octo"});
    let installation =
        scene.sandbox.control("github/installations", installed).await.body["installation"]["id"].clone();
    let path = format!("/app/installations/{installation}/access_tokens");
    let minted = scene.call(Method::POST, &path, &scene.key.good_jwt(), None).await.body;
    let refused = scene.get(HOOKS, minted["token"].as_str().unwrap()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.body["message"], "Resource not accessible by integration");
}

/// A failed delivery is listed with its status, and comes again under its old GUID when it is asked for.
#[tokio::test]
async fn a_failed_delivery_is_listed_and_comes_again() {
    let mut scene = scene().await;
    scene.event("g-1").await;
    scene.receiver.answer_with(StatusCode::SERVICE_UNAVAILABLE);
    scene.event("g-2").await;
    let first = [(); 2].map(|()| scene.receiver.deliveries.try_recv().unwrap());
    let failed = scene.deliveries("?status=failure").await;
    let [failed] = failed.as_slice() else { panic!("{failed:?}") };
    let mut shown = failed.clone();
    for own in ["id", "delivered_at", "duration"] {
        assert!(!shown[own].take().is_null(), "{own}");
    }
    assert_eq!(
        shown,
        json!({
            "id": null, "guid": "g-2", "delivered_at": null, "redelivery": false, "duration": null,
            "status": "Invalid HTTP Response", "status_code": 503, "event": "issues", "action": "opened",
            "installation_id": 7, "repository_id": 8, "throttled_at": null,
        })
    );

    scene.receiver.answer_with(StatusCode::OK);
    let path = format!("/app/hook/deliveries/{}/attempts", failed["id"]);
    let asked = scene.call(Method::POST, &path, &scene.key.good_jwt(), None).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED);
    let again = scene.receiver.deliveries.recv().await.unwrap();
    assert_eq!((again.header("x-github-delivery"), &again.body), ("g-2", &first[1].body));
    assert_eq!(again.header("x-hub-signature-256"), first[1].header("x-hub-signature-256"));
    let all = scene.deliveries("").await;
    let seen: Vec<_> = all.iter().map(|each| (&each["guid"], &each["status"], &each["redelivery"])).collect();
    let (ok, no, g1, g2) = (json!("OK"), json!("Invalid HTTP Response"), json!("g-1"), json!("g-2"));
    assert_eq!(seen, [(&g2, &ok, &json!(true)), (&g2, &no, &json!(false)), (&g1, &ok, &json!(false))]);
    for (path, token, status) in [
        ("/app/hook/deliveries/999/attempts", scene.key.good_jwt(), StatusCode::NOT_FOUND),
        (path.as_str(), "guess".to_owned(), StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(scene.call(Method::POST, path, &token, None).await.status, status);
    }
}

/// Pages follow a cursor in `Link`, to the end; three days are remembered.
#[tokio::test]
async fn deliveries_come_in_pages_and_are_forgotten() {
    let scene = scene().await;
    for number in 1..=5 {
        scene.event(&format!("g-{number}")).await;
    }
    let mut url = scene.sandbox.url("/github/api/v3/app/hook/deliveries?per_page=2&status=success");
    let mut guids = Vec::new();
    loop {
        let request = scene.sandbox.client.get(&url).bearer_auth(scene.key.good_jwt());
        let response = request.send().await.unwrap();
        let link = response.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        guids.extend(answer(response).await.body.as_array().unwrap().iter().map(|each| each["guid"].clone()));
        let Some(link) = link else { break };
        url = link.strip_prefix('<').unwrap().split_once(">; rel=\"next\"").unwrap().0.to_owned();
    }
    assert_eq!(guids, ["g-5", "g-4", "g-3", "g-2", "g-1"]);
    for (query, status) in [("?cursor=x", StatusCode::BAD_REQUEST), ("?status=bad", StatusCode::UNPROCESSABLE_ENTITY)] {
        let refused = scene.get(&format!("/app/hook/deliveries{query}"), &scene.key.good_jwt()).await;
        assert_eq!(refused.status, status, "{query}");
    }
    scene.sandbox.control("clock", json!({"advance_seconds": 3 * 86_400 - 60})).await;
    assert_eq!(scene.deliveries("").await.len(), 5);
    scene.sandbox.control("clock", json!({"advance_seconds": 120})).await;
    assert_eq!(scene.deliveries("").await.len(), 0);
}

/// What reached nobody is a delivery too. A redirect counts for a success by its number, and is not OK.
#[tokio::test]
async fn a_delivery_that_reached_nobody_is_listed() {
    let (app, key) = github_app();
    let mut config = Config { webhook_base: Some("http://127.0.0.1:9".parse().unwrap()), ..config() };
    config.github.app = Some(app);
    let alone = Scene { sandbox: start(config).await, receiver: receiver().await, key };
    assert_eq!(alone.event("g-1").await.status, StatusCode::BAD_GATEWAY);
    let listed = alone.deliveries("?status=failure").await;
    assert_eq!((&listed[0]["status"], &listed[0]["status_code"]), (&json!("failed to connect"), &json!(502)));

    let scene = scene().await;
    scene.receiver.answer_with(StatusCode::FOUND);
    scene.event("g-1").await;
    assert_eq!(scene.deliveries("?status=failure").await.len(), 0);
    assert_eq!(scene.deliveries("?status=success").await[0]["status"], "Invalid HTTP Response");
}

/// A repository's hook has its own deliveries, which a tampered body's redelivery mends.
#[tokio::test]
async fn a_hook_has_its_own_deliveries() {
    let mut scene = scene().await;
    let (token, _) = scene.sandbox.connect(GITHUB).await;
    let id = scene.hook(&token).await;
    scene.event("of the App").await;
    scene.receiver.deliveries.recv().await.unwrap();
    scene.receiver.answer_with(StatusCode::UNAUTHORIZED);
    let order = json!({"event": "push", "payload": {"ref": "refs/heads/main"}, "delivery_id": "g-1", "tamper": true});
    scene.sandbox.control(&format!("github/hooks/{id}/deliver"), order).await;
    let tampered = scene.receiver.deliveries.recv().await.unwrap();
    assert_ne!(tampered.header("x-hub-signature-256"), sign_github(&Secret::from("its own"), &tampered.body));

    let path = format!("{HOOKS}/{id}/deliveries");
    let listed = scene.get(&path, &token).await.body;
    let guids: Vec<_> = listed.as_array().unwrap().iter().map(|each| each["event"].as_str().unwrap()).collect();
    assert_eq!((guids, &listed[0]["status_code"]), (vec!["push", "ping"], &json!(401)));
    assert_eq!(scene.get(&format!("{HOOKS}/{id}"), &token).await.body["last_response"]["code"], 401);
    let path = format!("{path}/{}/attempts", listed[0]["id"]);
    assert_eq!(scene.call(Method::POST, &path, &token, None).await.status, StatusCode::ACCEPTED);
    let again = scene.receiver.deliveries.recv().await.unwrap();
    assert_eq!(again.header("x-hub-signature-256"), sign_github(&Secret::from("its own"), &again.body));
    assert_eq!(again.header("x-github-delivery"), "g-1");
}
