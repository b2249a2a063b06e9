//! Where a browser is sent on. Every target has passed the check of redirect targets before it comes here.

use url::form_urlencoded::Serializer;

/// `url` with more parameters, which go before a fragment and after a query that is there already.
pub fn with(url: &str, parameters: &[(&str, &str)]) -> String {
    let (url, fragment) = match url.split_once('#') {
        Some((url, fragment)) => (url, format!("#{fragment}")),
        None => (url, String::new()),
    };
    let mut query = Serializer::new(String::new());
    query.extend_pairs(parameters);
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{}{fragment}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parameters are added where a browser looks for them, and nothing in them becomes a parameter of its own.
    #[test]
    fn parameters_are_added_in_their_place() {
        let added = |url: &str| with(url, &[("error", "a b&c")]);
        assert_eq!(added("/x"), "/x?error=a+b%26c");
        assert_eq!(added("https://a.example/x?y=1"), "https://a.example/x?y=1&error=a+b%26c");
        assert_eq!(added("/x#top"), "/x?error=a+b%26c#top");
    }
}
