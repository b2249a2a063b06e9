//! What tokens and codes are made of.

/// Stands in every token and code, behind its prefix: whoever tests a service against the sandbox can search logs, answers
/// and databases for it.
pub const CANARY: &str = "zXcanaryXz";

/// A prefix, the canary, and random letters and digits: `length` characters behind the prefix.
pub(crate) fn text(prefix: &str, length: usize) -> String {
    format!("{prefix}{CANARY}{}", kernel::alphanumeric(length.saturating_sub(CANARY.len())))
}
