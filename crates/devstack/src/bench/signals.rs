//! A million signals of twenty tenants, the same on every machine. Once made they stay.

use crate::store::Store;
use anyhow::Result;
use uuid::Uuid;

const SIGNALS: usize = 1_000_000;
const TENANTS: usize = 20;

pub fn fill(store: &Store, measured: &[Uuid]) -> Result<()> {
    if store.count(&format!("select count(*) from (select 1 from signals limit {SIGNALS}) counted"))? >= SIGNALS {
        return Ok(());
    }
    let months = (1..=4).map(|month| {
        let (from, to) = (format!("2026-{month:02}-01 00:00:00+00"), format!("2026-{:02}-01 00:00:00+00", month + 1));
        format!("create table if not exists signals_2026{month:02} partition of signals for values from ('{from}') to ('{to}')")
    });
    for statement in months.chain(rows(measured)) {
        store.rows(&statement)?;
    }
    Ok(())
}

/// Every seven seconds one, of each tenant in turn.
fn rows(measured: &[Uuid]) -> impl Iterator<Item = String> {
    let tenant = |n: usize| format!("00000000-0000-4000-8000-0000000000{n:02}");
    debug_assert!(measured.iter().all(|one| (0..TENANTS).any(|n| tenant(n) == one.to_string())));
    let tenants =
        (0..TENANTS).map(tenant).map(|id| format!("('{id}'::uuid, 'organization')")).collect::<Vec<_>>().join(", ");
    [
        "truncate signals, signal_feeds".to_owned(),
        format!("insert into tenants (id, kind) values {tenants} on conflict do nothing"),
        format!(
            "insert into signals
               (tenant_id, id, position, connection_id, provider, kind, subject, actor, changes, occurred_at, received_at, delivery_id,
                ordinal, payload)
             select ('00000000-0000-4000-8000-0000000000' || lpad((g % {TENANTS})::text, 2, '0'))::uuid,
                    gen_random_uuid(), 1 + g / {TENANTS},
                    ('00000000-0000-4000-9000-' || lpad(to_hex(g % 400), 12, '0'))::uuid,
                    (array['github', 'slack', 'linear'])[1 + g % 3],
                    (array['issue_created', 'pull_request_opened', 'message_posted', 'issue_closed', 'push'])[1 + g % 5],
                    jsonb_build_object('type', 'issue', 'external_id', md5(g::text), 'number', g::text,
                                       'title', 'Signal number ' || g, 'url', 'https://example.test/items/' || g),
                    jsonb_build_object('external_id', 'user-' || (g % 977), 'name', 'Ada', 'is_bot', false),
                    '{{}}', timestamptz '2026-01-01 00:00:00+00' + make_interval(secs => g * 7), now(), gen_random_uuid(), 0,
                    json_build_object('title', 'Signal number ' || g, 'url', 'https://example.test/items/' || g,
                                      'author', 'user-' || (g % 977), 'labels', json_build_array('a', 'b', g % 13))
             from generate_series(1, {SIGNALS}) g"
        ),
        "insert into signal_feeds (tenant_id, last) select tenant_id, max(position) from signals group by tenant_id".to_owned(),
        "analyze signals".to_owned(),
    ]
    .into_iter()
}
