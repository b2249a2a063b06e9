//! Signals that are there, without a delivery that says so.

use db::signals::{Write, write};
use kernel::{Clock, NewSignal, SignalKind, Subject, TenantId};
use serde_json::{Value, json};
use uuid::Uuid;

pub fn signal(clock: &Clock, kind: SignalKind, name: &str) -> NewSignal {
    let (external_id, title) = (name.to_owned(), Some(name.to_owned()));
    let subject = Subject { kind: "issue".to_owned(), external_id, number: None, title, url: None };
    NewSignal { kind, subject, actor: None, container: None, changes: Vec::new(), occurred_at: clock.now() }
}

/// Writes some in the caller's transaction, as flows do.
pub async fn write_signals(
    transaction: &mut db::PgConnection,
    clock: &Clock,
    tenant: Uuid,
    provider: &str,
    signals: &[NewSignal],
) {
    let of = |signal| Write {
        tenant: TenantId::from_uuid(tenant),
        connection: None,
        provider,
        delivery: None,
        ordinal: 0,
        received_at: clock.now(),
        signal,
        payload: r#"{"said": "so"}"#,
    };
    let writes: Vec<Write<'_>> = signals.iter().map(of).collect();
    write(transaction, &writes).await.unwrap();
}

impl super::Server {
    /// One signal of a tenant, committed.
    pub async fn signal(&self, tenant: Uuid, provider: &str, kind: SignalKind, name: &str) {
        let mut transaction = self.database.pool.begin().await.unwrap();
        let signals = [signal(&self.clock, kind, name)];
        write_signals(&mut transaction, &self.clock, tenant, provider, &signals).await;
        transaction.commit().await.unwrap();
    }

    /// Says what is to be forwarded where; the subscription as it is answered.
    pub async fn subscribed(&self, tenant: Uuid, wish: Value) -> Value {
        let answer = self.operator(tenant).put_json("/subscriptions", &wish).await;
        assert!([200, 201].contains(&answer.status.as_u16()), "{}", answer.text);
        answer.json()
    }

    /// The same with a URL and nothing else.
    pub async fn subscribed_to(&self, tenant: Uuid, url: &str) -> Value {
        self.subscribed(tenant, json!({ "url": url })).await
    }

    pub async fn forward(&self) {
        connectors::workers::forward_signals(&self.app).await.unwrap();
    }
}
