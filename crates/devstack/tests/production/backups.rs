//! `docs/backup/backup` on a real database: what production's container runs.

use crate::{folder, root, run, tool};
use std::{fs, path::PathBuf, process::Command};
use url::Url;

/// A database of its own, and a folder for its backups.
struct Shop {
    url: Url,
    database: String,
    folder: PathBuf,
}

impl Shop {
    #[expect(clippy::disallowed_methods, reason = "devstack says it to the tests")]
    fn open(name: &str) -> Self {
        assert!(
            Command::new("gpg").arg("--version").output().is_ok(),
            "gpg is needed; run: sudo apt-get install -y gnupg"
        );
        let url = std::env::var("DATABASE_URL").expect("DATABASE_URL is not set; run the tests with: make test");
        let database = format!("backups_{name}");
        let shop = Self { url: url.parse().expect("a URL"), database, folder: folder(&format!("backups-{name}")) };
        fs::create_dir(shop.folder.join("kept")).expect("a folder");
        shop.server(&format!("drop database if exists {}", shop.database));
        shop.server(&format!("create database {}", shop.database));
        shop.sql("create table people (name text); insert into people values ('canary')");
        shop
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = format!("{}:/usr/bin:/bin", tool("postgres").display());
        command.env_clear().env("PATH", path).env("PGDATABASE", &self.database);
        command.env("PGHOST", self.url.host_str().expect("a host"));
        command.env("PGPORT", self.url.port().unwrap_or(5432).to_string());
        command.env("PGUSER", self.url.username()).env("PGPASSWORD", self.url.password().unwrap_or_default());
        command
    }

    fn server(&self, sql: &str) -> String {
        run(self.command("psql").args(["-X", "-A", "-t", "-q", "-d", "postgres", "-c", sql])).expect("an answer")
    }

    fn sql(&self, sql: &str) -> String {
        run(self.command("psql").args(["-X", "-A", "-t", "-q", "-c", sql])).expect("an answer").trim().to_owned()
    }

    /// The script, with a verb.
    fn backup(&self, words: &[&str]) -> Command {
        let mut command = self.command("bash");
        command.arg(root().join("docs/backup/backup")).args(words).env("BACKUP_PASSPHRASE", "a long random word");
        command.env("BACKUPS", self.folder.join("kept")).env("SCRATCH", &self.folder);
        command
    }

