//! `make test-browser`: the story of the console in a real browser, against a stack that runs, or one of its own.

use crate::{
    account::Account,
    demo::first_operator_token,
    place::Place,
    ports, probe,
    process::{Record, Signal, mortal, quietly, run, signal_group, signal_one},
    screen::{say, stage, stage_with},
    settings::Settings,
    stop::Stop,
    test_tools::major,
    tools::in_path,
};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, ExitStatus},
    thread,
    time::{Duration, Instant},
};
use url::Url;

const STORY: &str = "crates/console/tests/browser";
/// What says which packages, and how each is known.
const LISTS: [&str; 2] = ["package.json", "package-lock.json"];
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// The oldest Node.js that the packages run on.
const OLDEST_NODE: u32 = 20;
/// Of the story's pictures the one that README.md shows.
const PICTURE: &str = "screenshots/overview-1280-light.png";
/// A picture is read over the network by whoever reads the page.
const PICTURE_LIMIT: u64 = 150_000;
/// What a stack may take to end.
const GRACE: Duration = Duration::from_mins(1);

/// `picture`: where the one for README.md goes.
pub fn test(place: &Place, picture: Option<&Path>) -> Result<ExitCode> {
    place.prepare()?;
    let stop = Stop::listen()?;
    let browser = browser(place, &stop)?;
    let node = node(place)?;
    let modules = modules(place, &stop)?;
    let mut own = if serves(place)? { None } else { Some(start(place, &stop)?) };
    let artefacts = place.binaries.parent().unwrap_or(&place.binaries).join("browser");
    let paths = [("BROWSER_PATH", &*browser), ("MODULES_PATH", &*modules), ("ARTEFACTS_PATH", &*artefacts)];
    let told = tell(place, &node, &paths, &stop);
    if let Some(stack) = &mut own {
        end(stack)?;
    }
    if !told?.success() {
        return Ok(ExitCode::FAILURE);
    }
    if let Some(picture) = picture {
        keep(&artefacts.join(PICTURE), &place.root.join(picture))?;
        say(&format!("  ok   {} is new", place.short(picture)));
    }
    Ok(ExitCode::SUCCESS)
}

/// The machine's own, or on a Debian that is ours Debian's.
fn browser(place: &Place, stop: &Stop) -> Result<PathBuf> {
    let found = || BROWSERS.iter().find_map(|name| in_path(name));
    if let Some(browser) = found() {
        return Ok(browser);
    }
    // Only root gives its servers another account.
    let is_root = Account::for_servers()?.is_some();
    let Some(apt) = in_path("apt-get").filter(|_| is_root) else {
        bail!("a browser is needed; run: sudo apt-get install -y --no-install-recommends chromium");
    };
    let log = place.logs().join("chromium.log");
    stage_with("Installing Chromium with apt-get", Some(&log), || {
        run(Command::new(&apt).arg("update"), &log, stop)?;
        let mut install = Command::new(&apt);
        install.args(["install", "-y", "--no-install-recommends", "chromium"]).env("DEBIAN_FRONTEND", "noninteractive");
        run(&mut install, &log, stop)
    })?;
    found().context("Chromium was installed, but cannot be found in PATH")
}

/// The one of the other tests where it is there, else the machine's.
fn node(place: &Place) -> Result<PathBuf> {
    let candidates = [Some(place.dev.join("test-tools/bin/node")), in_path("node")];
    let fits = |node: &PathBuf| {
        let version = quietly(Command::new(node).arg("--version"));
        version.is_some_and(|text| major(&text).is_some_and(|major| major >= OLDEST_NODE))
    };
    candidates.into_iter().flatten().find(fits).with_context(|| {
        format!("Node.js {OLDEST_NODE} or newer is needed; install it, or run: target/debug/devstack test-tools")
    })
}

/// The folder in which npm has installed what the lock names.
fn modules(place: &Place, stop: &Stop) -> Result<PathBuf> {
    let lock = File::create(place.run().join("browser.lock"))?;
    lock.lock()?;
    let (folder, digest) = (place.dev.join("browser"), digest(place)?);
    if fs::read_to_string(folder.join("ready")).is_ok_and(|stamp| stamp == digest) {
        return Ok(folder);
    }
    let Some(npm) = in_path("npm") else { bail!("npm is needed; run: sudo apt-get install -y npm") };
    let log = place.logs().join("browser.log");
    stage_with("Fetching what drives the browser", Some(&log), || {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        for list in LISTS {
            fs::copy(place.root.join(STORY).join(list), folder.join(list))?;
        }
        let mut ci = Command::new(&npm);
        ci.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder);
        run(&mut ci, &log, stop).context("npm cannot fetch what drives the browser")?;
        // Last: the file's presence means that all went well.
        Ok(fs::write(folder.join("ready"), &digest)?)
    })?;
    Ok(folder)
}

