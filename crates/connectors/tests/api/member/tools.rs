use crate::support::{Client, Server};
use kernel::UserId;
use serde_json::{Value, json};
use uuid::Uuid;

fn entry() -> Value {
    json!({"source": "connectors", "name": "list_connections", "fingerprint": "0".repeat(64), "approval": "never"})
}

/// An entry with one of its members said otherwise; null: not at all.
fn with(member: &str, value: Value) -> Value {
    let mut entry = entry();
    if value.is_null() {
        entry.as_object_mut().unwrap().remove(member);
    } else {
        entry[member] = value;
    }
    entry
}

async fn put(caller: &Client, tools: &[Value]) -> crate::support::Answer {
    caller.put_json("/agent/tools", &json!({ "tools": tools })).await
}

/// Somebody who has connected nothing finds the tools of this service, and none of them is allowed.
#[tokio::test]
async fn nothing_is_allowed_until_it_is() {
    let server = Server::start().await;
    let found = server.member(UserId::generate()).get("/agent/tools").await.with(200);
    let sources = found["sources"].as_array().unwrap();
    assert_eq!((sources.len(), &sources[0]["id"], &sources[0]["state"]), (1, &json!("connectors"), &json!("ok")));
    let tools = sources[0]["tools"].as_array().unwrap();
    let said = |name: &str| tools.iter().map(|tool| tool[name].clone()).collect::<Vec<_>>();
    assert_eq!(
        said("name"),
        ["list_connections", "list_streams", "read_records", "query_signals", "call_vendor_api"].map(Value::from)
    );
    assert_eq!(said("says_read_only"), [true, true, true, true, false].map(Value::from));
    assert_eq!((said("standing"), said("allowed")), (vec![json!("new"); 5], vec![Value::Null; 5]));
    assert!(tools.iter().all(|tool| tool["input_schema"]["additionalProperties"] == false));
    assert_eq!(found["missing"], json!([]));
}

/// A list is replaced whole, comes back as it was sent, and an empty one allows nothing.
#[tokio::test]
async fn a_list_takes_the_place_of_the_one_before() {
    let server = Server::start().await;
    let member = server.member(UserId::generate());
    let limits = json!({
        "/method": {"one_of": ["GET", "HEAD"]}, "/path": {"prefix": "repos/"}, "/body": "absent",
        "/query/state~1x": {"equals": {"deep": [1, null]}},
    });
    let first = [entry(), with("name", json!("call_vendor_api"))];
    put(&member, &first).await.with(200);
    let mut limited = with("name", json!("query_signals"));
    (limited["approval"], limited["arguments"]) = (json!("each_call"), limits);
    assert_eq!(put(&member, std::slice::from_ref(&limited)).await.with(200)["tools"], json!([limited]));
    let found = member.get("/agent/tools").await.with(200);
    let tools = found["sources"][0]["tools"].as_array().unwrap();
    let standing: Vec<(&Value, &Value)> = tools.iter().map(|tool| (&tool["standing"], &tool["allowed"])).collect();
    let new = (&json!("new"), &Value::Null);
    assert_eq!(standing, [new, new, new, (&json!("changed"), &limited), new]);
    assert_eq!(put(&member, &[]).await.with(200), json!({"tools": []}));
    assert_eq!(server.database.count("agent_tools").await, 0);
}

