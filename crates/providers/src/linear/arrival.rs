//! What a Linear delivery says about itself.

use crate::{
    Arrival, Digest, Encoding, Freshness, HmacScheme, KeyForm, Proof, Refused, Reply, SignatureForm, Signed, Verified,
    Webhook, webhook::peek,
};
use chrono::TimeDelta;

const EVENT: &str = "linear-event";
const DELIVERY: &str = "linear-delivery";

pub(super) fn webhook() -> Webhook {
    Webhook {
        proofs: vec![Proof::Hmac(HmacScheme {
            header: "linear-signature".to_owned(),
            digest: Digest::Sha256,
            encoding: Encoding::Hex,
            form: SignatureForm::Prefixed(String::new()),
            key: KeyForm::Text,
            signed: Signed::Body,
            // The header `Linear-Timestamp` is not signed; the body is.
            freshness: Freshness::BodyMillis {
                field: "webhookTimestamp".to_owned(),
                tolerance: TimeDelta::seconds(60),
            },
        })],
        max_bytes: 4 * 1024 * 1024,
        kept_headers: vec![EVENT.to_owned(), DELIVERY.to_owned()],
        refusal_headers: Vec::new(),
    }
}

pub(super) fn read(request: &Verified) -> Result<Arrival, Refused> {
    let header = |name: &str| request.headers().kept(name).map(ToOwned::to_owned).ok_or(Refused::MissingHeaders);
    let (event, delivery_id) = (header(EVENT)?, header(DELIVERY)?);
    let lane: Option<String> = peek(request.body(), "organizationId").map_err(|_| Refused::NotJson)?;
    Ok(Arrival { event, delivery_id, is_id_signed: false, lane: lane.unwrap_or_default(), reply: Reply::Accepted })
}
