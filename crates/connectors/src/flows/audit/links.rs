//! What the hashes are made of. Every part is written with its length before it, so that no two different lines are the same text.

use db::audit::chain::{Chained, Ends, Erased, Link};
use hmac::{Hmac, KeyInit, Mac};
use kernel::{Secret, TenantId, same};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What stands before a chain's first line.
const NOTHING: [u8; 32] = [0; 32];

/// Makes and checks the hashes. Whoever has it can write any history.
#[derive(Clone)]
pub struct ChainKey(Secret<Vec<u8>>);

/// What is hashed, kept apart by a word at its beginning.
struct Text(Vec<u8>);

impl Text {
    fn of(kind: &str) -> Self {
        Self(Vec::new()).part(kind)
    }

    fn part(mut self, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        self.0.extend(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.extend(bytes);
        self
    }

    fn number(self, number: i64) -> Self {
        self.part(number.to_be_bytes())
    }

    /// What is absent differs from what is empty.
    fn maybe(self, bytes: Option<impl AsRef<[u8]>>) -> Self {
        match bytes {
            Some(bytes) => self.part([1]).part(bytes),
            None => self.part([0]),
        }
    }
}

impl ChainKey {
    pub(super) fn new(key: Vec<u8>) -> Self {
        Self(Secret::new(key))
    }

    fn mac(&self, text: &Text) -> Vec<u8> {
        // HMAC takes a key of any length; the branch exists because the type cannot say so. What it leaves matches nothing.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.expose()) else { return Vec::new() };
        mac.update(&text.0);
        mac.finalize().into_bytes().to_vec()
    }

    /// A chain without lines.
    pub(super) fn begin(&self, tenant: TenantId, at: chrono::DateTime<chrono::Utc>) -> Ends {
        let ends = Ends {
            chain: Uuid::from_bytes(kernel::bytes()),
            first_seq: 1,
            before_first: NOTHING.to_vec(),
            last_seq: 0,
            last_hash: NOTHING.to_vec(),
            chained_at: at,
            mac: Vec::new(),
        };
        self.signed(tenant, ends)
    }

    /// The same ends with their MAC.
    pub(super) fn signed(&self, tenant: TenantId, ends: Ends) -> Ends {
        Ends { mac: self.of_ends(tenant, &ends), ..ends }
    }

    pub(super) fn of_ends(&self, tenant: TenantId, ends: &Ends) -> Vec<u8> {
        let text = Text::of("ends").part(tenant.as_uuid()).part(ends.chain);
        let text = text.number(ends.first_seq).part(&ends.before_first).number(ends.last_seq).part(&ends.last_hash);
        self.mac(&text.number(ends.chained_at.timestamp_micros()))
    }

    /// Whether somebody with the key has put the ends where they are.
    pub(super) fn holds_ends(&self, tenant: TenantId, ends: &Ends) -> bool {
        same(&ends.mac, self.of_ends(tenant, ends))
    }

    /// Gives a line its place behind `before`.
    pub(super) fn chained(&self, chain: Uuid, (seq, before): (i64, &[u8]), line: &Link) -> Chained {
        let salt = kernel::bytes::<16>().to_vec();
        let hash = self.of_line(chain, (seq, before), line, &content(line, &salt));
        Chained { id: line.id, seq, salt, hash }
    }

    fn of_line(&self, chain: Uuid, (seq, before): (i64, &[u8]), line: &Link, content: &[u8]) -> Vec<u8> {
        let text = Text::of("line").part(before).part(chain).number(seq).part(line.id);
        self.mac(&text.number(line.at.timestamp_micros()).part(&line.action).part(content))
    }

    /// Whether the line stands where it was put, and says what it said then or was erased since.
    pub(super) fn holds(&self, chain: Uuid, (seq, before): (i64, &[u8]), line: &Link) -> bool {
        let Some(hash) = &line.hash else { return false };
        let content = match (&line.content, &line.salt, &line.erasure) {
            (Some(content), None, Some(erasure)) if same(erasure, self.of_erasure(hash, line)) => content.clone(),
            (None, Some(salt), None) => content(line, salt),
            _ => return false,
        };
        same(hash, self.of_line(chain, (seq, before), line, &content))
    }

