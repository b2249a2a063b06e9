//! How much a client wants its person to be asked (OpenID Connect Core, 3.1.2.1).

use super::OAuthError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// Not at all: an answer, or the reason why there is none.
    None,
    /// To prove again who they are, or that they are somebody else.
    Login,
    /// To agree, even if they have before.
    Consent,
}

/// A set of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompts(Vec<Prompt>);

impl Prompts {
    /// Words that we do not know ask for nothing that we have. To choose an account means to sign in: a browser has one.
    pub fn read(text: Option<&str>) -> Result<Self, OAuthError> {
        let mut prompts = Vec::new();
        for word in text.unwrap_or_default().split(' ') {
            prompts.extend(match word {
                "none" => Some(Prompt::None),
                "login" | "select_account" => Some(Prompt::Login),
                "consent" => Some(Prompt::Consent),
                _ => None,
            });
        }
        if prompts.contains(&Prompt::None) && text.is_some_and(|text| text != "none") {
            return Err(OAuthError::InvalidRequest("prompt=none stands alone"));
        }
        Ok(Self(prompts))
    }

    pub fn ask(&self, prompt: Prompt) -> bool {
        self.0.contains(&prompt)
    }

    /// The parameter for the way back from signing in.
    pub fn after_login(&self) -> &'static str {
        if self.ask(Prompt::Consent) { "consent" } else { "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lists, unknown words, and `none` in company.
    #[test]
    fn prompts_are_words_in_any_order() {
        let read = |text: &str| Prompts::read(Some(text)).map(|prompts| prompts.0).ok();
        assert_eq!(read("consent login"), Some(vec![Prompt::Consent, Prompt::Login]));
        assert_eq!(read("select_account create"), Some(vec![Prompt::Login]));
        assert_eq!(read("none"), Some(vec![Prompt::None]));
        assert_eq!(read("none consent"), None);
        assert_eq!(Prompts::read(None).unwrap(), Prompts(vec![]));
        assert_eq!(Prompts::read(Some("login consent")).unwrap().after_login(), "consent");
        assert_eq!(Prompts::read(Some("login")).unwrap().after_login(), "");
    }
}