fn digest(place: &Place) -> Result<String> {
    let mut hash = Sha256::new();
    for list in LISTS {
        let path = place.root.join(STORY).join(list);
        hash.update(fs::read(&path).with_context(|| format!("{} cannot be read", place.short(&path)))?);
    }
    Ok(hex::encode(hash.finalize()))
}

/// Whether a stack of this checkout answers: only that has its certificate.
fn serves(place: &Place) -> Result<bool> {
    let authority = place.dev.join("tls/ca.pem");
    if !place.dev.join("env").is_file() || !authority.is_file() {
        return Ok(false);
    }
    let settings = Settings::load(place)?;
    let Ok(url) = Url::parse(settings.made("PUBLIC_URL")) else { return Ok(false) };
    let port = url.port_or_known_default().unwrap_or(443);
    // Somebody else's certificate is a failure here, and no answer.
    Ok(probe::https(port, "/health/ready", &authority).ok().flatten() == Some(200))
}

/// `devstack up`, which ends with this process if that is killed.
fn start(place: &Place, stop: &Stop) -> Result<Child> {
    let log = place.logs().join("devstack.log");
    stage_with("Starting everything, because `make dev` does not run here", Some(&log), || {
        let output = File::create(&log)?;
        let mut command = mortal(&std::env::current_exe()?, Signal::Terminate);
        command.arg("up").stdout(output.try_clone()?).stderr(output);
        let mut stack = command.spawn().context("devstack cannot be started again")?;
        loop {
            let record = Record::load(&place.run(), "devstack").filter(|record| record.pid == stack.id());
            if record.is_some_and(|record| record.url.is_some()) {
                return Ok(stack);
            }
            if stack.try_wait()?.is_some() {
                bail!("it does not start; see {}", place.short(&log));
            }
            if let Err(interrupted) = stop.check() {
                end(&mut stack)?;
                return Err(interrupted);
            }
            thread::sleep(Duration::from_millis(100));
        }
    })
}

/// As Ctrl-C would: it ends what it has started, in its order.
fn end(stack: &mut Child) -> Result<()> {
    stage("Stopping it", || {
        let asked = Instant::now();
        signal_one(stack.id(), Signal::Terminate);
        while stack.try_wait()?.is_none() {
            if asked.elapsed() > GRACE {
                bail!("it does not end; run: make dev-down");
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    })
}

/// Runs the story, with its words on this screen.
fn tell(place: &Place, node: &Path, paths: &[(&str, &Path)], stop: &Stop) -> Result<ExitStatus> {
    let settings = Settings::load(place)?;
    let mut command = mortal(node, Signal::Terminate);
    command.arg(place.root.join(STORY).join("main.mjs")).envs(paths.iter().copied());
    command.env("CONSOLE_URL", settings.effective().get("PUBLIC_URL").context("PUBLIC_URL is not in .dev/env")?);
    command.env("SANDBOX_URL", format!("http://127.0.0.1:{}", ports::SANDBOX));
    command.env("CERTIFICATE_PATH", place.dev.join("tls/cert.pem"));
    // What the story asks of the API itself, without the browser.
    command.env("NODE_EXTRA_CA_CERTS", place.dev.join("tls/ca.pem"));
    command.env("OPERATOR_TOKEN", first_operator_token(&settings));
    // A group of its own: Ctrl-C is passed on below, once.
    let mut child = command.process_group(0).spawn().context("Node.js cannot be started")?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if let Err(interrupted) = stop.check() {
            signal_group(child.id(), Signal::Terminate);
            child.wait()?;
            return Err(interrupted);
        }
        thread::sleep(Duration::from_millis(50));
    }
}

fn keep(made: &Path, picture: &Path) -> Result<()> {
    let size = fs::metadata(made).with_context(|| format!("{} was not made", made.display()))?.len();
    if size > PICTURE_LIMIT {
        bail!("the picture has {size} bytes, and may have {PICTURE_LIMIT}");
    }
    fs::copy(made, picture).with_context(|| format!("{} cannot be written", picture.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is installed is known by its digest, and from whatever registry the machine is set up for.
    #[test]
    fn the_lock_pins_and_names_no_registry() {
        let place = Place::find().unwrap();
        let read = |list: &str| -> serde_json::Value {
            serde_json::from_str(&fs::read_to_string(place.root.join(STORY).join(list)).unwrap()).unwrap()
        };
        let [wanted, lock] = LISTS.map(read);
        assert_eq!(wanted["dependencies"], lock["packages"][""]["dependencies"]);
        let installed = lock["packages"].as_object().unwrap().iter().filter(|(path, _)| !path.is_empty());
        let pinned: Vec<_> = installed
            .map(|(path, package)| (path.as_str(), package["integrity"].is_string() && package["resolved"].is_null()))
            .collect();
        assert_eq!(pinned, [("node_modules/axe-core", true), ("node_modules/playwright-core", true)]);
    }
}
