//! How a handler says what it may refuse.

use axum::response::IntoResponse;
use edge::Problem;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use std::{collections::BTreeMap, marker::PhantomData};
use utoipa::{
    IntoResponses,
    openapi::{
        RefOr,
        response::{Response, ResponseBuilder},
    },
};

/// Under this name a handler's refusals travel to where the document is put together, and no further.
pub(super) const LIST: &str = "x-refusals";

/// Whatever ends in problems: each of them, as it is on the wire.
pub trait Fails {
    fn problems() -> Vec<Problem>;
}

/// Among the `responses` of a handler: what it refuses beside what its door and the form of its request do. Each handler says it once;
/// several flows stand in a tuple.
pub struct Refuses<T>(PhantomData<T>);

impl<T: Fails> IntoResponses for Refuses<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let list: Vec<Value> = T::problems().iter().map(told).collect();
        let carrier = ResponseBuilder::new().extensions(Some([(LIST, list)].into_iter().collect()));
        BTreeMap::from([(LIST.to_owned(), carrier.build().into())])
    }
}

/// A problem with its status, and the headers that come with it.
pub(super) fn told(problem: &Problem) -> Value {
    let mut body = json!(problem);
    // Filled in on the way out; here something that looks like it.
    body["instance"] = "/path/of/the/request".into();
    body["request_id"] = "0190b6f0-6b4e-7c52-9d3e-5f2c1d7a8b90".into();
    let answer = problem.clone().into_response();
    let headers: Vec<&str> =
        answer.headers().keys().filter(|name| **name != CONTENT_TYPE).map(http::HeaderName::as_str).collect();
    json!({"status": problem.status().as_u16(), "code": problem.code(), "headers": headers, "body": body})
}

impl<A: Fails, B: Fails> Fails for (A, B) {
    fn problems() -> Vec<Problem> {
        [A::problems(), B::problems()].concat()
    }
}

impl<A: Fails, B: Fails, C: Fails> Fails for (A, B, C) {
    fn problems() -> Vec<Problem> {
        [A::problems(), B::problems(), C::problems()].concat()
    }
}

impl<A: Fails, B: Fails, C: Fails, D: Fails> Fails for (A, B, C, D) {
    fn problems() -> Vec<Problem> {
        [A::problems(), B::problems(), C::problems(), D::problems()].concat()
    }
}
