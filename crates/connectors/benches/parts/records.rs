//! The checksum by which a fetched record is compared with the one that is kept.

use crate::{checksum::checksum, readings::fixture};
use criterion::Criterion;
use providers::VENDORS;
use serde_json::json;

pub fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("checksum");
    for (vendor, name) in [("github", "issues.created"), ("google", "calendar_events.created")] {
        let kept = fixture(vendor, &format!("streams/{name}"));
        let streams = VENDORS.iter().find(|one| one.slug == vendor).unwrap().vendor.streams().unwrap().streams();
        let stream = streams.into_iter().find(|stream| kept["stream"] == json!(stream.name)).unwrap();
        let record = &kept["now"];
        group.bench_function(format!("{vendor} {name}"), |bencher| {
            bencher.iter(|| checksum(record, &stream.volatile));
        });
    }
}
