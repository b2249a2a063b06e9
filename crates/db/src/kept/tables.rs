//! The list. Its order is that in which things go: what is open to the world before what hangs on nothing.

use super::{Erase, Export, Kept, Rows};

/// Narrow rows.
const MANY: i64 = 500;
/// Rows that carry a vendor's JSON.
const SOME: i64 = 50;
/// Rows that carry a whole webhook, some of which have megabytes.
const FEW: i64 = 4;

const fn rows(
    table: &'static str,
    key: &'static [(&'static str, &'static str)],
    without: &'static [&'static str],
    page: i64,
) -> Kept {
    Kept { table, export: Export::Rows(Rows { key, without, page }), erase: Erase::Delete }
}

const fn inner(table: &'static str, why: &'static str) -> Kept {
    Kept { table, export: Export::No(why), erase: Erase::Delete }
}

const UNDER_WAY: &str = "a flow under way for ten minutes at most; what it leads to is a connection";
const POSITION: &str = "says how far other rows have been dealt with, and nothing of its own";

/// Everything that hangs on a tenant.
pub const TABLES: &[Kept] = &[
    rows("grants", &[("connection_id", "uuid"), ("role", "text")], &["sealed"], MANY),
    rows("provider_configs", &[("provider", "text")], &["sealed"], MANY),
    rows("hooks", &[("id", "uuid")], &["sealed", "secret_hash"], MANY),
    inner("hook_upkeep", POSITION),
    inner("hook_catch_ups", POSITION),
    inner("oauth_states", UNDER_WAY),
    inner("connect_starts", UNDER_WAY),
    rows("forwards", &[("subscription_id", "uuid"), ("position", "bigint")], &[], MANY),
    rows("subscriptions", &[("id", "uuid")], &["sealed"], MANY),
    rows("signals", &[("position", "bigint"), ("occurred_at", "timestamptz")], &[], SOME),
    inner("signal_feeds", POSITION),
    // The body is handed out as people look at it, without a secret that some vendors repeat in it.
    rows("deliveries", &[("id", "uuid")], &[], FEW),
    inner("delivery_queue", POSITION),
    inner("delivery_keys", "digests by which a repetition is recognised"),
    rows("delivery_addressees", &[("delivery_id", "uuid")], &[], MANY),
    inner("listings", POSITION),
    rows("records", &[("connection_id", "uuid"), ("stream", "text"), ("external_id", "text")], &["checksum"], SOME),
    rows("streams", &[("connection_id", "uuid"), ("name", "text")], &[], MANY),
    rows("agent_approvals", &[("run_id", "uuid"), ("call_id", "text")], &[], SOME),
    rows("agent_turns", &[("run_id", "uuid"), ("position", "integer")], &[], SOME),
    rows("agent_runs", &[("id", "uuid")], &[], MANY),
    rows("connection_resources", &[("connection_id", "uuid"), ("external_id", "text"), ("kind", "text")], &[], MANY),
    rows("connections", &[("id", "uuid")], &[], MANY),
    // Behind the connections, as whoever writes a list takes them.
    rows("agent_tools", &[("user_id", "uuid"), ("source", "text"), ("tool", "text")], &[], MANY),
    inner("budgets", "until when a vendor wants to hear nothing; a digest says of whom"),
    Kept {
        table: "audit_log",
        export: Export::Rows(Rows {
            key: &[("id", "uuid")],
            without: &["salt", "hash", "content", "erasure"],
            page: MANY,
        }),
        erase: Erase::Apart("its words are replaced with pseudonyms and its tenant with one; the chain still verifies"),
    },
    Kept {
        table: "audit_chains",
        export: Export::No("the ends of the log, which GET /audit shows"),
        erase: Erase::Apart("goes over to the pseudonym"),
    },
    Kept {
        table: "erasures",
        export: Export::No("there is one only where there is no tenant to export any more"),
        erase: Erase::Apart(
            "forgets the tenant's id when the work is done, and keeps its digest so that nothing is made anew",
        ),
    },
];

/// What knows a tenant or a person by another road.
pub const BESIDE: &[(&str, &str)] = &[
    ("tenants", "the last row to go"),
    ("operator_tokens", "the operator's; the tenant's id is taken out of those that name it"),
    ("jobs", "grants on their way to be revoked; waited for, and deleted with the last row"),
    ("accounts", "the auth service's: handed out by GET /api/auth/export-user, gone with the person's row"),
    ("sessions", "the same"),
    ("oauth_consents", "the same, with codes and refresh tokens"),
    ("links", "the auth service's: mailed and good for a day, not handed out, gone with the person's row"),
];