/// One fault is told with its place, and nothing of the list is taken.
#[tokio::test]
async fn a_list_with_a_fault_changes_nothing() {
    let server = Server::start().await;
    let member = server.member(UserId::generate());
    put(&member, &[entry()]).await.with(200);
    let arguments = |value: Value| with("arguments", value);
    let limits: serde_json::Map<String, Value> = (0..51).map(|n| (format!("/{n}"), json!("absent"))).collect();
    let cases = [
        (json!("x"), ""),
        (with("more", json!(1)), ""),
        (with("source", Value::Null), "/source"),
        (with("source", json!("github")), "/source"),
        (with("source", json!(7)), "/source"),
        (with("source", json!(Uuid::now_v7())), "/source"),
        (with("name", Value::Null), "/name"),
        (with("name", json!("")), "/name"),
        (with("name", json!("x".repeat(257))), "/name"),
        (with("name", json!("a\0b")), "/name"),
        (with("fingerprint", Value::Null), "/fingerprint"),
        (with("fingerprint", json!("A".repeat(64))), "/fingerprint"),
        (with("fingerprint", json!("a".repeat(63))), "/fingerprint"),
        (with("approval", Value::Null), "/approval"),
        (with("approval", json!("always")), "/approval"),
        (with("approval", json!({"never": null})), "/approval"),
        (with("approval", json!(false)), "/approval"),
        (arguments(json!([])), "/arguments"),
        (arguments(json!({"team": "absent"})), "/arguments/team"),
        (arguments(json!({"": "absent"})), "/arguments/"),
        (arguments(json!({"/a~2": "absent"})), "/arguments/~1a~02"),
        (arguments(json!({"/a": "present"})), "/arguments/~1a"),
        (arguments(json!({"/a": {"one_of": []}})), "/arguments/~1a"),
        (arguments(json!({"/a": {"prefix": 1}})), "/arguments/~1a"),
        (arguments(json!({"/a": {"equals": 1, "prefix": "x"}})), "/arguments/~1a"),
        (arguments(json!({"/a": {"equals": "a\0"}})), "/arguments"),
        (arguments(json!({"/a": {"equals": "x".repeat(8 * 1024)}})), "/arguments"),
        (arguments(Value::Object(limits)), "/arguments"),
    ];
    server
        .unchanged(async {
            for (wrong, at) in &cases {
                let answer = put(&member, &[with("name", json!("read_records")), wrong.clone()]).await;
                assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{wrong}");
                assert_eq!(answer.json()["errors"][0]["pointer"], format!("#/tools/1{at}"), "{wrong}");
            }
            let twice = put(&member, &[entry(), with("approval", json!("each_call"))]).await;
            assert_eq!(twice.json()["errors"][0]["pointer"], "#/tools/1");
            let many: Vec<Value> = (0..1001).map(|n| with("name", json!(n.to_string()))).collect();
            assert_eq!(put(&member, &many).await.json()["errors"][0]["pointer"], "#/tools");
            for body in [json!({}), json!({"tools": {}}), json!({"tools": [], "more": 1})] {
                let answer = member.put_json("/agent/tools", &body).await;
                assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{body}");
            }
        })
        .await;
    let many: Vec<Value> = (0..1000).map(|n| with("name", json!(n.to_string()))).collect();
    put(&member, &many).await.with(200);
}

/// The tools are a person's: an operator's token, for whatever tenant, opens nothing here.
#[tokio::test]
async fn an_operator_has_no_tools() {
    let server = Server::start().await;
    let operator = server.operator(server.tenant().await);
    assert_eq!(operator.get("/agent/tools").await.problem(), (403, "FORBIDDEN".to_owned()));
    assert_eq!(put(&operator, &[entry()]).await.problem(), (403, "FORBIDDEN".to_owned()));
    assert_eq!(server.database.count("agent_tools").await, 0);
}

/// In a tenant with several people, what is somebody else's is found by nobody but them, and is no source for others.
#[tokio::test]
async fn a_connection_of_another_person_is_no_source() {
    let server = Server::start().await;
    let user = UserId::generate();
    let member = server.member(user);
    member.get("/connections").await.with(200);
    let mut made = Vec::new();
    for owner in [Some(Uuid::now_v7()), Some(user.as_uuid()), None] {
        let id = Uuid::now_v7();
        sqlx::query(
            "insert into connections (tenant_id, id, provider, kind, account_id, display_name, status, status_detail,
                                      owner_id, created_at, updated_at)
             values ($1, $2, 'github', 'account', $3, 'x', 'active', '{\"status\":\"active\"}', $4, now(), now())",
        )
        .bind(user.as_uuid())
        .bind(id)
        .bind(id.to_string())
        .bind(owner)
        .execute(&server.database.pool)
        .await
        .unwrap();
        made.push(json!(id));
    }
    let found = member.get("/agent/tools").await.with(200);
    let mut ids: Vec<&Value> = found["sources"].as_array().unwrap().iter().map(|source| &source["id"]).collect();
    ids.sort_by_key(ToString::to_string);
    assert_eq!(ids, [&made[1], &made[2], &json!("connectors")]);
    for (source, status) in made.iter().zip([400, 200, 200]) {
        assert_eq!(put(&member, &[with("source", source.clone())]).await.status.as_u16(), status);
    }
}

/// Two lists that come at once are never mixed: one of them is the list.
#[tokio::test]
async fn lists_that_come_at_once_are_not_mixed() {
    let server = Server::start().await;
    let member = server.member(UserId::generate());
    let list = |of: &str| (0..40).map(|n| with("name", json!(format!("{of}{n}")))).collect::<Vec<_>>();
    let (ones, others) = (list("a"), list("b"));
    for _ in 0..5 {
        let (one, other) = tokio::join!(put(&member, &ones), put(&member, &others));
        assert_eq!((one.status.as_u16(), other.status.as_u16()), (200, 200));
        let count = "select count(*) from agent_tools where left(tool, 1) = any($1)";
        let count =
            async |of: &[&str]| sqlx::query_scalar::<_, i64>(count).bind(of).fetch_one(&server.database.pool).await;
        let counts = (count(&["a"]).await.unwrap(), count(&["b"]).await.unwrap());
        assert!([(40, 0), (0, 40)].contains(&counts), "{counts:?}");
    }
}
