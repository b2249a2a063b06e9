//! The mailbox as a person sees it: a list, and each mail's text with its links. Markup in a mail is shown, never used.

use super::message::links;
use crate::{
    app::App,
    page::{page, refusal},
};
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use chrono::{DateTime, SecondsFormat, Utc};
use maud::{Markup, html};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/_mail", get(list)).route("/_mail/{id}", get(show))
}

async fn list(State(app): State<App>) -> Response {
    let mails = app.mailbox.all();
    let content = html! {
        h1 { "Mail" }
        @if let Some(url) = &app.smtp_url {
            p.soft { "Whatever is sent to " code { (url) } " ends here, and nowhere else. The newest is on top; 200 are kept." }
        } @else {
            p.soft { "This sandbox takes no mail." }
        }
        @if mails.is_empty() { p { "There is none yet." } }
        table {
            @for mail in mails.iter().rev() {
                tr {
                    td { (time(mail.at)) }
                    td { (mail.to) }
                    td { a href=(format!("/_mail/{}", mail.id)) { (title(&mail.subject)) } }
                }
            }
        }
    };
    page(StatusCode::OK, "Mail", true, &content)
}

async fn show(State(app): State<App>, Path(id): Path<u64>) -> Response {
    let Some(mail) = app.mailbox.one(id) else {
        return refusal(StatusCode::NOT_FOUND, "No such mail", "It was deleted, or is older than the last 200.");
    };
    let content = html! {
        p.soft { a href="/_mail" { "All mail" } }
        h1 { (title(&mail.subject)) }
        dl {
            dt { "From" } dd { (mail.from) }
            dt { "To" } dd { (mail.to) }
            dt { "At" } dd { (time(mail.at)) }
        }
        pre.letter { (linked(&mail.text)) }
    };
    page(StatusCode::OK, &mail.subject, true, &content)
}

fn title(subject: &str) -> &str {
    if subject.trim().is_empty() { "(no subject)" } else { subject }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The text, with its http(s) addresses as links and everything else as what it is.
fn linked(text: &str) -> Markup {
    let mut at = 0;
    let mut pieces = Vec::new();
    for (begin, link) in links(text) {
        pieces.push((&text[at..begin], link));
        at = begin + link.len();
    }
    html! {
        @for (before, link) in pieces { (before) a href=(link) rel="noreferrer" { (link) } }
        (&text[at..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Links are links, and markup is text.
    #[test]
    fn markup_in_a_mail_is_text() {
        let text = "<script>alert(1)</script> https://a.example/?a=1&b=\"x\" javascript:alert(1) http://b.example.";
        assert_eq!(
            linked(text).into_string(),
            "&lt;script&gt;alert(1)&lt;/script&gt; <a href=\"https://a.example/?a=1&amp;b=\" rel=\"noreferrer\">\
             https://a.example/?a=1&amp;b=</a>&quot;x&quot; javascript:alert(1) \
             <a href=\"http://b.example\" rel=\"noreferrer\">http://b.example</a>."
        );
    }
}
