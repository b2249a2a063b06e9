//! Reading one event of each vendor that sends some: from the bytes that were stored to what they mean.

use criterion::Criterion;
use providers::{EventHeaders, VENDORS, Verified};
use serde_json::Value;
use std::path::Path;

/// Of a vendor's `fixtures/`, the event an operator would expect most.
const EVENTS: [(&str, &str); 6] = [
    ("github", "issues.opened"),
    ("google", "gmail.mail"),
    ("jira", "issue_updated.status"),
    ("linear", "Issue.create"),
    ("slack", "message.posted"),
    ("zoho", "Leads_insert.one"),
];

pub fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reading");
    for vendor in VENDORS.iter() {
        let Some(hooks) = vendor.vendor.webhooks() else { continue };
        let (_, event) = EVENTS.iter().find(|(slug, _)| *slug == vendor.slug).unwrap();
        let delivery = delivery(&fixture(&vendor.slug, event), event);
        let reading = hooks.read(&delivery).unwrap();
        assert!(reading.recognised, "{} does not know {event}", vendor.slug);
        group.bench_function(format!("{} {event}", vendor.slug), |bencher| {
            bencher.iter(|| hooks.read(&delivery).unwrap());
        });
    }
}

/// A file of a vendor's `fixtures/`.
pub fn fixture(vendor: &str, name: &str) -> Value {
    let vendors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../providers/src");
    let file = vendors.join(vendor).join("fixtures").join(format!("{name}.json"));
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

fn delivery(body: &Value, name: &str) -> Verified {
    assert!(body.get("$headers").is_none(), "{name} says more than its body");
    let event = name.split('.').next().unwrap();
    Verified::recall(EventHeaders::new(event, "delivery-0"), body.to_string().into())
}
