//! A signed-in person asks for another address. It changes when the new mailbox has answered.

use crate::{
    app::App,
    flows::{mail, session::SignedIn},
    mail::Letter,
    problem::Problem,
};

/// Sends the first mail. Whether somebody else has the address is not said: the letter then comes to nothing.
pub async fn request(
    app: &App,
    caller: &SignedIn,
    new_email: &str,
    callback_url: Option<String>,
) -> Result<(), Problem> {
    let new_email = new_email.to_ascii_lowercase();
    if new_email == caller.user.email {
        return Err(Problem::EmailIsTheSame);
    }
    if !app.mail.mailer.is_on() {
        return Err(Problem::VerificationMailOff);
    }
    let user = caller.user.id;
    let letter = if app.policy.confirm_email_change.is_on() && caller.user.email_verified {
        Letter::ConfirmEmailChange { user, new_email, callback_url }
    } else {
        Letter::ChangeEmail { user, new_email, callback_url }
    };
    Ok(mail::later(app, &letter).await?)
}
