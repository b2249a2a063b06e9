//! The wish to stop: Ctrl-C, SIGTERM, and the terminal hanging up.

use anyhow::{Context, Result};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::channel,
    },
    thread,
    time::{Duration, Instant},
};
use tokio::signal::unix::{SignalKind, signal};

/// Work was given up because the person asked for it; the exit code says so and nothing needs explaining.
#[derive(Debug)]
pub struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Interrupted {}

/// Counts the signals that have come. Waiting happens in short steps on the main thread, because children are spawned
/// there: the kernel ties their end to the *thread* that started them.
#[derive(Clone)]
pub struct Stop(Arc<AtomicUsize>);

impl Stop {
    /// From here on the signals no longer end this process by themselves.
    pub fn listen() -> Result<Self> {
        let stop = Self(Arc::default());
        let counter = stop.0.clone();
        let (tell, installed) = channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let told = runtime.map(|runtime| {
                runtime.block_on(async {
                    let mut interrupt = signal(SignalKind::interrupt())?;
                    let mut terminate = signal(SignalKind::terminate())?;
                    let mut hangup = signal(SignalKind::hangup())?;
                    let _ = tell.send(());
                    loop {
                        tokio::select! {
                            _ = interrupt.recv() => {},
                            _ = terminate.recv() => {},
                            _ = hangup.recv() => {},
                        }
                        counter.fetch_add(1, Ordering::Relaxed);
                    }
                })
            });
            let _: std::io::Result<std::io::Result<()>> = told;
        });
        installed.recv().context("signals cannot be listened to")?;
        Ok(stop)
    }

    /// How often a stop was asked for; the second time means: without patience.
    pub fn asked(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub fn check(&self) -> Result<()> {
        if self.asked() > 0 { Err(Interrupted.into()) } else { Ok(()) }
    }

    /// Asks again and again, at most for `limit`, until there is an answer. `Ok(None)`: the time is over.
    pub fn until<T>(
        &self,
        limit: Duration,
        pace: Duration,
        mut question: impl FnMut() -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let started = Instant::now();
        loop {
            if let Some(answer) = question()? {
                return Ok(Some(answer));
            }
            if started.elapsed() > limit {
                return Ok(None);
            }
            self.check()?;
            thread::sleep(pace);
        }
    }
}
