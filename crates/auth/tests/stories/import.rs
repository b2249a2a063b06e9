//! An installation of Better Auth moves here.

use crate::{
    better_auth::{self, BetterAuth},
    service::{Service, problem},
};
use auth::{AccountToken, AccountTokens, Counts, Mode, Reason, Report, Target, import};
use kernel::Secret;
use serde_json::{Value, json};
use sqlx::Row;
use vault::Sealed;

const ADA: &str = "nS0hUaQ5mJt7wXk2VbY9cLd4Rf6Tg8Pz";
const GRACE: &str = "0190f3c0-0000-7000-8000-00000000000a";
/// Of "password1234".
const SCRYPT: &str = "d5ef69980c9aa7e938dfb7da440d78e8:0ae8d154f5a637702f90df31a8f42b73acb421fe9b73691dc0a9d9eb68a01be6aad7b\
                      178380557cab1503f044ff95495f915b6f6d4226b31d7054c9dd01817dc";
/// The token of the recorded cookie.
const TOKEN: &str = "abcdefghijklmnopqrstuvwxyzABCDEF";
const COOKIE: &str =
    "better-auth.session_token=abcdefghijklmnopqrstuvwxyzABCDEF.Cn5SbwleAHR5PWdjjrHX76lUJac4WLCbTdoqtI4Oirs%3D";
/// "hello", sealed by Better Auth under the secret of these tests.
const SEALED: &str = "a6f1da31d315bda7557c8adaaee6fe436734547aa06979985d7cf74c6151ecc54d2117f242571506264418c882";

pub const BETTER_AUTH_SECRET: &str = "contract-test-secret-0123456789abcdef-XYZ";
pub const JWT_SECRET: &str = "another-test-secret-0123456789abcdef-XYZ";

fn counts(added: u64, known: u64, left_out: u64) -> Counts {
    Counts { added, known, left_out, ..Counts::default() }
}

/// Runs the import; returns the report and the mapping.
async fn run(service: &Service, from: &BetterAuth, mode: Mode) -> (Report, String) {
    let target = Target {
        pool: &service.database.pool,
        clock: &service.clock,
        better_auth_secret: &BETTER_AUTH_SECRET.into(),
        jwt_secret: &JWT_SECRET.into(),
    };
    let mut mapping = Vec::new();
    let report = import(&target, &mut from.source().await, mode, &mut mapping).await.unwrap();
    (report, String::from_utf8(mapping).unwrap())
}

/// Ada has a password, a linked account with sealed tokens and a live and an ended session; Grace has a UUID and a linked
/// account with plain tokens.
pub async fn installation() -> BetterAuth {
    let from = BetterAuth::start().await;
    from.person(ADA, "Ada@Example.com").await;
    from.person(GRACE, "grace@example.com").await;
    from.password(ADA, SCRYPT).await;
    from.session("live", ADA, TOKEN, "now() + interval '6 days'").await;
    from.session("ended", ADA, "another-token-of-32-characters-x", "now() - interval '1 hour'").await;
    from.run(&format!(
        r#"insert into account (id, "accountId", "providerId", "userId", "accessToken", "refreshToken", "idToken",
                                "accessTokenExpiresAt", scope, "createdAt", "updatedAt")
           values ('linked', '583231', 'github', '{ADA}', '{SEALED}', null, null, '2026-01-02T11:04:05.678Z',
                   'read:user,user:email', '$then', '$then'),
                  ('plain', '1001', 'google', '{GRACE}', 'ya29.access', '1//refresh', 'e30.e30.x', null, 'openid email',
                   '$then', '$then')"#
    ))
    .await;
    from
}

async fn tables(service: &Service) -> Vec<String> {
    let mut dumps = Vec::new();
    for table in ["users", "accounts", "sessions"] {
        dumps.push(service.database.dump(table).await);
    }
    dumps
}

async fn password_hash(service: &Service) -> String {
    let hash = "select password_hash from accounts where password_hash is not null";
    sqlx::query_scalar(hash).fetch_one(&service.database.pool).await.unwrap()
}

async fn sign_in(service: &Service, password: &str) -> (u16, Value) {
    service.sign_in(&json!({"password": password})).await.whole()
}

