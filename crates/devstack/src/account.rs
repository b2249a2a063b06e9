//! Under root, Postgres refuses to run: it then gets an account without rights.

use anyhow::{Context, Result, bail};
use std::{
    fs,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    pub uid: u32,
    pub gid: u32,
}

impl Account {
    /// `None` for a normal user, who runs everything as themselves. Under root the `postgres` account where there is
    /// one, else `nobody`.
    pub fn for_servers() -> Result<Option<Self>> {
        if fs::metadata("/proc/self").context("/proc is not mounted; this tool needs Linux")?.uid() != 0 {
            return Ok(None);
        }
        let accounts = fs::read_to_string("/etc/passwd").context("/etc/passwd cannot be read")?;
        match ["postgres", "nobody"].iter().find_map(|name| parse(&accounts, name)) {
            Some(account) => Ok(Some(account)),
            None => {
                bail!("Postgres does not run as root and there is no other account; run: useradd --system postgres")
            }
        }
    }

    /// Runs the command as this account. The standard library drops root's supplementary groups with it. The working
    /// folder may be one that the account cannot enter, so it becomes `/`.
    pub fn applied_to(account: Option<Self>, command: &mut Command) -> &mut Command {
        if let Some(account) = account {
            command.uid(account.uid).gid(account.gid).current_dir("/");
        }
        command
    }

    /// Whether the account can use this folder as its own: asked of the system instead of computed from modes.
    pub fn can_write(self, folder: &Path) -> bool {
        let mut ask = Command::new("/bin/sh");
        ask.args(["-c", "test -w \"$1\"", "sh"]).arg(folder).stdin(Stdio::null());
        Self::applied_to(Some(self), &mut ask).status().is_ok_and(|status| status.success())
    }
}

/// The entry `name:password:uid:gid:…`.
fn parse(accounts: &str, name: &str) -> Option<Account> {
    let mut fields = accounts.lines().map(|line| line.split(':')).find(|fields| fields.clone().next() == Some(name))?;
    let uid = fields.nth(2)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    (uid != 0).then_some(Account { uid, gid })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNTS: &str =
        "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65533:n:/:/bin/false\ntoor:x:0:0::/:/bin/sh";

    /// The numbers come from the named line.
    #[test]
    fn an_account_is_read_from_its_line() {
        assert_eq!(parse(ACCOUNTS, "nobody"), Some(Account { uid: 65534, gid: 65533 }));
        assert_eq!(parse(ACCOUNTS, "postgres"), None);
    }

    /// A second name for root is still root.
    #[test]
    fn an_account_with_roots_number_is_no_other_account() {
        assert_eq!(parse(ACCOUNTS, "toor"), None);
    }
}
