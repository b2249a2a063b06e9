//! Why a server could not be used. None of these carries a server's text: what it says goes to the model as a result, as data.

use super::Challenge;

#[derive(Debug, thiserror::Error)]
pub enum McpError {
    /// HTTP 401: the token is missing, or the server does not take it.
    #[error("the server does not take the token")]
    Unauthorized { challenge: Box<Challenge> },
    /// HTTP 403 with a challenge: the token has too few scopes.
    #[error("the server wants a token with more scopes")]
    Forbidden { challenge: Box<Challenge> },
    /// Any other HTTP status that is no answer.
    #[error("the server answered with HTTP {status}")]
    Status { status: u16 },
    #[error("the server cannot be reached")]
    Unreachable(#[source] outbound::Error),
    #[error("the server did not answer in time")]
    Silent,
    #[error("the server's answer is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the server's answer cannot be read")]
    Unreadable,
    /// The connection or its stream ended before the answer.
    #[error("the server ended the exchange before its answer")]
    Broken,
    /// JSON-RPC's code; opening only, later it is a result.
    #[error("the server refused with error {code}")]
    Refused { code: i32 },
    #[error("the server speaks no version of the protocol that we know")]
    Version,
    /// More tools, or pages of them, than are read.
    #[error("the server's list of tools does not end")]
    Endless,
}

impl McpError {
    /// What a model, or a person, can do about it.
    pub(super) fn advice(&self) -> String {
        match self {
            Self::TooLarge { limit } => {
                format!("The tool's answer is larger than {limit} bytes and was not read. Ask for less.")
            }
            Self::Silent => "The tool did not answer in time; the call was given up.".to_owned(),
            Self::Unauthorized { .. } => "The tool's server does not take this account's token.".to_owned(),
            Self::Forbidden { .. } => "This account's token has no permission for the tool.".to_owned(),
            other => format!("The tool could not be used: {other}."),
        }
    }
}
