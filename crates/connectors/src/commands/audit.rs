//! `connectors audit verify`: does the audit log say what was written?

use clap::Subcommand;
use connectors::audit::{Anchor, verify};
use kernel::TenantId;
use std::{
    io::{Write, stdout},
    process::ExitCode,
};
use vault::Keyring;

/// What the command ends with when a chain is broken.
const BROKEN: u8 = 3;

#[derive(Subcommand)]
pub enum Audit {
    /// Check the chain of every tenant's lines, while the service runs, and print where each ends.
    ///
    /// Ends with status 3 if one is broken, and says where first. What it prints, kept elsewhere and brought back with --anchor,
    /// finds out whoever puts an older state of the whole database back. The nil UUID stands for lines that belong to no tenant.
    Verify {
        /// Only of this tenant
        #[arg(long, value_name = "UUID")]
        tenant: Option<TenantId>,
        /// The end of a chain as it was printed before: its line must still be there; may be repeated
        #[arg(long = "anchor", value_name = "TENANT:SEQ:HASH")]
        anchors: Vec<Anchor>,
    },
}

/// A line a tenant.
pub async fn run(
    Audit::Verify { tenant, anchors }: Audit,
    pool: &db::PgPool,
    vault: &Keyring,
) -> anyhow::Result<ExitCode> {
    let broken = verify(pool, vault, tenant, &anchors, &mut |verdict| {
        // For whoever watches; that they have gone does not mend a chain.
        let _seen = writeln!(stdout(), "{verdict}");
    })
    .await?;
    if broken == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("connectors: the audit log of {broken} tenants is broken");
    Ok(ExitCode::from(BROKEN))
}
