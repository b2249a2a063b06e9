//! The frame of the pages a person sees. Self-contained: no script, no font, no image from anywhere.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2128;--soft:#59636e;--line:#d1d9e0;--card:#fff;--page:#f3f5f7;--go:#1a7f37;--warn:#9a6700}\
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--line:#3d444d;--card:#161b22;--page:#0d1117;--go:#238636;--warn:#d29922}}\
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}\
main{max-width:34rem;margin:3rem auto;padding:2rem;background:var(--card);border:1px solid var(--line);border-radius:12px}\
main.wide{max-width:52rem}h1{margin:0 0 1rem;font-size:1.4rem;line-height:1.25}h2{font-size:1.05rem;margin:1.75rem 0 .5rem}h3{font-size:.95rem;margin:1.25rem 0 0}\
.tag{display:inline-block;margin:0 0 1rem;padding:.1rem .6rem;border:1px solid var(--warn);border-radius:99px;color:var(--warn);font-size:.8rem}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.4rem 1rem;margin:1rem 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}\
code{font:.875em ui-monospace,monospace;overflow-wrap:anywhere}ul{margin:0;padding-left:1.2rem}pre.letter{white-space:pre-wrap;overflow-wrap:anywhere}pre{overflow:auto;padding:1rem;border:1px solid var(--line);border-radius:8px}\
label{display:block;margin:1rem 0 .25rem;color:var(--soft)}input{width:100%;padding:.5rem .75rem;font:inherit;color:inherit;background:var(--page);border:1px solid var(--line);border-radius:8px}\
.row{display:flex;gap:.75rem;margin-top:1.5rem}button{flex:1;padding:.65rem 1rem;font:inherit;font-weight:600;border:1px solid var(--line);border-radius:8px;background:transparent;color:inherit;cursor:pointer}\
button.go{background:var(--go);border-color:var(--go);color:#fff}button:focus-visible,input:focus-visible,a:focus-visible{outline:3px solid #4493f8;outline-offset:2px}\
table{width:100%;border-collapse:collapse;font-size:.9rem}td{padding:.4rem .5rem .4rem 0;border-top:1px solid var(--line);vertical-align:top}p.soft,.soft{color:var(--soft);font-size:.9rem}a{color:inherit}";

/// A whole page. It can be framed by nobody and runs nothing; there is deliberately no `form-action`, because browsers
/// apply that to the redirects after a form as well, and those lead to the app that asked.
pub(crate) fn page(status: StatusCode, title: &str, wide: bool, content: &Markup) -> Response {
    let style_digest = STANDARD.encode(kernel::sha256(STYLE));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{style_digest}'; base-uri 'none'; frame-ancestors 'none'");
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main.wide[wide] { span.tag { "sandbox – no real vendor" } (content) } }
        }
    };
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, markup).into_response()
}

/// A request that is answered here and nowhere else: nobody is redirected on the word of a faulty request.
pub(crate) fn refusal(status: StatusCode, title: &str, sentence: &str) -> Response {
    page(status, title, false, &html! { h1 { (title) } p { (sentence) } })
}
