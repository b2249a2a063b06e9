//! What a caller who follows signals costs while nothing happens.

use crate::{memory::memory, start::OPERATOR, work::Bench};
use futures_util::future::join_all;
use reqwest::{Client, RequestBuilder};
use uuid::Uuid;

const TENANTS: u32 = 50;
/// As many as one may have.
const STREAMS_EACH: u32 = 20;

/// In kilobytes; each is another connection, as callers' are.
pub async fn memory_each(bench: &Bench) -> f64 {
    let before = memory(bench.service.id());
    let mut held = Vec::new();
    for _ in 0..TENANTS {
        let tenant = Uuid::now_v7();
        let signed = |request: RequestBuilder| request.bearer_auth(OPERATOR).header("x-tenant-id", tenant.to_string());
        let made = signed(Client::new().put(format!("{}/tenants/{tenant}", bench.service.origin)));
        made.send().await.unwrap().error_for_status().unwrap();
        let open = async |_: u32| {
            let client = Client::builder().no_proxy().build().unwrap();
            let request = signed(client.get(format!("{}/signals/stream", bench.service.origin)));
            (request.send().await.unwrap().error_for_status().unwrap(), client)
        };
        held.extend(join_all((0..STREAMS_EACH).map(open)).await);
    }
    (memory(bench.service.id()) - before) * 1000.0 / f64::from(TENANTS * STREAMS_EACH)
}
