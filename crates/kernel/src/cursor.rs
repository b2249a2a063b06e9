//! Keyset cursors. A cursor names the last row of a page by its sort keys and is authenticated together with the query it
//! belongs to: a forged one, or one of another filter or tenant, does not open.

use crate::{TenantId, secret::same};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

const VERSION: u8 = 1;
const BODY: usize = 1 + 8 + 16;
const TAG: usize = 16;

/// The cursor was not made here, or belongs to another query.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the cursor is not valid for this query; start again without one")]
pub struct CursorError;

/// The last row of a page: ordering is by `(at, id)`, which is total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// At microsecond precision, which is what Postgres stores.
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

/// Makes and opens cursors.
#[derive(Clone)]
pub struct CursorKey(crate::Secret<Vec<u8>>);

impl CursorKey {
    pub fn new(key: [u8; 32]) -> Self {
        Self(crate::Secret::new(key.to_vec()))
    }

    fn tag(&self, tenant: TenantId, query: &str, body: &[u8]) -> [u8; TAG] {
        // HMAC takes a key of any length; the branch exists because the type cannot say so.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.expose()) else { return [0; TAG] };
        mac.update(tenant.as_uuid().as_bytes());
        mac.update(body);
        mac.update(query.as_bytes());
        let full = mac.finalize().into_bytes();
        let mut tag = [0; TAG];
        tag.copy_from_slice(&full[..TAG]);
        tag
    }

    /// `query` is a canonical text of the filters; the same text must be given to [`CursorKey::open`].
    pub fn seal(&self, tenant: TenantId, query: &str, cursor: Cursor) -> String {
        let mut bytes = Vec::with_capacity(BODY + TAG);
        bytes.push(VERSION);
        bytes.extend(cursor.at.timestamp_micros().to_be_bytes());
        bytes.extend(cursor.id.as_bytes());
        bytes.extend(self.tag(tenant, query, &bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub fn open(&self, tenant: TenantId, query: &str, text: &str) -> Result<Cursor, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
        if bytes.len() != BODY + TAG || bytes[0] != VERSION {
            return Err(CursorError);
        }
        let (body, tag) = bytes.split_at(BODY);
        if !same(tag, self.tag(tenant, query, body)) {
            return Err(CursorError);
        }
        let micros = body[1..9].try_into().map(i64::from_be_bytes).map_err(|_| CursorError)?;
        let at = DateTime::from_timestamp_micros(micros).ok_or(CursorError)?;
        let id = Uuid::from_slice(&body[9..]).map_err(|_| CursorError)?;
        Ok(Cursor { at, id })
    }
}

/// How many rows a page holds: 1 to 100, 50 unless asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u8);

impl PageSize {
    pub const DEFAULT: Self = Self(50);
    pub const MAX: i64 = 100;

    /// `None` when outside 1 to 100.
    pub fn new(size: i64) -> Option<Self> {
        (1..=Self::MAX).contains(&size).then(|| u8::try_from(size).ok().map(Self))?
    }

    pub fn get(self) -> i64 {
        i64::from(self.0)
    }
}

/// One page of rows and, unless it is the last, the key of its last row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// From one row more than the page holds, which is how the query finds out whether there is a next page.
    pub fn from_one_more(mut rows: Vec<T>, size: PageSize, key: impl Fn(&T) -> Cursor) -> Self {
        let full = usize::from(size.0);
        if rows.len() <= full {
            return Self { items: rows, next: None };
        }
        rows.truncate(full);
        let next = rows.last().map(key);
        Self { items: rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> CursorKey {
        CursorKey::new([7; 32])
    }

    proptest! {
        /// Every cursor opens to what it was made of.
        #[test]
        fn a_cursor_round_trips(micros in 0_i64..4_000_000_000_000_000, id: u128, query: String) {
            let cursor = Cursor { at: DateTime::from_timestamp_micros(micros).unwrap(), id: Uuid::from_u128(id) };
            let tenant = TenantId::from_uuid(Uuid::from_u128(1));
            let text = key().seal(tenant, &query, cursor);
            prop_assert_eq!(key().open(tenant, &query, &text), Ok(cursor));
        }

        /// Flipping any bit makes it refuse to open.
        #[test]
        fn a_forged_cursor_is_refused(bit in 0_usize..(BODY + TAG) * 8) {
            let tenant = TenantId::from_uuid(Uuid::from_u128(1));
            let cursor = Cursor { at: DateTime::UNIX_EPOCH, id: Uuid::nil() };
            let mut bytes = URL_SAFE_NO_PAD.decode(key().seal(tenant, "q", cursor)).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(key().open(tenant, "q", &URL_SAFE_NO_PAD.encode(bytes)), Err(CursorError));
        }
    }

    /// A cursor belongs to one tenant and one query.
    #[test]
    fn a_cursor_of_another_query_or_tenant_is_refused() {
        let (ours, theirs) = (TenantId::from_uuid(Uuid::from_u128(1)), TenantId::from_uuid(Uuid::from_u128(2)));
        let text = key().seal(ours, "kind=push", Cursor { at: DateTime::UNIX_EPOCH, id: Uuid::nil() });
        assert_eq!(key().open(ours, "kind=issue_created", &text), Err(CursorError));
        assert_eq!(key().open(theirs, "kind=push", &text), Err(CursorError));
    }
}
