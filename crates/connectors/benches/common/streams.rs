//! Callers who follow signals while nothing happens.

use crate::{process::Process, start::OPERATOR};
use futures_util::{StreamExt, stream};
use reqwest::{Client, RequestBuilder, Response};
use uuid::Uuid;

/// As many as a tenant may have.
const STREAMS_EACH: u32 = 20;
const AT_ONCE: usize = 16;

/// Each holds a connection of its own, as callers' do, until it is dropped.
pub async fn open(service: &Process, count: u32) -> Vec<Response> {
    let client = Client::builder().no_proxy().build().unwrap();
    let tenants: Vec<Uuid> = (0..count.div_ceil(STREAMS_EACH)).map(|_| Uuid::now_v7()).collect();
    let ask = async |tenant: &Uuid, request: RequestBuilder| {
        let signed = request.bearer_auth(OPERATOR).header("x-tenant-id", tenant.to_string());
        signed.send().await.unwrap().error_for_status().unwrap()
    };
    for tenant in &tenants {
        ask(tenant, client.put(format!("{}/tenants/{tenant}", service.origin))).await;
    }
    let tenants = tenants.iter().cycle().take(usize::try_from(count).unwrap());
    let opened = tenants.map(|tenant| ask(tenant, client.get(format!("{}/signals/stream", service.origin))));
    stream::iter(opened).buffer_unordered(AT_ONCE).collect().await
}
