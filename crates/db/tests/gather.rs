//! Questions that are asked together.

use db::{Error, Gather, PgConnection, PgPool, Question, Steady};
use futures_util::future::join_all;
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::Database;

/// What a hundred is when divided by this.
#[derive(Debug, Clone, Copy)]
struct Share(i32);

static STATEMENTS: AtomicUsize = AtomicUsize::new(0);

impl Question for Share {
    type Answer = i32;

    async fn answer(connection: &mut PgConnection, questions: &[Self]) -> Result<Vec<i32>, Error> {
        STATEMENTS.fetch_add(1, Ordering::Relaxed);
        let parts: Vec<i32> = questions.iter().map(|one| one.0).collect();
        let shares = "select 100 / part from unnest($1::int4[]) with ordinality as asked (part, place) order by place";
        sqlx::query_scalar(shares).bind(parts).fetch_all(connection).await
    }
}

fn gather(pool: &PgPool) -> Gather<Share> {
    Gather::open(&Steady::beside(pool, 4, false))
}

/// Everybody gets the answer to what they asked, in fewer statements than there are questions.
#[tokio::test]
async fn everybody_gets_their_own_answer() {
    let database = Database::empty().await;
    let gather = gather(&database.pool);
    let before = STATEMENTS.load(Ordering::Relaxed);
    let all = join_all((1..=500).map(|part| gather.ask(Share(part)))).await;
    for (answer, part) in all.into_iter().zip(1..) {
        assert_eq!(answer.unwrap(), 100 / part);
    }
    assert!(STATEMENTS.load(Ordering::Relaxed) - before < 50);
}

/// A question that fails, fails for whoever asked it and for nobody else.
#[tokio::test]
async fn a_failure_is_of_one_who_asked() {
    let database = Database::empty().await;
    let gather = gather(&database.pool);
    let all = join_all((0..40).map(|number| gather.ask(Share(number % 4)))).await;
    for (answer, number) in all.into_iter().zip(0..) {
        match number % 4 {
            0 => assert!(answer.unwrap_err().as_database_error().is_some()),
            part => assert_eq!(answer.unwrap(), 100 / part),
        }
    }
}

/// With the pool closed nobody waits for an answer.
#[tokio::test]
async fn nobody_is_asked_after_the_end() {
    let database = Database::empty().await;
    let gather = gather(&database.pool);
    database.pool.close().await;
    assert!(matches!(gather.ask(Share(1)).await, Err(Error::PoolClosed)));
}
