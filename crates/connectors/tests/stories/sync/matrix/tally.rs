//! What is written, counted by the database itself: by triggers, in the transaction that writes.

use crate::support::Server;
use std::collections::BTreeMap;

const TRIGGERS: &str = "
    create table tally (what text not null);
    create function tally() returns trigger language plpgsql as $$
        begin
            insert into tally values (tg_argv[0]);
            return null;
        end
    $$;
    create trigger tally after insert or update or delete on records
        for each row execute function tally('records');
    create trigger tally after insert or update or delete on signals
        for each row execute function tally('signals');
    create trigger tally after update on streams
        for each row when (new.claimed_by is distinct from old.claimed_by and new.claimed_by is not null)
        execute function tally('runs');
";

pub async fn begin(server: &Server) {
    sqlx::raw_sql(TRIGGERS).execute(&server.database.pool).await.unwrap();
}

/// Rows since the last time.
#[derive(Debug, PartialEq, Eq)]
pub struct Written {
    pub records: usize,
    pub signals: usize,
    pub runs: usize,
}

pub async fn take(server: &Server) -> Written {
    let counted: Vec<(String, i64)> = sqlx::query_as(
        "with taken as (delete from tally returning what) select what, count(*) from taken group by what",
    )
    .fetch_all(&server.database.pool)
    .await
    .unwrap();
    let mut counted: BTreeMap<String, i64> = counted.into_iter().collect();
    let mut of = |what: &str| usize::try_from(counted.remove(what).unwrap_or_default()).unwrap();
    Written { records: of("records"), signals: of("signals"), runs: of("runs") }
}
