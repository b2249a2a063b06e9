//! `docs/upgrade-from-bun.md`: what it tells people to type about their data, typed in a shell, in the order of the page.

use crate::{
    better_auth::BetterAuth,
    import::{BETTER_AUTH_SECRET, JWT_SECRET, installation},
    service::{AUDIENCE, ISSUER, Service},
};
use std::path::Path;
use tokio::process::Command;

const PAGE: &str = include_str!("../../../../docs/upgrade-from-bun.md");

/// The page's commands of this program and the flags that it names beside them.
fn typed() -> Vec<String> {
    let code = PAGE.split('`').skip(1).step_by(2).map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "));
    code.filter(|span| span.starts_with("auth import") || span.starts_with("--")).collect()
}

/// What it says, and its status.
async fn shell(line: &str, service: &Service, folder: &Path) -> (Option<i32>, String) {
    let programs = Path::new(env!("CARGO_BIN_EXE_auth")).parent().unwrap();
    let mut bash = Command::new("bash");
    bash.args(["-c", line]).current_dir(folder).env_clear().envs([
        ("PATH", format!("{}:/usr/bin:/bin", programs.display()).as_str()),
        ("ENVIRONMENT", "development"),
        ("DATABASE_URL", &service.database.url),
        ("PUBLIC_URL", "http://localhost:5001"),
        ("BETTER_AUTH_SECRET", BETTER_AUTH_SECRET),
        ("JWT_SECRET", JWT_SECRET),
        ("AUTH_ISSUER", ISSUER),
        ("AUTH_AUDIENCE", AUDIENCE),
    ]);
    let output = bash.output().await.unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr))
}

/// People rehearse, mend, move, and move once more in the hour in which the old services stand still.
#[tokio::test]
async fn people_move_as_the_page_says() {
    let (service, from): (Service, BetterAuth) = (Service::start().await, installation().await);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("upgrade");
    std::fs::create_dir_all(&folder).unwrap();
    let spans = typed();
    let [_, mapping, rehearsal, without, again] = &spans[..] else { panic!("the page names {spans:?}") };
    assert_eq!([mapping, without, again].map(String::as_str), ["--mapping", "--dry-run", "auth import"]);
    assert!(rehearsal.contains("postgres://user@old-host/database"), "{rehearsal}");
    let rehearsal = rehearsal.replace("postgres://user@old-host/database", &format!("'{}'", from.0.url));

    from.person("unusable", "not an address").await;
    let (status, said) = shell(&rehearsal, &service, &folder).await;
    assert_eq!((status, service.count("users").await), (Some(3), 0), "{said}");
    assert!(said.starts_with("user unusable: its e-mail address is not one\n"), "{said}");
    from.run(r#"update "user" set email = 'usable@example.com' where id = 'unusable'"#).await;
    assert_eq!(shell(&rehearsal, &service, &folder).await.0, Some(0));
    assert_eq!(service.count("users").await, 0);

    let line = format!("{} {mapping} people.csv", rehearsal.replace(&format!(" {without}"), ""));
    let (status, said) = shell(&line, &service, &folder).await;
    assert_eq!((status, service.count("users").await), (Some(0), 3), "{said}");
    let people = std::fs::read_to_string(folder.join("people.csv")).unwrap();
    assert_eq!((people.lines().next(), people.lines().count()), (Some("old_id,new_id"), 4));

    from.person("late", "late@example.com").await;
    let (status, said) = shell(&line, &service, &folder).await;
    assert_eq!((status, service.count("users").await), (Some(0), 4), "{said}");
    assert!(said.starts_with("people: 1 added, 3 known already, 0 left out\n"), "{said}");
}
