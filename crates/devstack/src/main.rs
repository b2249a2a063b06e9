#![doc = include_str!("../README.md")]

mod account;
mod background;
mod bench;
mod browser;
mod chaos;
mod debian;
mod demo;
mod detached;
mod down;
mod footprint;
mod logs;
mod payloads;
mod pgbouncer;
mod place;
mod ports;
mod postgres;
mod probe;
mod process;
mod promtool;
mod proxy;
mod redis;
mod relay;
mod screen;
mod services;
mod settings;
mod stack;
mod status;
mod stop;
mod store;
mod test_tools;
mod throwaway;
mod tls;
mod tools;
mod up;
mod wheels;
mod with_services;

use clap::{Parser, Subcommand};
use place::Place;
use std::{path::PathBuf, process::ExitCode};
use stop::Interrupted;
use up::What;

/// Runs Connectors on this machine without Docker.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Start everything behind https://localhost and stay until Ctrl-C
    Up {
        /// Return once everything answers; `devstack down` stops it
        #[arg(long)]
        detach: bool,
    },
    /// Start only Postgres and Redis and stay until Ctrl-C
    LocalDb,
    /// Stop what `up` started, or what is left of it
    Down,
    /// Show the logs of all processes, or of one
    Logs {
        name: Option<String>,
        /// Go on printing what is written
        #[arg(short, long)]
        follow: bool,
    },
    /// Run a command with a throwaway Postgres and Redis in DATABASE_URL and REDIS_URL
    WithServices {
        /// Commits wait for the disk, as in production: for what is measured
        #[arg(long)]
        durable: bool,
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Tell and check the whole story against a running `up`
    Demo,
    /// Fetch the real GitHub webhook payloads that the demo and the tests deliver
    Payloads,
    /// Install the foreign programs that the tests set against the services and production's files
    TestTools,
    /// Tell the story of the console in a real browser, against the running stack or one of its own
    TestBrowser {
        /// Put the picture that README.md shows there, for example docs/console.png
        #[arg(long)]
        screenshot: Option<PathBuf>,
    },
    /// Kill services and the database while webhooks arrive, and account for every one of them
    ChaosIngest,
    /// Do to Redis and Postgres what happens to them in production, under load, and check what has to hold
    Chaos,
    /// Both services under load: what somebody else's load generator needs
    #[command(subcommand)]
    Bench(bench::Part),
    /// Measure start-up time and idle memory of both services (release builds)
    Footprint,
    /// Apply the migrations to the database of the running stack, or to DATABASE_URL
    Migrate,
    /// Generate the secrets and the development certificate only; the Docker way starts with this
    Secrets,
}

fn main() -> ExitCode {
    let verb = Arguments::parse().verb;
    match Place::find().and_then(|place| run(verb, &place)) {
        Ok(code) => code,
        Err(error) if error.is::<Interrupted>() => ExitCode::from(130),
        Err(error) => {
            screen::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb, place: &Place) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Up { detach: false } => up::foreground(place, What::Everything),
        Verb::Up { detach: true } => detached::up(place),
        Verb::LocalDb => up::foreground(place, What::Databases),
        Verb::Down => down::down(place),
        Verb::Logs { name, follow } => logs::show(place, name.as_deref(), follow),
        Verb::WithServices { durable, command } => with_services::run(place, durable, &command),
        Verb::Demo => demo::run(place),
        Verb::Payloads => payloads::fetch(place),
        Verb::TestTools => test_tools::install(place),
        Verb::TestBrowser { screenshot } => browser::test(place, screenshot.as_deref()),
        Verb::ChaosIngest => chaos::run(place),
        Verb::Chaos => chaos::faults::run(place),
        Verb::Bench(part) => bench::run(part, place),
        Verb::Footprint => footprint::measure(place),
        Verb::Migrate => services::migrate_now(place),
        Verb::Secrets => settings::generate_only(place),
    }
}
