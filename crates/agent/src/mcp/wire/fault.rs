//! What goes wrong between us and a server, in the words that pass through `rmcp`, which asks for `Debug` and prints it.

use crate::mcp::{Challenge, McpError};
use rmcp::transport::streamable_http_client::StreamableHttpError;

#[derive(Debug, Clone, thiserror::Error)]
pub(in crate::mcp) enum Fault {
    #[error("401")]
    Unauthorized(Box<Challenge>),
    #[error("403")]
    Forbidden(Box<Challenge>),
    #[error("HTTP {0}")]
    Status(u16),
    #[error("not allowed or not reached")]
    Unreachable(Cause),
    #[error("no answer in time")]
    Silent,
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    #[error("unreadable")]
    Unreadable,
    #[error("broken off")]
    Broken,
}

/// Which of `outbound`'s errors it was; those cannot be cloned.
#[derive(Debug, Clone)]
pub(in crate::mcp) enum Cause {
    Policy(outbound::PolicyError),
    Unreached,
    Request,
}

impl From<outbound::Error> for Fault {
    fn from(error: outbound::Error) -> Self {
        match error {
            outbound::Error::Policy(error) => Self::Unreachable(Cause::Policy(error)),
            outbound::Error::Unreached => Self::Unreachable(Cause::Unreached),
            outbound::Error::Request => Self::Unreachable(Cause::Request),
            outbound::Error::Timeout => Self::Silent,
            outbound::Error::Connection => Self::Broken,
            outbound::Error::TooLarge { limit } => Self::TooLarge(limit),
        }
    }
}

impl From<Fault> for StreamableHttpError<Fault> {
    fn from(fault: Fault) -> Self {
        Self::Client(fault)
    }
}

impl From<Fault> for McpError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unauthorized(challenge) => Self::Unauthorized { challenge },
            Fault::Forbidden(challenge) => Self::Forbidden { challenge },
            Fault::Status(status) => Self::Status { status },
            Fault::Unreachable(Cause::Policy(error)) => Self::Unreachable(error.into()),
            Fault::Unreachable(Cause::Unreached) => Self::Unreachable(outbound::Error::Unreached),
            Fault::Unreachable(Cause::Request) => Self::Unreachable(outbound::Error::Request),
            Fault::Silent => Self::Silent,
            Fault::TooLarge(limit) => Self::TooLarge { limit },
            Fault::Unreadable => Self::Unreadable,
            Fault::Broken => Self::Broken,
        }
    }
}
