//! A database that goes away is told apart from a question that was wrong.

use testkit::Database;

/// As when the server is stopped in the middle of a query, and when nobody listens.
#[tokio::test]
async fn a_database_that_goes_away_says_nothing_about_the_question() {
    let database = Database::fresh().await;
    let mut lost = database.pool.acquire().await.unwrap();
    let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *lost).await.unwrap();
    // The backend reads that it has to go at its next statement at the latest.
    sqlx::query("select pg_terminate_backend($1)").bind(backend).execute(&database.pool).await.unwrap();
    let error = sqlx::query("select pg_sleep(60)").execute(&mut *lost).await.unwrap_err();
    assert!(db::is_away(&error), "{error:?}");

    let nobody = db::connect("postgres://nobody:none@127.0.0.1:9/none", 1).unwrap();
    let error = sqlx::query("select 1").execute(&nobody).await.unwrap_err();
    assert!(db::is_away(&error), "{error:?}");

    let wrong = sqlx::query("select 1 / 0").execute(&database.pool).await.unwrap_err();
    assert!(!db::is_away(&wrong), "{wrong:?}");
}
