//! The same message as events.

use super::{asking, model, tool};
use reqwest::Response;
use serde_json::{Value, json};

/// What came of a stream: its pieces, and whether it ended in order.
pub struct Streamed {
    pub pieces: Vec<Vec<u8>>,
    pub is_whole: bool,
}

pub async fn read(mut response: Response) -> Streamed {
    let mut pieces = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(piece)) => pieces.push(piece.to_vec()),
            Ok(None) => return Streamed { pieces, is_whole: true },
            Err(_) => return Streamed { pieces, is_whole: false },
        }
    }
}

impl Streamed {
    /// The data of each event, whose name is its type.
    pub fn events(&self) -> Vec<Value> {
        let text = String::from_utf8(self.pieces.concat()).unwrap();
        let events = text.split_terminator("\n\n").map(|event| {
            let (name, data) = event.strip_prefix("event: ").unwrap().split_once("\ndata: ").unwrap();
            let data: Value = serde_json::from_str(data).unwrap();
            assert_eq!(data["type"], name);
            data
        });
        events.collect()
    }

    pub fn names(&self) -> Vec<String> {
        self.events().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }
}

/// The fragments of a block, put together.
fn fragments<'e>(events: &'e [Value], index: usize, name: &str) -> Vec<&'e str> {
    let deltas = events.iter().filter(|event| event["type"] == "content_block_delta" && event["index"] == index);
    deltas.filter_map(|event| event["delta"][name].as_str()).collect()
}

/// The events put together are the message; they break inside letters, inside escapes, and begin an input with nothing.
#[tokio::test]
async fn a_stream_is_the_message_in_awkward_pieces() {
    let model = model().await;
    let text = "Grüße — \"quoted\" 🦀";
    let input = json!({"text": "say \"hé\" 🦀", "n": 2});
    let content = json!([
        {"type": "thinking", "thinking": "Let me think.", "signature": "c2ln"},
        {"type": "text", "text": text},
        {"type": "tool_use", "id": "toolu_1", "name": "echo", "input": input},
        {"type": "tool_use", "name": "echo", "input": {}},
    ]);
    model.script(json!([{"content": content}])).await;
    let body = asking(&json!({"stream": true, "tools": [tool("echo")]}));
    let response = model.request(&body).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
    let streamed = read(response).await;
    assert!(streamed.is_whole && streamed.pieces.iter().any(|piece| std::str::from_utf8(piece).is_err()));

    let events = streamed.events();
    let begun = &events[0]["message"];
    assert_eq!((&begun["content"], &begun["stop_reason"]), (&json!([]), &Value::Null));
    assert_eq!(fragments(&events, 0, "thinking").concat(), "Let me think.");
    assert_eq!(fragments(&events, 0, "signature"), ["c2ln"]);
    assert_eq!(fragments(&events, 1, "text").concat(), text);
    let parts = fragments(&events, 2, "partial_json");
    assert_eq!((parts[0], serde_json::from_str::<Value>(&parts.concat()).unwrap()), ("", input));
    assert!(parts.iter().filter(|part| part.ends_with('\\')).count() > 4);
    assert_eq!(fragments(&events, 3, "partial_json"), [""]);
    let [.., delta, stop] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((&delta["delta"]["stop_reason"], &stop["type"]), (&json!("tool_use"), &json!("message_stop")));
    assert!(delta["usage"]["output_tokens"].as_u64() > Some(1));
}

/// A client that leaves in the middle is seen to have left.
#[tokio::test]
async fn a_client_that_leaves_is_noticed() {
    let model = model().await;
    model.script(json!([{"flaw": "stalls"}])).await;
    let mut response = model.request(&asking(&json!({"stream": true}))).send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    assert_eq!(model.sandbox.counter("anthropic", "open_streams").await, 1);
    drop(response);
    let mut looks = 0;
    while model.sandbox.counter("anthropic", "open_streams").await > 0 {
        looks += 1;
        assert!(looks < 1000, "it is still counted");
    }
}
