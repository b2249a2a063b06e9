//! Traefik in front, with the same routes as under Docker: `traefik/dynamic.yml`. Only what belongs to the machine is
//! said here: addresses, and where the certificate is.

use crate::{
    place::Place,
    ports::{AUTH, CONNECTORS, Door, PROXY_OWN},
    probe,
    process::{Running, Spec},
    screen, services,
    stop::Stop,
    tls::Certificate,
};
use anyhow::{Context, Result, bail};
use std::{path::Path, time::Duration};

/// The first version that can refuse headers which alias another header's name.
pub const OLDEST: (u32, u32) = (3, 7);

/// Of the answer to `traefik version`.
pub fn version(text: &str) -> Option<(u32, u32)> {
    let line = text.lines().find_map(|line| line.strip_prefix("Version:"))?;
    let mut numbers = line.trim().trim_start_matches('v').split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

pub fn spec(place: &Place, program: &Path, door: Door, certificate: &Certificate) -> Spec {
    let mut spec = Spec::new("traefik", program).arguments([
        "--global.checkNewVersion=false".to_owned(),
        "--global.sendAnonymousUsage=false".to_owned(),
        "--log.level=WARN".to_owned(),
        "--accessLog=true".to_owned(),
        // Codes and states stand in the callback's query; they belong in no log.
        "--accessLog.fields.queryParameters.defaultMode=drop".to_owned(),
        format!("--entryPoints.traefik.address=127.0.0.1:{PROXY_OWN}"),
        "--ping.entryPoint=traefik".to_owned(),
        format!("--entryPoints.web.address=127.0.0.1:{}", door.http),
        format!("--entryPoints.web.http.redirections.entryPoint.to=:{}", door.https),
        "--entryPoints.web.http.redirections.entryPoint.scheme=https".to_owned(),
        format!("--entryPoints.websecure.address=127.0.0.1:{}", door.https),
        "--entryPoints.websecure.asDefault=true".to_owned(),
        format!("--providers.file.filename={}", place.root.join("traefik/dynamic.yml").display()),
    ]);
    spec = spec.arguments(["web", "websecure", "traefik"].into_iter().flat_map(careful));
    spec.environment = [
        ("AUTH_UPSTREAM", format!("http://127.0.0.1:{AUTH}")),
        ("CONNECTORS_UPSTREAM", format!("http://127.0.0.1:{CONNECTORS}")),
        ("TLS_CERT_FILE", certificate.chain.display().to_string()),
        ("TLS_KEY_FILE", certificate.key.display().to_string()),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect();
    spec
}

/// What Traefik allows by default and no client of ours needs: headers such as `X_Forwarded_For`, which some servers read
/// as `X-Forwarded-For`, and encoded characters in paths that two parsers read in two ways. A slash or a percent sign may
/// be encoded, because an identifier in a path may hold one.
fn careful(entry_point: &str) -> Vec<String> {
    let refused = ["Backslash", "NullCharacter"];
    let allowed = ["Slash", "Semicolon", "Percent", "QuestionMark", "Hash"];
    let characters = refused.iter().map(|c| (c, false)).chain(allowed.iter().map(|c| (c, true)));
    let prefix = format!("--entryPoints.{entry_point}.http");
    let mut options = vec![format!("{prefix}.aliasHeadersStrategy=delete")];
    options.extend(characters.map(|(c, allow)| format!("{prefix}.encodedCharacters.allowEncoded{c}={allow}")));
    options
}

/// Waits until both services answer through it, with its certificate checked.
pub fn wait(door: Door, certificate: &Certificate, running: &mut Running, stop: &Stop) -> Result<()> {
    let through = |path| Ok::<_, anyhow::Error>(probe::https(door.https, path, &certificate.authority)? == Some(200));
    let answer = stop.until(Duration::from_secs(30), Duration::from_millis(50), || {
        if let Some(status) = running.ended()? {
            bail!("Traefik ended with {status}:\n    {}", screen::tail(&running.log, 8).join("\n    "));
        }
        Ok((through("/api/auth/ok")? && through(services::CONNECTORS.ready)?).then_some(()))
    })?;
    answer.with_context(|| format!("{} does not answer; see {}", door.url(), running.log.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Traefik prints it, released or built by a distribution.
    #[test]
    fn the_version_is_read() {
        assert_eq!(version("Version:      3.7.15\nCodename:     langres\n"), Some((3, 7)));
        assert_eq!(version("Version:      v2.11.2\n"), Some((2, 11)));
        assert_eq!(version("Version: dev\n"), None);
    }
}
