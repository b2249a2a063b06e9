//! The agent runs for people: what they see of it, what it may, and how it ends.

mod approvals;
mod budgets;
mod endings;
mod hostile;
mod search;
mod threads;
mod two_people;
mod whole;

use crate::support::{Client, Server, Stream, Told};
use kernel::UserId;
use serde_json::{Value, json};

const MODEL: &str = "claude-sonnet-5-5";

/// A service with the sandbox's model behind it.
async fn server() -> Server {
    server_at("{sandbox}").await
}

async fn server_at(base: &str) -> Server {
    let settings = [
        ("ANTHROPIC_API_KEY", sandbox::ANTHROPIC_API_KEY),
        ("ANTHROPIC_BASE_URL", base),
        ("ANTHROPIC_MODEL", MODEL),
        ("ANTHROPIC_PRICES", "3,15,3.75,0.30"),
    ];
    Server::with(&settings).await
}

/// Somebody with an account at a vendor.
pub struct Person<'a> {
    server: &'a Server,
    pub user: UserId,
    pub client: Client,
    /// The connection's id.
    pub connection: String,
}

impl<'a> Person<'a> {
    pub async fn with(server: &'a Server, provider: &str, account: &str) -> Self {
        let user = UserId::generate();
        Self::of(server, user, server.member(user), provider, account).await
    }

    /// The same for somebody who has a client already.
    pub async fn of(server: &'a Server, user: UserId, client: Client, provider: &str, account: &str) -> Self {
        server.connect_as(&client, provider, account).await;
        let page = client.get(&format!("/connections?provider={provider}")).await.with(200);
        let connection = page["connections"][0]["id"].as_str().unwrap().to_owned();
        Self { server, user, client, connection }
    }

    /// Of a tool as it is found now.
    pub async fn entry(&self, source: &str, name: &str) -> Value {
        let found = self.client.get("/agent/tools").await.with(200);
        let sources = found["sources"].as_array().unwrap();
        let source = sources.iter().find(|it| it["id"] == source).unwrap_or_else(|| panic!("{source}: {found}"));
        let tool = source["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == name);
        let fingerprint = tool.unwrap_or_else(|| panic!("{name}: {source}"))["fingerprint"].clone();
        json!({"source": source["id"], "name": name, "fingerprint": fingerprint, "approval": "never"})
    }

    pub async fn allow(&self, entries: &[Value]) {
        self.client.put_json("/agent/tools", &json!({ "tools": entries })).await.with(200);
    }

    /// Allows these tools of their connection.
    pub async fn allow_of_connection(&self, names: &[&str]) {
        let mut entries = Vec::new();
        for name in names {
            entries.push(self.entry(&self.connection, name).await);
        }
        self.allow(&entries).await;
    }

    /// The token that their connection has now.
    async fn token(&self) -> String {
        let listed = self.client.get("/connections").await.with(200);
        let connection = &listed["connections"][0];
        let tenant = self.user.personal_tenant().as_uuid();
        self.server.vend(tenant, connection).await["access_token"].as_str().unwrap().to_owned()
    }

    async fn run(&self, wish: Value) -> Value {
        self.client.post("/agent/run", &wish).await.with(200)
    }

    async fn say(&self, prompt: &str) -> Value {
        self.run(json!({ "prompt": prompt })).await
    }

    async fn stream(&self, wish: Value) -> Stream {
        self.client.post_stream("/agent/run", &wish).await
    }

    async fn look(&self, id: &Value) -> Value {
        self.client.get(&format!("/agent/runs/{}", id.as_str().unwrap())).await.with(200)
    }

    /// Waits for the end of a run that goes on elsewhere.
    async fn ended(&self, id: &Value) -> Value {
        let look = async {
            loop {
                let run = self.look(id).await;
                if !run["ended_at"].is_null() {
                    return run;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(testkit::PATIENCE, look).await.expect("the run ends")
    }
}

async fn script(server: &Server, answers: Value) {
    server.sandbox.control("anthropic/script", json!({ "answers": answers })).await;
}

/// Something that a person has at Linear; its id.
async fn issue(server: &Server, account: &str, title: &str) -> String {
    let order = json!({"kind": "issue", "op": "create", "item": {"title": title}});
    server.sandbox.change("linear", account, order).await.remove(0)
}

/// What the model was asked, the oldest first.
async fn asked(server: &Server) -> Vec<Value> {
    server.sandbox.look("anthropic/requests").await["requests"].as_array().unwrap().clone()
}

/// The calls that a vendor's server got: `(account, tool, arguments)`.
async fn called(server: &Server, vendor: &str) -> Vec<(String, String, Value)> {
    let told = server.sandbox.look(&format!("{vendor}/mcp/requests")).await;
    let calls = told["requests"].as_array().unwrap().iter().filter(|it| it["body"]["method"] == "tools/call");
    calls
        .map(|it| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let params = &it["body"]["params"];
            (text(&it["credential"]["account"]), text(&params["name"]), params["arguments"].clone())
        })
        .collect()
}

/// All events up to the end.
async fn rest(stream: &mut Stream) -> Vec<Told> {
    let mut told = Vec::new();
    while let Some(event) = stream.next().await {
        told.push(event);
    }
    told
}

/// Reads up to an event of this name.
async fn until(stream: &mut Stream, name: &str) -> Told {
    loop {
        let told = stream.next().await.unwrap_or_else(|| panic!("no {name} before the end"));
        if told.event == name {
            return told;
        }
    }
}
