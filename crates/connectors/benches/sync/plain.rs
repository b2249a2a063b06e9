//! The loop that somebody would write.

use crate::vendor::Vendor;
use reqwest::Client;
use serde_json::Value;
use sqlx::PgPool;

pub async fn prepare(pool: &PgPool) {
    let table = "create table plain (id text primary key, data json not null, updated_at timestamptz not null)";
    sqlx::raw_sql(table).execute(pool).await.unwrap();
}

/// Returns how many records it has written.
pub async fn run(pool: &PgPool, vendor: &Vendor, token: &str) -> i32 {
    let client = Client::builder().no_proxy().build().unwrap();
    let (mut next, mut done) = (String::new(), 0);
    loop {
        let url = format!("{}/calendar/v3/calendars/primary/events?maxResults=100&pageToken={next}", vendor.google());
        let answer = client.get(url).bearer_auth(token).send().await.unwrap().error_for_status().unwrap();
        let page: Value = answer.json().await.unwrap();
        for record in page["items"].as_array().unwrap() {
            sqlx::query(
                "insert into plain (id, data, updated_at)
                 values ($1, $2::json, now())
                 on conflict (id) do update
                 set data = excluded.data,
                     updated_at = excluded.updated_at",
            )
            .bind(record["id"].as_str().unwrap())
            .bind(record.to_string())
            .execute(pool)
            .await
            .unwrap();
            done += 1;
        }
        let Some(following) = page["nextPageToken"].as_str() else { return done };
        following.clone_into(&mut next);
    }
}
