//! What a call to a provider's API has to carry: the credential where the provider wants it, and its fixed headers.

use crate::{CallError, Configured, Placement};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use kernel::Secret;
use url::Url;

impl Configured {
    /// The address and the headers of a call with this credential. The fixed headers are those the caller may say
    /// otherwise; the credential is not.
    pub fn dressed(&self, credential: &Secret, url: Url) -> Result<(Url, Dress), CallError> {
        let mut fixed = HeaderMap::new();
        for (name, value) in &self.provider.api_headers {
            let value = value.replace("{client_id}", &self.settings.client_id);
            let name: HeaderName = name.parse().map_err(|_| CallError::Misconfigured)?;
            fixed.insert(name, HeaderValue::try_from(value).map_err(|_| CallError::Misconfigured)?);
        }
        let (url, credential) = place(&self.provider.placement, credential, url)?;
        Ok((url, Dress { fixed, credential }))
    }
}

/// The headers that a call has to carry.
pub struct Dress {
    fixed: HeaderMap,
    credential: HeaderMap,
}

impl Dress {
    /// Over the caller's own headers.
    pub fn over(self, caller: HeaderMap) -> HeaderMap {
        let mut headers = self.fixed;
        headers.extend(caller);
        headers.extend(self.credential);
        headers
    }
}

/// The address and the headers with the credential where this provider wants it.
pub(crate) fn place(placement: &Placement, credential: &Secret, mut url: Url) -> Result<(Url, HeaderMap), CallError> {
    let (name, text) = match placement {
        Placement::Query(name) => {
            // The caller's own parameter of this name would stand beside it.
            let others: Vec<(String, String)> = url
                .query_pairs()
                .filter(|(other, _)| other != name)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect();
            url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, credential.expose());
            return Ok((url, HeaderMap::new()));
        }
        Placement::Scheme(scheme) => (AUTHORIZATION, format!("{scheme} {}", credential.expose())),
        Placement::Header { name, prefix } => {
            let name = name.parse::<HeaderName>().map_err(|_| CallError::Misconfigured)?;
            (name, format!("{prefix}{}", credential.expose()))
        }
        Placement::Basic => (AUTHORIZATION, format!("Basic {}", STANDARD.encode(credential.expose()))),
    };
    Ok((url, HeaderMap::from_iter([(name, secret_value(text)?)])))
}

/// A header's value that no log shows.
pub(crate) fn secret_value(text: String) -> Result<HeaderValue, CallError> {
    let mut value = HeaderValue::try_from(text).map_err(|_| CallError::Misconfigured)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(placement: &Placement, credential: &str) -> Option<(String, Vec<(String, String)>)> {
        let url = "https://api.example/v1/x?a=1&key=mine".parse().unwrap();
        let (url, headers) = place(placement, &credential.into(), url).ok()?;
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
