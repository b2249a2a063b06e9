//! What a client can be allowed, and what a person reads about it. This is the only place that knows.

use super::OAuthError;

/// A scope. There is no word for everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What `/mcp` asks for.
    Tools,
    /// What a client asks for that wants to go on while nobody looks (OpenID Connect Core, 11).
    Offline,
}

impl Scope {
    pub const ALL: [Self; 2] = [Self::Tools, Self::Offline];
    /// What a request without a scope asks for.
    pub const DEFAULT: [Self; 1] = [Self::Tools];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Tools => "mcp:tools",
            Self::Offline => "offline_access",
        }
    }

    /// The same for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Tools => "Use the tools that you have allowed, with your connected accounts, as you",
            Self::Offline => "Stay connected while you are away, until you take this back",
        }
    }

    /// A list, each once and in our order.
    pub fn read(text: &str) -> Result<Vec<Self>, OAuthError> {
        let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        let known = |word: &&str| Self::ALL.iter().any(|scope| scope.name() == *word);
        if words.is_empty() || !words.iter().all(known) {
            return Err(OAuthError::InvalidScope);
        }
        Ok(Self::ALL.into_iter().filter(|scope| words.contains(&scope.name())).collect())
    }

    /// As they are stored.
    pub fn names(scopes: &[Self]) -> Vec<String> {
        scopes.iter().map(|scope| scope.name().to_owned()).collect()
    }

    /// Those of our words that `names` holds. A word of another release means nothing here.
    pub fn known(names: &[String]) -> Vec<Self> {
        Self::ALL.into_iter().filter(|scope| names.iter().any(|name| name == scope.name())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known words in any order, each once; an unknown one spoils the list.
    #[test]
    fn scopes_are_known_words() {
        assert_eq!(Scope::read("offline_access mcp:tools  mcp:tools").unwrap(), [Scope::Tools, Scope::Offline]);
        for bad in ["", " ", "mcp", "mcp:tools admin", "MCP:TOOLS", "mcp:tools\toffline_access", "*"] {
            assert!(Scope::read(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Scope::known(&["later:thing".to_owned(), "mcp:tools".to_owned()]), [Scope::Tools]);
    }
}
