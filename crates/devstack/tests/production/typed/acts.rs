//! What each command is typed with, and a look at what it did.

use super::{
    Typist,
    machine::{TENANT, checkout},
};
use crate::{root, run};
use std::{fs, path::Path, process::Command};
use testkit::Database;

/// What a line wants beside being typed.
pub type Act = fn(&mut Typist, &str);

/// In another checkout, where the settings of the machine do not hold.
fn in_checkout(folder: &Path, line: &str) -> String {
    format!("cd {} && exec env --ignore-environment PATH=\"$PATH\" HOME=\"$HOME\" {line}", folder.display())
}

impl Typist {
    pub fn types_it(&mut self, line: &str) {
        self.machine.types(line);
    }

    pub fn makes(&mut self, line: &str) {
        self.maker.makes(line);
    }

    /// A whole run of tests or servers: what it starts is there.
    pub fn looks_at_it(&mut self, line: &str) {
        self.maker.looks_at(line);
    }

    /// The script is one, and so are the verbs in it.
    pub fn reads_the_script(&mut self, line: &str) {
        self.machine.types(&format!("bash -n {line}"));
        let script = fs::read_to_string(self.machine.folder.join(line)).expect("a script");
        let verbs: Vec<&str> = script.lines().filter(|line| line.starts_with("make ")).collect();
        assert!(!verbs.is_empty(), "{line}");
        for verb in verbs {
            self.makes(verb);
        }
    }

    pub fn takes_a_picture(&mut self, line: &str) {
        self.makes(&format!("make test-browser {line}"));
    }

    /// Nothing is wrong with this machine.
    pub fn examines(&mut self, line: &str) {
        // Some pages name a flag without its value.
        let mut line = line.replace(" SLUG", "").replace(" FILE", "");
        for (flag, value) in [("--provider", " linear"), ("--ca", " .dev/tls/ca.pem")] {
            line = line.replace(flag, &format!("{flag}{value}"));
        }
        let said = self.machine.types(&line);
        if line.contains("--json") {
            let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
            assert_eq!(said["well"], true, "{said}");
        } else {
            assert!(said.contains("ok       database") && said.contains("linear (set up)"), "{said}");
        }
    }

    fn tokens(&self) -> String {
        self.machine.types("connectors tokens list")
    }

    pub fn makes_tokens(&mut self, line: &str) {
        let mut line = line.to_owned();
        if !line.contains("--label") {
            line.push_str(" --label typed --action read");
        }
        line = line.replace("UUID", TENANT);
        let (before, made) = (self.tokens().matches("(live").count(), self.machine.types(&line));
        assert!(made.starts_with("cop_") && self.tokens().matches("(live").count() == before + 1, "{made}");
    }

    pub fn revokes_a_token(&mut self, line: &str) {
        self.machine.types("connectors tokens create --label typed --action read");
        let count = |list: &str| list.matches("(live").count();
        let list = self.tokens();
        let id = list.lines().find(|line| line.contains(" (live")).and_then(|line| line.split(' ').next());
        self.machine.types(&line.replace("ID", id.expect("a token")));
        assert_eq!(count(&self.tokens()), count(&list) - 1);
    }

    /// `create|list|revoke`
    pub fn does_all_with_tokens(&mut self, _: &str) {
        self.makes_tokens("connectors tokens create");
        assert!(self.tokens().contains("typed"));
        self.revokes_a_token("connectors tokens revoke ID");
    }

    /// To a second key and back again: the service knows only the first.
    pub fn rotates_keys(&mut self, line: &str) {
        let client = r#"-X PUT -d '{"client_id": "own", "client_secret": "sealed"}'"#;
        self.machine.types(&self.machine.asks("/provider-configs/linear", client));
        let before = "old=$ENCRYPTION_KEY; unset ENCRYPTION_KEY; \
                      new=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef; ";
        let to = |first: &str, second: &str| {
            self.machine.types(&format!("{before} ENCRYPTION_KEYS={first},{second} {line}"))
        };
        let said = to("2:$new", "1:$old");
        assert!(said.contains("under key \"2\"") && !said.starts_with("0 rows"), "{said}");
        let said = to("1:$old", "2:$new");
        assert!(said.contains("under key \"1\"") && !said.starts_with("0 rows"), "{said}");
    }

    pub fn prints_the_document(&mut self, line: &str) {
        let said = self.machine.types(line);
        let said = match line.split_once(" > ") {
            Some((_, file)) => fs::read_to_string(self.machine.folder.join(file)).expect("a file"),
            None => said,
        };
        assert_eq!(said, crate::read("crates/connectors/openapi.json"));
    }

    /// Lines are chained by the service, a moment after they were written; only then does a chain have an end to bring back.
    pub fn verifies_the_log(&mut self, line: &str) {
        let line = if line.starts_with("connectors ") { line.to_owned() } else { format!("connectors {line}") };
        self.machine.waits_for("connectors audit verify | grep --quiet --extended-regexp \" [1-9][0-9]* lines hold\"");
        let said = self.machine.types("connectors audit verify");
        let end = said.lines().find(|line| !line.contains(" 0 lines hold")).and_then(|line| line.split(' ').next());
        let anchored = line.replace("--anchor", &format!("--anchor {}", end.expect("the end of a chain")));
        assert!(self.machine.types(&anchored).contains("lines hold"));
    }

