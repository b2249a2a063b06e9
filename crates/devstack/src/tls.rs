//! The development certificate: a leaf for localhost under an authority of its own.
//!
//! Two certificates, because TLS libraries refuse an authority's certificate as a server's. The authority may speak for
//! this machine's own names only, and its key is thrown away: whoever trusts it trusts this one leaf.

use crate::place::write_private;
use anyhow::{Context, Result};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, date_time_ymd,
};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// Browsers on macOS take no leaf that is valid for longer than this.
const VALID_DAYS: i64 = 397;
/// Made anew this long before its end.
const RENEW_AFTER: Duration = Duration::from_hours(365 * 24);

pub struct Certificate {
    pub authority: PathBuf,
    pub chain: PathBuf,
    pub key: PathBuf,
}

/// Makes the certificate where there is none, or where it is about to end.
pub fn ensure(folder: &Path) -> Result<Certificate> {
    let files =
        Certificate { authority: folder.join("ca.pem"), chain: folder.join("cert.pem"), key: folder.join("key.pem") };
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    // Written last, so it is there only when all three are.
    let age = fs::metadata(&files.chain).and_then(|data| data.modified()).ok().and_then(|time| time.elapsed().ok());
    if age.is_none_or(|age| age > RENEW_AFTER) {
        let made = make(kernel::Clock::system().now())?;
        write_private(&files.authority, &made.authority)?;
        write_private(&files.key, &made.key)?;
        write_private(&files.chain, &made.chain)?;
    }
    Ok(files)
}

struct Pem {
    authority: String,
    chain: String,
    key: String,
}

fn make(now: DateTime<Utc>) -> Result<Pem> {
    let authority_key = KeyPair::generate()?;
    let mut authority = valid(CertificateParams::new(Vec::new())?, now);
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority.distinguished_name.push(DnType::CommonName, "Connectors development authority");
    authority.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(
                [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
                128,
            )),
        ],
        excluded_subtrees: Vec::new(),
    });
    let authority_pem = authority.self_signed(&authority_key)?.pem();

    let key = KeyPair::generate()?;
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut leaf = valid(CertificateParams::new(names)?, now);
    leaf.distinguished_name.push(DnType::CommonName, "localhost");
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    let leaf = leaf.signed_by(&key, &Issuer::from_params(&authority, &authority_key))?;
    Ok(Pem { chain: leaf.pem() + &authority_pem, authority: authority_pem, key: key.serialize_pem() })
}

/// From yesterday, for clocks that run a little behind.
fn valid(mut certificate: CertificateParams, now: DateTime<Utc>) -> CertificateParams {
    let day = |offset: i64| {
        let date = (now + TimeDelta::days(offset)).date_naive();
        date_time_ymd(date.year(), u8::try_from(date.month()).unwrap_or(1), u8::try_from(date.day()).unwrap_or(1))
    };
    certificate.not_before = day(-1);
    certificate.not_after = day(VALID_DAYS - 1);
    certificate
}
