//! The scenarios, and beside each what any service of this shape can reach at most.

use crate::{
    bodies::{Bodies, Size},
    class::Class,
    clients::Group,
    people::Fixtures,
    reads::Read,
    target::Target,
};

const CLIENTS: usize = 64;
/// More than so many passwords at once only wait for each other.
const HASHING_CLIENTS: usize = 16;
/// Out of 200: mostly reads, a tenth of each webhook, few sign-ins.
const MIX: [(&str, usize); 9] = [
    ("jwt_protected_connections", 60),
    ("session", 40),
    ("token_vend", 20),
    ("signals_page", 20),
    ("github_webhook", 20),
    ("slack_webhook", 20),
    ("token_jwt", 10),
    ("jwks", 9),
    ("signin", 1),
];

/// A ceiling beside the fixed answer over the same HTTP stack, which every scenario has.
#[derive(Clone, Copy)]
pub enum Ceiling {
    /// The statement alone that the answer cannot do without.
    Statement(Read),
    /// Deliveries, 128 rows a commit, over two connections.
    Insert(Size),
    /// The hash alone, on every core.
    Hash,
    /// The lowest ceilings of the kinds that are mixed, each as often as it comes.
    Parts,
}

pub struct Scenario {
    pub name: &'static str,
    pub ceiling: Option<Ceiling>,
    /// Hashing takes so long that a round needs more time.
    pub hashes: bool,
    /// Whether its answers have to be found in the database.
    pub stores: bool,
}

const fn scenario(name: &'static str, ceiling: Option<Ceiling>) -> Scenario {
    Scenario { name, ceiling, hashes: false, stores: false }
}

const fn hashing(name: &'static str, ceiling: Ceiling) -> Scenario {
    Scenario { name, ceiling: Some(ceiling), hashes: true, stores: false }
}

const fn storing(name: &'static str, ceiling: Ceiling) -> Scenario {
    Scenario { name, ceiling: Some(ceiling), hashes: false, stores: true }
}

/// The mix is the last: its ceiling is made of theirs.
pub const ALL: [Scenario; 13] = [
    scenario("jwks", None),
    scenario("session", Some(Ceiling::Statement(Read::Session))),
    scenario("token_jwt", Some(Ceiling::Statement(Read::Session))),
    scenario("jwt_protected_connections", Some(Ceiling::Statement(Read::Connections))),
    scenario("rate_limited_reject", None),
    scenario("token_vend", Some(Ceiling::Statement(Read::Grant))),
    scenario("signals_page", Some(Ceiling::Statement(Read::Page))),
    storing("slack_webhook", Ceiling::Insert(Size::Small)),
    storing("github_webhook", Ceiling::Insert(Size::Large)),
    hashing("signin", Ceiling::Hash),
    hashing("signup", Ceiling::Hash),
    hashing("session_during_signins", Ceiling::Statement(Read::Session)),
    storing("mixed", Ceiling::Parts),
];

impl Scenario {
    pub fn clients(&self) -> usize {
        if self.hashes { HASHING_CLIENTS } else { CLIENTS }
    }

    /// Who asks for what. The first group is the one that is measured.
    pub fn groups<'a>(&self, target: &'a Target, fixtures: &'a Fixtures, bodies: &'a Bodies) -> Vec<Group<'a>> {
        let class = |name| Class::of(name, target, fixtures, bodies);
        let group = |kinds: Vec<(Class<'a>, usize)>| Group { clients: self.clients(), kinds };
        match self.name {
            "session_during_signins" => ["session", "signin"].map(|name| group(vec![(class(name), 1)])).into(),
            "mixed" => vec![group(MIX.map(|(name, weight)| (class(name), weight)).into())],
            name => vec![group(vec![(class(name), 1)])],
        }
    }

    /// Of what it is made, and how much of each; one kind alone is made of itself.
    pub fn shares() -> impl Iterator<Item = (&'static str, f64)> {
        let whole: usize = MIX.iter().map(|(_, weight)| weight).sum();
        let number = |count: usize| f64::from(u32::try_from(count).unwrap());
        MIX.iter().map(move |(name, weight)| (*name, number(*weight) / number(whole)))
    }
}

impl Ceiling {
    pub fn name(self) -> &'static str {
        match self {
            Self::Statement(Read::Session) => "statement: session and person",
            Self::Statement(Read::Connections) => "statement: connections",
            Self::Statement(Read::Grant) => "statement: connection and grant",
            Self::Statement(Read::Page) => "statement: page of signals",
            Self::Insert(_) => "insert, 128 rows a commit",
            Self::Hash => "argon2id on every core",
            Self::Parts => "ceilings of its parts",
        }
    }
}
