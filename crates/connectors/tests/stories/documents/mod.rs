//! What the pages tell people to type is typed here, as it stands there.

mod page;

use self::page::{Block, Shell, blocks, code, difference, read};
use super::whole::auth_service;
use crate::support::{OPERATOR, OwnFile, Receiver, Server};
use kernel::SignalKind;
use serde_json::{Value, json};
use std::process::{Command, Stdio};

const PAGES: [&str; 3] = ["docs/backend.md", "docs/frontend.md", "docs/add-a-provider.md"];

fn page(path: &str) -> Vec<Block> {
    blocks(&read(path)).unwrap_or_else(|fault| panic!("{path}: {fault}"))
}

/// In a shell of its own, beside the servers that it asks.
async fn typed(shell: Shell, blocks: Vec<Block>, addresses: Vec<(&'static str, String)>, last: String) -> Shell {
    let typing = tokio::task::spawn_blocking(move || {
        let addresses: Vec<(&str, &str)> = addresses.iter().map(|(shown, real)| (*shown, real.as_str())).collect();
        shell.run(&blocks, &addresses, &last).unwrap_or_else(|fault| panic!("{fault}"));
        shell
    });
    typing.await.unwrap()
}

fn addresses(server: &Server) -> Vec<(&'static str, String)> {
    vec![("https://localhost", server.url.clone()), ("http://127.0.0.1:5003", server.sandbox.url().to_owned())]
}

/// The backend's page, from the tenant to the end; both ways to verify take what was really sent, and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_does_what_its_page_says() {
    let server = Server::with(&[("SUBSCRIPTIONS_ALLOW_PRIVATE_HOSTS", "127.0.0.1")]).await;
    let _workers = server.start_workers().await;
    let receiver = Receiver::start().await;
    let mut addresses = addresses(&server);
    addresses.push(("https://hooks.example.com/connectors", receiver.url.clone()));
    let blocks = page("docs/backend.md");
    let last = r#"printf '"%s"' "$TENANT" > tenant"#.to_owned();
    let shell = typed(Shell::new(OPERATOR), blocks.clone(), addresses, last).await;

    let tenant = shell.json("tenant").as_str().unwrap().parse().unwrap();
    server.signal(tenant, "linear", SignalKind::IssueCreated, "sent").await;
    let sent = receiver.wait_for(1).await.remove(0);
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers: Value = names.iter().map(|name| ((*name).to_owned(), json!(sent.header(name)))).collect();
    shell.write("headers.json", &headers.to_string());
    shell.write("body", str::from_utf8(&sent.body).unwrap());
    shell.write("verify.py", &(code(&blocks, "python") + PYTHON));
    shell.write("verify.js", &(code(&blocks, "js") + NODE));
    for (program, script) in [("python/bin/python", "verify.py"), ("bin/node", "verify.js")] {
        let mut command = Command::new(testkit::tool(program));
        let ran = command.arg(script).current_dir(&shell.folder).stdin(Stdio::null()).output().unwrap();
        assert!(ran.status.success(), "{script}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}

const PYTHON: &str = r#"
import json
headers, body = json.load(open("headers.json")), open("body", "rb").read()
secret = json.load(open("subscription.json"))["secret"]
assert verify(secret, headers, body)
assert verify(secret, headers | {"webhook-signature": "v1,AAAA " + headers["webhook-signature"]}, body)
assert not verify(secret, headers, body + b" ")
assert not verify("whsec_" + base64.b64encode(b"another secret of the tests").decode(), headers, body)
then = {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}
key, signed = base64.b64decode(secret[6:]), ".".join([headers["webhook-id"], then["webhook-timestamp"], body.decode()])
old = "v1," + base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode()
assert not verify(secret, headers | then | {"webhook-signature": old}, body)
"#;

const NODE: &str = r#"
const { readFileSync } = require("node:fs");
const holds = (is, what) => { if (!is) throw new Error(what); };
const [headers, body] = [JSON.parse(readFileSync("headers.json")), readFileSync("body")];
const { secret } = JSON.parse(readFileSync("subscription.json"));
holds(verify(secret, headers, body), "ours");
holds(verify(secret, { ...headers, "webhook-signature": "v1,AAAA " + headers["webhook-signature"] }, body), "the second");
holds(!verify(secret, headers, Buffer.concat([body, Buffer.from(" ")])), "another body");
holds(!verify("whsec_" + Buffer.from("another secret of the tests").toString("base64"), headers, body), "another secret");
const then = String(Number(headers["webhook-timestamp"]) - 301);
const signed = `${headers["webhook-id"]}.${then}.${body}`;
const old = "v1," + createHmac("sha256", Buffer.from(secret.slice(6), "base64")).update(signed).digest("base64");
holds(!verify(secret, { ...headers, "webhook-timestamp": then, "webhook-signature": old }, body), "an old one");
"#;

/// The frontend's page, with the real auth service; what it shows as code follows signals and runs the agent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frontend_does_what_its_page_says() {
    let (auth, _database) = auth_service().await;
    let server = Server::with(&[
        ("AUTH_JWKS_URL", &format!("{auth}/api/auth/jwks")),
        ("ANTHROPIC_API_KEY", sandbox::ANTHROPIC_API_KEY),
        ("ANTHROPIC_BASE_URL", "{sandbox}/anthropic"),
        ("ANTHROPIC_MODEL", "claude-sonnet-5-5"),
    ])
    .await;
    let _workers = server.start_workers().await;
    // One proxy is in front of both in earnest; here each has an address of its own.
    let mut addresses = addresses(&server);
    addresses.push(("$BASE/api/auth", format!("{auth}/api/auth")));
    addresses.push(("Origin: $BASE", format!("Origin: {auth}")));
    let blocks = page("docs/frontend.md");
    let shell = Shell::new(OPERATOR);
    shell.write("page.js", &(code(&blocks, "js") + FOLLOW));
    let node = format!("\"{}\" page.js\n", testkit::tool("bin/node").display());
    typed(shell, blocks, addresses, node).await;
}

const FOLLOW: &str = r#"
held = { token: process.env.JWT, until: Infinity };
const base = process.env.BASE;
(async () => {
  const [stop, kinds] = [new AbortController(), []];
  const tell = ({ kind }) => { if (kinds.push(kind) === 3) stop.abort(); };
  await follow(base, tell, stop.signal, "0");
  if (kinds.join() !== Array(3).fill("connection_connected").join()) throw new Error(kinds.join());
  const whole = await run(base, "hello", () => {}, new AbortController().signal);
  if (whole.state !== "completed") throw new Error(JSON.stringify(whole));
})();
"#;

/// The page's own file of providers, and a call with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_is_added_as_its_page_says() {
    let blocks = page("docs/add-a-provider.md");
    let own = OwnFile::new(&code(&blocks, "toml"));
    let played = ("ACME_KEYS_BASE_URL", "{sandbox}/generic/acme-keys");
    let server = Server::with(&[("PROVIDERS_FILE", own.path()), played]).await;
    typed(Shell::new(OPERATOR), blocks, addresses(&server), String::new()).await;
}

/// The README's first steps. Its comment is where somebody opens a browser.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_steps_are_taken() {
    let readme = read("README.md");
    let (_, steps) = readme.split_once("\n## First steps with curl\n").unwrap();
    let steps = blocks(steps.split("\n## ").next().unwrap()).unwrap();
    let server = Server::start().await;
    let mut addresses = addresses(&server);
    addresses.push(("# open the install_url of the answer in a browser, click Approve, and then:", BROWSER.to_owned()));
    let last = r#"tail -c 2000 stdout | grep '"access_token":'"#.to_owned();
    typed(Shell::new(OPERATOR), steps, addresses, last).await;
}

