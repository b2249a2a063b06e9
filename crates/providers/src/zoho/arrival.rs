//! What a callback says about itself. Zoho signs nothing and numbers nothing: the channel's token is all that proves it, and it
//! stands in the body.

use crate::{
    Arrival, Channel, Proof, Refused, Reply, Verified, Webhook,
    told::{text, title},
};
use kernel::sha256;
use serde_json::Value;

pub(super) fn webhook() -> Webhook {
    Webhook {
        proofs: vec![Proof::Channel(Channel::Body { id: "channel_id".to_owned(), token: "token".to_owned() })],
        // It is read before it is known who sent it; a bulk change of a thousand records has half of this.
        max_bytes: 64 * 1024,
        kept_headers: Vec::new(),
        refusal_headers: Vec::new(),
    }
}

pub(super) fn read(request: &Verified) -> Result<Arrival, Refused> {
    let body: Value = serde_json::from_slice(request.body()).map_err(|_| Refused::NotJson)?;
    let named = |path: &str| title(&body, path).ok_or(Refused::MissingHeaders);
    Ok(Arrival {
        event: format!("{}_{}", named("/module")?, named("/operation")?),
        // The body has the server's time in milliseconds in it, and nothing else would tell two changes apart.
        delivery_id: hex::encode(sha256(request.body())),
        // It is made of all there is.
        is_id_signed: true,
        lane: text(&body, "/channel_id").unwrap_or_default(),
        reply: Reply::Accepted,
    })
}
