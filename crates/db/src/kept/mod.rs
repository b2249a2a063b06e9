//! What is kept of a tenant and of the people in it, table by table: how it is handed out and how it goes. A table that knows a
//! tenant or a person and is not here fails a test.

mod erase;
mod export;
mod tables;

pub use erase::{
    delete, delete_of_the_app, forget_in_other_tenants, forget_last, is_left, is_revoking, people_elsewhere,
};
pub use export::{Row, page};
pub use tables::{BESIDE, TABLES};

/// One table.
pub struct Kept {
    pub table: &'static str,
    pub export: Export,
    pub erase: Erase,
}

/// How rows are handed out.
pub enum Export {
    Rows(Rows),
    /// They are not, and why.
    No(&'static str),
}

/// Rows as they are stored, a page at a time, without what is secret.
pub struct Rows {
    /// The rest of the primary key behind the tenant, with its types: pages follow its index.
    pub key: &'static [(&'static str, &'static str)],
    /// Columns that stay here: what is sealed, and digests of secrets.
    pub without: &'static [&'static str],
    /// Rows that are held at once, so that they fit into memory however large one is.
    pub page: i64,
}

/// How rows go.
pub enum Erase {
    /// In pieces, in the order of the list.
    Delete,
    /// Otherwise, and how.
    Apart(&'static str),
}
