//! What mails say: a sentence, a link, and what to do if one did not ask for it.

use db::auth::links::Purpose;
use maud::html;

/// A mail, ready to leave.
#[derive(Debug, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    pub subject: &'static str,
    pub text: String,
    pub html: String,
}

impl Mail {
    /// The mail for one link.
    pub fn new(to: &str, purpose: Purpose, url: &str) -> Self {
        let (subject, action, otherwise) = words(purpose);
        let text = format!("{action}:\n\n{url}\n\n{otherwise}\n");
        let html = html! {
            p { (action) ":" }
            p { a href=(url) { (url) } }
            p { (otherwise) }
        };
        Self { to: to.to_owned(), subject, text, html: html.into_string() }
    }
}

/// Subject, what the link does, and what to do otherwise.
const fn words(purpose: Purpose) -> (&'static str, &'static str, &'static str) {
    match purpose {
        Purpose::ResetPassword => (
            "Reset your password",
            "Choose a new password with this link, which works once and for one hour",
            "If you did not ask for this, do nothing: your password stays as it is.",
        ),
        Purpose::VerifyEmail => (
            "Confirm your address",
            "Confirm that this mailbox is yours with this link, which works for one hour",
            "If you did not sign up, do nothing.",
        ),
        Purpose::ConfirmEmailChange => (
            "Confirm the change of your address",
            "Somebody who is signed in as you wants to change the address of your account. Agree with this link, which \
             works once and for one hour",
            "If that was not you, do nothing, and change your password.",
        ),
        Purpose::ChangeEmail => (
            "Confirm your new address",
            "Make this the address of your account with this link, which works once and for one hour",
            "If you did not ask for this, do nothing.",
        ),
        Purpose::DeleteUser => (
            "Delete your account",
            "Delete your account and everything in it with this link, which works once and for one day",
            "If you did not ask for this, do nothing, and change your password.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The link stands alone on its line in the text, and as a link in the HTML, with nothing left to interpret.
    #[test]
    fn a_mail_holds_its_link_twice() {
        let mail = Mail::new("ada@example.com", Purpose::VerifyEmail, "https://a.example/v?token=x&callbackURL=%2F");
        assert_eq!(
            mail.text,
            "Confirm that this mailbox is yours with this link, which works for one hour:\n\n\
             https://a.example/v?token=x&callbackURL=%2F\n\nIf you did not sign up, do nothing.\n"
        );
        assert!(mail.html.contains(r#"<a href="https://a.example/v?token=x&amp;callbackURL=%2F">"#), "{}", mail.html);
    }
}
