//! Webhooks of a workspace, registered through the API. Only an admin's token, or one with the scope `admin`, may see or make
//! them; where the operator has set up the app's own webhook, every workspace pushes already.

use super::api::graphql;
use crate::{Call, CallError, Missed, Order, Registered, Registrar, Renewal, Standing, Watch};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

/// What is read and not reserved for an app's own webhook.
const RESOURCES: [&str; 18] = [
    "Attachment",
    "Comment",
    "Customer",
    "CustomerNeed",
    "Cycle",
    "Document",
    "Initiative",
    "InitiativeUpdate",
    "Issue",
    "IssueLabel",
    "IssueSLA",
    "Project",
    "ProjectLabel",
    "ProjectUpdate",
    "Reaction",
    "Release",
    "ReleaseNote",
    "User",
];
/// Who sees one hook may see all, and that is who may make one.
const MAY: &str = "query { organization { id } webhooks(first: 1) { nodes { id } } }";
const LIST: &str = "query Hooks($after: String) { webhooks(first: 50, after: $after) { nodes { id url enabled } \
    pageInfo { hasNextPage endCursor } } }";
const CREATE: &str =
    "mutation Hook($input: WebhookCreateInput!) { webhookCreate(input: $input) { success webhook { id } } }";
const UPDATE: &str = "mutation Hook($id: String!, $input: WebhookUpdateInput!) { webhookUpdate(id: $id, input: $input) \
    { success webhook { id } } }";
const DELETE: &str = "mutation Hook($id: String!) { webhookDelete(id: $id) { success } }";
/// Beyond a thousand hooks a workspace has other troubles than ours.
const MOST_PAGES: usize = 20;

pub(super) struct Hooks;

impl Registrar for Hooks {
    fn wanted<'a>(&'a self, call: Call<'a>, _: &'a [String]) -> BoxFuture<'a, Result<Vec<Watch>, CallError>> {
        Box::pin(wanted(call))
    }

    fn is_one_address(&self) -> bool {
        false
    }

    fn register<'a>(&'a self, call: Call<'a>, order: Order<'a>) -> BoxFuture<'a, Result<Registered, CallError>> {
        Box::pin(register(call, order))
    }

    /// They do not end by themselves.
    fn renew<'a>(&'a self, _: Call<'a>, _: &'a Registered) -> BoxFuture<'a, Result<Renewal, CallError>> {
        Box::pin(std::future::ready(Ok(Renewal::Extended { expires_at: None })))
    }

    /// Linear switches off what fails for long, without a word.
    fn look<'a>(
        &'a self,
        call: Call<'a>,
        _: &'a str,
        hook: &'a Registered,
    ) -> BoxFuture<'a, Result<Standing, CallError>> {
        Box::pin(async move {
            let found = find(call, |listed| listed.id == hook.external_id).await?;
            let stands = found.is_some_and(|hook| hook.enabled);
            Ok(if stands { Standing::Good { expires_at: None } } else { Standing::Missing })
        })
    }

    fn remove<'a>(&'a self, call: Call<'a>, _: &'a str, hook: &'a Registered) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(remove(call, hook))
    }

    /// It tries again by itself for seven hours, and tells nobody what it gave up.
    fn missed(&self) -> Option<&dyn Missed> {
        None
    }
}

async fn wanted(call: Call<'_>) -> Result<Vec<Watch>, CallError> {
    if !call.configured.settings.webhook_secrets.is_empty() {
        return Ok(Vec::new());
    }
    match graphql(call, json!({ "query": MAY })).await {
        Ok(data) => {
            let workspace = data.pointer("/organization/id").and_then(Value::as_str).ok_or(CallError::Unreadable)?;
            Ok(vec![Watch { target: workspace.to_owned() }])
        }
        // A grant without the right is a grant all the same; it only gets no pushes of its own.
        Err(CallError::Refused) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// One that posts to the same address is ours, from an attempt whose answer was lost: it takes this secret and is switched on.
async fn register(call: Call<'_>, order: Order<'_>) -> Result<Registered, CallError> {
    let found = find(call, |listed| listed.url.as_deref() == Some(order.callback.as_str())).await?;
    let (mut asked, answer) = match &found {
        Some(hook) => (json!({ "query": UPDATE, "variables": { "id": hook.id } }), "webhookUpdate"),
        None => (json!({ "query": CREATE, "variables": {} }), "webhookCreate"),
    };
    let mut input = json!({
        "url": order.callback.as_str(),
        "label": "Connectors",
        "resourceTypes": RESOURCES,
        "secret": order.secret.expose(),
        "enabled": true,
    });
    if found.is_none() {
        // Private teams are never among them; nothing but the app's own webhook reaches those.
        input["allPublicTeams"] = true.into();
    }
    asked["variables"]["input"] = input;
    let data = graphql(call, asked).await?;
    let said = data.get(answer).ok_or(CallError::Unreadable)?;
    if said.get("success").and_then(Value::as_bool) != Some(true) {
        return Err(CallError::Refused);
    }
    let id = said.pointer("/webhook/id").and_then(Value::as_str).ok_or(CallError::Unreadable)?;
    Ok(Registered { external_id: id.to_owned(), resource: None, expires_at: None })
}

/// A refusal may mean that there is none any more; only the list tells.
async fn remove(call: Call<'_>, hook: &Registered) -> Result<(), CallError> {
    let asked = json!({ "query": DELETE, "variables": { "id": hook.external_id } });
    let refused = match graphql(call, asked).await {
        Ok(data) if data.pointer("/webhookDelete/success").and_then(Value::as_bool) == Some(true) => return Ok(()),
        Ok(_) => CallError::Refused,
        Err(error @ (CallError::Refused | CallError::NotFound)) => error,
        Err(error) => return Err(error),
    };
    match find(call, |listed| listed.id == hook.external_id).await? {
        Some(_) => Err(refused),
        None => Ok(()),
    }
}

struct Listed {
    id: String,
    /// Absent of an app's own.
    url: Option<String>,
    enabled: bool,
}

/// The first hook of the workspace that is the one.
async fn find(call: Call<'_>, is_it: impl Fn(&Listed) -> bool + Send) -> Result<Option<Listed>, CallError> {
    let mut after = Value::Null;
    for _ in 0..MOST_PAGES {
        let data = graphql(call, json!({ "query": LIST, "variables": { "after": after } })).await?;
        let hooks = data.get("webhooks").ok_or(CallError::Unreadable)?;
        let nodes = hooks.get("nodes").and_then(Value::as_array).ok_or(CallError::Unreadable)?;
        let found = nodes.iter().filter_map(listed).find(&is_it);
        let is_last = hooks.pointer("/pageInfo/hasNextPage").and_then(Value::as_bool) != Some(true);
        if found.is_some() || is_last {
            return Ok(found);
        }
        after = hooks.pointer("/pageInfo/endCursor").cloned().ok_or(CallError::Unreadable)?;
    }
    // Whether it is there is not known.
    Err(CallError::Unreadable)
}

fn listed(node: &Value) -> Option<Listed> {
    let text = |name: &str| node.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    Some(Listed {
        id: text("id")?,
        url: text("url"),
        enabled: node.get("enabled").and_then(Value::as_bool).unwrap_or_default(),
    })
}