    fn kept(&self) -> Vec<String> {
        let files = fs::read_dir(self.folder.join("kept")).expect("the folder").flatten();
        let mut names: Vec<String> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// A file that looks like a backup of that many hours ago.
    fn older(&self, name: &str, hours: u32) {
        let when = format!("{hours} hours ago");
        let file = self.folder.join("kept").join(name);
        run(Command::new("touch").args(["--date", &when]).arg(file)).expect("a file");
    }

    /// A PATH with something else under the name of gpg, which finds the real one in `$gpg`.
    fn instead_of_gpg(&self, script: &str) -> String {
        let gpg = run(Command::new("bash").args(["-c", "command -v gpg"])).expect("gpg");
        let programs = self.folder.join("programs");
        fs::create_dir(&programs).expect("a folder");
        fs::write(programs.join("gpg"), format!("#!/bin/bash\ngpg={}\n{script}\n", gpg.trim())).expect("a file");
        run(Command::new("chmod").arg("+x").arg(programs.join("gpg"))).expect("a program");
        format!("{}:{}:/usr/bin:/bin", programs.display(), tool("postgres").display())
    }

    fn databases(&self) -> Vec<String> {
        let sql = format!("select datname from pg_database where datname like '{}%' order by 1", self.database);
        self.server(&sql).lines().map(ToOwned::to_owned).collect()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        for database in self.databases() {
            self.server(&format!("drop database {database} with (force)"));
        }
    }
}

/// What was lost comes back, what was there before stays beside it, and the file tells a stranger nothing.
#[test]
fn a_backup_brings_back_what_was_lost() {
    let shop = Shop::open("whole");
    run(&mut shop.backup(&["once"])).expect("a backup");
    let names = shop.kept();
    let [name] = &names[..] else { panic!("{names:?}") };
    let content = fs::read(shop.folder.join("kept").join(name)).expect("the file");
    assert!(!content.windows(6).any(|six| six == b"canary" || six == b"people"));
    assert_eq!(run(&mut shop.backup(&["list"])).expect("a list"), format!("{name} {} bytes\n", content.len()));
    shop.sql("drop table people");
    run(&mut shop.backup(&["restore", name])).expect("restored");
    assert_eq!(shop.sql("select name from people"), "canary");
    let databases = shop.databases();
    assert_eq!(databases.len(), 2, "{databases:?}");
    assert!(databases[1].starts_with("backups_whole_before_"), "{databases:?}");
}

/// Another passphrase, a file that was tampered with, a name that is none: the database stays as it is.
#[test]
fn what_cannot_be_read_changes_nothing() {
    let shop = Shop::open("unread");
    run(&mut shop.backup(&["once"])).expect("a backup");
    let name = shop.kept().remove(0);
    shop.sql("insert into people values ('later')");
    let refused = run(shop.backup(&["restore", &name]).env("BACKUP_PASSPHRASE", "another word"));
    assert!(refused.expect_err("a refusal").contains("nothing was changed"));
    let path = shop.folder.join("kept").join(&name);
    let mut content = fs::read(&path).expect("the file");
    let middle = content.len() / 2;
    content[middle] ^= 1;
    fs::write(&path, content).expect("written");
    assert!(run(&mut shop.backup(&["restore", &name])).is_err());
    assert!(run(&mut shop.backup(&["restore", "nothing"])).expect_err("a refusal").contains(&name));
    assert_eq!(shop.sql("select count(*) from people"), "2");
    assert_eq!(shop.databases(), ["backups_unread"]);
}

/// While none can be taken, the old ones stay; with a new one, those that are too old go.
#[test]
fn old_backups_go_only_when_there_is_a_new_one() {
    let shop = Shop::open("old");
    shop.older("old.dump.gpg", 15 * 24);
    shop.older("young.dump.gpg", 13 * 24);
    assert!(run(shop.backup(&["once"]).env("PGPASSWORD", "wrong").env("PGDATABASE", "nothing")).is_err());
    assert_eq!(shop.kept(), ["old.dump.gpg", "young.dump.gpg"]);
    run(&mut shop.backup(&["once"])).expect("a backup");
    let kept = shop.kept();
    assert_eq!((kept.len(), kept.contains(&"young.dump.gpg".to_owned())), (2, true), "{kept:?}");
}

/// A dump that was cut short on its way, and whose writer noticed nothing, is not kept.
#[test]
fn a_dump_that_cannot_be_read_back_is_no_backup() {
    let shop = Shop::open("torn");
    let torn = r#"case "$*" in *--symmetric*) "$gpg" "$@" | head -c 300 ;; *) exec "$gpg" "$@" ;; esac"#;
    assert!(run(shop.backup(&["once"]).env("PATH", shop.instead_of_gpg(torn))).is_err());
    assert_eq!(shop.kept(), [""; 0]);
}

/// The container is asked for its health while it takes a backup, in the same folders: that disturbs nothing, and a dump that is
/// not whole yet is not one of the list.
#[test]
fn a_backup_under_way_is_left_alone() {
    let shop = Shop::open("asked");
    let script = root().join("docs/backup/backup");
    let asked = format!(
        "gpgconf --launch gpg-agent && bash {0} fresh && [ -z \"$(bash {0} list)\" ] && \
         gpg-connect-agent --no-autostart /bye && exec \"$gpg\" \"$@\"",
        script.display()
    );
    run(shop.backup(&["once"]).env("PATH", shop.instead_of_gpg(&asked))).expect("a backup");
    assert_eq!(shop.kept().len(), 1);
}

/// The container's health: a day and the time that one may take, and not an hour more.
#[test]
fn a_missing_backup_is_noticed() {
    let shop = Shop::open("health");
    let fresh = || run(&mut shop.backup(&["fresh"])).is_ok();
    assert!(!fresh());
    shop.older("a.dump.gpg", 32);
    assert!(!fresh());
    shop.older("b.dump.gpg", 30);
    assert!(fresh());
}
