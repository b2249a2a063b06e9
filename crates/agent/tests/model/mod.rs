//! Models, each question asked of both clients (at the root of a host the SDK's, behind a gateway's path ours), and as a whole and as a
//! stream.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

mod answers;
mod failures;

use agent::{
    Definition, Model, ModelError, Turn,
    model::{Answer, Anthropic, MayCall, Patience, Piece, Request},
};
use kernel::{Clock, Secret};
use sandbox::{ANTHROPIC_API_KEY, Config, ConnectApps, GithubConfig, LinearConfig, Running, SignInApps};
use serde_json::{Value, json};
use std::{
    sync::{Mutex, Once},
    time::Duration,
};
use tokio::time::Instant;

const MODEL: &str = "claude-sonnet-5-5";
/// More than any answer takes, on any machine.
const PATIENCE: Patience =
    Patience { idle: testkit::PATIENCE, total: testkit::PATIENCE, backoff: Duration::from_millis(10) };
/// Short enough for a test to wait it out.
const HASTE: Patience = Patience {
    idle: Duration::from_millis(300),
    total: Duration::from_millis(900),
    backoff: Duration::from_millis(10),
};

/// Both of the sandbox's addresses of it, and the two ways of asking.
const WAYS: [(&str, bool); 4] = [("", false), ("", true), ("/anthropic", false), ("/anthropic", true)];

struct World {
    sandbox: Running,
    client: reqwest::Client,
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "the test's own client, not the one under test")]
    async fn start() -> Self {
        static TLS: Once = Once::new();
        TLS.call_once(|| drop(rustls::crypto::aws_lc_rs::default_provider().install_default()));
        let nobody = || Secret::from("nobody-connects-here");
        let sandbox = sandbox::spawn(Config {
            port: 0,
            github: GithubConfig {
                client_id: "tests".to_owned(),
                client_secret: nobody(),
                webhook_secret: nobody(),
                redirect_uris: Vec::new(),
                app: None,
            },
            linear: LinearConfig {
                client_id: "tests".to_owned(),
                client_secret: nobody(),
                webhook_secret: nobody(),
                redirect_uris: Vec::new(),
            },
            connect: ConnectApps::default(),
            sign_in: SignInApps::default(),
            smtp_port: None,
            webhook_base: None,
            webhook_ca_pem_path: None,
            state_file: None,
        })
        .await
        .unwrap();
        Self { sandbox, client: reqwest::Client::new() }
    }

    fn model(&self, way: &str) -> Anthropic {
        self.model_with(way, ANTHROPIC_API_KEY, MODEL, PATIENCE)
    }

    fn model_with(&self, way: &str, key: &str, model: &str, patience: Patience) -> Anthropic {
        let base = format!("{}{way}", self.sandbox.url).parse().unwrap();
        let client = outbound::Client::new("test").unwrap();
        Anthropic::new(client, Clock::system(), &base, &Secret::from(key), model.to_owned(), patience).unwrap()
    }

    async fn control(&self, path: &str, body: Value) {
        let url = format!("{}/_control/{path}", self.sandbox.url);
        let answer = self.client.post(url).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    async fn script(&self, answers: Value) {
        self.control("anthropic/script", json!({"answers": answers})).await;
    }

    async fn fault(&self, fault: Value) {
        self.control("anthropic/faults", fault).await;
    }

    /// What the API was asked, the oldest first, and nothing of it is remembered.
    async fn requests(&self) -> Vec<Value> {
        let url = format!("{}/_control/anthropic/requests", self.sandbox.url);
        let told: Value = self.client.get(&url).send().await.unwrap().json().await.unwrap();
        self.client.delete(&url).send().await.unwrap();
        told["requests"].as_array().unwrap().clone()
    }

    /// Waits until the API has noticed that nobody reads any more.
    async fn no_stream_is_open(&self) {
        let url = format!("{}/_control/state", self.sandbox.url);
        let noticed = async {
            loop {
                let state: Value = self.client.get(&url).send().await.unwrap().json().await.unwrap();
                if state["anthropic"]["open_streams"] == 0 {
                    return;
                }
            }
        };
        tokio::time::timeout(testkit::PATIENCE, noticed).await.expect("the stream is closed");
    }
}

/// What a question brought, and what was told on the way: texts, and an `<again>` for each beginning anew.
async fn ask(model: &Anthropic, request: &Request<'_>, is_stream: bool) -> (Result<Answer, ModelError>, String) {
    let told = Mutex::new(String::new());
    let listener = |piece: Piece| {
        told.lock().unwrap().push_str(match &piece {
            Piece::Text(text) => text,
            Piece::Again => "<again>",
        });
    };
    let answer = if is_stream { model.stream(request, &listener).await } else { model.create(request).await };
    (answer, told.into_inner().unwrap())
}

fn tool(name: &str) -> Definition {
    let schema = json!({"type": "object", "properties": {"team": {"type": "string"}}, "required": []});
    Definition {
        name: name.to_owned(),
        description: "A tool".to_owned(),
        input_schema: schema.as_object().unwrap().clone(),
    }
}

fn request<'a>(turns: &'a [Turn], tools: &'a [Definition]) -> Request<'a> {
    Request {
        system: "You are tested.",
        tools,
        may_call: MayCall::Yes,
        turns,
        max_tokens: 1024,
        deadline: Instant::now() + testkit::PATIENCE,
    }
}
