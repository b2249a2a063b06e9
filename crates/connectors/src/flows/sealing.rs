//! What a sealed value of this service is bound to. Whoever seals something names its place here, and what has a place is
//! re-sealed when the key changes.

use db::reseal::Place;
use vault::Context;

/// `row`: the row's full key, the tenant included, as text.
pub fn context(place: Place, row: impl Into<String>) -> Context {
    let field = match place {
        Place::Grants | Place::Pending | Place::ProviderConfigs => "sealed",
        Place::States => "verifier",
        Place::Jobs => "revoke",
        Place::Hooks | Place::Subscriptions => "secret",
        Place::AuditKeys => "key",
    };
    Context::new(place.table(), row, field)
}
