//! What was found, for people and for programs.

use serde::Serialize;
use std::fmt;

/// From best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Ok,
    /// Nobody needs to do anything.
    Note,
    /// It serves, and not as somebody may expect.
    Warning,
    /// It does not serve, or not safely.
    Fault,
}

/// One sentence. Never holds a secret.
#[derive(Serialize)]
pub struct Finding {
    pub about: String,
    pub level: Level,
    pub says: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
}

/// One provider: what it has, and what to paste at the vendor.
#[derive(Serialize)]
pub struct ProviderFound {
    pub slug: String,
    /// People can connect their accounts.
    pub is_set_up: bool,
    pub missing: Vec<Missing>,
    /// To register at the vendor, letter by letter.
    pub redirect_url: String,
    /// To enter at the vendor, or what we register there ourselves; absent where the vendor pushes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_url: Option<String>,
    /// Who enters it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhooks: Option<&'static str>,
    /// The vendor's page.
    pub docs: String,
}

/// Settings that something needs.
#[derive(Serialize)]
pub struct Missing {
    pub keys: Vec<String>,
    /// What they would make possible.
    pub to: &'static str,
}

#[derive(Default, Serialize)]
pub struct Findings {
    pub findings: Vec<Finding>,
    pub providers: Vec<ProviderFound>,
}

impl Findings {
    fn push(&mut self, about: &str, level: Level, says: impl Into<String>, todo: Option<String>) {
        self.findings.push(Finding { about: about.to_owned(), level, says: says.into(), todo });
    }

    pub fn ok(&mut self, about: &str, says: impl Into<String>) {
        self.push(about, Level::Ok, says, None);
    }

    pub fn note(&mut self, about: &str, says: impl Into<String>) {
        self.push(about, Level::Note, says, None);
    }

    pub fn warning(&mut self, about: &str, says: impl Into<String>, todo: impl Into<String>) {
        self.push(about, Level::Warning, says, Some(todo.into()));
    }

    pub fn fault(&mut self, about: &str, says: impl Into<String>, todo: impl Into<String>) {
        self.push(about, Level::Fault, says, Some(todo.into()));
    }

    pub fn provider(&mut self, provider: ProviderFound) {
        self.providers.push(provider);
    }

    pub fn worst(&self) -> Level {
        self.findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok)
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { about, level, says, todo } in &self.findings {
            let word = match level {
                Level::Ok => "ok",
                Level::Note => "note",
                Level::Warning => "WARNING",
                Level::Fault => "FAULT",
            };
            writeln!(f, "{word:<8} {about:<14} {says}")?;
            if let Some(todo) = todo {
                writeln!(f, "{:<8} {:<14} -> {todo}", "", "")?;
            }
        }
        for provider in &self.providers {
            let state = if provider.is_set_up { "set up" } else { "off" };
            writeln!(f, "\n{} ({state}), {}", provider.slug, provider.docs)?;
            writeln!(f, "  redirect URL   {}", provider.redirect_url)?;
            if let (Some(url), Some(who)) = (&provider.webhook_url, provider.webhooks) {
                writeln!(f, "  webhook URL    {url} ({who})")?;
            }
            for Missing { keys, to } in &provider.missing {
                writeln!(f, "  missing        {} ({to})", keys.join(", "))?;
            }
        }
        Ok(())
    }
}
