//! What a GitHub delivery says about itself. Event and id are in headers that nobody signs: a wrong one can only make the body
//! unreadable, or read as another event of the same, signed, body.

use crate::{
    Arrival, Digest, Encoding, Freshness, HmacScheme, KeyForm, Proof, Refused, Reply, SignatureForm, Signed, Verified,
    Webhook, webhook::peek,
};
use serde::Deserialize;

const EVENT: &str = "x-github-event";
const DELIVERY: &str = "x-github-delivery";

pub(super) fn webhook() -> Webhook {
    Webhook {
        proofs: vec![Proof::Hmac(HmacScheme {
            header: "x-hub-signature-256".to_owned(),
            digest: Digest::Sha256,
            encoding: Encoding::Hex,
            form: SignatureForm::Prefixed("sha256=".to_owned()),
            key: KeyForm::Text,
            signed: Signed::Body,
            freshness: Freshness::Unsigned,
        })],
        // GitHub delivers nothing larger.
        max_bytes: 25 * 1024 * 1024,
        kept_headers: vec![EVENT.to_owned(), DELIVERY.to_owned(), "x-github-hook-id".to_owned()],
        refusal_headers: Vec::new(),
    }
}

#[derive(Deserialize)]
struct Installation {
    id: u64,
}

pub(super) fn read(request: &Verified) -> Result<Arrival, Refused> {
    let header = |name: &str| request.headers().kept(name).map(ToOwned::to_owned).ok_or(Refused::MissingHeaders);
    let (event, delivery_id) = (header(EVENT)?, header(DELIVERY)?);
    let installation: Option<Installation> =
        peek::<Option<Installation>>(request.json(), "installation").map_err(|_| Refused::NotJson)?.flatten();
    let lane = installation.map(|installation| installation.id.to_string()).unwrap_or_default();
    Ok(Arrival { event, delivery_id, is_id_signed: false, lane, reply: Reply::Accepted })
}
