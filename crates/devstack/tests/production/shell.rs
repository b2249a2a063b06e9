//! A shell that types what a page says.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// What it says to a line in this folder, or its status and both outputs where that is not 0. `before` is typed unseen: what the
/// reader has set up already.
pub fn typed(
    (before, line): (&str, &str),
    folder: &Path,
    environment: &[(&str, &str)],
    input: &str,
) -> Result<String, String> {
    let mut shell = Command::new("bash");
    if !input.is_empty() {
        // Without a terminal, so that whoever asks for a password reads it from here.
        shell = Command::new("setsid");
        shell.args(["--wait", "bash"]);
    }
    shell.arg("-c").arg(format!("{before}\n{line}")).current_dir(folder);
    shell.env_clear().envs(environment.iter().copied());
    let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("bash");
    let mut stdin = shell.stdin.take().expect("a pipe");
    // Whoever reads nothing may be gone by now.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = shell.wait_with_output().expect("bash");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = || format!("{line}\n{}\n{text}{}", output.status, String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(text) } else { Err(told()) }
}