/// The whole story: people, passwords, browsers and linked accounts come along, and the old hash goes at the first sign-in.
#[tokio::test]
async fn an_installation_moves_here() {
    let (service, from) = (Service::start().await, installation().await);
    let (report, mapping) = run(&service, &from, Mode::Store).await;
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.people, report.accounts), (counts(2, 0, 0), counts(3, 0, 0)));
    assert_eq!(report.sessions, Counts { added: 1, expired: 1, ..Counts::default() });

    // The browser that was signed in there is signed in here, under the same person.
    let session = service.session(&[("cookie", COOKIE)]).await.json();
    let id = session["user"]["id"].as_str().unwrap();
    assert_eq!(
        session["user"],
        json!({
            "id": id, "name": "Somebody", "email": "ada@example.com", "emailVerified": true, "image": null,
            "createdAt": "2026-01-02T03:04:05.678Z", "updatedAt": "2026-01-02T03:04:05.678Z",
        })
    );
    let mut lines: Vec<&str> = mapping.lines().collect();
    lines.sort_unstable();
    let grace = format!("{GRACE},{}", GRACE.replace('-', ""));
    assert_eq!(lines, [grace.as_str(), &format!("{ADA},{id}"), "old_id,new_id"]);

    // The old password signs in; afterwards it is stored as ours are, and still is the only one.
    assert_eq!(password_hash(&service).await, SCRYPT);
    let refused = problem(401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password");
    assert_eq!(sign_in(&service, "password1235").await, refused);
    assert_eq!(password_hash(&service).await, SCRYPT);
    assert_eq!(sign_in(&service, "password1234").await.0, 200);
    let renewed = password_hash(&service).await;
    assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{renewed}");
    assert_eq!(sign_in(&service, "password1234").await.0, 200);
    assert_eq!(sign_in(&service, "password1235").await, refused);
    assert_eq!(password_hash(&service).await, renewed);

    // Imported again, nothing changes, and what was ended here stays ended.
    let own = service.sign_in(&json!({"password": "password1234"})).await.jar();
    service.post("/api/auth/sign-out", COOKIE, &json!({})).await;
    assert_eq!(service.session(&[("cookie", COOKIE)]).await.text, "null");
    let before = tables(&service).await;
    let (report, again) = run(&service, &from, Mode::Store).await;
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.people, report.accounts), (counts(0, 2, 0), counts(0, 3, 0)));
    assert_eq!(report.sessions, Counts { known: 1, expired: 1, ..Counts::default() });
    assert_eq!((tables(&service).await, again), (before, mapping));
    assert_eq!(service.session(&[("cookie", COOKIE)]).await.text, "null");
    assert_eq!(service.session(&[("cookie", &own)]).await.json()["user"]["id"], id);
}

/// Tokens of linked accounts are sealed here, whether they were there or not, and open with our secret.
#[tokio::test]
async fn tokens_are_sealed_on_the_way() {
    let (service, from) = (Service::start().await, installation().await);
    run(&service, &from, Mode::Store).await;
    let tokens = AccountTokens::new(&JWT_SECRET.into()).unwrap();
    let rows = sqlx::query("select * from accounts where provider_id <> 'credential' order by provider_id")
        .fetch_all(&service.database.pool)
        .await
        .unwrap();
    let read = |row: &sqlx::postgres::PgRow| {
        let opened = [
            (AccountToken::Access, "access_token"),
            (AccountToken::Refresh, "refresh_token"),
            (AccountToken::Id, "id_token"),
        ]
        .map(|(token, column)| {
            let sealed = row.get::<Option<Vec<u8>>, _>(column).map(|bytes| Sealed::from_bytes(bytes).unwrap());
            sealed.map(|sealed| tokens.open(row.get("id"), token, &sealed).unwrap().expose().clone())
        });
        (
            row.get::<String, _>("provider_id"),
            row.get::<String, _>("account_id"),
            opened,
            row.get::<Vec<String>, _>("scopes"),
            row.get::<Option<chrono::DateTime<chrono::Utc>>, _>("access_token_expires_at").map(|at| at.to_rfc3339()),
        )
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        rows.iter().map(read).collect::<Vec<_>>(),
        [
            (
                "github".to_owned(),
                "583231".to_owned(),
                [text("hello"), None, None],
                vec!["read:user".to_owned(), "user:email".to_owned()],
                text("2026-01-02T11:04:05.678+00:00"),
            ),
            (
                "google".to_owned(),
                "1001".to_owned(),
                [text("ya29.access"), text("1//refresh"), text("e30.e30.x")],
                vec!["openid".to_owned(), "email".to_owned()],
                None,
            ),
        ]
    );
    let dump = service.database.dump("accounts").await + &service.database.dump("sessions").await;
    for secret in ["hello", "ya29", "1//refresh", SEALED, TOKEN] {
        let hex = hex::encode(secret);
        assert!(!dump.contains(secret) && !dump.contains(&hex), "{secret}");
    }
}

