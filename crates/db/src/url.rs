//! Where Postgres is: one URL, or its parts.

use kernel::{Env, Secret};
use url::Url;

/// `DATABASE_URL`, or else the URL that `POSTGRES_HOST`, `_PORT`, `_USER`, `_PASSWORD` and `_DB` make.
pub fn url(env: &Env) -> Option<Secret> {
    let whole: Option<Secret> = env.optional("DATABASE_URL", "postgres://user:password@localhost:5432/connectors");
    let host: Option<String> = env.optional("POSTGRES_HOST", "localhost");
    let port = env.or_default("POSTGRES_PORT", 5432_u16);
    let user = env.or_default("POSTGRES_USER", "connectors".to_owned());
    let password: Option<Secret> = env.optional("POSTGRES_PASSWORD", "a-password");
    let database = env.or_default("POSTGRES_DB", "connectors".to_owned());
    if whole.is_some() {
        return whole;
    }
    let Some(host) = host else {
        env.fault(
            "DATABASE_URL",
            "is missing, and so is POSTGRES_HOST",
            "postgres://user:password@localhost:5432/connectors",
        );
        return None;
    };
    let built = built(&host, port, &user, password.as_ref(), &database);
    if built.is_none() {
        env.fault("POSTGRES_HOST", "is not the name or address of a host", "localhost");
    }
    built
}

/// `DATABASE_DIRECT_URL`: Postgres itself, where a pooler of transactions stands at `DATABASE_URL`. What belongs to a session goes
/// there: migrations hold a lock, and whoever listens is told; a pooler would tell somebody else.
pub fn direct_url(env: &Env) -> Option<Secret> {
    env.optional("DATABASE_DIRECT_URL", "postgres://user:password@localhost:5432/connectors")
}

/// Percent-encoded where needed: passwords hold any character.
fn built(host: &str, port: u16, user: &str, password: Option<&Secret>, database: &str) -> Option<Secret> {
    let mut url = Url::parse("postgres://host").ok()?;
    url.set_host(Some(host)).ok()?;
    url.set_port(Some(port)).ok()?;
    url.set_username(user).ok()?;
    url.set_password(password.map(|password| password.expose().as_str())).ok()?;
    url.set_path(database);
    Some(String::from(url).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<const N: usize>(pairs: [(&str, &str); N]) -> Option<String> {
        url(&Env::from_pairs(pairs)).map(|url| url.expose().clone())
    }

    /// The whole URL wins; the parts serve without it, whatever characters the password holds.
    #[test]
    fn the_parts_make_a_url() {
        assert_eq!(
            read([("POSTGRES_HOST", "db"), ("POSTGRES_PASSWORD", "a/b@c:d"), ("POSTGRES_USER", "u")]).as_deref(),
            Some("postgres://u:a%2Fb%40c%3Ad@db:5432/connectors")
        );
        let whole = "postgres://x@y/z";
        assert_eq!(read([("POSTGRES_HOST", "db"), ("DATABASE_URL", whole)]).as_deref(), Some(whole));
        assert_eq!(read([]), None);
    }
}
