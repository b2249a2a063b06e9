//! `connectors tokens create|list|revoke`: operator tokens that may do only what they are for.

use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};
use connectors::{
    operator_tokens::{self, Wish},
    rights::{Action, Allowed, Rights},
};
use db::{PgPool, operator_tokens::Stored};
use kernel::{Clock, TenantId};
use std::{collections::BTreeSet, fmt::Write};
use uuid::Uuid;

#[derive(Subcommand)]
pub enum Tokens {
    /// Make a token and print it, once. What is not narrowed is allowed.
    Create(Create),
    /// Print all tokens with their rights and last use, never the tokens themselves.
    List,
    /// End a token at once, at every replica.
    Revoke {
        /// As `list` shows it
        id: Uuid,
    },
}

#[derive(Args)]
pub struct Create {
    /// What the token is for, for people
    #[arg(long)]
    label: String,
    /// Only for this tenant; may be repeated
    #[arg(long = "tenant", value_name = "UUID")]
    tenants: Vec<TenantId>,
    /// Only for this provider; may be repeated
    #[arg(long = "provider", value_name = "SLUG")]
    providers: Vec<String>,
    /// Only for this action (connect, read, refresh, sync, vend, proxy, disconnect, configure, tenants, replay, subscribe,
    /// audit, export, erase, examine); may be repeated
    #[arg(long = "action", value_name = "NAME")]
    actions: Vec<Action>,
    /// When the token ends
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(i64).range(1..=3650))]
    expires_in_days: i64,
}

/// Does it, and says on stdout what was done.
pub async fn run(
    command: Tokens,
    pool: &PgPool,
    clock: &Clock,
    is_provider: impl Fn(&str) -> bool,
) -> anyhow::Result<()> {
    match command {
        Tokens::Create(asked) => {
            let wish = Wish {
                label: asked.label,
                rights: Rights {
                    tenants: narrowed(asked.tenants),
                    providers: narrowed(asked.providers),
                    actions: match asked.actions.as_slice() {
                        [] => BTreeSet::from(Action::ALL),
                        some => some.iter().copied().collect(),
                    },
                },
                lifetime: TimeDelta::days(asked.expires_in_days),
            };
            let created = operator_tokens::create(pool, clock, &wish, is_provider).await?;
            println!("{}", created.token.expose());
            eprintln!(
                "This is shown once. Id {}, in the audit log operator:{}, ends {}.",
                created.id, created.fingerprint, created.expires_at
            );
        }
        Tokens::List => {
            let tokens = db::operator_tokens::all(pool).await?;
            print!("{}", table(&tokens, clock.now()));
        }
        Tokens::Revoke { id } => {
            operator_tokens::revoke(pool, clock, id).await?;
            println!("{id} is revoked.");
        }
    }
    Ok(())
}

fn narrowed<T: Ord>(some: Vec<T>) -> Allowed<T> {
    if some.is_empty() { Allowed::All } else { Allowed::Only(some.into_iter().collect()) }
}

/// A paragraph a token.
fn table(tokens: &[Stored], now: DateTime<Utc>) -> String {
    let mut text = String::new();
    for token in tokens {
        let state = match token.revoked_at {
            Some(at) => format!("revoked {at}"),
            None if token.expires_at <= now => format!("ended {}", token.expires_at),
            None => format!("live, ends {}", token.expires_at),
        };
        let tenants = token.tenants.as_ref().map(|some| some.iter().map(Uuid::to_string).collect::<Vec<_>>());
        let last_used = token.last_used_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
        let lines = [
            format!("{} {} ({state})", token.id, token.label),
            format!("  audit      operator:{}", connectors::config::Operator::fingerprint_of(&token.token_hash)),
            format!("  actions    {}", token.actions.join(", ")),
            format!("  providers  {}", token.providers.as_ref().map_or("all".to_owned(), |some| some.join(", "))),
            format!("  tenants    {}", tenants.map_or("all".to_owned(), |some| some.join(", "))),
            format!("  created    {}, last used {last_used}", token.created_at),
        ];
        // Writing to a text does not fail.
        let _written = writeln!(text, "{}", lines.join("\n"));
    }
    text
}
