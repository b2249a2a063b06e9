//! How soon a service answers after its start, and what it holds of the machine's memory.

use crate::{
    median::median,
    memory::memory,
    process::Process,
    target::{Target, fill},
};
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const STARTS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(30);
/// Being late by this much is all the error there is.
const GLANCE: Duration = Duration::from_millis(1);
/// What starting needed alone is given back meanwhile.
const REST: Duration = Duration::from_secs(1);

pub async fn measure(target: &Target) -> Value {
    println!("\n  service       first answer      idle   after the load");
    let mut rows = Vec::new();
    for start in &target.cold_start {
        let (mut answered_ms, mut idle_mb) = (Vec::new(), Vec::new());
        for _ in 0..STARTS {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
            let filled = start.env.iter().map(|(key, value)| (key, fill(value, &[("port", &port)])));
            let mut command = Command::new(&start.cmd[0]);
            // It says of each question before it is ready that it is not.
            command.args(&start.cmd[1..]).env_clear().envs(filled).env("RUST_LOG", "off").stdout(Stdio::null());
            let began = Instant::now();
            let process = Process::of(command.spawn().unwrap(), format!("http://127.0.0.1:{port}"));
            answers(&process, &start.ready, began).await;
            answered_ms.push(began.elapsed().as_secs_f64() * 1000.0);
            tokio::time::sleep(REST).await;
            idle_mb.push(memory(process.id()));
        }
        let (answered_ms, idle_mb) = (median(&answered_ms).unwrap(), median(&idle_mb).unwrap());
        let loaded_mb = memory(target.process(&start.name));
        println!("  {:<12} {answered_ms:>10.0} ms {idle_mb:>6.1} MB {loaded_mb:>13.1} MB", start.name);
        rows.push(json!({
            "service": start.name, "first_answer_ms": answered_ms, "idle_mb": idle_mb, "after_load_mb": loaded_mb,
        }));
    }
    rows.into()
}

async fn answers(process: &Process, ready: &str, began: Instant) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}{ready}", process.origin);
    while !client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
        assert!(began.elapsed() < PATIENCE, "{url} does not answer");
        tokio::time::sleep(GLANCE).await;
    }
}
