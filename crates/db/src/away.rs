//! Whether a failure says that the database is away, or something about the question.

use sqlx::Error;

/// True where the tables are not there: the migrations have not run, or are running.
pub fn is_unmigrated(error: &Error) -> bool {
    matches!(error, Error::Database(told) if told.code().as_deref() == Some("42P01"))
}

/// True where the same question, asked later, can be answered: nobody listens, nobody answers in time, or the server says that it
/// is going down, coming up (class 57P), not to be reached (08), has no room (53), has taken too long (57014), or takes no writes
/// (25006), as a server that another one is about to replace, or one whose disk is full.
pub fn is_away(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => true,
        // Something in front of Postgres has taken the connection and closed it: nobody is behind it.
        Error::Protocol(told) => told.contains("SSLRequest"),
        Error::Database(told) => told
            .code()
            .is_some_and(|code| ["57P", "08", "53", "57014", "25006"].iter().any(|class| code.starts_with(class))),
        _ => false,
    }
}