    /// That what a line says now took the place of what it said.
    fn of_erasure(&self, hash: &[u8], line: &Link) -> Vec<u8> {
        self.mac(&Text::of("erasure").part(hash).part(content(line, &[])))
    }

    /// What is left of a line; `None`: it is not chained, or erased already.
    pub(super) fn erased(&self, line: &Link, actor: String, target: String) -> Option<Erased> {
        let (hash, salt) = (line.hash.as_ref()?, line.salt.as_ref()?);
        let left = Link {
            actor,
            target,
            detail: "{}".to_owned(),
            request_id: None,
            address: None,
            salt: None,
            ..line.clone()
        };
        let (content, erasure) = (content(line, salt), self.of_erasure(hash, &left));
        Some(Erased { id: line.id, actor: left.actor, target: left.target, content, erasure })
    }
}

/// What a line says of persons, as a digest. Without the salt nobody finds out by trying.
fn content(line: &Link, salt: &[u8]) -> Vec<u8> {
    let text = Text::of("content").part(salt).part(&line.actor).part(&line.target).part(&line.detail);
    let text = text.maybe(line.request_id.as_ref()).maybe(line.address.as_ref());
    Sha256::digest(&text.0).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn key() -> ChainKey {
        ChainKey::new(vec![7; 32])
    }

    fn line() -> Link {
        Link {
            id: Uuid::from_u128(1),
            at: DateTime::UNIX_EPOCH,
            actor: "user:ada".to_owned(),
            action: "connection.connect".to_owned(),
            target: "x".to_owned(),
            detail: "{}".to_owned(),
            request_id: None,
            address: Some("203.0.113.9".to_owned()),
            seq: None,
            salt: None,
            hash: None,
            content: None,
            erasure: None,
        }
    }

    fn chained(line: Link) -> Link {
        let Chained { seq, salt, hash, .. } = key().chained(Uuid::nil(), (1, &NOTHING), &line);
        Link { seq: Some(seq), salt: Some(salt), hash: Some(hash), ..line }
    }

    fn holds(line: &Link) -> bool {
        key().holds(Uuid::nil(), (1, &NOTHING), line)
    }

    /// Whatever of a line is changed, it no longer holds; nor does it elsewhere.
    #[test]
    fn every_part_of_a_line_is_held() {
        let line = chained(line());
        assert!(holds(&line));
        let changed = [
            Link { id: Uuid::from_u128(2), ..line.clone() },
            Link { at: line.at + chrono::TimeDelta::microseconds(1), ..line.clone() },
            Link { actor: "user:bob".to_owned(), ..line.clone() },
            Link { action: "token.vend".to_owned(), ..line.clone() },
            Link { target: String::new(), ..line.clone() },
            // Parts do not flow into each other.
            Link { target: "x{}".to_owned(), detail: String::new(), ..line.clone() },
            Link { request_id: Some(String::new()), ..line.clone() },
            Link { address: None, ..line.clone() },
            Link { salt: Some(vec![0; 16]), ..line.clone() },
            Link { hash: None, ..line.clone() },
        ];
        assert!(changed.iter().all(|changed| !holds(changed)));
        assert!(!key().holds(Uuid::nil(), (2, &NOTHING), &line) && !key().holds(Uuid::nil(), (1, &[1; 32]), &line));
        assert!(!key().holds(Uuid::from_u128(9), (1, &NOTHING), &line));
        assert!(!ChainKey::new(vec![8; 32]).holds(Uuid::nil(), (1, &NOTHING), &line));
    }

    /// An erased line holds, and is changed no more than another; who has no key cannot erase.
    #[test]
    fn an_erased_line_holds_and_says_nothing() {
        let line = chained(line());
        let erase = |key: &ChainKey| {
            let Erased { actor, target, content, erasure, .. } =
                key.erased(&line, "erased:1".to_owned(), "erased:2".to_owned()).unwrap();
            let (salt, address) = (None, None);
            Link { actor, target, content: Some(content), erasure: Some(erasure), salt, address, ..line.clone() }
        };
        let erased = erase(&key());
        assert!(holds(&erased) && key().erased(&erased, String::new(), String::new()).is_none());
        assert!(!holds(&Link { actor: "user:bob".to_owned(), ..erased.clone() }));
        assert!(!holds(&Link { content: Some(vec![0; 32]), ..erased }));
        assert!(!holds(&erase(&ChainKey::new(vec![8; 32]))));
    }
}
