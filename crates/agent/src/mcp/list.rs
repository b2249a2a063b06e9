//! `tools/list`, page by page, up to where no honest list goes.

use super::{McpError, session::of_request, wire::Line};
use crate::Tool;
use rmcp::{
    Peer, RoleClient,
    model::{ClientRequest, ListToolsRequest, PaginatedRequestParams, ServerResult},
    service::PeerRequestOptions,
};

/// Servers with thousands of tools exist and page by fifties.
const MOST_PAGES: usize = 200;
/// More tools than these are not kept of one server.
const MOST_TOOLS: usize = 5_000;
/// Of all that tools say of themselves: 5,000 of them at the kilobyte that is asked of a description, and their schemas.
const MOST_BYTES: usize = 16 * 1024 * 1024;

pub(super) async fn tools(peer: &Peer<RoleClient>) -> Result<Vec<Tool>, McpError> {
    let (mut tools, mut bytes, mut cursor) = (Vec::<Tool>::new(), 0, None);
    for _ in 0..MOST_PAGES {
        let (page, next) = page(peer, cursor.clone()).await?;
        for tool in page {
            bytes += size(&tool);
            // A name is said once: the second of the same name could not be called.
            if !tools.iter().any(|known| known.name == tool.name) {
                tools.push(tool);
            }
        }
        if tools.len() > MOST_TOOLS || bytes > MOST_BYTES {
            return Err(McpError::Endless);
        }
        match next {
            None => return Ok(tools),
            // The same page again.
            Some(next) if cursor.as_ref() == Some(&next) => return Err(McpError::Endless),
            // An empty cursor is one too.
            Some(next) => cursor = Some(next),
        }
    }
    Err(McpError::Endless)
}

async fn page(peer: &Peer<RoleClient>, cursor: Option<String>) -> Result<(Vec<Tool>, Option<String>), McpError> {
    let (line, heard) = Line::new();
    let mut request = ListToolsRequest::with_param(PaginatedRequestParams::default().with_cursor(cursor));
    request.extensions.insert(line);
    let sent =
        peer.send_cancellable_request(ClientRequest::ListToolsRequest(request), PeerRequestOptions::no_options());
    let answer = match sent.await {
        Ok(handle) => handle.await_response().await,
        Err(error) => Err(error),
    };
    match answer.map_err(|error| of_request(&error, heard.fault()))? {
        ServerResult::ListToolsResult(page) => Ok((page.tools.into_iter().map(read).collect(), page.next_cursor)),
        _ => Err(McpError::Unreadable),
    }
}

fn read(tool: rmcp::model::Tool) -> Tool {
    let annotations = tool.annotations.unwrap_or_default();
    Tool {
        name: tool.name.into_owned(),
        title: tool.title.or(annotations.title),
        description: tool.description.unwrap_or_default().into_owned(),
        input_schema: (*tool.input_schema).clone(),
        output_schema: tool.output_schema.map(|schema| (*schema).clone()),
        says_read_only: annotations.read_only_hint == Some(true),
    }
}

fn size(tool: &Tool) -> usize {
    let json = |schema| serde_json::to_vec(schema).map_or(0, |json| json.len());
    let schemas = json(&tool.input_schema) + tool.output_schema.as_ref().map_or(0, json);
    tool.name.len() + tool.title.as_ref().map_or(0, String::len) + tool.description.len() + schemas
}
