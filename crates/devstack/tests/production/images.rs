//! The Dockerfile.

use crate::{compose, folder, none, read, root, run, tool};
use std::{fs, path::Path, process::Command};

fn lint(file: &Path) -> Result<String, String> {
    run(Command::new(tool("python/bin/hadolint")).args(["--no-color", "--failure-threshold", "style"]).arg(file))
}

/// No finding, of shell lines either.
#[test]
fn the_linter_has_nothing_to_say() {
    assert_eq!(lint(&root().join("Dockerfile")).as_deref(), Ok(""));
}

/// Planted: an image without a version, a package manager's lists left behind, a shell mistake.
#[test]
fn a_careless_dockerfile_is_found() {
    let own = folder("careless");
    let file = own.join("Dockerfile");
    fs::write(&file, "FROM debian:latest\nRUN apt-get update && apt-get install curl && echo $1 > /x y\n")
        .expect("a file");
    let findings = lint(&file).expect_err("findings");
    assert!(["DL3007", "DL3009", "DL3008"].iter().all(|rule| findings.contains(rule)), "{findings}");
}

/// A stage: its name, what it stands on, its instructions with continued lines as one.
struct Stage {
    name: String,
    base: String,
    lines: Vec<String>,
}

fn stages(dockerfile: &str) -> Vec<Stage> {
    let text: Vec<&str> = dockerfile.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let joined = text.join("\n").replace("\\\n", " ");
    let mut stages: Vec<Stage> = Vec::new();
    for line in joined.lines().filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().filter(|word| !word.starts_with("--platform")).collect();
        if let ["FROM", base, "AS", name] = words[..] {
            stages.push(Stage { name: name.to_owned(), base: base.to_owned(), lines: Vec::new() });
        } else if let Some(stage) = stages.last_mut() {
            stage.lines.push(words.join(" "));
        }
    }
    stages
}

/// What a stage says, and the stages that it stands on.
fn lineage<'a>(stages: &'a [Stage], name: &str) -> Vec<&'a str> {
    let Some(stage) = stages.iter().find(|stage| stage.name == name) else { return Vec::new() };
    let mut lines = lineage(stages, &stage.base);
    lines.extend(stage.lines.iter().map(String::as_str));
    lines
}

/// What is wrong with an image that ships.
fn faults(dockerfile: &str, name: &str, program: &str) -> Vec<String> {
    let stages = stages(dockerfile);
    let lines = lineage(&stages, name);
    let has = |start: &str| lines.iter().any(|line| line.starts_with(start));
    let copied = lines.iter().filter(|line| line.starts_with("COPY")).count();
    let checks = [
        (has("USER 65532:65532"), "does not say by number who runs it"),
        (!lines.iter().any(|line| line.starts_with("RUN")), "is more than its base and a program"),
        (copied == 1 && has(&format!("COPY --from=build /out/{program} ")), "holds something else than its program"),
        (
            lines.iter().any(|line| {
                line.starts_with("HEALTHCHECK") && line.ends_with(&format!(r#"CMD ["{program}", "health"]"#))
            }),
            "is not asked for its health",
        ),
        (has(&format!(r#"ENTRYPOINT ["{program}"]"#)), "starts something else"),
        (has("LABEL org.opencontainers.image.title="), "has no name"),
    ];
    checks.into_iter().filter(|(well, _)| !well).map(|(_, what)| format!("the image {name} {what}")).collect()
}

/// Each service's image holds one program, runs it by number, and has nothing to build with.
#[test]
fn an_image_is_one_program() {
    let dockerfile = read("Dockerfile");
    none(&["auth", "connectors"].iter().flat_map(|name| faults(&dockerfile, name, name)).collect::<Vec<_>>());
}

/// Planted: an image that is built where it runs, as root.
#[test]
fn an_image_that_is_a_workshop_is_found() {
    let planted = "FROM debian:12 AS auth\nCOPY . .\nRUN cargo build \\\n  --release\nENTRYPOINT [\"auth\"]\n";
    assert_eq!(faults(planted, "auth", "auth").len(), 5);
}

/// What a container is told to do is something that its program can.
#[test]
fn each_command_of_a_container_exists() {
    let production = compose::production();
    let migrate = production["services"]["migrate"]["command"][0].as_str().expect("a command").to_owned();
    let programs = Path::new(env!("CARGO_BIN_EXE_devstack")).parent().expect("a folder");
    let stages = stages(&read("Dockerfile"));
    for (image, more) in [("auth", None), ("connectors", Some(migrate))] {
        let lines = lineage(&stages, image);
        // CMD ["serve"] and HEALTHCHECK … CMD ["auth", "health"]: the last word in quotes.
        let said = lines.iter().filter(|line| line.contains("CMD [")).filter_map(|line| line.rsplit('"').nth(1));
        let commands: Vec<String> = said.map(ToOwned::to_owned).chain(more).collect();
        assert!(commands.len() >= 2, "{commands:?}");
        for command in commands {
            let help = run(Command::new(programs.join(image)).arg(&command).arg("--help"));
            assert!(help.is_ok(), "{image} {command}: {help:?}");
        }
    }
}

/// The dependencies stand in a layer before our code: cook comes first, and only the recipe is there.
#[test]
fn our_code_comes_after_its_dependencies() {
    let stages = stages(&read("Dockerfile"));
    let build = stages.iter().find(|stage| stage.name == "build").expect("a stage");
    let at = |what: &str| build.lines.iter().position(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}"));
    assert!(at("COPY --from=plan") < at("cargo chef cook") && at("cargo chef cook") < at("COPY . "));
    assert!(at("COPY . ") < at("cargo build"));
    // For both architectures, and each named once.
    assert!(["for-amd64", "for-arm64"].iter().all(|name| stages.iter().any(|stage| stage.name == *name)));
}

/// An allow-list: a file of secrets beside the sources never travels into a build.
#[test]
fn only_sources_reach_the_build() {
    let text = read(".dockerignore");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines, ["*", "!Cargo.toml", "!Cargo.lock", "!crates", "!migrations", "**/node_modules"]);
}
