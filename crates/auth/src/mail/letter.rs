//! What somebody asked us to write, as it waits in the queue. It holds no token: the link is made when the letter is.

use kernel::UserId;
use serde::{Deserialize, Serialize};

/// One mail to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    /// To whoever has the address, if anybody has: asking must look the same for known and unknown addresses.
    ResetPassword {
        email: String,
        redirect_to: Option<String>,
    },
    /// The same, unless the address is proven already.
    VerifyEmail {
        email: String,
        callback_url: Option<String>,
    },
    /// To the old address.
    ConfirmEmailChange {
        user: UserId,
        new_email: String,
        callback_url: Option<String>,
    },
    /// To the new address, unless somebody has it.
    ChangeEmail {
        user: UserId,
        new_email: String,
        callback_url: Option<String>,
    },
    DeleteUser {
        user: UserId,
        callback_url: Option<String>,
    },
}

impl Letter {
    /// One letter of a kind waits for one recipient at a time, however often it is asked for. A digest: addresses have no
    /// business in a key that is logged.
    pub fn dedupe_key(&self) -> String {
        let about = match self {
            Self::ResetPassword { email, .. } => format!("reset|{email}"),
            Self::VerifyEmail { email, .. } => format!("verify|{email}"),
            Self::ConfirmEmailChange { user, new_email, .. } => format!("confirm|{user}|{new_email}"),
            Self::ChangeEmail { user, new_email, .. } => format!("change|{user}|{new_email}"),
            Self::DeleteUser { user, .. } => format!("delete|{user}"),
        };
        hex::encode(kernel::sha256(about))
    }
}
