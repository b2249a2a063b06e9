//! How fast is a token handed out that is fresh? `make bench` runs this against the release build of the service, and beside
//! it, in turns, what any service of this shape can reach at most: a fixed answer over the same HTTP stack, and the two
//! statements that a vend cannot do without. Another stack's address can be measured in the same turns:
//! `VEND_PEER_URL`, `VEND_PEER_TOKEN` and, where it wants one, `VEND_PEER_TENANT`.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark is the outside world")]

#[path = "../common/aside.rs"]
mod aside;
mod ceiling;
mod figures;
mod load;
#[path = "../common/median.rs"]
mod median;
#[path = "../common/process.rs"]
mod process;
#[path = "../common/report.rs"]
mod report;
#[path = "../common/sandbox.rs"]
mod sandbox_of;
#[path = "../common/start.rs"]
mod start;
mod vendor;

use figures::{Figures, Report};
use load::Target;
use start::OPERATOR;
use testkit::Database;
use vendor::Vendor;

const CLIENTS: usize = 64;
const CONNECTIONS: usize = 20;
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() {
    if let Ok(url) = std::env::var(ceiling::SELF) {
        return aside::serve(ceiling::router(&url)).await;
    }
    let (database, bare) = (Database::fresh().await, Database::fresh().await);
    let vendor = Vendor::start().await;
    let service = vendor.service(&database).await;
    let ceiling = aside::start(ceiling::SELF, &bare.url);
    ceiling::fill(&bare, CONNECTIONS).await;
    let tenant = uuid::Uuid::now_v7();
    let ids = vendor.connections(&service, tenant, CONNECTIONS).await;
    let path = |id: &str| format!("/oauth/token/linear?connection_id={id}");
    let mut targets = vec![
        Target::new("vend", &service.origin, ids.iter().map(|id| path(id)), "\"access_token\":\"lin_oauth_")
            .with("authorization", &format!("Bearer {OPERATOR}"))
            .with("x-tenant-id", &tenant.to_string())
            .of(&service),
        Target::new("two statements", &ceiling.origin, (0..CONNECTIONS).map(|n| format!("/statements/{n}")), "lin_")
            .of(&ceiling),
        Target::new("fixed answer", &ceiling.origin, ["/fixed".to_owned()], "lin_").of(&ceiling),
    ];
    if let (Ok(url), Ok(token)) = (std::env::var("VEND_PEER_URL"), std::env::var("VEND_PEER_TOKEN")) {
        let tenant = std::env::var("VEND_PEER_TENANT").unwrap_or_default();
        let peer = Target::new("peer", "", [url], "token").with("authorization", &format!("Bearer {token}"));
        targets.push(if tenant.is_empty() { peer } else { peer.with("x-tenant-id", &tenant) });
    }
    let mut figures: Vec<Figures> = targets.iter().map(|target| Figures::of(target.name)).collect();
    // The first round warms up and does not count.
    for round in 0..=ROUNDS {
        for (target, figures) in targets.iter().zip(&mut figures) {
            let measured = load::round(target, CLIENTS).await;
            if round > 0 {
                figures.add(measured);
            }
        }
    }
    let report = Report { clients: CLIENTS, figures };
    println!("{report}");
    report::write("vend", &report.json());
}
