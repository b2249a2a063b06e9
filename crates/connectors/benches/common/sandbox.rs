//! The sandbox as the vendor, which sends people back to the service.

use sandbox::{Config, ConnectApp, ConnectApps, GithubConfig, LinearConfig, Running, SignInApps};

pub const GOOGLE_CLIENT_ID: &str = "google-bench.apps.googleusercontent.com";
pub const GOOGLE_CLIENT_SECRET: &str = "google-client-secret-of-the-benchmark";
pub const LINEAR_CLIENT_ID: &str = "lin-bench";
pub const LINEAR_CLIENT_SECRET: &str = "linear-client-secret-of-the-benchmark";

pub async fn start(callback_origin: &str) -> Running {
    let back = |name: &str| vec![format!("{callback_origin}/oauth/{name}/callback")];
    sandbox::spawn(Config {
        port: 0,
        github: GithubConfig {
            client_id: "gh-bench".to_owned(),
            client_secret: "github-client-secret-of-the-benchmark".into(),
            webhook_secret: "github-webhook-secret-of-the-benchmark".into(),
            redirect_uris: back("github"),
            app: None,
        },
        linear: LinearConfig {
            client_id: LINEAR_CLIENT_ID.to_owned(),
            client_secret: LINEAR_CLIENT_SECRET.into(),
            webhook_secret: "linear-webhook-secret-of-the-benchmark".into(),
            redirect_uris: back("linear"),
        },
        connect: ConnectApps {
            google: Some(ConnectApp {
                client_id: GOOGLE_CLIENT_ID.to_owned(),
                client_secret: GOOGLE_CLIENT_SECRET.into(),
                redirect_uris: back("google"),
            }),
            ..ConnectApps::default()
        },
        sign_in: SignInApps::default(),
        smtp_port: None,
        webhook_base: None,
        webhook_ca_pem_path: None,
        state_file: None,
    })
    .await
    .unwrap()
}
