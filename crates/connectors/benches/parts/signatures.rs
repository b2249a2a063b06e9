//! The check of a webhook's signature, time and shape, of each vendor that signs, for a small body and one of ten kilobytes.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use criterion::Criterion;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName};
use providers::{
    Evidence, Freshness, HmacScheme, Proof, SignatureForm, Signed, SignedPart, Unverified, VENDORS, Webhook,
};
use serde_json::json;
use sha2::Sha256;

const SECRET: &str = "a secret of the benchmark";
const SIZES: [(&str, usize); 2] = [("1 KB", 1_000), ("10 KB", 10_000)];

pub fn measure(criterion: &mut Criterion) {
    let now = Utc::now();
    let mut group = criterion.benchmark_group("signature");
    for vendor in VENDORS.iter() {
        let Some(webhook) = &vendor.webhook else { continue };
        let Some(scheme) = webhook.proofs.iter().find_map(hmac_of) else { continue };
        let hooks = vendor.vendor.webhooks().unwrap();
        let evidence = Evidence::Secrets(vec![SECRET.into()]);
        for (name, size) in SIZES {
            let body = body(size, now);
            let headers = headers(webhook, scheme, &body, now);
            let check = || {
                let request = Unverified { headers: &headers, body: body.clone() };
                request.verify(webhook, hooks, &evidence, now).map_err(|why| format!("{}: {why}", vendor.slug)).unwrap()
            };
            group.bench_function(format!("{} {name}", vendor.slug), |bencher| bencher.iter(check));
        }
    }
}

fn hmac_of(proof: &Proof) -> Option<&HmacScheme> {
    match proof {
        Proof::Hmac(scheme) => Some(scheme),
        Proof::ClientJwt | Proof::Channel(_) | Proof::Oidc(_) => None,
    }
}

/// What every vendor looks for, and so much text.
fn body(size: usize, now: DateTime<Utc>) -> Bytes {
    let mut body = json!({
        "type": "event_callback", "event_id": "delivery-0", "event": {"type": "event"}, "webhookEvent": "event",
        "timestamp": now.timestamp_millis(), "webhookTimestamp": now.timestamp_millis(), "text": "",
    });
    body["text"] = "r".repeat(size - body.to_string().len()).into();
    body.to_string().into()
}

fn headers(webhook: &Webhook, scheme: &HmacScheme, body: &[u8], now: DateTime<Utc>) -> HeaderMap {
    let (mut headers, time) = (HeaderMap::new(), now.timestamp().to_string());
    let name = |text: &str| HeaderName::try_from(text).unwrap();
    for kept in &webhook.kept_headers {
        headers.insert(name(kept), if kept.contains("event") { "event" } else { "delivery-0" }.parse().unwrap());
    }
    if let Freshness::Header { name: header, .. } = &scheme.freshness {
        headers.insert(name(header), time.parse().unwrap());
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    match &scheme.signed {
        Signed::Body => mac.update(body),
        Signed::Parts(parts) => parts.iter().for_each(|part| match part {
            SignedPart::Text(text) => mac.update(text.as_bytes()),
            SignedPart::Time => mac.update(time.as_bytes()),
            SignedPart::Body => mac.update(body),
            SignedPart::Header(header) => mac.update(headers[name(header)].as_bytes()),
        }),
    }
    let digits = hex::encode(mac.finalize().into_bytes());
    let value = match &scheme.form {
        SignatureForm::Prefixed(prefix) | SignatureForm::List(prefix) => format!("{prefix}{digits}"),
        SignatureForm::Fields { time: at, signature } => format!("{at}={time},{signature}={digits}"),
    };
    headers.insert(name(&scheme.header), value.parse().unwrap());
    headers
}
