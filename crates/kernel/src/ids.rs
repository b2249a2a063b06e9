//! Typed ids: a connection's id cannot be passed where a tenant's is expected. All are UUIDs; new ones are version 7,
//! so that they sort by creation and inserts stay at the right edge of an index.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::{NoContext, Timestamp, Uuid};

/// The lowest version 7 id of an instant: ids that are made from then on are not below it.
pub fn lowest_id_at(at: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    Uuid::from_bytes(bytes)
}

/// The text is not a UUID.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a UUID")]
pub struct ParseIdError;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new, time-ordered id.
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// The same for an instant of the service's own clock, where the id is read as a time.
            pub fn generate_at(at: DateTime<Utc>) -> Self {
                let (seconds, nanos) = (u64::try_from(at.timestamp()).unwrap_or_default(), at.timestamp_subsec_nanos());
                Self(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, nanos)))
            }

            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            /// Takes the hyphenated form and the 32-digit form, and no other spelling (no braces, no `urn:`).
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                if !matches!(text.len(), 32 | 36) {
                    return Err(ParseIdError);
                }
                Uuid::parse_str(text).map(Self).map_err(|_| ParseIdError)
            }
        }
    };
}

id! {
    /// The customer a row belongs to.
    TenantId
}
id! {
    /// A person of the auth service; the `sub` of their JWT.
    UserId
}
id! {
    /// One account of one tenant at one provider.
    ConnectionId
}
id! {
    /// One webhook request as it arrived.
    DeliveryId
}
id! {
    /// One hook that we registered with a vendor.
    HookId
}
id! {
    /// One normalised event.
    SignalId
}
id! {
    /// One piece of background work.
    JobId
}
id! {
    /// One run of the agent.
    RunId
}
id! {
    /// One HTTP request, as it appears in logs and problems.
    RequestId
}

impl TenantId {
    /// Deliveries that name no tenant (an app-wide webhook) are kept under this id until their signals find theirs.
    pub const UNADDRESSED: Self = Self(Uuid::nil());
}

impl UserId {
    /// The tenant of a person without an organisation has the person's own id.
    pub const fn personal_tenant(&self) -> TenantId {
        TenantId(self.0)
    }

    /// The 32-character form that the auth service puts on the wire, where clients expect letters and digits only.
    pub fn simple(&self) -> String {
        self.0.simple().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both spellings of one UUID name the same tenant; anything else is refused.
    #[test]
    fn ids_parse_two_spellings_only() {
        let hyphenated: TenantId = "0190f3c0-0000-7000-8000-00000000000a".parse().unwrap();
        assert_eq!("0190F3C0000070008000 0000000000a".parse::<TenantId>(), Err(ParseIdError));
        assert_eq!("0190f3c00000700080000000000000 0a".parse::<TenantId>(), Err(ParseIdError));
        assert_eq!("0190f3c000007000800000000000000a".parse::<TenantId>(), Ok(hyphenated));
        assert_eq!("{0190f3c0-0000-7000-8000-00000000000a}".parse::<TenantId>(), Err(ParseIdError));
    }

    /// A person's simple id is 32 letters and digits and names their personal tenant.
    #[test]
    fn a_user_id_is_its_personal_tenant() {
        let user = UserId::generate();
        assert_eq!(user.simple().len(), 32);
        assert_eq!(user.simple().parse::<TenantId>(), Ok(user.personal_tenant()));
    }
}
