//! What was sent and what was answered, a line each, only added to. Made before the first attempt, so that nothing can be stored
//! that is not in it.

use super::deliveries::Delivery;
use anyhow::{Context, Result};
use serde_json::json;
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::{Mutex, PoisonError},
    time::Instant,
};

pub struct Ledger {
    file: Mutex<BufWriter<File>>,
    began: Instant,
}

impl Ledger {
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::create_new(path).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self { file: Mutex::new(BufWriter::new(file)), began: Instant::now() })
    }

    pub fn made(&self, delivery: &Delivery) -> Result<()> {
        // The published ones are known by their place in the file.
        let body = delivery.example.is_none().then_some(&delivery.body);
        self.line(&json!({
            "made": delivery.number, "provider": delivery.vendor.slug(), "event": delivery.event,
            "tenant": delivery.tenant, "sha256": delivery.body_hash(), "example": delivery.example, "body": body,
        }))
    }

    /// `status` is 0 where the answer never came.
    pub fn sent(&self, delivery: &Delivery, id: &str, status: u16) -> Result<()> {
        let at = self.began.elapsed().as_millis();
        self.line(&json!({ "sent": delivery.number, "id": id, "status": status, "at": at }))
    }

    fn line(&self, line: &serde_json::Value) -> Result<()> {
        writeln!(self.file.lock().unwrap_or_else(PoisonError::into_inner), "{line}")
            .context("the ledger cannot be written")
    }

    pub fn close(&self) -> Result<()> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).flush().context("the ledger cannot be written")
    }
}
