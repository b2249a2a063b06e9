//! What benchmarks with very many rows need.

use std::mem::ManuallyDrop;
use testkit::Database;

/// Looking through so many rows for what must not be there, as tests do when they drop theirs, would take longer than the rest; the
/// whole server is thrown away.
pub async fn database() -> ManuallyDrop<Database> {
    ManuallyDrop::new(Database::fresh().await)
}
