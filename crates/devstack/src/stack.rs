//! Everything that runs, in the order in which it was started; it ends the other way round.

use crate::{
    process::Running,
    screen,
    services::{self, Service},
    stop::Stop,
};
use anyhow::{Result, bail};
use std::{thread, time::Duration};

#[derive(Default)]
pub struct Stack(Vec<Running>);

impl Stack {
    /// Takes a child in before anything can fail that would forget it.
    pub fn add(&mut self, running: Running) -> &mut Running {
        self.0.push(running);
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    /// Stays until a stop is asked for, or until a child ends, which is a failure with its last words.
    pub fn watch(&mut self, stop: &Stop) -> Result<()> {
        while stop.asked() == 0 {
            for running in &mut self.0 {
                if let Some(status) = running.ended()? {
                    let last = screen::tail(&running.log, 15).join("\n    ");
                    bail!("{} ended by itself with {status}; the end of its log:\n    {last}", running.name);
                }
            }
            thread::sleep(Duration::from_millis(150));
        }
        Ok(())
    }

    /// Waits until all of these answer.
    pub fn ready(&mut self, services: &[&Service], stop: &Stop) -> Result<()> {
        for service in services {
            if let Some(running) = self.0.iter_mut().find(|running| running.name == service.name) {
                services::wait(service, running, stop)?;
            }
        }
        Ok(())
    }

    pub fn end(mut self, stop: &Stop) {
        while let Some(mut running) = self.0.pop() {
            let _ = screen::stage(&format!("Stopping {}", running.name), || {
                running.end(stop);
                Ok(())
            });
        }
    }
}
