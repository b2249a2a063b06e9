//! Fourteen bad days at seven vendors, at each of the four moments when a vendor is asked something. Every cell ends in its
//! class: tried again, the person has to come again, or refused; the refresh token is kept unless it is truly dead; and no
//! answer and no log line holds a secret (every answer is searched where it arrives, the log and the database at the end).

use crate::support::Server;
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

/// A bad day: its name here, the sandbox's word, and what else the sandbox is told.
type Fault = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const FAULTS: [Fault; 13] = [
    ("500", "status_500", &[]),
    ("502 with a page", "status_502_html", &[]),
    ("429 with seconds", "status_429", &[("retry_after_seconds", "3")]),
    ("429 with a date", "status_429", &[("retry_after_seconds", "3"), ("retry_after_as", "\"date\"")]),
    ("429 without a time", "status_429", &[]),
    ("no answer", "hang", &[]),
    ("a reset", "reset", &[]),
    ("cut off", "truncated_json", &[]),
    ("another type", "json_array", &[]),
    ("20 MB", "body_20mb", &[]),
    ("a slow body", "slow_body", &[]),
    ("200 with an error", "error_200", &[]),
    ("led elsewhere", "redirect", &[]),
];

/// What the caller is told when a vendor does not do what it should, in the exchange and in asking who it is. Nothing is
/// stored then.
fn told(fault: &str) -> &'static [(u16, &'static str)] {
    match fault {
        "429 with seconds" | "429 with a date" | "429 without a time" => &[(503, "PROVIDER_RATE_LIMITED")],
        // What an error in a 200 means is the vendor's word; elsewhere is no answer, or one that cannot be read.
        "200 with an error" | "led elsewhere" => &[
            (400, "CODE_REFUSED"),
            (409, "RECONNECT_REQUIRED"),
            (502, "PROVIDER_UNAVAILABLE"),
            (503, "PROVIDER_RATE_LIMITED"),
        ],
        _ => &[(502, "PROVIDER_UNAVAILABLE")],
    }
}

/// One vendor of the matrix.
struct Row {
    provider: &'static str,
    vendor: &'static str,
    /// Longer than its access tokens live.
    life: TimeDelta,
    /// Whether there is a way to end a grant from here.
    revokes: bool,
}

impl Row {
    async fn fault(&self, server: &Server, on: &str, (_, kind, more): Fault) {
        let mut fault = json!({"on": on, "kind": kind, "times": 1});
        for (name, value) in more {
            fault[*name] = serde_json::from_str(value).unwrap();
        }
        server.sandbox.control(&format!("{}/faults", self.vendor), fault).await;
    }

    async fn clear(&self, server: &Server) {
        server.sandbox.delete_control(&format!("{}/faults", self.vendor)).await;
    }

    /// A connect in which the vendor has a bad day: what the operator is told.
    async fn connect(&self, server: &Server, tenant: Uuid) -> (u16, String) {
        let operator = server.operator(tenant);
        let started = operator.post_nothing(&format!("/connect/{}", self.provider)).await.with(201);
        let back = server.sandbox.approve(started["authorize_url"].as_str().unwrap(), "ann").await;
        let answer = operator.get(&format!("/connect/{}/callback?{}", self.provider, back.query().unwrap())).await;
        answer.problem()
    }

    async fn exchange_and_identify(&self, server: &Server) {
        let tenant = server.tenant().await;
        for on in ["exchange", "api"] {
            for fault in FAULTS {
                self.fault(server, on, fault).await;
                let (status, code) = self.connect(server, tenant).await;
                let name = fault.0;
                assert!(
                    told(name).contains(&(status, code.as_str())),
                    "{} {on} {name}: {status} {code}",
                    self.provider
                );
                self.clear(server).await;
            }
        }
        for table in ["connections", "grants", "pending_connections"] {
            assert_eq!(server.database.count(table).await, 0, "{} {table}", self.provider);
        }
        let elsewhere = server.sandbox.state().await[self.vendor]["redirects_followed"].as_u64().unwrap();
        assert_eq!(elsewhere, 0, "{} was followed elsewhere", self.provider);
    }

