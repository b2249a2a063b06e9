#![doc = include_str!("../README.md")]

mod address;
mod around;
mod drain_delay;
mod extract;
mod layers;
mod limit;
mod problem;
mod request_tag;
mod serve;
mod telemetry;

pub use address::{NotANetwork, Peer, TrustedProxies, TrustedProxy};
pub use around::{Around, Next, Rounded};
pub use drain_delay::drain_delay;
pub use extract::{Bearer, bearer};
pub use layers::{Cors, with_layers};
pub use limit::{Limit, Limiter, LimiterError, Redis, Rule, Unreachable, Verdict};
pub use problem::{FieldError, Problem, ProblemDetails};
pub use request_tag::RequestTag;
pub use serve::{Shutdown, serve};
pub use telemetry::{LogFormat, Telemetry, TelemetryError, Telling, may_be_logged, measure_pool};
