//! Providers that need no code: OAuth2, API keys and basic authentication as data.
//!
//! The built-in file is `catalog.toml`; an operator's own has the same form. Three things libraries have different
//! defaults for are therefore said by every entry:
//!
//! - `pkce = "s256"` also where nobody has proved that the vendor looks at the challenge: a server must ignore
//!   parameters it does not know (RFC 6749 3.1 and 3.2), and if it does look, a stolen code is worthless. `"off"` is for
//!   vendors whose clients leave it out on purpose.
//! - `client_auth = "body"` also where both ways work or nothing is known: with Basic, servers disagree on whether id and
//!   secret are form-encoded first (RFC 6749 2.3.1), in the body there is one encoding. `"none"` is a public client.
//! - `refresh = "kept"` also where little is known: a new refresh token replaces the old one whenever there is one, so the
//!   word is wrong only about what to expect. `"replaced"` is for vendors that end the old one; `"never"` for those that
//!   give none.
//!
//! `verified` says that two independent sources agree on authorize and token address. An account or revocation address
//! that no source uses stands in no entry: a token would travel to it.
//!
//! With a base URL B in place of the vendor, `https://HOST/PATH` becomes `B/HOST/PATH`, so that one server can play all
//! hosts of an entry.

mod ask;
mod check;
mod declared;
mod entry;
mod file;
mod pushes;
mod raw;
mod template;
mod token_answer;

pub use declared::{provider, providers};
pub use entry::{AccountCall, AccountMethod, Entry, Kind, OAuth2, Revoke, RevokeHow, Separator};
pub use file::{Catalogue, Fault, Faults, read, with_own};
pub use pushes::{Meaning, Place, Pushes};
pub use template::{Form, Template, TemplateError, Variable};

use std::{collections::BTreeSet, sync::LazyLock};

/// The built-in catalogue. A test proves that it has no faults.
pub fn built_in() -> Result<&'static Catalogue, &'static Faults> {
    static READ: LazyLock<Result<Catalogue, Faults>> =
        LazyLock::new(|| read("catalog.toml", include_str!("../../catalog.toml"), &BTreeSet::new()));
    READ.as_ref()
}