const BROWSER: &str = r#"
link=$(grep -o '"install_url":"[^"]*"' stdout | cut -d '"' -f 4)
go() { curl --silent --cookie jar --cookie-jar jar --output page --write-out '%{redirect_url}' "$1"; }
back=$(go "$(go "$link")&sandbox_consent=approve&sandbox_account=ada")
go "$back" > landed && grep Connected page > landed
"#;

/// What is not run is here with its reason, so that nothing is passed over unseen.
#[test]
fn what_is_left_out_is_known() {
    let all = PAGES.map(page);
    let left_out: Vec<&str> = all.iter().flatten().filter_map(|block| block.left_out.as_deref()).collect();
    let known = [
        "it needs a browser; crates/console/tests/embed has the same page",
        "it needs a browser; crates/console/tests/embed has the same page",
        "it needs a browser; the commands below send what it sends",
        ".env and make dev are the reader's; the test starts its server with these settings",
        "builds the workspace",
    ];
    assert_eq!(left_out, known);
    // Whoever writes in another language in another page has to bring somebody who runs it.
    let languages = ["js", "mjs", "python", "toml", "html"];
    let run = all.map(|blocks| languages.map(|language| !code(&blocks, language).is_empty()));
    let [backend, frontend, provider] =
        [[true, false, true, false, false], [true, true, false, false, false], [false, false, false, true, false]];
    assert_eq!(run, [backend, frontend, provider]);
}

/// Planted: a member too many, one too few, another kind of value, an unknown language, a mark without a reason.
#[test]
fn what_is_shown_wrong_is_found() {
    let came = json!({"a": {"b": 1, "c": [{"d": "x"}]}, "e": null});
    assert_eq!(difference(&json!({"a": {"b": 2, "c": [{"d": "y"}]}, "e": "z"}), &came, ""), None);
    for shown in [
        json!({"a": {"b": 1, "c": [{"d": "x"}]}}),
        json!({"a": {"b": 1, "c": [{"d": "x", "f": 1}]}, "e": null}),
        json!({"a": {"b": "1", "c": [{"d": "x"}]}, "e": null}),
        json!({"a": {"b": 1, "c": []}, "e": null}),
    ] {
        assert!(difference(&shown, &came, "").is_some(), "{shown}");
    }
    let fenced = |said: &str| blocks(&format!("text\n```{said}\nx\n```\n"));
    assert_eq!(fenced("sh").unwrap()[0].text, "x\n");
    assert_eq!(fenced("sh no-test: why").unwrap()[0].left_out.as_deref(), Some("why"));
    assert!(["bash", "", "sh no-test", "sh later: why"].iter().all(|said| fenced(said).is_err()));
}
