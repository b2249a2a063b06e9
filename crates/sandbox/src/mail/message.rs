//! A mail, read: what it says, and the one link that it is about.

use chrono::{DateTime, Utc};
use mail_parser::MessageParser;
use serde::Serialize;
use std::borrow::Cow;
use url::Url;

/// What a mail of the auth service asks for, by the path of its link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    ResetPassword,
    VerifyEmail,
    DeleteUser,
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Mail {
    /// Grows by one with every mail of this run.
    #[serde(skip)]
    pub(crate) id: u64,
    #[serde(skip)]
    pub(crate) from: String,
    #[serde(skip)]
    pub(crate) at: DateTime<Utc>,
    pub(crate) kind: Kind,
    /// Whom the envelope names; several with a comma and a blank.
    pub(crate) to: String,
    pub(crate) subject: String,
    /// The first http(s) link of the text.
    pub(crate) url: Option<String>,
    /// What the link carries: its parameter `token`, or the segment after `reset-password`.
    pub(crate) token: Option<String>,
    pub(crate) text: String,
}

impl Mail {
    /// `bytes`: headers and body as they came, dots unstuffed. What is no mail at all is text.
    pub(crate) fn read(from: &str, to: &[String], bytes: &[u8], at: DateTime<Utc>) -> Self {
        let message = MessageParser::default().parse(bytes);
        let subject = message.as_ref().and_then(|message| message.subject()).unwrap_or_default().to_owned();
        let text = message.as_ref().and_then(|message| message.body_text(0));
        let text = text.map_or_else(|| String::from_utf8_lossy(bytes).into_owned(), Cow::into_owned);
        let url = links(&text).next().map(|(_, link)| link.to_owned()).or_else(|| {
            // A text that was made of HTML has lost the addresses behind its words.
            let html = message.as_ref().and_then(|message| message.body_html(0)).unwrap_or_default();
            links(&html).next().map(|(_, link)| link.replace("&amp;", "&"))
        });
        let link = url.as_deref().and_then(|url| Url::parse(url).ok());
        let (kind, token) = link.as_ref().map_or((Kind::Other, None), |link| (kind(link), token(link)));
        Self { id: 0, from: from.to_owned(), at, kind, to: to.join(", "), subject, url, token, text }
    }
}

fn kind(link: &Url) -> Kind {
    let path = format!("{}/", link.path());
    match () {
        () if path.contains("/reset-password/") => Kind::ResetPassword,
        () if path.contains("/verify-email/") => Kind::VerifyEmail,
        () if path.contains("/delete-user/callback/") => Kind::DeleteUser,
        () => Kind::Other,
    }
}

fn token(link: &Url) -> Option<String> {
    let parameter = link.query_pairs().find(|(name, _)| name == "token").map(|(_, value)| value.into_owned());
    parameter.or_else(|| {
        let mut segments = link.path_segments()?.skip_while(|segment| *segment != "reset-password").skip(1);
        segments.next().filter(|segment| !segment.is_empty()).map(str::to_owned)
    })
}

/// The http(s) links of a text, each with where it begins. A link ends at a blank or at what never stands in one, and the
/// punctuation of the sentence round it is not part of it.
pub(super) fn links(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let begins = text.match_indices("http").map(|(at, _)| at);
    let begins = begins.filter(|at| ["http://", "https://"].iter().any(|scheme| text[*at..].starts_with(scheme)));
    let mut covered = 0;
    begins.filter_map(move |at| {
        let rest =
            text[at..].split(|c: char| c.is_whitespace() || c.is_control() || "<>\"'`|\\^{}".contains(c)).next()?;
        let link = rest.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']']);
        let fresh = at >= covered && Url::parse(link).is_ok_and(|url| url.has_host());
        if fresh {
            covered = at + link.len();
        }
        fresh.then_some((at, link))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Mail {
        Mail::read("noreply@a.example", &["ann@a.example".to_owned()], text.as_bytes(), DateTime::UNIX_EPOCH)
    }

    fn about(text: &str) -> (Kind, Option<String>, Option<String>) {
        let mail = read(&format!("Subject: x\r\n\r\n{text}\r\n"));
        (mail.kind, mail.url, mail.token)
    }

    /// Path and token of the three links that the auth service sends, and of one that it does not.
    #[test]
    fn a_mail_is_about_its_first_link() {
        for (link, kind, token) in [
            ("https://a.example/api/auth/verify-email?token=ey.J.x&callbackURL=%2F", Kind::VerifyEmail, Some("ey.J.x")),
            ("https://a.example/api/auth/reset-password/abc?callbackURL=/x", Kind::ResetPassword, Some("abc")),
            ("http://localhost:3000/reset-password?token=abc", Kind::ResetPassword, Some("abc")),
            ("https://a.example/api/auth/delete-user/callback?token=d", Kind::DeleteUser, Some("d")),
            ("https://a.example/verify-emails", Kind::Other, None),
        ] {
            let expected = (kind, Some(link.to_owned()), token.map(str::to_owned));
            assert_eq!(about(&format!("Click here: {link}.\r\nOr https://other.example/")), expected);
            assert_eq!(about(&format!("Click (<{link}>)!")), expected);
        }
        assert_eq!(about("No link: http, https://, http:// x"), (Kind::Other, None, None));
    }

    /// Encoded words, quoted-printable with soft breaks, and base64 come out as they were meant.
    #[test]
    fn encodings_are_undone() {
        let mail = read(
            "From: a@a.example\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
             F=C3=BCr dich: https://a.example/api/auth/verify-email?token=3Dabcdef=\r\nghi&callbackURL=3D%2F\r\n",
        );
        assert_eq!(mail.subject, "Grüße");
        assert_eq!(
            mail.text.trim(),
            "Für dich: https://a.example/api/auth/verify-email?token=abcdefghi&callbackURL=%2F"
        );
        assert_eq!(mail.token.as_deref(), Some("abcdefghi"));
        let mail = read(
            "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: base64\r\n\r\naHR0cHM6Ly9hLmV4YW1wbGUvPw==\r\n",
        );
        assert_eq!(mail.url.as_deref(), Some("https://a.example/"));
    }

    /// Of two forms of one mail the text counts; where there is only HTML, its first address does.
    #[test]
    fn a_link_is_found_in_html_where_there_is_no_text() {
        let html = "Content-Type: text/html\r\n\r\n<p><a href=\"https://a.example/verify-email?a=1&amp;token=t\">x</a>";
        assert_eq!(about("x"), (Kind::Other, None, None));
        let mail = read(&format!("Subject: x\r\nMIME-Version: 1.0\r\n{html}\r\n"));
        assert_eq!(mail.url.as_deref(), Some("https://a.example/verify-email?a=1&token=t"));
        assert_eq!((mail.kind, mail.token.as_deref()), (Kind::VerifyEmail, Some("t")));
    }

    /// Whatever comes is kept.
    #[test]
    fn what_is_no_mail_is_text() {
        for odd in ["", "\r\n", "\u{0}\u{1}", "Subject", "https://"] {
            assert_eq!(read(odd).kind, Kind::Other);
        }
    }
}
