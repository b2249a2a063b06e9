//! So many clients at once, each of which sends its next request when the last was answered; every answer is looked at.

use crate::{
    class::Class,
    client::{Answer, Connection},
};
use futures_util::future::join_all;
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    time::{Duration, Instant},
};

/// Clients that go through these kinds of requests, each kind as often as its weight says.
pub struct Group<'a> {
    pub clients: usize,
    pub kinds: Vec<(Class<'a>, usize)>,
}

/// What became of one kind.
#[derive(Default)]
pub struct Tally {
    pub latencies: Vec<Duration>,
    /// Answers that were good without being the one that is meant.
    pub others: usize,
    /// The last that was meant.
    pub sample: Option<Answer>,
}

pub struct Played {
    /// In the order of the groups' kinds.
    pub tallies: Vec<(&'static str, Tally)>,
    /// How many of them are of the first group, which is the one that is told of; the others make a load beside it.
    pub told: usize,
    pub elapsed: Duration,
}

impl Played {
    pub fn answers(&self) -> usize {
        self.tallies.iter().map(|(_, tally)| tally.latencies.len()).sum()
    }
}

/// `numbers`: the next that no request of this run has had.
pub async fn play(groups: &[Group<'_>], length: Duration, numbers: &Cell<usize>) -> Played {
    let began = Instant::now();
    let until = began + length;
    let all = join_all(groups.iter().map(|group| play_group(group, until, numbers))).await;
    Played { told: groups[0].kinds.len(), tallies: all.into_iter().flatten().collect(), elapsed: began.elapsed() }
}

async fn play_group(group: &Group<'_>, until: Instant, numbers: &Cell<usize>) -> Vec<(&'static str, Tally)> {
    let deck = deck(&group.kinds.iter().map(|(_, weight)| *weight).collect::<Vec<_>>());
    let tallies: Vec<RefCell<Tally>> = group.kinds.iter().map(|_| RefCell::default()).collect();
    let turn = Cell::new(0);
    let client = async |_: usize| {
        let mut connections: HashMap<&str, Connection> = HashMap::new();
        while Instant::now() < until {
            let kind = deck[turn.replace(turn.get() + 1) % deck.len()];
            let class = &group.kinds[kind].0;
            let request = class.request(numbers.replace(numbers.get() + 1));
            if !connections.contains_key(class.address.as_str()) {
                connections.insert(&class.address, Connection::open(&class.address).await);
            }
            let connection = connections.get_mut(class.address.as_str()).unwrap();
            let asked = Instant::now();
            let answer = connection.ask(request).await;
            let latency = asked.elapsed();
            let mut tally = tallies[kind].borrow_mut();
            tally.latencies.push(latency);
            if class.check(&answer) {
                tally.sample = Some(answer);
            } else {
                tally.others += 1;
            }
        }
    };
    join_all((0..group.clients).map(client)).await;
    let names = group.kinds.iter().map(|(class, _)| class.name);
    names.zip(tallies.into_iter().map(RefCell::into_inner)).collect()
}

/// Each kind as often as its weight, spread evenly.
fn deck(weights: &[usize]) -> Vec<usize> {
    let share = |of: usize, weight: usize| {
        f64::from(u32::try_from(2 * of + 1).unwrap()) / f64::from(u32::try_from(weight).unwrap())
    };
    let mut cards: Vec<(f64, usize)> =
        (0..).zip(weights).flat_map(|(kind, weight)| (0..*weight).map(move |of| (share(of, *weight), kind))).collect();
    cards.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    cards.into_iter().map(|(_, kind)| kind).collect()
}
