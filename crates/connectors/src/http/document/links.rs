//! What an answer leads to: which operation goes on with what of it.

use super::{each_operation, name};
use serde_json::{Map, Value, json};

/// From an answer (operation and status) to an operation, with its parameters as runtime expressions (OpenAPI 4.8.20.4).
struct Leads {
    from: (&'static str, &'static str),
    to: &'static str,
    with: &'static [(&'static str, &'static str)],
}

const fn leads(
    from: &'static str,
    status: &'static str,
    to: &'static str,
    with: &'static [(&'static str, &'static str)],
) -> Leads {
    Leads { from: (from, status), to, with }
}

const PROVIDER: &[(&str, &str)] = &[("provider", "$request.path.provider")];
const ID: &[(&str, &str)] = &[("id", "$response.body#/id")];
const SAME: &[(&str, &str)] = &[("id", "$request.path.id")];
const NEXT: &[(&str, &str)] = &[("cursor", "$response.body#/next_cursor")];
const FIRST_CONNECTION: &[(&str, &str)] = &[("id", "$response.body#/connections/0/id")];
const FIRST_EVENT: &[(&str, &str)] = &[("id", "$response.body#/events/0/id")];
const FIRST_RUN: &[(&str, &str)] = &[("id", "$response.body#/runs/0/id")];
const FIRST_SUBSCRIPTION: &[(&str, &str)] = &[("id", "$response.body#/subscriptions/0/id")];
const FIRST_INSTALLATION: &[(&str, &str)] = &[("id", "$response.body#/installations/0/id")];
const FIRST_SLUG: &[(&str, &str)] = &[("provider", "$response.body#/providers/0/slug")];
const FIRST_CLIENT: &[(&str, &str)] = &[("provider", "$response.body#/provider_configs/0/provider")];
const ITS_PROVIDER: &[(&str, &str)] =
    &[("provider", "$response.body#/provider"), ("connection_id", "$response.body#/id")];
const FIRST_STREAM: &[(&str, &str)] = &[("id", "$request.path.id"), ("stream", "$response.body#/streams/0/name")];
const NEXT_RECORDS: &[(&str, &str)] =
    &[("id", "$request.path.id"), ("stream", "$request.path.stream"), ("cursor", "$response.body#/next_cursor")];
const NEXT_OF_SAME: &[(&str, &str)] = &[("id", "$request.path.id"), ("cursor", "$response.body#/next_cursor")];
const CALL: &[(&str, &str)] = &[("id", "$response.body#/id"), ("call_id", "$response.body#/approvals/0/call_id")];

const LINKS: &[Leads] = &[
    // Connecting: start, the vendor's redirect, the connection.
    leads("listProviders", "200", "getProvider", FIRST_SLUG),
    leads("getProvider", "200", "startConnection", &[("provider", "$response.body#/slug")]),
    leads("startConnection", "201", "finishConnect", PROVIDER),
    leads("startOauth", "200", "finishOauth", PROVIDER),
    leads("startApiAuth", "200", "finishApiAuth", PROVIDER),
    leads("openInstallLink", "303", "finishOauth", PROVIDER),
    leads("finishOauth", "200", "linkConnection", PROVIDER),
    leads("finishConnect", "200", "getConnection", ID),
    leads("finishConnect", "200", "vendConnectionToken", ID),
    leads("finishConnect", "200", "listStreams", ID),
    leads("linkConnection", "200", "getConnection", ID),
    leads("linkConnection", "200", "listStreams", ID),
    // A connection and what it is good for.
    leads("listConnections", "200", "getConnection", FIRST_CONNECTION),
    leads("listConnections", "200", "listConnections", NEXT),
    leads("getConnection", "200", "refreshConnection", ID),
    leads("getConnection", "200", "vendToken", ITS_PROVIDER),
    leads("getConnection", "200", "vendConnectionToken", ID),
    leads("getConnection", "200", "callVendorGet", &[("connection_id", "$response.body#/id")]),
    leads("getConnection", "200", "listStreams", ID),
    leads("getConnection", "200", "listSignals", &[("connection_id", "$response.body#/id")]),
    leads("getConnection", "200", "getTimeline", ID),
    leads("getConnection", "200", "endConnection", ID),
    leads("getTimeline", "200", "getTimeline", NEXT_OF_SAME),
    leads("refreshConnection", "200", "getConnection", ID),
    leads("vendToken", "200", "getConnection", &[("id", "$response.body#/connection_id")]),
    leads("vendConnectionToken", "200", "getConnection", &[("id", "$response.body#/connection_id")]),
    leads("listInstallations", "200", "endInstallation", FIRST_INSTALLATION),
    leads("listInstallations", "200", "listInstallations", NEXT),
    // Streams and their records.
    leads("listStreams", "200", "syncConnection", SAME),
    leads("listStreams", "200", "listRecords", FIRST_STREAM),
    leads("syncConnection", "202", "listStreams", SAME),
    leads("listRecords", "200", "listRecords", NEXT_RECORDS),
    // Signals, deliveries, subscriptions.
    leads("listSignals", "200", "listSignals", NEXT),
    leads("listSignals", "200", "getEvent", &[("id", "$response.body#/signals/0/delivery_id")]),
    leads("listEvents", "200", "listEvents", NEXT),
    leads("listEvents", "200", "getEvent", FIRST_EVENT),
    leads("getEvent", "200", "replayEvent", ID),
    leads("putSubscription", "200", "getSubscription", ID),
    leads("putSubscription", "201", "getSubscription", ID),
    leads("listSubscriptions", "200", "getSubscription", FIRST_SUBSCRIPTION),
    leads("getSubscription", "200", "rotateSubscriptionSecret", ID),
    leads("getSubscription", "200", "resendSubscription", ID),
    leads("getSubscription", "200", "deleteSubscription", ID),
    // Operators.
    leads("putTenant", "201", "getTenant", ID),
    leads("getTenant", "200", "exportTenant", ID),
    leads("getTenant", "200", "eraseTenant", ID),
    leads("eraseTenant", "202", "getTenant", ID),
    leads("listAudit", "200", "listAudit", NEXT),
    leads("listProviderConfigs", "200", "getProviderConfig", FIRST_CLIENT),
    leads("putProviderConfig", "200", "getProviderConfig", PROVIDER),
    leads("putProviderConfig", "201", "getProviderConfig", PROVIDER),
    leads("getProviderConfig", "200", "deleteProviderConfig", PROVIDER),
    // Runs.
    leads("runAgent", "200", "getRun", ID),
    leads("runAgent", "200", "decideCall", CALL),
    leads("listRuns", "200", "getRun", FIRST_RUN),
    leads("listRuns", "200", "listRuns", NEXT),
    leads("getRun", "200", "cancelRun", ID),
    leads("getRun", "200", "decideCall", CALL),
];

/// Puts them into the answers.
pub fn add(document: &mut Value) {
    each_operation(document, |_, _, operation| {
        let from = name(operation).to_owned();
        for link in LINKS.iter().filter(|link| link.from.0 == from) {
            let with: Map<String, Value> = link.with.iter().map(|(name, at)| ((*name).to_owned(), json!(at))).collect();
            let answer = operation.get_mut("responses").and_then(|responses| responses.get_mut(link.from.1));
            if let Some(answer) = answer {
                answer["links"][link.to] = json!({"operationId": link.to, "parameters": with});
            }
        }
    });
}
