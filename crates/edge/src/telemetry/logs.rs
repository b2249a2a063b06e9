//! Logs: in which form, and what never stands in them.

use std::{fmt, str::FromStr};

/// Libraries that write down what strangers say, word for word: it may be anything, the credentials that we have sent them included.
const TELLING: [&str; 1] = ["rmcp"];

/// `text` for people, `json` for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

impl FromStr for LogFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(UnknownFormat),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

/// Neither `text` nor `json`.
#[derive(Debug, thiserror::Error)]
#[error("the log format is text or json")]
pub struct UnknownFormat;

/// Whether what is said under this target may stand in a log, whatever `RUST_LOG` asks for.
pub fn may_be_logged(target: &str) -> bool {
    !TELLING
        .iter()
        .any(|library| target.strip_prefix(library).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A library is silent in all its modules, and no other for its name's sake.
    #[test]
    fn what_repeats_strangers_is_not_logged() {
        assert!(!may_be_logged("rmcp") && !may_be_logged("rmcp::service"));
        assert!(may_be_logged("rmcp_like") && may_be_logged("connectors::flows::tools") && may_be_logged("h2"));
    }
}
