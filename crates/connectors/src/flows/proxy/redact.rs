//! Keeps a token out of a stream of bytes that comes in arbitrary pieces.

use bytes::{Bytes, BytesMut};
use kernel::Secret;

/// Covers each occurrence with as many asterisks, so that an announced length stays true.
pub struct Redactor {
    token: Secret,
    /// The end of what has come, as long as it could be the token's beginning.
    held: BytesMut,
}

impl Redactor {
    pub fn new(token: Secret) -> Self {
        Self { token, held: BytesMut::new() }
    }

    /// What can be passed on now that `piece` has come.
    pub fn pass(&mut self, piece: &[u8]) -> Bytes {
        self.held.extend_from_slice(piece);
        let token = self.token.expose().as_bytes();
        cover(&mut self.held, token);
        let sure = self.held.len() - beginning_at_end(&self.held, token);
        self.held.split_to(sure).freeze()
    }

    /// What was held back, once it is sure that no more comes.
    pub fn end(&mut self) -> Bytes {
        self.held.split().freeze()
    }
}

fn cover(bytes: &mut [u8], token: &[u8]) {
    let Some(first) = token.first() else { return };
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| byte == first).map(|found| from + found) {
        if bytes[at..].starts_with(token) {
            bytes[at..at + token.len()].fill(b'*');
            from = at + token.len();
        } else {
            from = at + 1;
        }
    }
}

/// How many of the last bytes are the token's first ones, but not all of it.
fn beginning_at_end(bytes: &[u8], token: &[u8]) -> usize {
    let longest = token.len().saturating_sub(1).min(bytes.len());
    (1..=longest).rev().find(|length| bytes.ends_with(&token[..*length])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(pieces: &[&[u8]], token: &str) -> Vec<u8> {
        let mut redactor = Redactor::new(token.into());
        let mut out: Vec<u8> = pieces.iter().flat_map(|piece| redactor.pass(piece)).collect();
        out.extend(redactor.end());
        out
    }

    /// However the text is cut, in one, two or three places or byte by byte, the same comes out and no token.
    #[test]
    fn every_cut_gives_the_same() {
        // A token that begins like itself again, next to halves of it.
        let text = b"gho_gho_1gho_gho_1 \"gho_gho_gho_1\" gho_gho_";
        let expected = b"****************** \"gho_*********\" gho_gho_";
        let token = "gho_gho_1";
        for first in 0..=text.len() {
            for second in first..=text.len() {
                let pieces = [&text[..first], &text[first..second], &text[second..]];
                assert_eq!(through(&pieces, token), expected, "cut at {first} and {second}");
            }
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(through(&bytes, token), expected);
    }

    /// What is no token passes untouched and at once; only a possible beginning waits.
    #[test]
    fn only_a_possible_beginning_waits() {
        let mut redactor = Redactor::new("secret".into());
        assert_eq!(redactor.pass(b"data: 1\n\n"), "data: 1\n\n");
        assert_eq!(redactor.pass(b"a sec"), "a ");
        assert_eq!(redactor.pass(b"ond\xff"), &b"second\xff"[..]);
        assert_eq!(redactor.pass(b"secre"), "");
        assert_eq!(redactor.end(), "secre");
    }
}
