//! The statements that answers cannot do without, prepared, with nothing round them.

use chrono::{DateTime, Utc};
use sqlx::{PgPool, Row, postgres::PgRow};
use uuid::Uuid;

#[derive(Clone, Copy)]
pub enum Read {
    /// A session by its token's digest, with its person.
    Session,
    /// A person's connections.
    Connections,
    /// One of them with what is sealed.
    Grant,
    /// Fifty signals, and one more.
    Page,
}

pub struct Reads {
    pool: PgPool,
    digests: Vec<Vec<u8>>,
    people: Vec<Uuid>,
    pages: Vec<(Uuid, DateTime<Utc>, Uuid)>,
}

impl Reads {
    /// Of these people and tenants; `pool` is of the services' database.
    pub async fn new(pool: PgPool, people: Vec<Uuid>, tenants: &[Uuid]) -> Self {
        let digests = sqlx::query_scalar("select token_hash from sessions where user_id = any($1)");
        let digests = digests.bind(&people).fetch_all(&pool).await.unwrap();
        let ends = sqlx::query(
            "select tenant_id, occurred_at, id
             from unnest($1::uuid[]) as tenant,
                  lateral (
                    select tenant_id, occurred_at, id, row_number() over (order by occurred_at desc, id desc) as number
                    from signals where tenant_id = tenant order by occurred_at desc, id desc limit 500) newest
             where number % 50 = 0",
        );
        let ends: Vec<PgRow> = ends.bind(tenants).fetch_all(&pool).await.unwrap();
        let pages = ends.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
        Self { pool, digests, people, pages }
    }

    /// The `number`th time: each time something else is read.
    pub async fn once(&self, read: Read, number: usize) {
        let person = self.people[number % self.people.len()];
        let query = match read {
            Read::Session => sqlx::query(
                "select s.id, s.expires_at, s.remember, s.ip_address, s.user_agent, s.created_at, s.updated_at, u.id, u.name, u.email,
                        u.email_verified, u.image, u.created_at, u.updated_at
                 from sessions s
                 join users u on u.id = s.user_id
                 where s.token_hash = $1",
            )
            .bind(&self.digests[number % self.digests.len()]),
            Read::Connections => sqlx::query(
                "select * from connections
                 where tenant_id = $1 and status <> 'revoked' order by created_at desc, id desc limit 51",
            )
            .bind(person),
            Read::Grant => sqlx::query(
                "select c.*, g.sealed, g.expires_at, g.version
                 from connections c
                 join grants g on g.tenant_id = c.tenant_id and g.connection_id = c.id
                 where c.tenant_id = $1 and c.provider = 'github'",
            )
            .bind(person),
            Read::Page => {
                let (tenant, at, id) = self.pages[number % self.pages.len()];
                let page = sqlx::query(
                    "select id, connection_id, provider, kind, subject, actor, container, changes, occurred_at, received_at,
                            delivery_id, payload
                     from signals
                     where tenant_id = $1 and occurred_at <= $2 and (occurred_at, id) < ($2, $3)
                     order by occurred_at desc, id desc limit 51",
                );
                page.bind(tenant).bind(at).bind(id)
            }
        };
        let rows = query.fetch_all(&self.pool).await.unwrap();
        assert!(!rows.is_empty(), "nothing was read");
    }
}
