//! What parameters may be, where a type of Rust does not say it.

use crate::http::tenant::connections::STATUSES;
use db::deliveries::EventState;
use kernel::{GrantRole, PageSize, SignalKind};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, RefOr, Required, SchemaFormat,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{Schema, Type},
    },
};

/// Of a provider's name, in letters, as the catalogue has it.
const LONGEST_SLUG: usize = 64;
/// Of a cursor, in bytes; ours are shorter.
const LONGEST_CURSOR: usize = 1024;

macro_rules! schemas {
    ($($(#[$about:meta])* $name:ident: $schema:expr;)+) => {$(
        $(#[$about])*
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                RefOr::T(Schema::Object($schema.build()))
            }
        }

        impl ToSchema for $name {}
    )+};
}

schemas! {
    /// A provider's name.
    Slug: text().pattern(Some("^[a-z][a-z0-9]*(-[a-z0-9]+)*$")).max_length(Some(LONGEST_SLUG));
    Id: formatted(KnownFormat::Uuid);
    Moment: formatted(KnownFormat::DateTime);
    YesOrNo: ObjectBuilder::new().schema_type(Type::Boolean);
    /// The size of a page.
    Limit: number().minimum(Some(1)).maximum(Some(PageSize::MAX)).default(Some(PageSize::DEFAULT.get().into()));
    Cursor: text().min_length(Some(1)).max_length(Some(LONGEST_CURSOR));
    /// A place in a feed.
    Position: number().format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64))).minimum(Some(0));
    /// The states of a connection.
    StatusWord: one_of(STATUSES);
    /// What became of a delivery.
    EventStateWord: one_of(EventState::ALL.map(EventState::word));
    SignalKindWord: one_of(SignalKind::ALL.iter().map(|kind| kind.word()));
    /// Which of a connection's grants.
    GrantWord: one_of(GrantRole::ALL.map(GrantRole::word));
    /// Whose deliveries.
    ScopeWord: one_of(["app"]);
    /// What a timeline tells beside the changes.
    Included: text().pattern(Some("^(vends|signals)(,(vends|signals))*$"));
    /// What a connection is of.
    ConnectionKindWord: one_of(["account", "installation"]);
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn number() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer)
}

fn one_of(words: impl IntoIterator<Item = &'static str>) -> ObjectBuilder {
    text().enum_values(Some(words))
}

fn formatted(format: KnownFormat) -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(format)))
}

/// The part of a path that names a provider.
pub struct OfProvider;

impl IntoParams for OfProvider {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let about = "The provider's slug, as `GET /providers` has it.";
        let parameter = ParameterBuilder::new().name("provider").parameter_in(ParameterIn::Path);
        vec![parameter.required(Required::True).description(Some(about)).schema(Some(Slug::schema())).build()]
    }
}
