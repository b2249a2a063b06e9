//! A backend, written against nothing but the document. What does not fit the document does not compile.

use connectors_client::{
    apis::{Error, configuration::{ApiKey, Configuration}, tenant_api},
    models::{ConnectAnswer, ConnectRequest},
};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let (base, token, tenant) = (arguments.next().unwrap(), arguments.next().unwrap(), arguments.next().unwrap());
    let api = Configuration {
        base_path: base,
        bearer_access_token: Some(token),
        api_key: Some(ApiKey { prefix: None, key: tenant }),
        ..Configuration::default()
    };
    let wish = ConnectRequest { label: Some("work".to_owned()), ..ConnectRequest::new() };
    let started = tenant_api::start_connection(&api, "linear", Some(wish)).await.unwrap();
    let listed =
        tenant_api::list_connections(&api, None, Some("active"), Some(10), None).await.unwrap();
    let none = tenant_api::get_connection(&api, "0190b6f0-6b4e-7c52-9d3e-5f2c1d7a8b01").await;
    let code = match none {
        Err(Error::ResponseError(refused)) => serde_json::from_str::<serde_json::Value>(&refused.content).unwrap()["code"].clone(),
        _ => panic!("a connection that nobody has"),
    };
    let started = matches!(started, ConnectAnswer::ConnectStarted(_));
    let connections: Vec<String> = listed.connections.into_iter().map(|one| one.provider).collect();
    println!("{}", serde_json::json!({"started": started, "connections": connections, "next": listed.next_cursor, "code": code}));
}
