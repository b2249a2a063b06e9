//! One round of load on one target: every client asks as soon as it was answered, and every answer is looked at.

use crate::process::Process;
use reqwest::{
    Client,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use std::time::{Duration, Instant};

const ROUND: Duration = Duration::from_secs(3);

/// What is asked, and what a good answer holds.
pub struct Target<'a> {
    pub name: &'static str,
    urls: Vec<String>,
    headers: HeaderMap,
    holds: &'static str,
    process: Option<&'a Process>,
}

/// One round.
pub struct Measured {
    pub latencies: Vec<Duration>,
    pub elapsed: Duration,
    /// Processor time of the process that answered, if it is ours.
    pub cpu: Option<Duration>,
}

impl<'a> Target<'a> {
    pub fn new(name: &'static str, origin: &str, paths: impl IntoIterator<Item = String>, holds: &'static str) -> Self {
        let urls = paths.into_iter().map(|path| format!("{origin}{path}")).collect();
        Self { name, urls, headers: HeaderMap::new(), holds, process: None }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap());
        self
    }

    /// Whose processor time counts.
    pub fn of(mut self, process: &'a Process) -> Self {
        self.process = Some(process);
        self
    }
}

pub async fn round(target: &Target<'_>, clients: usize) -> Measured {
    let client = Client::builder().default_headers(target.headers.clone()).no_proxy().build().unwrap();
    let cpu_before = target.process.map(Process::cpu);
    let began = Instant::now();
    let until = began + ROUND;
    let ask = async |first: usize| {
        let mut latencies = Vec::new();
        for url in target.urls.iter().cycle().skip(first % target.urls.len()) {
            if Instant::now() >= until {
                break;
            }
            let asked = Instant::now();
            let answer = client.get(url).send().await.unwrap();
            let (status, text) = (answer.status(), answer.text().await.unwrap());
            assert!(status.is_success() && text.contains(target.holds), "{}: {status} {text}", target.name);
            latencies.push(asked.elapsed());
        }
        latencies
    };
    let latencies = futures_util::future::join_all((0..clients).map(ask)).await.concat();
    let cpu = target.process.zip(cpu_before).map(|(process, before)| process.cpu().saturating_sub(before));
    Measured { latencies, elapsed: began.elapsed(), cpu }
}