/// A dry run says what a run would do, and does nothing.
#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let (service, from) = (Service::start().await, installation().await);
    let before = tables(&service).await;
    let (dry, dry_mapping) = run(&service, &from, Mode::DryRun).await;
    assert_eq!(tables(&service).await, before);
    let (report, mapping) = run(&service, &from, Mode::Store).await;
    assert_eq!((dry.to_string(), dry_mapping), (report.to_string(), mapping));
}

/// What came into being there after the first import is picked up by the second: people, and things of known people.
#[tokio::test]
async fn what_is_new_is_picked_up() {
    let (service, from) = (Service::start().await, installation().await);
    run(&service, &from, Mode::Store).await;
    // That was an hour ago.
    better_auth::run(&service.database.pool, "update users set imported_at = imported_at - interval '1 hour'").await;
    from.person("new", "new@example.com").await;
    from.password("new", SCRYPT).await;
    from.run(&format!(
        r#"insert into session (id, "expiresAt", token, "createdAt", "updatedAt", "userId")
           values ('newer', now() + interval '23 hours', 'a-newer-token-of-32-characters-x',
                   now() - interval '30 minutes', now() - interval '30 minutes', '{ADA}')"#
    ))
    .await;
    let (report, _) = run(&service, &from, Mode::Store).await;
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.people, report.accounts), (counts(1, 2, 0), counts(1, 3, 0)));
    assert_eq!(report.sessions, Counts { added: 1, known: 1, expired: 1, ..Counts::default() });
    let lifetimes: Vec<bool> = sqlx::query_scalar("select remember from sessions order by created_at")
        .fetch_all(&service.database.pool)
        .await
        .unwrap();
    // The newer one lives for a day: that is what a browser gets that is not to be remembered.
    assert_eq!(lifetimes, [true, false]);

    // What is ended here does not come back with a third one.
    sqlx::query("delete from sessions").execute(&service.database.pool).await.unwrap();
    let (report, _) = run(&service, &from, Mode::Store).await;
    assert_eq!(report.sessions, Counts { known: 2, expired: 1, ..Counts::default() });
    assert_eq!(service.count("sessions").await, 0);
}

