//! A client of a stream of server-sent events.

use serde_json::Value;

/// An open stream.
pub struct Stream {
    response: reqwest::Response,
    read: String,
}

/// One event of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Empty where there is none.
    pub id: String,
    pub event: String,
    pub data: Value,
}

impl Stream {
    pub(super) fn of(response: reqwest::Response) -> Self {
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, read: String::new() }
    }

    /// The next event; `None`: the stream has ended.
    pub async fn next(&mut self) -> Option<Told> {
        tokio::time::timeout(testkit::PATIENCE, self.read()).await.expect("an event, or the end")
    }

    pub async fn take(&mut self, count: usize) -> Vec<Told> {
        let mut told = Vec::new();
        while told.len() < count {
            told.push(self.next().await.expect("one more event"));
        }
        told
    }

    async fn read(&mut self) -> Option<Told> {
        loop {
            while let Some(end) = self.read.find("\n\n") {
                let block: String = self.read.drain(..end + 2).collect();
                if let Some(told) = told(&block) {
                    return Some(told);
                }
            }
            let piece = self.response.chunk().await.ok()??;
            self.read.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }
}

/// `None`: a comment.
fn told(block: &str) -> Option<Told> {
    let field = |name: &str| {
        let lines: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix(name)).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    };
    let (event, data) = (field("event: ")?, field("data: ")?);
    Some(Told { id: field("id: ").unwrap_or_default(), event, data: serde_json::from_str(&data).unwrap() })
}
