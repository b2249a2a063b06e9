//! `connectors rotate-keys`: everything sealed is put under the first of ENCRYPTION_KEYS.

use connectors::rotate_keys;
use std::{
    io::{Write, stdout},
    process::ExitCode,
};
use vault::Keyring;

/// What the command ends with when rows had to be left under other keys.
const INCOMPLETE: u8 = 3;

/// A line a batch, and the report at the end.
pub async fn run(pool: &db::PgPool, vault: &Keyring) -> anyhow::Result<ExitCode> {
    let report = rotate_keys::rotate(pool, vault, &mut |progress| {
        // For whoever watches; that they have gone is no reason to stop.
        let _seen = writeln!(stdout(), "{progress}");
    })
    .await?;
    let _seen = write!(stdout(), "{report}");
    Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
}
