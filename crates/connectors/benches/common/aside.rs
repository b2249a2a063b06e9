//! This program once more, in a process of its own that serves something: its processor time is then its own.

use crate::process::Process;
use axum::Router;
use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};
use tokio::net::TcpListener;

/// Serves until the process ends, and says on stdout where.
pub async fn serve(router: Router) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    std::io::stdout().flush().unwrap();
    axum::serve(listener, router).await.unwrap();
}

/// `variable` says to the other process what it is for.
pub fn start(variable: &str, value: &str) -> Process {
    let mut child =
        Command::new(std::env::current_exe().unwrap()).env(variable, value).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Process::of(child, line.trim().to_owned())
}
