//! Everything that is logged, down to TRACE, by us and by every library.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, OnceLock},
};
use tracing_subscriber::fmt::MakeWriter;

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
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(logs.clone()).init();
        logs
    }

    /// Looks through everything that is logged for a secret of the tests, unless somebody keeps it already.
    pub fn watch() {
        let watching = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| Watcher);
        let _kept_already = watching.try_init();
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
