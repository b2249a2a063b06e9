//! Our own public address, as the world sees it, and its certificate.

use super::finding::Findings;
use crate::config::Urls;
use chrono::TimeDelta;
use kernel::Clock;
use outbound::{Certificate, LookError};

/// Let's Encrypt's certificates are renewed a month before their end: what is nearer was not.
const SOON: TimeDelta = TimeDelta::days(14);
const ABOUT: &str = "certificate";

/// `ca`: one more authority to trust, PEM.
pub async fn look(found: &mut Findings, urls: &Urls, clock: &Clock, ca: Option<&[u8]>) {
    let url = &urls.public;
    let health = urls.public("/health/live");
    let Ok(health) = health.parse() else { return };
    let seen = match outbound::look(&health, ca).await {
        Ok(seen) => seen,
        Err(LookError::Untrusted) => {
            let todo = "name its authority to the doctor with --ca, or mend the certificate: it must be for this name and not be over";
            return found.fault(ABOUT, format!("this machine does not trust that of {url}"), todo);
        }
        Err(error @ (LookError::Unreached | LookError::Ca)) => {
            let todo = "start the proxy, and look at the name's DNS entry and the firewall";
            return found.fault("address", format!("{url}: {error}"), todo);
        }
    };
    if seen.status == 200 {
        found.ok("address", format!("{url} leads here"));
    } else {
        let says = format!("{url} answers {} to a question that we answer with 200", seen.status);
        found.fault("address", says, "have the proxy send everything but the auth service's paths to this service");
    }
    match seen.certificate {
        Some(Certificate { not_after, issuer }) => {
            let left = not_after - clock.now();
            let says = format!("by {issuer}, good for {} more days", left.num_days());
            if left < SOON {
                found.warning(ABOUT, says, "look at why the proxy does not renew it");
            } else {
                found.ok(ABOUT, says);
            }
        }
        None if url.scheme() == "https" => found.warning(ABOUT, "it cannot be read", "look at it with a browser"),
        None => found.note(ABOUT, "none: PUBLIC_URL is plain HTTP"),
    }
}
