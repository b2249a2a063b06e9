//! A scenario's figures beside its ceilings.

use crate::figures::Summary;
use serde_json::{Value, json};

pub struct Outcome {
    pub clients: usize,
    pub service: Summary,
    /// At least one.
    pub ceilings: Vec<Summary>,
}

impl Outcome {
    /// The lowest, which is the one that counts.
    pub fn ceiling(&self) -> &Summary {
        self.ceilings.iter().min_by(|a, b| a.per_second.total_cmp(&b.per_second)).unwrap()
    }

    fn share_of(&self, ceiling: &Summary) -> f64 {
        self.service.per_second / ceiling.per_second
    }

    /// The row of the service, and those of its ceilings below it.
    pub fn print(&self) {
        self.service.print(self.service.name, None);
        for ceiling in &self.ceilings {
            ceiling.print(&format!("  {}", ceiling.name), Some(self.share_of(ceiling)));
        }
    }

    pub fn line(&self) -> String {
        let (service, ceiling) = (&self.service, self.ceiling());
        let (cpu, share) = (service.cpu_ms.unwrap_or_default(), self.share_of(ceiling) * 100.0);
        let (name, per_second) = (service.name, service.per_second);
        format!("  {name:<26} {per_second:>7.0} req/s   {cpu:>8.3} ms CPU   {share:>4.0} % of {}", ceiling.name)
    }

    pub fn json(&self) -> Value {
        let mut told = self.service.json();
        told["clients"] = self.clients.into();
        told["ceiling"] = self.ceiling().name.into();
        told["share_of_ceiling"] = self.share_of(self.ceiling()).into();
        told["ceilings"] = self.ceilings.iter().map(Summary::json).collect::<Vec<_>>().into();
        json!(told)
    }
}
