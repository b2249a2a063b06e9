//! One change, told to everybody who watches.

use super::Letter;
use crate::app::App;
use serde_json::{Value, json};

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
