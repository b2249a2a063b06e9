//! The end of a connection, here and at the vendor.

use super::{connect::Connection, http::send, narrate::Seen, person::Person, scene::Scene, vend};
use anyhow::{Result, ensure};
use reqwest::Method;

/// `token`: one that the vendor has taken until now.
pub async fn disconnect(scene: &Scene, person: &Person, connection: &Connection, token: &str) -> Result<Seen<()>> {
    let vendor = connection.vendor;
    vendor.takes(scene, token).await?;
    let request = person.ask(scene, Method::DELETE, &format!("/connections/{}", connection.id));
    let at_provider = send(request).await?.expect(200)?.field("/at_provider")?;
    ensure!(at_provider == "revoked", "at the vendor it is {at_provider}");
    vendor.ask(scene, token).await?.expect(401)?;
    Ok((format!("revoked at the vendor too, which answers 401 to the last token of {}", vendor.slug()), ()))
}

pub async fn nothing_is_vended(scene: &Scene, person: &Person, both: [&Connection; 2]) -> Result<Seen<()>> {
    for connection in both {
        let answer = send(vend::request(scene, person, connection)).await?;
        answer.expect_problem(409, "RECONNECT_REQUIRED")?;
    }
    Ok(("409 RECONNECT_REQUIRED for both".to_owned(), ()))
}