    /// npm's own server, which wants no token.
    pub fn probes(&mut self, line: &str) {
        let (port, tools) = (testkit::free_port(), crate::tool("."));
        let _server = self.machine.starts(&format!(
            "cd {} && PORT={port} exec node node_modules/@modelcontextprotocol/server-everything/dist/index.js streamableHttp",
            tools.display()
        ));
        let url = format!("http://127.0.0.1:{port}/mcp");
        self.machine.waits_for(&format!("curl --silent --output /dev/null {url}"));
        let line = if line.contains("URL") { line.replace("URL", &url) } else { format!("{line} {url}") };
        let said = self.machine.types(&line);
        assert!(said.contains("echo"), "{said}");
    }

    /// On a database that the migrations have not seen.
    pub fn migrates(&mut self, line: &str) {
        let empty = self.machine.another_database();
        self.machine.types(&format!("DATABASE_URL={} {line}", empty.url));
        assert_eq!(self.machine.count(&empty, "connections"), 0);
    }

    /// The machine has typed it: it runs.
    pub fn sees_it_served(&mut self, line: &str) {
        let url = if line.starts_with("auth ") { &self.machine.auth } else { &self.machine.connectors };
        let said = self.machine.types(&format!("curl --silent --fail {url}/health/ready"));
        assert!(said.starts_with(r#"{"status":"#), "{said}");
    }

    /// The file of providers is read anew.
    pub fn hangs_up(&mut self, line: &str) {
        self.machine.provides("acme-two");
        self.machine.types(&format!("{line} {}", self.machine.service()));
        self.machine.waits_for(&self.machine.asks("/providers/acme-two", ""));
    }

    /// A Better Auth database with nobody in it; what becomes of people has its own tests.
    pub fn imports(&mut self, line: &str) {
        let old: Database = self.machine.another_database();
        let schema = root().join("crates/auth/tests/stories/better_auth/schema.sql");
        let mut psql = Command::new(testkit::postgres_program("psql"));
        run(psql.args(["-X", "-q", "-d", &old.url, "-f"]).arg(schema)).expect("the schema");
        let mut line = line.replace("postgres://user@old-host/database", &old.url).replace("postgres://…", &old.url);
        if !line.contains("--from ") {
            line.extend([" --from ", &old.url]);
        }
        line = line.replace("--schema", "--schema public").replace("--mapping FILE", "--mapping");
        let mapping = self.machine.folder.join("people.csv");
        let said = self.machine.types(&line.replace("--mapping", &format!("--mapping {}", mapping.display())));
        assert!(said.starts_with("people: 0 added, 0 known already, 0 left out\n"), "{said}");
        assert!(!line.contains("--mapping") || mapping.is_file(), "{line}");
    }

    pub fn rotates_signing_keys(&mut self, line: &str) {
        let said = self.machine.types(line);
        assert!(said.contains("signs now") && said.contains(" until ") != line.ends_with("--now"), "{said}");
    }

    pub fn draws_a_secret(&mut self, line: &str) {
        assert_eq!(self.machine.types(line).trim().len(), 64);
    }

    pub fn shows_logs(&mut self, line: &str) {
        fs::write(self.machine.folder.join(".dev/logs/typed.log"), "a line\n").expect("a log");
        let typed = |name: &str, flag: &str| line.replace("[NAME]", name).replace("[-f]", flag);
        for name in ["", "typed"] {
            let said = self.machine.types(&typed(name, ""));
            assert!(said.contains("typed | a line"), "{said}");
        }
        let _following = self.machine.starts(&format!("exec {} > followed", typed("typed", "-f")));
        self.machine.waits_for("grep --quiet \"typed | a line\" followed");
    }

    pub fn has_secrets(&mut self, line: &str) {
        let folder = checkout("typed-secrets");
        self.machine.types(&in_checkout(&folder, line));
        let made = fs::read_to_string(folder.join(".dev/env")).expect("the settings");
        assert!(made.contains("\nENCRYPTION_KEY=") && made.contains("\nJWT_SECRET="));
    }

    /// `[--durable] -- CMD…`
    pub fn runs_with_services(&mut self, line: &str) {
        let folder = checkout("typed-services");
        let typed = line.replace("[--durable]", "--durable").replace("CMD…", "printenv DATABASE_URL REDIS_URL");
        let said = self.machine.types(&in_checkout(&folder, &typed));
        assert!(said.contains("postgres://") && said.contains("redis://"), "{said}");
    }

    /// Both servers, until they are stopped: migrated, looked at, and down again.
    pub fn runs_databases(&mut self, line: &str) {
        let folder = checkout("typed-databases");
        let here = |typed: &str| in_checkout(&folder, typed);
        let mut servers = self.machine.starts(&here(line));
        self.machine.waits_for(&format!("grep --quiet ^REDIS_URL= {}/.dev/env", folder.display()));
        self.machine.types(&here("devstack migrate"));
        assert!(self.machine.types(&here("devstack logs postgres")).contains("postgres | "));
        self.machine.types(&here("devstack down"));
        assert!(servers.0.wait().expect("its end").success());
        // Where root's stand-in cannot enter a checkout, the files of Postgres are elsewhere, by the name of this one.
        let id = fs::read_to_string(folder.join(".dev/id")).expect("its name");
        let _not_there = fs::remove_dir_all(format!("/var/tmp/connectors-dev-{}", id.trim()));
    }

    /// With `--help`, which is answered only where the rest is understood.
    pub fn asks_for_help(&mut self, line: &str) {
        let line = line.replace(['[', ']'], "");
        assert!(self.machine.types(&format!("{line} --help")).contains("Usage: devstack"), "{line}");
    }

    /// A file of providers and its settings.
    pub fn writes_settings(&mut self, line: &str) {
        self.machine.types(line);
        let written = fs::read_to_string(self.machine.folder.join(".env")).expect("the file");
        assert!(written.contains("PROVIDERS_FILE=/"), "{written}");
    }
}
