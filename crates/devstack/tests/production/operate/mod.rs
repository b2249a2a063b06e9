//! `docs/operate.md`, typed line by line in a checkout of its own. Compose reads every line; what needs no engine is carried out
//! by `docker.py`, on the programs themselves.

mod checkout;
pub mod page;

use crate::{none, read, root};
use checkout::Checkout;
use page::{setting, told};
use std::fs;

/// Not carried out, each with the reason. All the rest happens.
const LEFT_OUT: [(&str, &str); 2] = [
    ("docker buildx build ", "wants an engine: `docker.py` looks at its flags and at the stage of the Dockerfile"),
    ("compose pull", "wants an engine and a registry: Compose reads it"),
];
/// Not even typed.
const UNTYPED: [(&str, &str); 3] = [
    ("git pull", "brings what somebody else has written"),
    ("make sizing", "compiles, and measures for minutes"),
    ("make bench", "compiles, and measures for minutes"),
];

const TENANT: &str = "01a22d81-7452-71ea-97af-eac576ea6156";

/// An operator, and what they know by heart.
struct Operator {
    checkout: Checkout,
    /// The command before, for a flag that the page names after it.
    before: String,
    /// What stands for `<old>` and `<new>`.
    keys: [String; 2],
}

/// What a line of the page wants beside being typed: values in the place of its examples, and a look at what it did.
type Act = fn(&mut Operator, &str);
const ACTS: [(&str, Act); 17] = [
    ("cp .env.prod.example", Operator::fill_in),
    ("curl ", Operator::see_ready),
    ("compose run --rm connectors doctor", Operator::examine),
    ("compose run --rm connectors tokens list", Operator::make_a_token),
    ("compose run --rm connectors tokens revoke ID", Operator::revoke_a_token),
    ("compose run --rm connectors rotate-keys", Operator::rotate_encryption_keys),
    ("compose run --rm auth rotate-keys", Operator::rotate_signing_keys),
    ("PROVIDERS_FILE=", Operator::bring_providers),
    ("compose kill -s HUP connectors", Operator::reload_providers),
    (r"compose exec postgres psql -U connectors -c '\password'", Operator::change_password),
    ("compose up --detach --wait postgres", Operator::take_a_new_volume),
    ("compose run --rm backup restore NAME", Operator::restore),
    ("make restore-prod", Operator::restore),
    ("compose exec postgres psql -U connectors -d postgres -c 'drop database ", Operator::drop_what_was_before),
    ("compose cp FILE ", Operator::carry_a_backup),
    ("gpg --decrypt FILE ", Operator::restore_by_hand),
    ("compose up --detach --scale ", Operator::scale),
];

impl Operator {
    fn types(&self, line: &str) -> String {
        self.checkout.shell(line, "").unwrap_or_else(|fault| panic!("{fault}"))
    }

    fn does(&mut self, line: &str) {
        let act = ACTS.iter().find(|(start, _)| line.starts_with(start));
        if let Some((_, act)) = act {
            act(self, line);
        } else if let Some((key, value)) = setting(line) {
            self.sets(key, value);
        } else if line.starts_with("--") {
            // Once, where the page names it first.
            if !self.before.ends_with(line) {
                self.types(&format!("{} {line}", self.before));
            }
        } else if line.starts_with("alter role ") {
            self.changes_the_role(line);
        } else if !UNTYPED.iter().any(|(untyped, _)| line == *untyped) {
            self.types(line);
        }
        line.clone_into(&mut self.before);
    }

    fn sets(&self, key: &str, value: &str) {
        if key == "ENCRYPTION_KEYS" {
            self.checkout.set("ENCRYPTION_KEY", "");
        }
        let value = value.replace("<old>", &self.keys[0]).replace("<new>", &self.keys[1]);
        self.checkout.set(key, &value.replace("<name>", "own.toml"));
    }

