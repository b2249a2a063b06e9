//! Another stack, measured in the same turns: `INGEST_PEER_GITHUB_URL` and `INGEST_PEER_SLACK_URL` are where its webhooks go,
//! `INGEST_PEER_GITHUB_SECRET` and `INGEST_PEER_SLACK_SECRET` what they are signed with. It may have a Postgres of its own, whose
//! processor time is then not seen from here.

use crate::bodies::Size;

pub fn of(size: Size) -> Option<(String, String)> {
    let name = match size {
        Size::Large => "GITHUB",
        Size::Small => "SLACK",
    };
    let set = |what: &str| std::env::var(format!("INGEST_PEER_{name}_{what}")).ok();
    set("URL").zip(set("SECRET"))
}
