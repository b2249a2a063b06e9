//! What the services are told: secrets made once, addresses worked out at each start, and above both whatever the person
//! set in `.env` or in the environment.

mod dotenv;
mod secrets;
mod vendors;

use crate::{
    place::{Place, write_private},
    screen::say,
};
use anyhow::{Context, Result};
use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

pub type Values = BTreeMap<String, String>;

pub struct Settings {
    /// From the person: `.env`, and above it the environment.
    given: Values,
    /// The part of `given` that stands in `.env` and has to be handed on.
    dotenv: Values,
    /// Made here, kept in `.dev/env`.
    made: Values,
    file: PathBuf,
}

impl Settings {
    /// Reads what there is and makes what is missing. New secrets are shown this once.
    pub fn load(place: &Place) -> Result<Self> {
        let dotenv = dotenv::read(&place.root.join(".env"))?;
        let mut given = dotenv.clone();
        given.extend(std::env::vars().filter(|(_, value)| !value.trim().is_empty()));
        let file = place.dev.join("env");
        let mut made = dotenv::read(&file)?;
        let fresh = secrets::missing(&made, &given);
        if !fresh.is_empty() {
            say("\n  Made for this machine, kept in .dev/env (mode 600) and shown only now:");
            for (key, value) in &fresh {
                say(&format!("    {key}={value}"));
            }
            say("");
        }
        made.extend(fresh);
        made.extend([vendors::app_key(&place.dev)?]);
        let settings = Self { given, dotenv, made, file };
        settings.save()?;
        Ok(settings)
    }

    /// Everything that is set, for the demo and for whoever starts a service by hand: the person's word wins.
    pub fn effective(&self) -> Values {
        let mut all: Values =
            self.made.iter().filter(|(key, _)| !self.overridden(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
        all.extend(self.dotenv.clone());
        for (key, value) in &mut all {
            if let Some(theirs) = self.given.get(key) {
                value.clone_from(theirs);
            }
        }
        all
    }

    /// What the sandbox must accept: the vendor credentials made here, whatever the services may use.
    pub fn sandbox_credentials(&self) -> Values {
        self.made.iter().filter(|(key, _)| vendors::is_credential(key)).map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    /// A value of the person's own, under any of its names.
    pub fn given(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.given.get(*name)).map(String::as_str)
    }

    /// A value made here.
    pub fn made(&self, key: &str) -> &str {
        self.made.get(key).map_or("", String::as_str)
    }

    /// Writes down what was worked out at this start.
    pub fn set(&mut self, pairs: impl IntoIterator<Item = (&'static str, String)>) -> Result<()> {
        self.made.extend(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)));
        self.save()
    }

    /// Everything that follows from the address people use.
    pub fn set_public_url(&mut self, url: &str) -> Result<()> {
        self.set([
            ("ENVIRONMENT", "development".to_owned()),
            ("PUBLIC_URL", url.to_owned()),
            ("AUTH_ISSUER", url.to_owned()),
            ("AUTH_AUDIENCE", url.to_owned()),
            ("OAUTH_RESOURCES", format!("{url}/mcp")),
            ("AUTH_JWKS_URL", "http://127.0.0.1:5001/api/auth/jwks".to_owned()),
            ("CORS_ORIGINS", format!("{url},http://localhost:3000")),
            ("TRUSTED_PROXIES", "127.0.0.1".to_owned()),
            ("OAUTH_CALLBACK_BASE", url.to_owned()),
        ])?;
        self.set(vendors::addresses(url))
    }

    fn overridden(&self, key: &str) -> bool {
        // A database named by its parts: the address of ours would win over them.
        let parts = key == "DATABASE_URL" && self.given.contains_key("POSTGRES_HOST");
        parts || secrets::covered(key, &self.given) || vendors::belongs_to_the_person(key, &self.given)
    }

    fn save(&self) -> Result<()> {
        write_private(&self.file, &dotenv::written(&self.made))
    }
}

/// What the Docker way needs before compose can read its files.
pub fn generate_only(place: &Place) -> Result<ExitCode> {
    place.prepare()?;
    let mut settings = Settings::load(place)?;
    settings.set_public_url("https://localhost")?;
    crate::tls::ensure(&place.dev.join("tls")).context("the development certificate cannot be made")?;
    Ok(ExitCode::SUCCESS)
}
