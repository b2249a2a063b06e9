//! A scenario from its warming up to its figures: the service and its ceilings take turns, so that what disturbs one round
//! disturbs all of them.

use crate::{
    client::Answer,
    clients::Group,
    figures::{Figures, Summary, Turn},
    fixed,
    outcome::Outcome,
    plan::{Ceiling, Scenario},
    turns::{Stage, hashes},
};
use std::time::Duration;

/// A hash takes as long as a hundred other answers.
const OF_HASHES: u32 = 2;

pub struct Rounds {
    pub count: usize,
    pub length: Duration,
}

impl Rounds {
    /// `earlier`: what a mix is made of.
    pub async fn play(&self, scenario: &Scenario, stage: &Stage, earlier: &[Outcome]) -> Outcome {
        let length = self.length * if scenario.hashes { OF_HASHES } else { 1 };
        let groups = scenario.groups(&stage.target, &stage.fixtures, &stage.bodies);
        // The first round warms up and does not count.
        let (_, warm) = stage.service(scenario, &groups, length / 2).await;
        let answers = warm.tallies.into_iter().map(|(name, tally)| (name, tally.sample));
        let answers: Vec<_> = answers.filter_map(|(name, sample)| Some((name, sample?))).collect();
        let process = fixed::start(&answers);
        let fixed_groups = [at_fixed(&groups[0], &process.origin, &answers)];
        let (mut service, mut fixed, mut other) = (Figures::default(), Figures::default(), Figures::default());
        for round in 0..=self.count {
            let length = if round == 0 { length / 2 } else { length };
            let counts = |figures: &mut Figures, turn: Turn| {
                if round > 0 {
                    figures.add(turn);
                }
            };
            counts(&mut service, stage.service(scenario, &groups, length).await.0);
            counts(&mut fixed, stage.fixed(&process, &fixed_groups, length).await);
            match scenario.ceiling {
                Some(Ceiling::Statement(read)) => counts(&mut other, stage.statement(read, length).await),
                Some(Ceiling::Insert(size)) => counts(&mut other, stage.insert(size, length).await),
                Some(Ceiling::Hash) => counts(&mut other, hashes(length)),
                Some(Ceiling::Parts) | None => {}
            }
        }
        let mut ceilings = vec![fixed.summary("fixed answer")];
        match scenario.ceiling {
            Some(Ceiling::Parts) => ceilings.extend(parts(earlier)),
            Some(measured) => ceilings.push(other.summary(measured.name())),
            None => {}
        }
        Outcome { clients: scenario.clients(), service: service.summary(scenario.name), ceilings }
    }
}

/// Only those that are told of: what the others do beside them is no work there.
fn at_fixed<'a>(group: &Group<'a>, origin: &str, answers: &[(&'static str, Answer)]) -> Group<'a> {
    let known = |name: &str| answers.iter().any(|(known, _)| *known == name);
    let kinds = group.kinds.iter().filter(|(class, _)| known(class.name));
    let address = origin.trim_start_matches("http://");
    Group { clients: group.clients, kinds: kinds.map(|(class, weight)| (class.at(address), *weight)).collect() }
}

/// Requests share the machine, so the times that each needs add up. `None`: not all of them were measured.
fn parts(earlier: &[Outcome]) -> Option<Summary> {
    let seconds = Scenario::shares().map(|(name, share)| {
        let outcome = earlier.iter().find(|outcome| outcome.service.name == name)?;
        Some(share / outcome.ceiling().per_second)
    });
    let seconds: f64 = seconds.sum::<Option<f64>>()?;
    let (name, per_second) = (Ceiling::Parts.name(), 1.0 / seconds);
    Some(Summary { name, per_second, quantiles_ms: None, cpu_ms: None, postgres_cpu_ms: None })
}
