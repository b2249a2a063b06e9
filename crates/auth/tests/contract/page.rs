//! What `docs/frontend.md` shows of the unmodified client, run as it stands there.

use crate::world::{FRONTEND, World};
use std::process::Stdio;
use tokio::{io::AsyncWriteExt, process::Command};

/// The page is another origin than the service, so that its client is told to keep cookies; a browser would.
const BROWSER: &str = r#"
const jar = new Map(), seen = [];
const real = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  if (request.credentials !== "include") throw new Error("cookies stay at home");
  const headers = new Headers(request.headers);
  headers.set("origin", ORIGIN);
  if (jar.size) headers.set("cookie", [...jar].map((pair) => pair.join("=")).join("; "));
  const body = request.method === "GET" ? undefined : await request.text();
  const answer = await real(request.url, { method: request.method, headers, body, redirect: "manual" });
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    if (value) jar.set(name, value); else jar.delete(name);
  }
  seen.push([new URL(request.url).pathname, answer.status, await answer.clone().json().catch(() => null)]);
  return answer;
};
const [email, password] = ["ada@example.com", "correct horse battery"];
"#;

/// After it: what the page's calls came to, in their order.
const LOOK: &str = r#"
const equal = (found, expected) => {
  const [a, b] = [found, expected].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${a}, expected ${b}`);
};
const all = ["sign-up/email", "sign-in/email", "sign-in/social", "get-session", "sign-out"];
equal(seen.map(([path, status]) => [path, status]), all.map((path) => [`/api/auth/${path}`, 200]));
const vendor = new URL(seen[2][2].url);
equal([vendor.pathname, vendor.searchParams.get("code_challenge_method")], ["/github/login/oauth/authorize", "S256"]);
equal([session.user.email, session.user.name], [email, "Ada"]);
equal((await auth.getSession()).data, null);
console.log("all is well");
"#;

/// The page's one block of `mjs`, with the addresses of this test.
fn snippet(world: &World) -> String {
    let page = include_str!("../../../../docs/frontend.md");
    let mut blocks = page.split("\n```mjs\n").skip(1).map(|rest| rest.split("\n```\n").next().unwrap());
    let shown = blocks.next().unwrap();
    assert_eq!(blocks.next(), None);
    for address in ["\"https://connectors.example.com\"", "\"https://app.example.com/\""] {
        assert!(shown.contains(address), "the page has no {address} any more");
    }
    shown.replace("https://connectors.example.com", &world.url).replace("https://app.example.com", FRONTEND)
}

/// Signs up, in, in elsewhere as far as the vendor's own page, asks who that is, and signs out.
#[tokio::test]
async fn the_client_that_the_frontends_page_shows_works() {
    let world = World::start().await;
    let script = snippet(&world) + LOOK;
    // Modules are loaded before anything runs, wherever they stand.
    let script = format!("const ORIGIN = \"{FRONTEND}\";{BROWSER}{script}");
    let mut node = Command::new(testkit::tool("bin/node"))
        .args(["--input-type=module", "-"])
        .current_dir(testkit::tool(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    node.stdin.take().unwrap().write_all(script.as_bytes()).await.unwrap();
    let output = node.wait_with_output().await.unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert_eq!(text, "all is well\n");
}