    /// A token is asked for when the old one is over: at once, or when the vendor is well again, there is one; the person is
    /// not asked to come.
    async fn refresh(&self, server: &Server) {
        let tenant = server.tenant().await;
        let connection = server.connected(tenant, self.provider, "ann").await;
        for fault in FAULTS {
            server.advance(self.life).await;
            self.fault(server, "refresh", fault).await;
            let answer = server.vend_answer(tenant, &connection).await;
            let (name, provider) = (fault.0, self.provider);
            if answer.status != 200 {
                let (status, code) = answer.problem();
                assert!(
                    [(502, "PROVIDER_UNAVAILABLE"), (503, "PROVIDER_RATE_LIMITED")].contains(&(status, code.as_str())),
                    "{provider} refresh {name}: {status} {code}"
                );
                let health = server.connection(tenant, &connection["id"]).await["health"].clone();
                assert_eq!(health["status"], "degraded", "{provider} refresh {name}");
            }
            self.clear(server).await;
            // Past whatever pause the vendor or we have asked for.
            server.advance(TimeDelta::minutes(11)).await;
            let healed = server.vend(tenant, &connection).await;
            let token = healed["access_token"].as_str().unwrap();
            assert!(server.sandbox.accepts(provider, token).await, "{provider} refresh {name}");
            let health = server.connection(tenant, &connection["id"]).await["health"].clone();
            assert_eq!(health["status"], "active", "{provider} refresh {name}");
        }
    }

    /// For us it is over at once; the vendor is asked again until it has done it.
    async fn revoke(&self, server: &Server) {
        let tenant = server.tenant().await;
        for (n, fault) in FAULTS.into_iter().enumerate() {
            let (name, provider) = (fault.0, self.provider);
            let connection = server.connected(tenant, provider, &format!("person-{n}")).await;
            let token = server.vend(tenant, &connection).await["access_token"].as_str().unwrap().to_owned();
            self.fault(server, "revoke", fault).await;
            let path = format!("/connections/{}", connection["id"].as_str().unwrap());
            let ended = server.operator(tenant).delete(&path).await.with(200);
            let at_provider = ended["at_provider"].as_str().unwrap();
            if !self.revokes {
                assert_eq!(at_provider, "not_offered", "{provider} revoke {name}");
                self.clear(server).await;
                continue;
            }
            assert!(["revoked", "pending"].contains(&at_provider), "{provider} revoke {name}: {at_provider}");
            self.clear(server).await;
            server.advance(TimeDelta::minutes(2)).await;
            connectors::workers::run_jobs(&server.app).await.unwrap();
            assert!(!server.sandbox.accepts(provider, &token).await, "{provider} revoke {name}");
        }
        assert_eq!(server.database.count("jobs").await, 0, "{}", self.provider);
    }

    /// The fourteenth: a vendor that ends the whole grant when it sees a used refresh token never sees one from us.
    async fn no_reuse(&self, server: &Server) {
        let settings = json!({"revoke_family_on_reuse": true});
        server.sandbox.control(&format!("{}/settings", self.vendor), settings).await;
        let tenant = server.tenant().await;
        let connection = server.connected(tenant, self.provider, "eve").await;
        for _ in 0..3 {
            server.advance(self.life).await;
            let vended = futures_util::future::join_all((0..8).map(|_| server.vend(tenant, &connection))).await;
            let tokens: Vec<&Value> = vended.iter().map(|one| &one["access_token"]).collect();
            assert!(tokens.windows(2).all(|pair| pair[0] == pair[1]), "{}", self.provider);
            assert!(server.sandbox.accepts(self.provider, tokens[0].as_str().unwrap()).await, "{}", self.provider);
        }
        let path = format!("/connections/{}", connection["id"].as_str().unwrap());
        let ended = server.operator(tenant).delete(&path).await.with(200)["at_provider"].clone();
        assert_eq!(ended, if self.revokes { "revoked" } else { "not_offered" }, "{}", self.provider);
    }

    async fn whole(self) {
        // A vendor that does not answer is given up after a second here.
        let server = Server::with(&[("VENDOR_PATIENCE_SECONDS", "1")]).await;
        // Without rotation one vendor's tokens never end, and there is nothing to renew.
        if self.provider == "slack" {
            server.sandbox.control("slack/settings", json!({"rotation": true})).await;
        }
        self.exchange_and_identify(&server).await;
        self.refresh(&server).await;
        self.revoke(&server).await;
        self.no_reuse(&server).await;
    }
}

macro_rules! rows {
    ($($name:ident: $vendor:literal, $hours:literal, $revokes:literal;)+) => {
        $(
            /// Every cell of this vendor.
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let life = TimeDelta::hours($hours);
                Row { provider: stringify!($name), vendor: $vendor, life, revokes: $revokes }.whole().await;
            }
        )+
    };
}

rows! {
    github: "github", 9, true;
    google: "google", 2, true;
    jira: "atlassian", 2, false;
    linear: "linear", 25, true;
    slack: "slack", 13, true;
    spotify: "spotify", 2, false;
    zoho: "zoho", 2, true;
}
