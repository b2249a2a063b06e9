//! A file that a test hands to the service.

use std::{env, fs, path::PathBuf};
use uuid::Uuid;

/// A file of the test's own; it goes with this value.
pub struct OwnFile(PathBuf);

impl OwnFile {
    pub fn new(text: &str) -> Self {
        Self::named("toml", text)
    }

    /// Whose name ends so.
    pub fn named(ending: &str, text: &str) -> Self {
        let file = Self(env::temp_dir().join(format!("providers-{}.{ending}", Uuid::now_v7())));
        file.write(text);
        file
    }

    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    pub fn write(&self, text: &str) {
        fs::write(&self.0, text).unwrap();
    }

    pub fn read(&self) -> String {
        fs::read_to_string(&self.0).unwrap()
    }
}

impl Drop for OwnFile {
    fn drop(&mut self) {
        let _gone_already = fs::remove_file(&self.0);
    }
}
