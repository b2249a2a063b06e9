//! Where a provider wants its credential.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use kernel::Secret;
use providers::Placement;
use url::Url;

/// The address and the headers of a call that carries the credential; `None`: the credential cannot stand there.
pub fn place(placement: &Placement, credential: &Secret, url: &Url) -> Option<(Url, HeaderMap)> {
    let (mut url, mut headers) = (url.clone(), HeaderMap::new());
    let mut header = |name: HeaderName, text: String| {
        let mut value = HeaderValue::try_from(text).ok()?;
        // No log shows it.
        value.set_sensitive(true);
        headers.insert(name, value);
        Some(())
    };
    match placement {
        Placement::Scheme(scheme) => header(AUTHORIZATION, format!("{scheme} {}", credential.expose()))?,
        Placement::Header { name, prefix } => header(name.parse().ok()?, format!("{prefix}{}", credential.expose()))?,
        Placement::Basic => header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(credential.expose())))?,
        Placement::Query(name) => {
            // The caller's own parameter of this name would stand beside it.
            let others: Vec<(String, String)> = url
                .query_pairs()
                .filter(|(other, _)| other != name)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect();
            url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, credential.expose());
        }
    }
    Some((url, headers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(placement: &Placement, credential: &str) -> Option<(String, Vec<(String, String)>)> {
        let url = "https://api.example/v1/x?a=1&key=mine".parse().unwrap();
        let (url, headers) = place(placement, &credential.into(), &url)?;
        assert!(headers.values().all(HeaderValue::is_sensitive));
        let text = |(name, value): (&HeaderName, &HeaderValue)| (name.to_string(), value.to_str().unwrap().to_owned());
        Some((url.into(), headers.iter().map(text).collect()))
    }

    /// Each placement puts the credential where it says, once.
    #[test]
    fn a_credential_stands_where_the_provider_wants_it() {
        let same = "https://api.example/v1/x?a=1&key=mine".to_owned();
        let header = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        assert_eq!(
            placed(&Placement::Scheme("Zoom".to_owned()), "t"),
            Some((same.clone(), header("authorization", "Zoom t")))
        );
        let own = Placement::Header { name: "x-key".to_owned(), prefix: "k=".to_owned() };
        assert_eq!(placed(&own, "t"), Some((same.clone(), header("x-key", "k=t"))));
        assert_eq!(placed(&Placement::Basic, "u:p"), Some((same, header("authorization", "Basic dTpw"))));
        let query = Some(("https://api.example/v1/x?a=1&key=t%26b%3D2".to_owned(), Vec::new()));
        assert_eq!(placed(&Placement::Query("key".to_owned()), "t&b=2"), query);
        assert_eq!(placed(&own, "t\r\nx: y"), None);
    }
}
