//! Who may sign up and in, and what that takes. Better Auth has the same choices; where one is safer, it is the default.

use super::Switch;
use chrono::TimeDelta;
use kernel::{Env, Environment};

/// The operator's choices.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `AUTH_EMAIL_PASSWORD`: whether passwords are a way to sign in at all.
    pub email_password: Switch,
    /// `AUTH_SIGN_UP`: whether new people may come.
    pub sign_up: Switch,
    /// `AUTH_REQUIRE_EMAIL_VERIFICATION`: nobody signs in with a password before their mailbox is proven.
    pub require_email_verification: Switch,
    /// `AUTH_REVOKE_SESSIONS_ON_PASSWORD_RESET`: a reset signs every browser out.
    pub revoke_sessions_on_password_reset: Switch,
    /// `AUTH_CONFIRM_EMAIL_CHANGE`: the old mailbox must agree before the new one is asked.
    pub confirm_email_change: Switch,
    /// `AUTH_CONFIRM_DELETION`: a mailed link deletes the account, not the request itself.
    pub confirm_deletion: Switch,
    /// `AUTH_COOKIE_CACHE_SECONDS`: how long a browser's own copy of its session answers `get-session`; zero: never.
    pub cookie_cache: TimeDelta,
}

impl Policy {
    pub fn from_env(env: &Env, environment: Environment, has_mail: bool) -> Self {
        let switch =
            |key, default: Switch| env.optional(key, if default.is_on() { "on" } else { "off" }).unwrap_or(default);
        let needs_mail = |key, switch: Switch| {
            if switch.is_on() && !has_mail && environment == Environment::Production {
                env.fault(key, "needs SMTP_URL: the link has to reach somebody", "off");
            }
            switch
        };
        let seconds = env.optional("AUTH_COOKIE_CACHE_SECONDS", "0").unwrap_or(0_u32);
        if seconds > 3600 {
            // A revoked session goes on being answered from the browser's copy for this long.
            env.fault("AUTH_COOKIE_CACHE_SECONDS", "must be at most 3600", "300");
        }
        Self {
            email_password: switch("AUTH_EMAIL_PASSWORD", Switch::On),
            sign_up: switch("AUTH_SIGN_UP", Switch::On),
            require_email_verification: needs_mail(
                "AUTH_REQUIRE_EMAIL_VERIFICATION",
                switch("AUTH_REQUIRE_EMAIL_VERIFICATION", Switch::Off),
            ),
            revoke_sessions_on_password_reset: switch("AUTH_REVOKE_SESSIONS_ON_PASSWORD_RESET", Switch::On),
            confirm_email_change: needs_mail(
                "AUTH_CONFIRM_EMAIL_CHANGE",
                switch("AUTH_CONFIRM_EMAIL_CHANGE", Switch::Off),
            ),
            confirm_deletion: needs_mail("AUTH_CONFIRM_DELETION", switch("AUTH_CONFIRM_DELETION", Switch::Off)),
            cookie_cache: TimeDelta::seconds(seconds.into()),
        }
    }
}