    /// Each value is made as the line before it says.
    fn fill_in(&mut self, line: &str) {
        self.types(line);
        let example = read(".env.prod.example");
        let mut recipe = None;
        for line in example.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                let words = comment.strip_prefix("openssl ").and_then(|rest| rest.split([':', ',', ' ']).nth(2));
                recipe = words.map(|count| format!("openssl rand -hex {count}")).or(recipe);
            } else if let (Some((key, _)), Some(recipe)) = (line.split_once('='), recipe.take()) {
                self.checkout.set(key, self.types(&recipe).trim());
            }
        }
        // A name that leads here, and nobody who is asked for a certificate of it.
        self.checkout.set("DOMAIN", "connectors.localhost");
        self.checkout.set("ACME_SERVER", "https://127.0.0.1:9/directory");
        self.keys = [self.checkout.value("ENCRYPTION_KEY"), self.types("openssl rand -hex 32").trim().to_owned()];
    }

    fn see_ready(&mut self, line: &str) {
        let said = self.types(line);
        assert!(said.contains(r#""status":"ok""#), "{said}");
    }

    /// Nobody can reach the name from outside, and no vendor is set up; else nothing is wrong. A key that the page about upgrades
    /// calls too short is one that is named.
    fn examine(&mut self, line: &str) {
        let faults = |said: Result<String, String>| -> Vec<String> {
            let said = said.expect_err("a status");
            said.lines().filter_map(|line| line.strip_prefix("FAULT")).map(|line| line.trim().to_owned()).collect()
        };
        let found = faults(self.checkout.shell(line, ""));
        assert!(found.len() == 1 && found[0].starts_with("address "), "{found:?}");
        let upgrade = read("docs/upgrade-from-bun.md");
        let short = upgrade.split('`').find(|span| span.starts_with("exactly-32-")).expect("the old README's key");
        let key = self.checkout.value("ENCRYPTION_KEY");
        for refused in [short, "cccccccccccccccccccccccccccccccc"] {
            self.checkout.set("ENCRYPTION_KEY", refused);
            let found = faults(self.checkout.shell("compose run --rm --no-deps connectors doctor --offline", ""));
            assert!(found.iter().any(|fault| fault.contains("ENCRYPTION_KEY")), "{refused}: {found:?}");
        }
        self.checkout.set("ENCRYPTION_KEY", &key);
    }

    fn tokens(&self) -> String {
        self.types("compose run --rm connectors tokens list")
    }

    fn token(&self, label: &str) {
        self.types(&format!("compose run --rm connectors tokens create --label {label} --action read"));
    }

    fn make_a_token(&mut self, line: &str) {
        self.token("kept");
        assert!(self.types(line).contains("kept"));
        // And something that lies sealed.
        let put = |path: &str, body: &str| self.types(&format!("{} -X PUT -d '{body}'", self.asks(path)));
        put(&format!("/tenants/{TENANT}"), "{}");
        put("/provider-configs/linear", r#"{"client_id": "own", "client_secret": "the-secret-of-a-tenant"}"#);
    }

    fn revoke_a_token(&mut self, line: &str) {
        let list = self.tokens();
        let named = list.lines().find(|line| line.contains("NAME")).expect("a token");
        self.types(&line.replace("ID", named.split_whitespace().next().expect("an id")));
        let list = self.tokens();
        assert!(list.lines().any(|line| line.contains("NAME") && line.contains("revoked")), "{list}");
    }

    /// A backend's request.
    fn asks(&self, path: &str) -> String {
        let operator = self.checkout.value("OPERATOR_TOKENS");
        let headers = [
            &format!("Authorization: Bearer {operator}"),
            &format!("X-Tenant-Id: {TENANT}"),
            "Content-Type: application/json",
        ];
        let headers = headers.map(|header| format!(" -H '{header}'")).concat();
        format!("curl --silent --fail-with-body https://connectors.localhost{path}{headers}")
    }

    /// Once with one key, when there is nothing to do, and once between two.
    fn rotate_encryption_keys(&mut self, line: &str) {
        let said = self.types(line);
        let two = self.checkout.value("ENCRYPTION_KEYS").starts_with("2:");
        assert_eq!(said.contains("No row lies under key \"1\""), two, "{said}");
    }

    /// The new one is announced; with `--now`, as the page says it next, it signs.
    fn rotate_signing_keys(&mut self, line: &str) {
        let keys = self.types(line);
        assert!(keys.contains("signs now") && keys.contains(" until "), "{keys}");
    }

    fn providers(&self, slug: &str) {
        let own = read("docs/add-a-provider.md");
        let entry = own.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an entry");
        fs::create_dir_all(self.checkout.folder.join("own")).expect("a folder");
        fs::write(self.checkout.folder.join("own/own.toml"), entry.replace("acme-keys", slug)).expect("a file");
    }

    /// A file of providers, and beside it the client of an entry of the catalogue.
    fn bring_providers(&mut self, line: &str) {
        self.providers("acme-one");
        let clients = "HUBSPOT_CLIENT_ID=an-id\nHUBSPOT_CLIENT_SECRET=a-secret\n";
        fs::write(self.checkout.folder.join(".env.providers"), clients).expect("a file");
        self.checkout.set("PROVIDERS_FOLDER", "./own");
        let (key, value) = setting(line).expect("a setting");
        self.sets(key, value);
        self.types("make prod");
        self.listed("acme-one");
        let hubspot = self.types(&self.asks("/providers/hubspot"));
        assert!(hubspot.contains(r#""configured":true"#), "{hubspot}");
    }

    fn reload_providers(&mut self, line: &str) {
        self.providers("acme-two");
        self.types(line);
        self.listed("acme-two");
    }

    /// A provider is there, as soon as the file is read.
    fn listed(&self, slug: &str) {
        let ask = self.asks(&format!("/providers/{slug}"));
        self.types(&format!("timeout 20 bash -c \"until {ask}; do sleep 0.1; done\""));
    }

    fn change_password(&mut self, line: &str) {
        let new = self.types("openssl rand -hex 24").trim().to_owned();
        self.checkout.shell(line, &format!("{new}\n{new}\n")).unwrap_or_else(|fault| panic!("{fault}"));
        self.checkout.set("DB_PASSWORD", &new);
    }

    fn take_a_new_volume(&mut self, line: &str) {
        self.types("make prod-down && docker volume rm connectors_postgres");
        self.types(line);
    }

    /// The name of the newest backup, as the list has it.
    fn newest(&self) -> String {
        let list = self.types("compose run --rm --no-deps backup list");
        list.lines().last().and_then(|line| line.split(' ').next()).expect("a backup").to_owned()
    }

    /// What was there then is there again, and what came later is not.
    fn restore(&mut self, line: &str) {
        if line == "make restore-prod" {
            let refused = self.checkout.shell(line, "").expect_err("it wants a name");
            assert!(refused.contains("which one? make restore-prod FILE=NAME") && refused.contains(&self.newest()));
            return;
        }
        if line.starts_with("make ") {
            self.token("later");
        }
        let name = self.newest();
        self.types(&line.replace("NAME", &name).replace("connectors-20300102T030405Z.dump.gpg", &name));
        let tokens = self.tokens();
        assert!(tokens.contains("kept") && !tokens.contains("later"), "{tokens}");
    }

    fn before_databases(&self) -> String {
        self.checkout.sql("select datname from pg_database where datname like 'connectors_before_%'")
    }

    fn drop_what_was_before(&mut self, line: &str) {
        let names = self.before_databases();
        assert!(!names.is_empty());
        for name in names.lines() {
            self.types(&line.replace("connectors_before_…", name));
        }
        assert_eq!(self.before_databases(), "");
    }

    fn carry_a_backup(&mut self, line: &str) {
        fs::write(self.checkout.folder.join("connectors-20000102T030405Z.dump.gpg"), "carried").expect("a file");
        self.types(&line.replace("FILE", "connectors-20000102T030405Z.dump.gpg"));
        assert!(
            self.types("compose run --rm --no-deps backup list")
                .contains("connectors-20000102T030405Z.dump.gpg 7 bytes")
        );
    }

    fn restore_by_hand(&mut self, line: &str) {
        let passphrase = self.checkout.value("BACKUP_PASSPHRASE");
        self.checkout.home("passphrase", &passphrase);
        // Somebody at a terminal is asked for it.
        let gpg = format!(
            "batch\npinentry-mode loopback\npassphrase-file {}\n",
            self.checkout.engine.join("passphrase").display()
        );
        self.checkout.home(".gnupg/gpg.conf", &gpg);
        let (postgres, file) = (self.checkout.postgres(), self.checkout.backup(&self.newest()));
        let typed = line.replace("FILE", &file.display().to_string()).replace("DATABASE", "by_hand");
        self.types(&format!(
            "set -euo pipefail; {postgres}; psql -q -c 'create database by_hand'; {typed}; gpgconf --kill all"
        ));
        let held = self.types(&format!("{postgres}; psql -A -t -d by_hand -c 'select label from operator_tokens'"));
        assert_eq!(held.trim(), "kept");
    }

    fn scale(&mut self, line: &str) {
        self.types(line);
        let said = self.types("compose ps");
        let healthy = |service: &str| said.matches(&format!("{service} healthy")).count();
        assert_eq!([healthy("connectors"), healthy("auth")], [3, 2], "{said}");
    }

    /// As the page about upgrades says it for containers; what an import does has its own tests.
    fn takes_people_over(&self) {
        let upgrade = told(&read("docs/upgrade-from-bun.md"));
        let line =
            upgrade.iter().find(|line| line.starts_with("compose run --rm auth import …")).expect("the page's line");
        let schema = root().join("crates/auth/tests/stories/better_auth/schema.sql");
        let from = "--from \"postgres://connectors:$PGPASSWORD@127.0.0.1:$PGPORT/old\" --dry-run";
        let postgres = self.checkout.postgres();
        self.types(&format!(
            "{postgres}; psql -q -c 'create database old' && psql -X -q -d old -f {}",
            schema.display()
        ));
        let said = self.types(&format!("{postgres}; {}", line.replace('…', from)));
        assert!(said.starts_with("people: 0 added, 0 known already, 0 left out\n"), "{said}");
    }

    fn changes_the_role(&mut self, line: &str) {
        self.types(&format!("compose exec postgres psql -U connectors -c \"{line}\""));
        let (_, change) = line.split_once(" set ").expect("a setting");
        let held = self.checkout.sql("select rolconfig from pg_roles where rolname = 'connectors'");
        assert!(held.contains(&change.replace([' ', '\''], "")), "{held}");
    }
}

/// Everything on the page works in the order of the page, from an empty machine to its last alert.
#[test]
fn an_operator_does_what_the_page_says() {
    let page = told(&read("docs/operate.md"));
    let (compose, lines) = page.split_first().expect("what compose stands for");
    let mut operator = Operator { checkout: Checkout::new(compose), before: String::new(), keys: Default::default() };
    for line in lines {
        operator.does(line);
    }
    operator.takes_people_over();
    let known = ACTS.iter().map(|(start, _)| start).chain(LEFT_OUT.iter().chain(&UNTYPED).map(|(start, _)| start));
    let gone = known.filter(|start| !lines.iter().any(|line| line.starts_with(**start)));
    none(&gone.map(|start| format!("the page has no {start} any more")).collect::<Vec<_>>());
}
