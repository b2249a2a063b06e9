//! Taking webhooks while others wait to be read, as after an outage: the process is a fresh one, and reads them at the same time.

use crate::{
    bodies::{Bodies, Size},
    curve::{Curve, figure},
    deliveries, large,
    load::{quantile, round},
    memory, queue,
    receiver::{self, SMALL_SECRET},
    send::request,
    turns::CLIENTS,
};
use reqwest::Client;
use std::time::Duration;

const ROUND: Duration = Duration::from_secs(10);

pub async fn measure(sizes: &[i64]) -> Curve {
    let mut curve = Curve::of("deliveries waiting to be read at the beginning");
    for size in sizes {
        let (database, bodies) = (large::database().await, Bodies::read());
        let tenant = receiver::tenant(&database).await;
        deliveries::partitions(&database.pool).await;
        deliveries::fill(&database.pool, tenant, *size, &bodies).await;
        // As the server would do by itself soon, which is then in nobody's way.
        for statement in ["vacuum deliveries", "vacuum delivery_queue"] {
            sqlx::query(statement).execute(&database.pool).await.unwrap();
        }
        let service = receiver::service(&database).await;
        let url = format!("{}/webhooks/slack/{tenant}", service.origin);
        let client = Client::builder().no_proxy().build().unwrap();
        let mut done = round(CLIENTS, ROUND, Duration::ZERO, async || {
            let made = bodies.next(Size::Small);
            let answer = request(&client, &url, SMALL_SECRET, Size::Small, made).send().await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.status());
            1
        })
        .await;
        let memory = memory::memory(service.id());
        let left = queue::waiting(&database.pool).await;
        let (taken, seconds) = (i64::try_from(done.done).unwrap(), done.elapsed.as_secs_f64());
        let [p50, p99] = [500, 990].map(|per_mille| quantile(&mut done.latencies, per_mille));
        curve.add(
            *size,
            &[
                ("taken a second", figure(taken) / seconds),
                ("p50 ms", p50),
                ("p99 ms", p99),
                ("memory MB", memory),
                ("read a second", figure(size + taken - left) / seconds),
                ("left at the end", figure(left)),
            ],
        );
    }
    curve
}
