//! What a page tells people to type.

use crate::root;
use std::{mem::take, os::unix::fs::PermissionsExt};

/// Each line of its blocks of `sh`, and the code in its text that is a command, a setting or a flag, in the order of the page.
pub fn told(page: &str) -> Vec<String> {
    let (mut told, mut text, mut block) = (Vec::new(), String::new(), None);
    for line in page.lines() {
        match (line.strip_prefix("```"), &block) {
            (Some(language), None) => {
                told.extend(in_text(&take(&mut text)));
                block = Some(language.split(' ').next().unwrap_or_default().to_owned());
            }
            (Some(_), Some(_)) => block = None,
            (None, Some(language)) if language == "sh" => told.push(line.to_owned()),
            (None, Some(_)) => {}
            (None, None) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    told.extend(in_text(&text));
    told
}

fn in_text(text: &str) -> impl Iterator<Item = String> {
    let code = text.split('`').skip(1).step_by(2);
    // In a table a bar would end the cell.
    let code = code.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" ").replace("\\|", "|"));
    code.filter(|span| is_typed(span))
}

/// `compose ps`, `KEY=value`, `--now`, a script of the checkout; not a name, an address of the API, a piece of code, or a line of
/// somebody's configuration.
fn is_typed(span: &str) -> bool {
    let is_program = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._/".contains(c))
    };
    let command = span.split_once(' ').is_some_and(|(word, _)| is_program(word)) && !span.contains(" = ");
    let script = || {
        span.starts_with('.')
            && root().join(span).metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    let statement = span.starts_with("alter ");
    command || statement || span.starts_with("--") || setting(span).is_some() || script()
}

/// `KEY=value`
pub fn setting(span: &str) -> Option<(&str, &str)> {
    span.split_once('=').filter(|(key, _)| !key.is_empty() && key.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
}

/// Text and blocks in their order; a line break in code is a space.
#[test]
fn what_is_typed_is_found() {
    let page = "Text `one`, `make\nprod`, `A_KEY=x`.\n```sh\ncp a b   # why\n```\n\
                | `--now` | `GET /x` | `a = b` | `a x\\|y` | `f(x, y)` | `a: b` | `.ci/run` | `.env` |\n\
                ```json\n{}\n```\n`alter role x set y = 'z'`\n";
    let typed = ["make prod", "A_KEY=x", "cp a b   # why", "--now", "a x|y", ".ci/run", "alter role x set y = 'z'"];
    assert_eq!(told(page), typed);
}
