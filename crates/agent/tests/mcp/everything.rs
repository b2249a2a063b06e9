//! npm's `@modelcontextprotocol/server-everything`, which does all that the protocol has.

use crate::mcp::support::text;
use agent::{
    Content, Outcome, Progress, Source,
    mcp::{McpBounds, McpServer, Session},
};
use outbound::{Client, HostPolicy};
use serde_json::{Value, json};
use std::{path::PathBuf, process::Stdio, sync::Mutex};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    net::TcpListener,
    process::{Child, ChildStdout, Command},
};
use url::Url;

/// The server as a process, and what it prints.
struct Everything {
    _process: Child,
    printed: Lines<BufReader<ChildStdout>>,
    url: Url,
    client: Client,
}

impl Everything {
    #[expect(clippy::disallowed_methods, reason = "the test's tools are the machine's")]
    async fn start() -> Self {
        let tools = std::env::var("TEST_TOOLS").expect("TEST_TOOLS is not set; run the tests with: make test");
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let mut process = Command::new(PathBuf::from(&tools).join("bin/node"))
            .args(["node_modules/@modelcontextprotocol/server-everything/dist/index.js", "streamableHttp"])
            .env("PORT", port.to_string())
            .current_dir(&tools)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut errors = BufReader::new(process.stderr.take().unwrap()).lines();
        let listening = async {
            while let Some(line) = errors.next_line().await.unwrap() {
                if line.contains("listening on port") {
                    return;
                }
            }
            panic!("the server did not start");
        };
        tokio::time::timeout(testkit::PATIENCE, listening).await.unwrap();
        tokio::spawn(async move { while let Ok(Some(_)) = errors.next_line().await {} });
        let printed = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = format!("http://127.0.0.1:{port}/mcp").parse().unwrap();
        Self { _process: process, printed, url, client: Client::new("agent-tests").unwrap() }
    }

    async fn open(&self) -> Session {
        let hosts = HostPolicy::allow([self.url.as_str()]).unwrap();
        let bounds = McpBounds { idle: testkit::PATIENCE, ..McpBounds::default() };
        let server = McpServer { client: &self.client, hosts, url: self.url.clone(), bearer: None, bounds };
        Session::open(&server).await.unwrap()
    }

    async fn prints(&mut self, words: &str) {
        let waiting = async {
            while let Some(line) = self.printed.next_line().await.unwrap() {
                if line.contains(words) {
                    return;
                }
            }
            panic!("the server ended");
        };
        tokio::time::timeout(testkit::PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never: {words}"));
    }
}

async fn call(session: &Session, tool: &str, arguments: Value) -> (Outcome, Vec<Progress>) {
    let told = Mutex::new(Vec::new());
    let tell = |progress| told.lock().unwrap().push(progress);
    let outcome = session.call(tool, arguments.as_object().unwrap().clone(), &tell).await;
    (outcome, told.into_inner().unwrap())
}

/// What each tool is called with, and whether the outcome is an error. None is left out.
fn calls() -> Vec<(&'static str, Value, bool)> {
    vec![
        ("echo", json!({"message": "hello"}), false),
        ("get-annotated-message", json!({"messageType": "success", "includeImage": true}), false),
        ("get-env", json!({}), false),
        ("get-resource-links", json!({"count": 2}), false),
        ("get-resource-reference", json!({"resourceType": "Text", "resourceId": 1}), false),
        ("get-structured-content", json!({"location": "Chicago"}), false),
        ("get-sum", json!({"a": 2, "b": 40}), false),
        ("get-tiny-image", json!({}), false),
        (
            "gzip-file-as-resource",
            json!({"name": "a.gz", "data": "data:text/plain;base64,YQ==", "outputType": "resource"}),
            false,
        ),
        ("toggle-simulated-logging", json!({}), false),
        ("toggle-subscriber-updates", json!({}), false),
        ("trigger-long-running-operation", json!({"duration": 0.3, "steps": 3}), false),
        // Can only be called as a task, which is asked for and fetched later; a server says so in its refusal.
        ("simulate-research-query", json!({"topic": "tea"}), true),
    ]
}

/// All that it lists is called, and brings what it says; what the table has and the server has not is noticed too.
#[tokio::test]
async fn every_tool_is_called() {
    let everything = Everything::start().await;
    let session = everything.open().await;
    let mut listed: Vec<&str> = session.tools().iter().map(|tool| tool.name.as_str()).collect();
    let mut called: Vec<&str> = calls().iter().map(|(tool, ..)| *tool).collect();
    listed.sort_unstable();
    called.sort_unstable();
    assert_eq!(listed, called);
    for (tool, arguments, is_error) in calls() {
        let (outcome, told) = call(&session, tool, arguments).await;
        assert_eq!(outcome.is_error, is_error, "{tool}: {outcome:?}");
        assert!(!outcome.content.is_empty(), "{tool}");
        match tool {
            "echo" => assert_eq!(text(&outcome), "Echo: hello"),
            "get-sum" => assert_eq!(text(&outcome), "The sum of 2 and 40 is 42."),
            "get-tiny-image" => {
                let is_picture = |content: &Content| matches!(content, Content::Image { media_type, .. } if media_type == "image/png");
                assert!(outcome.content.iter().any(is_picture), "{outcome:?}");
            }
            "get-structured-content" => assert!(outcome.structured.unwrap()["temperature"].is_number()),
            "trigger-long-running-operation" => {
                let steps: Vec<f64> = told.iter().map(|progress| progress.progress).collect();
                assert_eq!(steps, [1.0, 2.0, 3.0]);
            }
            _ => {}
        }
    }
}

/// Wrong arguments and a tool that is not there are outcomes that say what is wrong.
#[tokio::test]
async fn mistakes_are_outcomes() {
    let everything = Everything::start().await;
    let session = everything.open().await;
    let (outcome, _) = call(&session, "get-sum", json!({"a": "two"})).await;
    assert!(outcome.is_error && text(&outcome).contains("Invalid arguments"), "{outcome:?}");
    let (outcome, _) = call(&session, "nobody", json!({})).await;
    assert!(outcome.is_error && text(&outcome).contains("nobody"), "{outcome:?}");
}

/// A session is ended at the server, whether leave was taken or not.
#[tokio::test]
async fn the_session_is_ended_at_the_server() {
    let mut everything = Everything::start().await;
    Box::new(everything.open().await).close().await;
    everything.prints("Received session termination request").await;
    let session = everything.open().await;
    drop(session);
    everything.prints("Received session termination request").await;
}
