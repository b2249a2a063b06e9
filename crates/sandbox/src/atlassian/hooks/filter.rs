//! The JQL that a dynamic webhook takes: few fields, four operators, and never everything.

const FIELDS: [&str; 7] = ["issuekey", "project", "issuetype", "status", "assignee", "reporter", "priority"];
/// Longer ones are somebody's mistake.
const LONGEST: usize = 10_000;

/// Says what is wrong with a filter, in the site's words as far as they are known.
pub(super) fn check(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("A JQL filter is required.".to_owned());
    }
    if text.len() > LONGEST {
        return Err("The JQL filter is too long.".to_owned());
    }
    let tokens = tokens(text)?;
    let mut rest = tokens.as_slice();
    loop {
        rest = clause(rest)?;
        match rest {
            [] => return Ok(()),
            [Token::Word(word), after @ ..] if is(word, "and") || is(word, "or") => rest = after,
            [other, ..] => return Err(unexpected(Some(other))),
        }
    }
}

#[derive(Debug, PartialEq)]
enum Token {
    /// A name, a number or an operator in letters.
    Word(String),
    Quoted,
    Mark(String),
}

fn is(word: &str, keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword)
}

fn unexpected(token: Option<&Token>) -> String {
    let shown = match token {
        None => "the end of the filter".to_owned(),
        Some(Token::Word(text) | Token::Mark(text)) => format!("'{text}'"),
        Some(Token::Quoted) => "a quoted value".to_owned(),
    };
    format!("Error in the JQL Query: {shown} is not expected there.")
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let is_word = |letter: char| letter.is_alphanumeric() || "_-.:@".contains(letter);
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => {
                let end = rest[1..].find(first).ok_or("Error in the JQL Query: a quoted value does not end.")?;
                found.push(Token::Quoted);
                end + 2
            }
            _ if is_word(first) => {
                let mut length = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
                // `cf[10011]` and `issue.property[key].path` have brackets in their names.
                if rest[length..].starts_with('[') {
                    let end = rest[length..].find(']').ok_or("Error in the JQL Query: a bracket does not close.")?;
                    length += end + 1;
                    length += rest[length..].find(|letter| !is_word(letter)).unwrap_or(rest.len() - length);
                }
                found.push(Token::Word(rest[..length].to_owned()));
                length
            }
            _ if "=!<>~".contains(first) => {
                let length = rest.find(|letter| !"=!<>~".contains(letter)).unwrap_or(rest.len());
                found.push(Token::Mark(rest[..length].to_owned()));
                length
            }
            _ => {
                found.push(Token::Mark(first.to_string()));
                first.len_utf8()
            }
        };
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

/// One `field operator value`; what follows it comes back.
fn clause(tokens: &[Token]) -> Result<&[Token], String> {
    let [Token::Word(field), rest @ ..] = tokens else { return Err(unexpected(tokens.first())) };
    let name = field.to_ascii_lowercase();
    let is_known = FIELDS.contains(&name.as_str()) || name.starts_with("cf[") || name.starts_with("issue.property[");
    if !is_known {
        return Err(format!("The clause {field} is unsupported"));
    }
    let unsupported = |operator: &str| Err(format!("The operator {operator} is unsupported"));
    match rest {
        [Token::Mark(operator), rest @ ..] if operator == "=" || operator == "!=" => match rest {
            [Token::Word(_) | Token::Quoted, rest @ ..] => Ok(rest),
            _ => Err(unexpected(rest.first())),
        },
        [Token::Word(not), Token::Word(within), rest @ ..] if is(not, "not") && is(within, "in") => list(rest),
        [Token::Word(within), rest @ ..] if is(within, "in") => list(rest),
        [Token::Mark(operator) | Token::Word(operator), ..] => unsupported(operator),
        _ => Err(unexpected(rest.first())),
    }
}

fn list(tokens: &[Token]) -> Result<&[Token], String> {
    let mark = |text: &str| Token::Mark(text.to_owned());
    let [open, rest @ ..] = tokens else { return Err(unexpected(None)) };
    if *open != mark("(") {
        return Err(unexpected(Some(open)));
    }
    let mut rest = rest;
    loop {
        match rest {
            [Token::Word(_) | Token::Quoted, separator, after @ ..] if *separator == mark(",") => rest = after,
            [Token::Word(_) | Token::Quoted, end, after @ ..] if *end == mark(")") => return Ok(after),
            [other, ..] => return Err(unexpected(Some(other))),
            [] => return Err(unexpected(None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    /// The fields and operators that the documentation lists, and no others.
    #[test]
    fn only_the_listed_fields_and_operators_are_taken() {
        for good in [
            "project = ED",
            "project IN (ED, \"OPS\") and status != 'In Progress'",
            "issueKey not in (ED-1) OR cf[10011] = ED-7 AND assignee = 557058:ab-c",
            "issue.property[k].p = 1",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        assert_eq!(check("watchCount = 1"), Err("The clause watchCount is unsupported".to_owned()));
        assert_eq!(check("project ~ ED"), Err("The operator ~ is unsupported".to_owned()));
        assert_eq!(check("status was Done"), Err("The operator was is unsupported".to_owned()));
        for bad in
            ["", " ", "project", "project =", "project IN ()", "project IN (ED", "project = ED x", "\"", "cf[1", "ü["]
        {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
