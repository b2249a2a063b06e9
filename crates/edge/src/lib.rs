#![doc = include_str!("../README.md")]

mod address;
mod extract;
mod layers;
mod limit;
mod logging;
mod problem;
mod serve;

pub use address::{NotANetwork, Peer, TrustedProxies, TrustedProxy};
pub use extract::{Bearer, bearer};
pub use layers::{Cors, with_layers};
pub use limit::{Limit, Limiter, LimiterError, Rule, Unreachable, Verdict};
pub use logging::{LogFormat, init_logging, may_be_logged};
pub use problem::{FieldError, Problem, ProblemDetails};
pub use serve::{Shutdown, serve};