/// Rows that cannot be taken are named with the reason, and the rest comes in.
#[tokio::test]
async fn bad_rows_are_reported_and_left_out() {
    let (service, from) = (Service::start().await, installation().await);
    service
        .post("/api/auth/sign-up/email", "", &json!({"name": "", "email": "taken@example.com", "password": "12345678"}))
        .await;
    for (id, email) in [
        ("taken", "Taken@example.com"),
        ("twin", "ada@example.com"),
        ("unusable", "not an address"),
        ("absurd", "absurd@example.com"),
        ("future", "future@example.com"),
        ("expensive", "expensive@example.com"),
        ("foreign", "foreign@example.com"),
        ("stranger", "stranger@example.com"),
    ] {
        from.person(id, email).await;
    }
    from.password("taken", SCRYPT).await;
    from.password(
        "expensive",
        "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    )
    .await;
    from.password("foreign", "$2b$10$abcdefghijklmnopqrstuv").await;
    from.session("forever", GRACE, "a-token-of-one-who-never-leaves-", "'infinity'").await;
    from.session("of the taken", "taken", "a-token-of-one-who-is-left-out--", "now() + interval '1 day'").await;
    from.run(
        r#"update "user" set "createdAt" = '-infinity' where id = 'absurd';
           update "user" set "updatedAt" = '4000-01-01' where id = 'future';
           insert into account (id, "accountId", "providerId", "userId", "accessToken", "createdAt", "updatedAt")
           values ('same', '583231', 'github', 'stranger', 'gho_x', '$then', '$then'),
                  ('locked', '7', 'github', 'stranger', '$ba$1$00', '$then', '$then');
           alter table account drop constraint "account_userId_fkey";
           insert into account (id, "accountId", "providerId", "userId", "createdAt", "updatedAt")
           values ('dangling', '8', 'github', 'nobody', '$then', '$then');"#,
    )
    .await;
    let (report, mapping) = run(&service, &from, Mode::Store).await;
    let mut troubles: Vec<_> =
        report.troubles().iter().map(|trouble| (trouble.table, trouble.id.as_str(), trouble.reason)).collect();
    troubles.sort_unstable_by_key(|(table, id, _)| (*table, *id));
    assert_eq!(
        troubles,
        [
            ("account", "dangling", Reason::Nobody),
            ("account", "locked", Reason::SealedTokens),
            ("account", "password of expensive", Reason::ExpensivePassword),
            ("account", "password of foreign", Reason::Password),
            ("account", "same", Reason::AccountTaken),
            ("session", "forever", Reason::Time),
            ("user", "absurd", Reason::Time),
            ("user", "future", Reason::Time),
            ("user", "taken", Reason::AddressTaken),
            ("user", "twin", Reason::AddressTaken),
            ("user", "unusable", Reason::Address),
        ]
    );
    assert_eq!(report.people, counts(5, 0, 5));
    assert_eq!(report.accounts, Counts { added: 4, left_out: 4, with_person: 1, ..Counts::default() });
    assert_eq!(report.sessions, Counts { added: 1, left_out: 1, with_person: 1, expired: 1, ..Counts::default() });
    assert!(!report.is_complete());
    assert_eq!(mapping.lines().count(), 6);
    assert_eq!(service.count("users").await, 6);
    let text = report.to_string() + &mapping;
    for secret in ["example.com", SCRYPT, TOKEN, "gho_x"] {
        assert!(!text.contains(secret), "{secret}");
    }
    // Whoever had the address here still has their password, and nobody else's.
    let theirs = service.sign_in(&json!({"email": "taken@example.com", "password": "12345678"})).await;
    assert_eq!(theirs.status, 200);
    assert_eq!(service.sign_in(&json!({"email": "taken@example.com", "password": "password1234"})).await.status, 401);
}

/// The old tables may stand in our own database, in whatever schema.
#[tokio::test]
async fn the_old_tables_may_stand_beside_ours() {
    let service = Service::start().await;
    let pool = &service.database.pool;
    better_auth::create(pool).await;
    better_auth::person(pool, "one", "one@example.com").await;
    better_auth::run(
        pool,
        r#"create schema "Old ""one""";
           alter table "user" set schema "Old ""one""";
           alter table account set schema "Old ""one""";
           alter table session set schema "Old ""one""";"#,
    )
    .await;
    let url: Secret = service.database.url.as_str().into();
    let source = async |schema| db::auth::better_auth::Source::open(&url, schema).await.unwrap();
    assert!(source("public").await.people("", 1).await.is_err());
    let mut source = source("Old \"one\"").await;
    let target = Target {
        pool,
        clock: &service.clock,
        better_auth_secret: &BETTER_AUTH_SECRET.into(),
        jwt_secret: &JWT_SECRET.into(),
    };
    let report = import(&target, &mut source, Mode::Store, &mut std::io::sink()).await.unwrap();
    assert_eq!(report.people, counts(1, 0, 0));
    assert_eq!(service.count("users").await, 1);
}

/// More people than fit into one batch come in, and once.
#[tokio::test]
async fn batches_leave_nobody_out() {
    let (service, from) = (Service::start().await, BetterAuth::start().await);
    from.run(
        r#"insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
           select md5(n::text) || (n % 7), 'N', n || '@example.com', false, '$then', '$then'
           from generate_series(1, 1203) n"#,
    )
    .await;
    let (report, mapping) = run(&service, &from, Mode::Store).await;
    assert_eq!(report.people, counts(1203, 0, 0));
    assert_eq!((service.count("users").await, mapping.lines().count()), (1203, 1204));
}

/// The program does the same, reads its settings as the service does, and ends with a status of its own if something was
/// left out.
#[tokio::test]
async fn the_program_says_by_its_status_whether_all_came_in() {
    let (service, from) = (Service::start().await, installation().await);
    let import = async |more: &[&str]| {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_auth"));
        command.args(["import", "--from", &from.0.url]).args(more).env_clear().envs([
            ("ENVIRONMENT", "development"),
            ("DATABASE_URL", service.database.url.as_str()),
            ("PUBLIC_URL", "http://localhost:5001"),
            ("BETTER_AUTH_SECRET", BETTER_AUTH_SECRET),
            ("JWT_SECRET", JWT_SECRET),
            ("AUTH_ISSUER", "https://auth.example"),
            ("AUTH_AUDIENCE", "connectors"),
        ]);
        let output = command.output().await.unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let complete = "people: 2 added, 0 known already, 0 left out\n\
                    accounts: 3 added, 0 known already, 0 left out\n\
                    sessions: 1 added, 0 known already, 0 left out, 1 had ended\n";
    assert_eq!(import(&["--dry-run"]).await, (Some(0), complete.to_owned()));
    assert_eq!(service.count("users").await, 0);
    assert_eq!(import(&[]).await, (Some(0), complete.to_owned()));
    from.person("unusable", "not an address").await;
    let (status, text) = import(&["--schema", "public"]).await;
    assert_eq!(status, Some(3));
    assert!(
        text.starts_with(
            "user unusable: its e-mail address is not one\npeople: 0 added, 2 known already, 1 left out\n"
        ),
        "{text}"
    );
    assert_eq!(import(&["--schema", "elsewhere"]).await, (Some(1), String::new()));
}
