//! What is sealed: a token, a grant with all that belongs to it, and the cursor of a list.

use chrono::{SubsecRound, Utc};
use criterion::Criterion;
use kernel::{Cursor, CursorKey, TenantId};
use uuid::Uuid;
use vault::{Context, Keyring};

const SIZES: [(&str, usize); 2] = [("60 B", 60), ("2 KB", 2_000)];

pub fn measure(criterion: &mut Criterion) {
    let (keyring, tenant) = (Keyring::single("0123456789abcdef0123456789abcdef").unwrap(), Uuid::now_v7());
    let context = Context::new("grants", format!("{tenant}/{}/account", Uuid::now_v7()), "sealed");
    let mut group = criterion.benchmark_group("vault");
    for (name, size) in SIZES {
        let grant = vec![b'g'; size];
        let sealed = keyring.seal(&grant, &context).unwrap();
        group
            .bench_function(format!("seal {name}"), |bencher| bencher.iter(|| keyring.seal(&grant, &context).unwrap()));
        group.bench_function(format!("open {name}"), |bencher| {
            bencher.iter(|| keyring.open(&sealed, &context).unwrap());
        });
    }
    group.finish();
    let (key, tenant) = (CursorKey::new([7; 32]), TenantId::from_uuid(tenant));
    let (query, cursor) = ("signals|provider=vendor", Cursor { at: Utc::now().trunc_subsecs(6), id: Uuid::now_v7() });
    let text = key.seal(tenant, query, cursor);
    let mut group = criterion.benchmark_group("cursor");
    group.bench_function("seal", |bencher| bencher.iter(|| key.seal(tenant, query, cursor)));
    group.bench_function("open", |bencher| bencher.iter(|| key.open(tenant, query, &text).unwrap()));
}
