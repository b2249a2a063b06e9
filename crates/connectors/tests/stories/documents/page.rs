//! A page of the documentation: its fenced blocks, and a shell that runs them.

use serde_json::{Deserializer, Value};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};
use uuid::Uuid;

/// What may stand in a block. Another word would be a block that nobody runs. `mjs` is run where the client's contract is kept:
/// `crates/auth/tests/contract`.
const LANGUAGES: [&str; 7] = ["sh", "json", "toml", "js", "mjs", "python", "html"];
/// Between the outputs of two blocks.
const RECORD: &str = "\u{1e}";
/// Seconds: longer than a page takes on a busy machine. What waits for ever is red, and what it started is gone.
const PATIENCE: &str = "90";

/// A fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub language: String,
    /// Why it is not run, where its first line says so: ```` ```sh no-test: the reason ````.
    pub left_out: Option<String>,
    pub text: String,
}

pub fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All blocks of a page, in order.
pub fn blocks(page: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(said) = line.strip_prefix("```") else { continue };
        let (language, rest) = said.split_once(' ').unwrap_or((said, ""));
        let left_out = match rest.split_once(": ") {
            _ if rest.is_empty() => None,
            Some(("no-test", reason)) => Some(reason.to_owned()),
            _ => return Err(format!("a block says {rest:?}, which is no reason: no-test: why")),
        };
        if !LANGUAGES.contains(&language) {
            return Err(format!("a block is {language:?}, which nobody runs"));
        }
        let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        blocks.push(Block { language: language.to_owned(), left_out, text: inside.join("\n") + "\n" });
    }
    Ok(blocks)
}

/// The code of one language, block after block, without what is left out.
pub fn code(blocks: &[Block], language: &str) -> String {
    let run = blocks.iter().filter(|block| block.language == language && block.left_out.is_none());
    run.map(|block| block.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// Where two answers do not have the same members. Null stands for anything that may be absent; of a list the first is looked at.
pub fn difference(shown: &Value, came: &Value, at: &str) -> Option<String> {
    match (shown, came) {
        (Value::Null, _) | (_, Value::Null) => None,
        (Value::Object(shown), Value::Object(came)) => {
            if !shown.keys().eq(came.keys()) {
                let names = |keys: serde_json::map::Keys<'_>| keys.cloned().collect::<Vec<_>>().join(", ");
                return Some(format!("{at}: shown {}; came {}", names(shown.keys()), names(came.keys())));
            }
            shown.iter().find_map(|(name, value)| difference(value, &came[name], &format!("{at}/{name}")))
        }
        (Value::Array(shown), Value::Array(came)) => match (shown.first(), came.first()) {
            (Some(shown), Some(came)) => difference(shown, came, &format!("{at}/0")),
            (None, None) => None,
            _ => Some(format!("{at}: one of the lists is empty")),
        },
        (shown, came) if std::mem::discriminant(shown) == std::mem::discriminant(came) => None,
        _ => Some(format!("{at}: shown {shown}; came {came}")),
    }
}

/// A folder like a checkout after `make dev`, in which a page's commands are typed, one shell for all of them.
pub struct Shell {
    pub folder: PathBuf,
}

impl Shell {
    /// With the operator's token where `make dev` leaves it.
    pub fn new(operator: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(Uuid::now_v7().to_string());
        fs::create_dir_all(folder.join(".dev/tls")).unwrap();
        fs::write(folder.join(".dev/env"), format!("OTHER=x\nOPERATOR_TOKENS={operator}\n")).unwrap();
        // The services of tests have no TLS; `curl` wants the file all the same where one is named.
        fs::write(folder.join(".dev/tls/ca.pem"), "").unwrap();
        Self { folder }
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).unwrap();
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.folder.join(name)).unwrap()).unwrap()
    }

    /// Runs the page's `sh`, with addresses replaced, and then `last`; each JSON that is shown behind a block has the members of
    /// what came. Fails with what the shell said.
    pub fn run(&self, blocks: &[Block], addresses: &[(&str, &str)], last: &str) -> Result<(), String> {
        let mut script = "set -euo pipefail\n".to_owned();
        for block in blocks {
            if block.language == "sh" && block.left_out.is_none() {
                let replaced =
                    addresses.iter().fold(block.text.clone(), |text, (shown, real)| text.replace(shown, real));
                script.push_str(&replaced);
            }
            script.extend(["printf '", RECORD, "'\n"]);
        }
        script.push_str(last);
        self.write("script", &script);
        let stdout = File::create(self.folder.join("stdout")).unwrap();
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", PATIENCE, "bash", "script"]);
        let ran = command.current_dir(&self.folder).stdout(stdout).output().unwrap();
        let came = fs::read_to_string(self.folder.join("stdout")).unwrap();
        if !ran.status.success() {
            return Err(format!("{}: {came}\n{}", ran.status, String::from_utf8_lossy(&ran.stderr)));
        }
        compare(blocks, &came.split(RECORD).collect::<Vec<_>>())
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _gone_already = fs::remove_dir_all(&self.folder);
    }
}

/// What is shown, against what came of the block before it.
fn compare(blocks: &[Block], outputs: &[&str]) -> Result<(), String> {
    for (number, block) in blocks.iter().enumerate().filter(|(_, block)| block.language == "json") {
        let shown: Value = serde_json::from_str(&block.text).map_err(|error| format!("{error}: {}", block.text))?;
        let before =
            (0..number).rev().find(|before| blocks[*before].language == "sh").ok_or("no command before JSON")?;
        let answers: Result<Vec<Value>, _> = Deserializer::from_str(outputs[before]).into_iter().collect();
        let answers = answers.map_err(|error| format!("{error}: {}", outputs[before]))?;
        let came = answers.last().ok_or_else(|| format!("nothing came where this is shown: {}", block.text))?;
        if let Some(difference) = difference(&shown, came, "") {
            return Err(difference);
        }
    }
    Ok(())
}
