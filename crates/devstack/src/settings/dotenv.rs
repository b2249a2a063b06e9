//! `KEY=value` files, in the small common part of what shells, compose and the dotenv libraries read.

use super::Values;
use anyhow::{Context, Result};
use std::{fmt::Write, fs, io::ErrorKind, path::Path};

/// A file that is not there is empty.
pub fn read(path: &Path) -> Result<Values> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(parse(&text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Values::new()),
        Err(error) => Err(error).with_context(|| {
            format!("{0} cannot be read; if another user made it, run: sudo chown \"$(id -u)\" {0}", path.display())
        }),
    }
}

/// Comments and empty values fall away (an example file is full of them); `export` and quotes round a value are let off.
fn parse(text: &str) -> Values {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.strip_prefix("export ").unwrap_or(line).split_once('='));
    pairs
        .map(|(key, value)| (key.trim().to_owned(), unquoted(value.trim()).to_owned()))
        .filter(|(key, value)| !key.is_empty() && !value.is_empty())
        .collect()
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inner.0;
        }
    }
    value.split(" #").next().unwrap_or(value).trim_end()
}

/// The values made here hold no quotes, blanks or line ends, so they need no escaping.
pub fn written(values: &Values) -> String {
    let mut text = "# Made by devstack for this machine. To set a value yourself, put it into .env.\n".to_owned();
    for (key, value) in values {
        let _ = writeln!(text, "{key}={value}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What people write in such files.
    #[test]
    fn a_dotenv_file_is_read_as_people_write_it() {
        let text = "# note\nA=1\nexport B = 'two words'\nC=\"x#y\" # note\nD=plain # note\nEMPTY=\n\nno pair\n";
        let expected = [("A", "1"), ("B", "two words"), ("C", "x#y"), ("D", "plain")];
        assert_eq!(parse(text), expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    }

    /// What is written is read back.
    #[test]
    fn written_values_are_read_back() {
        let values: Values = [("URL".to_owned(), "redis://:a=b@127.0.0.1:1/0".to_owned())].into();
        assert_eq!(parse(&written(&values)), values);
    }
}
