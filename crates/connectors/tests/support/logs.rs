//! Everything that is logged, down to TRACE, by us and by every library.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, OnceLock},
};
use tracing_subscriber::{filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt, util::SubscriberInitExt};

static TELLING: OnceLock<String> = OnceLock::new();

struct Watcher;

impl Write for Watcher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if testkit::canary::found(bytes).is_some() {
            let _first = TELLING.set(String::from_utf8_lossy(bytes).into_owned());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lines of the whole process; nextest gives each test its own.
#[derive(Clone, Default)]
pub struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    pub fn capture() -> Self {
        let logs = Self::default();
        let layer = tracing_subscriber::fmt::layer().with_writer(logs.clone());
        tracing_subscriber::registry().with(layer).with(filter_fn(|about| edge::may_be_logged(about.target()))).init();
        logs
    }

    /// Looks through everything that is logged for a secret of the tests, unless somebody keeps it already.
    pub fn watch() {
        let layer = tracing_subscriber::fmt::layer().with_writer(|| Watcher);
        let may_be_logged = filter_fn(|about| edge::may_be_logged(about.target()));
        let _kept_already = tracing_subscriber::registry().with(layer).with(may_be_logged).try_init();
    }

    /// The first line that held a secret.
    pub fn telling() -> Option<&'static str> {
        TELLING.get().map(String::as_str)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Logs {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
