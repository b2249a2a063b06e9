//! The verb that `make test` itself runs in, from the outside.

use std::{
    path::Path,
    process::{Command, Output},
};

fn with_services(script: &str) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_devstack"));
    command.args(["with-services", "--", "bash", "-c", script]).current_dir(root);
    // This test may itself run inside of the verb; it is about servers of its own.
    command.env_remove("DATABASE_URL").env_remove("REDIS_URL");
    command.env_remove("TEST_DATABASE_URL").env_remove("TEST_REDIS_URL");
    command.output().expect("devstack runs")
}

fn printed(output: &Output, key: &str) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().to_owned()
}

fn listening(url: &str) -> bool {
    let address = url.rsplit_once('@').map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
    std::net::TcpStream::connect(address).is_ok()
}

/// Both addresses are there while the command runs, and nobody listens on them afterwards; its exit code is passed on.
#[test]
fn the_servers_live_exactly_as_long_as_the_command() {
    let output = with_services(
        "echo database=$DATABASE_URL; echo redis=$REDIS_URL; \
         for url in $DATABASE_URL $REDIS_URL; do \
           host=${url##*@}; host=${host%%/*}; exec 3<>/dev/tcp/${host%:*}/${host#*:} && echo reached; \
         done; exit 7",
    );
    let (database, redis) = (printed(&output, "database="), printed(&output, "redis="));
    assert!(database.starts_with("postgres://connectors:"), "{output:?}");
    assert!(redis.starts_with("redis://:"), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).matches("reached").count(), 2, "{output:?}");
    assert_eq!([listening(&database), listening(&redis)], [false, false]);
    assert_eq!(output.status.code(), Some(7));
}

/// A command that a signal ended is a failed command.
#[test]
fn a_command_ended_by_a_signal_answers_as_in_a_shell() {
    assert_eq!(with_services("kill -s KILL $$").status.code(), Some(137));
}

/// A typing mistake is one sentence, and leaves nothing running.
#[test]
fn an_unknown_command_is_one_clear_sentence() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_devstack"));
    let output = command.args(["with-services", "--", "no-such-command"]).current_dir(root).output().expect("devstack");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("no-such-command cannot be started"), "{text}");
    assert_eq!(output.status.code(), Some(1));
}
