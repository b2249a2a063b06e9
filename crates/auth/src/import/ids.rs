//! Ids here for ids there, always the same ones, so that an import can be repeated.

use kernel::UserId;
use uuid::Uuid;

/// What a row is; rows of two tables with one id get two ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    User,
    Account,
    Session,
}

impl Table {
    const fn namespace(self) -> &'static str {
        match self {
            Self::User => "better-auth user",
            Self::Account => "better-auth account",
            Self::Session => "better-auth session",
        }
    }
}

/// A person's id: the same one if it is a UUID in either spelling, else one made from it.
pub fn user(id: &str) -> UserId {
    id.parse().unwrap_or_else(|_| UserId::from_uuid(made(Table::User, id)))
}

/// What to remember of a person's old id: nothing, if it is the new one.
pub fn remembered(id: &str) -> Option<String> {
    id.parse::<UserId>().is_err().then(|| id.to_owned())
}

/// A UUID of version 8 (RFC 9562, 5.8): the first 122 bits of the SHA-256 of the table and the id.
pub fn made(table: Table, id: &str) -> Uuid {
    let digest = kernel::sha256(format!("{}\0{id}", table.namespace()));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// UUIDs stay, other ids become the same UUID every time, and nothing becomes the same as something else.
    #[test]
    fn ids_are_kept_or_made() {
        let uuid = "0190f3c0-0000-7000-8000-00000000000a";
        for spelling in [uuid, "0190f3c000007000800000000000000a", "0190F3C0-0000-7000-8000-00000000000A"] {
            assert_eq!(user(spelling).to_string(), uuid);
            assert_eq!(remembered(spelling), None);
        }
        let old = "nS0hUaQ5mJt7wXk2VbY9cLd4Rf6Tg8Pz";
        assert_eq!(user(old).to_string(), "37525d0d-8d91-8ca0-949e-8f1a9d7febba");
        assert_eq!(remembered(old).as_deref(), Some(old));
        assert_ne!(user(old), user(&old.to_lowercase()));
        assert_eq!(made(Table::User, old).get_version_num(), 8);
        assert_ne!(made(Table::User, old), made(Table::Account, old));
    }
}
