//! A mail somebody asked for is written and sent, by a job: the answer waits for no mail server, takes the same time
//! whether or not the address is known, and a mail outlives the process.

use crate::{
    app::App,
    cookies::encoded,
    mail::{Letter, Mail},
    problem::Internal,
};
use chrono::TimeDelta;
use db::auth::{
    links::{self, Link, Purpose},
    users::{self, User},
};
use jobs::{Claimed, Failure};

pub const KIND: &str = "auth_mail";

/// How long a link works.
const LIFETIME: TimeDelta = TimeDelta::hours(1);
const DELETION_LIFETIME: TimeDelta = TimeDelta::days(1);
/// How many mails of a kind one person gets in an hour, whoever asks for them.
const PER_HOUR: i64 = 5;

/// Enqueues a letter in the caller's transaction; the caller wakes the worker after its commit.
pub async fn enqueue(app: &App, connection: &mut db::PgConnection, letter: &Letter) -> Result<(), Internal> {
    let payload = serde_json::to_value(letter).map_err(Internal::Letter)?;
    jobs::enqueue(connection, KIND, &letter.dedupe_key(), &payload, app.clock.now()).await?;
    Ok(())
}

/// Enqueues a letter by itself.
pub async fn later(app: &App, letter: &Letter) -> Result<(), Internal> {
    let mut connection = app.pool.acquire().await?;
    enqueue(app, &mut connection, letter).await?;
    app.mail.wake.notify_one();
    Ok(())
}

/// The link to be mailed, before it has a token.
struct Draft {
    purpose: Purpose,
    user: User,
    /// The address the link is about; for a change, the new one.
    about: String,
    to: String,
    callback_url: Option<String>,
}

/// Writes and sends one letter. Trying again makes a new link; one that was made for a mail that never left just expires.
pub async fn run(app: &App, job: &Claimed) -> Result<(), Failure> {
    let letter: Letter = serde_json::from_value(job.payload.clone())
        .map_err(|_| Failure::Final { error: "the letter cannot be read".to_owned() })?;
    let Some(draft) = draft(app, letter).await.map_err(again)? else { return Ok(()) };
    let now = app.clock.now();
    let recent = links::count_since(&app.pool, draft.user.id, draft.purpose, now - TimeDelta::hours(1)).await;
    // A letter that was let through stays so: its own attempts have made links too.
    if job.attempts == 1 && recent.map_err(again)? >= PER_HOUR {
        tracing::warn!(user = %draft.user.id, purpose = ?draft.purpose, "a mail was left out: too many were asked for");
        return Ok(());
    }
    let token = kernel::alphanumeric(32);
    let lifetime = if draft.purpose == Purpose::DeleteUser { DELETION_LIFETIME } else { LIFETIME };
    let link = Link {
        purpose: draft.purpose,
        user: draft.user.id,
        email: draft.about.clone(),
        created_at: now,
        expires_at: now + lifetime,
        used_at: None,
    };
    links::create(&app.pool, &link, &kernel::sha256(&token)).await.map_err(again)?;
    let url = url(app, draft.purpose, &token, draft.callback_url.as_deref());
    Ok(app.mail.mailer.send(Mail::new(&draft.to, draft.purpose, &url)).await?)
}

/// Whom a letter goes to; nobody, where its reason is gone by now or never was.
async fn draft(app: &App, letter: Letter) -> Result<Option<Draft>, db::Error> {
    let own = |user: User, purpose, callback_url| {
        Some(Draft { purpose, about: user.email.clone(), to: user.email.clone(), callback_url, user })
    };
    Ok(match letter {
        Letter::ResetPassword { email, redirect_to } => {
            users::by_email(&app.pool, &email).await?.and_then(|user| own(user, Purpose::ResetPassword, redirect_to))
        }
        Letter::VerifyEmail { email, callback_url } => users::by_email(&app.pool, &email)
            .await?
            .filter(|user| !user.email_verified)
            .and_then(|user| own(user, Purpose::VerifyEmail, callback_url)),
        Letter::DeleteUser { user, callback_url } => {
            users::by_id(&app.pool, user).await?.and_then(|user| own(user, Purpose::DeleteUser, callback_url))
        }
        Letter::ConfirmEmailChange { user, new_email, callback_url } => {
            users::by_id(&app.pool, user).await?.map(|user| Draft {
                purpose: Purpose::ConfirmEmailChange,
                about: new_email,
                to: user.email.clone(),
                callback_url,
                user,
            })
        }
        Letter::ChangeEmail { user, new_email, callback_url } => {
            if users::email_is_taken(&app.pool, &new_email).await? {
                return Ok(None);
            }
            users::by_id(&app.pool, user).await?.map(|user| Draft {
                purpose: Purpose::ChangeEmail,
                about: new_email.clone(),
                to: new_email,
                callback_url,
                user,
            })
        }
    })
}

fn url(app: &App, purpose: Purpose, token: &str, callback_url: Option<&str>) -> String {
    let base = &app.base_url;
    let callback = encoded(callback_url.unwrap_or("/"));
    match purpose {
        Purpose::ResetPassword => format!("{base}/api/auth/reset-password/{token}?callbackURL={callback}"),
        Purpose::VerifyEmail | Purpose::ConfirmEmailChange | Purpose::ChangeEmail => {
            format!("{base}/api/auth/verify-email?token={token}&callbackURL={callback}")
        }
        Purpose::DeleteUser => format!("{base}/api/auth/delete-user/callback?token={token}&callbackURL={callback}"),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn again(error: db::Error) -> Failure {
    tracing::warn!(error = &error as &dyn std::error::Error, "a mail has to wait for the database");
    Failure::Again { error: "the database did not answer".to_owned(), after: None }
}
