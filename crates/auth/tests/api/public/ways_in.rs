use crate::service::Service;
use serde_json::json;

/// A page that is not written for one deployment learns here which doors this one has.
#[tokio::test]
async fn the_ways_in_are_those_that_are_switched_on() {
    let service = Service::with(&[("AUTH_GITHUB_CLIENT_ID", "id"), ("AUTH_GITHUB_CLIENT_SECRET", "secret")]).await;
    let answer = service.get("/api/auth/ways-in", &[]).await;
    let (status, told) = answer.whole();
    assert_eq!(status, 200);
    assert_eq!((&told["emailAndPassword"], &told["signUp"], &told["mail"]), (&json!(true), &json!(true), &json!(true)));
    assert_eq!(told["social"], json!([{"id": "github", "name": "GitHub"}]));
    let closed = Service::with(&[("AUTH_SIGN_UP", "off")]).await;
    let told = closed.get("/api/auth/ways-in", &[]).await.json();
    assert_eq!((&told["signUp"], &told["social"]), (&json!(false), &json!([])));
}
