//! The request that is being answered: who writes a line in the audit log need not know of it, and cannot forget it.

use std::{net::IpAddr, sync::Arc};

/// Where a line comes from.
#[derive(Debug, Clone)]
pub struct Cause {
    /// As logs and problems name it.
    pub request: Option<Arc<str>>,
    pub address: Option<IpAddr>,
}

tokio::task_local! {
    static CAUSE: Cause;
}

/// Answers a request. Lines that are written on the way name it; work that goes on beside the request does not.
pub async fn caused_by<T>(cause: Cause, answering: impl Future<Output = T>) -> T {
    CAUSE.scope(cause, answering).await
}

/// The request that is being answered here. `None` for workers and commands.
pub(super) fn cause() -> Option<Cause> {
    CAUSE.try_with(Clone::clone).ok()
}
