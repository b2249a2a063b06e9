//! What the database says. Asked through `psql`, which comes with every Postgres that the stack may run on.

use crate::{
    account::Account,
    place::Place,
    postgres,
    process::Record,
    settings::Settings,
    tools::{in_path, runs},
};
use anyhow::{Context, Result, bail};
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use url::{Url, form_urlencoded};

pub enum Store {
    /// Whose address is known here; it goes through the environment, because command lines are readable by everybody.
    Direct { psql: PathBuf, environment: Vec<(&'static str, String)> },
    /// Which only its containers reach.
    Compose { root: PathBuf },
}

impl Store {
    pub fn find(place: &Place, settings: &Settings) -> Result<Self> {
        match environment(place, settings)? {
            Some(environment) => Self::direct(place, environment),
            None => Ok(Self::Compose { root: place.root.clone() }),
        }
    }

    pub fn at(place: &Place, url: &str) -> Result<Self> {
        Self::direct(place, of_url(url)?)
    }

    /// `psql`, of the same Postgres as the server's where that is ours.
    pub fn program(place: &Place) -> Result<PathBuf> {
        let installed = postgres::find(place, Account::for_servers()?).map(|install| install.folder.join("psql"));
        let psql = installed.filter(|path| runs(path)).or_else(|| in_path("psql"));
        psql.context("psql is needed to count what is stored; run: sudo apt-get install -y postgresql-client")
    }

    fn direct(place: &Place, environment: Vec<(&'static str, String)>) -> Result<Self> {
        Ok(Self::Direct { psql: Self::program(place)?, environment })
    }

    /// The answer's only value.
    pub fn count(&self, query: &str) -> Result<usize> {
        let lines = self.rows(query)?;
        lines.first().and_then(|line| line.parse().ok()).with_context(|| format!("no number came back from: {query}"))
    }

    /// The answer's lines, columns parted by `|`.
    pub fn rows(&self, query: &str) -> Result<Vec<String>> {
        let output = self.asked(query).output().context("the database cannot be asked")?;
        if !output.status.success() {
            bail!("the database does not answer: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
    }

    /// The answer as CSV with a header, in a file: for many rows.
    pub fn export(&self, query: &str, file: &Path) -> Result<()> {
        let mut command = self.asked(&format!("copy ({query}) to stdout with (format csv, header)"));
        let status = command.stdout(File::create(file)?).status().context("the database cannot be asked")?;
        if !status.success() {
            bail!("the database does not answer: {query}");
        }
        Ok(())
    }

    fn asked(&self, query: &str) -> Command {
        let mut command = match self {
            Self::Direct { psql, environment } => {
                let mut command = Command::new(psql);
                command.envs(environment.iter().map(|(key, value)| (key, value)));
                command
            }
            Self::Compose { root } => {
                let mut command = Command::new("docker");
                command.current_dir(root).args(["compose", "--env-file", ".dev/env", "--profile", "dev"]);
                command.args(["exec", "-T", "postgres", "psql", "-U", "connectors"]);
                command
            }
        };
        command.args(["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", query]).stdin(Stdio::null());
        command
    }
}

/// Where the database is, as libpq's variables. `None`: in a container.
fn environment(place: &Place, settings: &Settings) -> Result<Option<Vec<(&'static str, String)>>> {
    let ours = || Record::load(&place.run(), "postgres").filter(Record::alive).map(|_| settings.made("DATABASE_URL"));
    let part = |key: &str, absent: &str| settings.given(&[key]).unwrap_or(absent).to_owned();
    if let Some(url) = settings.given(&["DATABASE_URL"]) {
        return of_url(url).context("DATABASE_URL cannot be read").map(Some);
    }
    if let Some(host) = settings.given(&["POSTGRES_HOST"]) {
        return Ok(Some(vec![
            ("PGHOST", host.to_owned()),
            ("PGPORT", part("POSTGRES_PORT", "5432")),
            ("PGUSER", part("POSTGRES_USER", "connectors")),
            ("PGPASSWORD", part("POSTGRES_PASSWORD", "")),
            ("PGDATABASE", part("POSTGRES_DB", "connectors")),
        ]));
    }
    ours().map(of_url).transpose()
}

fn of_url(url: &str) -> Result<Vec<(&'static str, String)>> {
    let url: Url = url.parse()?;
    let mut all = vec![
        ("PGHOST", url.host_str().unwrap_or("127.0.0.1").to_owned()),
        ("PGPORT", url.port().unwrap_or(5432).to_string()),
        ("PGUSER", decoded(url.username())),
        ("PGPASSWORD", decoded(url.password().unwrap_or_default())),
        ("PGDATABASE", decoded(url.path().trim_start_matches('/'))),
    ];
    let sslmode = url.query_pairs().find(|(key, _)| key == "sslmode").map(|(_, value)| value.into_owned());
    all.extend(sslmode.map(|mode| ("PGSSLMODE", mode)));
    Ok(all)
}

/// Percent-decoded. A plus sign is itself here, unlike in a form.
fn decoded(text: &str) -> String {
    let form = format!("v={}", text.replace('+', "%2B"));
    form_urlencoded::parse(form.as_bytes()).next().map_or_else(String::new, |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As people write addresses, with what may not stand in a URL encoded.
    #[test]
    fn an_address_becomes_variables() {
        let expected = [
            ("PGHOST", "db.example"),
            ("PGPORT", "5432"),
            ("PGUSER", "me"),
            ("PGPASSWORD", "a+b@c"),
            ("PGDATABASE", "app"),
            ("PGSSLMODE", "require"),
        ];
        let found = of_url("postgres://me:a+b%40c@db.example/app?sslmode=require").expect("an address");
        assert_eq!(found, expected.map(|(key, value)| (key, value.to_owned())));
    }
}
