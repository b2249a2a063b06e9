//! Webhooks on their way.

use crate::bodies::{Made, Size, headers};
use reqwest::{Client, RequestBuilder};

impl Size {
    pub fn name(self) -> &'static str {
        match self {
            Self::Large => "webhook of 10 KB (GitHub)",
            Self::Small => "webhook of 0.6 KB (Slack)",
        }
    }
}

/// Signed as the vendor signs.
pub fn request(client: &Client, url: &str, secret: &str, size: Size, made: Made) -> RequestBuilder {
    let request = client.post(url);
    let request =
        headers(secret, size, &made).into_iter().fold(request, |request, (name, value)| request.header(name, value));
    request.body(made.body)
}
