//! One change, told to everybody who watches.

use super::Letter;
use crate::{account::Vendor, app::App};
use serde_json::{Value, json};
use url::{Position, Url};

/// The path of an address that lies on the webhook base; this vendor's watches are opened for no other.
pub(crate) fn path_on_base(app: &App, _: Vendor, address: &str) -> Option<String> {
    let base = app.config.webhook_base.as_ref()?;
    let url = Url::parse(address).ok().filter(|url| url.origin() == base.origin())?;
    Some(url[Position::BeforePath..Position::AfterQuery].to_owned())
}

/// Delivers one after the other and tells of each, under the name of its watch, what the receiver said.
pub(crate) async fn deliver_all(app: &App, letters: Vec<(String, Letter)>) -> Vec<Value> {
    let mut receipts = Vec::new();
    for (watch, letter) in letters {
        let mut receipt = match app.courier.send(app, letter).await {
            Ok(receipt) => json!(receipt),
            Err(error) => json!({"error": error.to_string()}),
        };
        receipt["watch"] = Value::String(watch);
        receipts.push(receipt);
    }
    receipts
}
