//! A look at an address of the operator's own, for whoever finds out what is wrong with it.

use chrono::{DateTime, Utc};
use http::StatusCode;
use reqwest::{Certificate as Root, tls::TlsInfo};
use std::{error::Error as StdError, time::Duration};
use url::Url;

const PATIENCE: Duration = Duration::from_secs(5);

/// What came back.
pub struct Seen {
    pub status: StatusCode,
    /// `None`: plain HTTP, or a certificate that cannot be read.
    pub certificate: Option<Certificate>,
}

/// What a server showed.
pub struct Certificate {
    pub not_after: DateTime<Utc>,
    /// Its authority's name.
    pub issuer: String,
}

#[derive(Debug, thiserror::Error)]
pub enum LookError {
    #[error("the certificate is not trusted")]
    Untrusted,
    #[error("nothing answers there")]
    Unreached,
    #[error("the authority's certificate cannot be read")]
    Ca,
}

/// Asks once, following nothing. `ca`: one more authority to trust, PEM.
#[expect(clippy::disallowed_methods, reason = "this is the one door")]
pub async fn look(url: &Url, ca: Option<&[u8]>) -> Result<Seen, LookError> {
    let mut builder = reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_info(true);
    if let Some(ca) = ca {
        let roots = Root::from_pem_bundle(ca).ok().filter(|roots| !roots.is_empty()).ok_or(LookError::Ca)?;
        builder = builder.tls_certs_merge(roots);
    }
    let client = builder.build().map_err(|_| LookError::Ca)?;
    let response = client.get(url.clone()).send().await.map_err(|error| judged(&error))?;
    let shown = response.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
    Ok(Seen { status: response.status(), certificate: shown.and_then(read) })
}

/// Whether the service on this port of this machine says that it is ready.
pub async fn is_ready(port: u16) -> bool {
    let Ok(url) = format!("http://127.0.0.1:{port}/health/ready").parse() else { return false };
    look(&url, None).await.is_ok_and(|seen| seen.status == StatusCode::OK)
}

fn judged(error: &reqwest::Error) -> LookError {
    if is_about_the_certificate(error) { LookError::Untrusted } else { LookError::Unreached }
}

fn is_about_the_certificate(error: &(dyn StdError + 'static)) -> bool {
    if let Some(told) = error.downcast_ref::<rustls::Error>() {
        return matches!(told, rustls::Error::InvalidCertificate(_));
    }
    // Its source is that of the error inside of it, which would be passed over.
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    match inner {
        Some(inner) => is_about_the_certificate(inner),
        None => error.source().is_some_and(is_about_the_certificate),
    }
}

fn read(der: &[u8]) -> Option<Certificate> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    let not_after = DateTime::from_timestamp(certificate.validity().not_after.timestamp(), 0)?;
    let issuer = certificate.issuer();
    let named = issuer.iter_organization().chain(issuer.iter_common_name()).find_map(|name| name.as_str().ok());
    Some(Certificate { not_after, issuer: named.unwrap_or("somebody without a name").to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Days, TimeDelta};
    use kernel::Clock;
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
    use rustls::{ServerConfig, ServerConnection, StreamOwned};
    use std::{
        io::{Read, Write},
        net::TcpListener,
        sync::Arc,
        thread,
    };

    /// An https server with a certificate for localhost that ends in some days; its address, and its authority.
    fn serve(days: i64) -> (Url, String) {
        let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::OrganizationName, "An authority of the tests");
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut leaf = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let end = Clock::system().now() + TimeDelta::days(days);
        leaf.not_before = rcgen::date_time_ymd(2025, 1, 1);
        leaf.not_after = std::time::SystemTime::from(end).into();
        let leaf = leaf.signed_by(&key, &authority).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key.serialize_der().try_into().unwrap())
            .unwrap();
        let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
        let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), socket);
                let _refused = stream.read(&mut [0; 4096]);
                let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            }
        });
        (url.parse().unwrap(), authority.pem())
    }

    /// With its authority named a certificate is read; without, and after its end, it is not trusted.
    #[tokio::test]
    async fn a_certificate_is_read_where_it_is_trusted() {
        let (url, authority) = serve(20);
        let seen = look(&url, Some(authority.as_bytes())).await.unwrap();
        let Certificate { not_after, issuer } = seen.certificate.unwrap();
        assert_eq!((seen.status, issuer.as_str()), (StatusCode::OK, "An authority of the tests"));
        let soon = Clock::system().now() + Days::new(20);
        assert!((soon - not_after).abs() < TimeDelta::hours(1));
        assert!(matches!(look(&url, None).await, Err(LookError::Untrusted)));
        let (over, authority) = serve(-1);
        assert!(matches!(look(&over, Some(authority.as_bytes())).await, Err(LookError::Untrusted)));
        assert!(matches!(look(&url, Some(b"no certificate")).await, Err(LookError::Ca)));
        let nobody = "https://127.0.0.1:1/".parse().unwrap();
        assert!(matches!(look(&nobody, None).await, Err(LookError::Unreached)));
    }
}
