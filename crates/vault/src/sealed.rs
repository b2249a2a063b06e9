//! The envelope: `version (1) ‖ key id length (1) ‖ key id ‖ nonce (12) ‖ ciphertext and tag`.

const VERSION: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;

/// What a ciphertext belongs to. Opening needs the same three words that sealing had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    table: String,
    row: String,
    field: String,
}

impl Context {
    /// `table`, the row's full key (tenant included) and the field.
    pub fn new(table: impl Into<String>, row: impl Into<String>, field: impl Into<String>) -> Self {
        Self { table: table.into(), row: row.into(), field: field.into() }
    }

    /// Length-prefixed, so that no two contexts share an encoding.
    pub(crate) fn aad(&self) -> Vec<u8> {
        let mut aad = vec![VERSION];
        for part in [&self.table, &self.row, &self.field] {
            aad.extend((part.len() as u64).to_be_bytes());
            aad.extend(part.as_bytes());
        }
        aad
    }
}

/// A sealed secret. The only form in which `db` takes one.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    bytes: Vec<u8>,
    key_id: String,
}

/// A sealed value did not open. Says nothing about the content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("the sealed value is damaged")]
    Malformed,
    #[error("the sealed value needs key {0:?}, which is not configured")]
    UnknownKey(String),
    #[error("the sealed value does not open with key {0:?} in this place")]
    Refused(String),
}

impl Sealed {
    /// Everything before the nonce.
    pub(crate) fn header(key_id: &str) -> Vec<u8> {
        // Key ids are at most 32 bytes; `Keyring` refuses longer ones.
        let length = u8::try_from(key_id.len()).unwrap_or(u8::MAX);
        let mut bytes = vec![VERSION, length];
        bytes.extend(key_id.as_bytes());
        bytes
    }

    pub(crate) fn assemble(key_id: &str, nonce: [u8; NONCE], ciphertext: &[u8]) -> Self {
        let mut bytes = Self::header(key_id);
        bytes.extend(nonce);
        bytes.extend(ciphertext);
        Self { bytes, key_id: key_id.to_owned() }
    }

    /// From the database. Only the frame is checked here; the content shows itself at opening.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, OpenError> {
        let (&version, rest) = bytes.split_first().ok_or(OpenError::Malformed)?;
        let (&length, rest) = rest.split_first().ok_or(OpenError::Malformed)?;
        let length = usize::from(length);
        if version != VERSION || rest.len() < length + NONCE + TAG {
            return Err(OpenError::Malformed);
        }
        let key_id = std::str::from_utf8(&rest[..length]).map_err(|_| OpenError::Malformed)?.to_owned();
        Ok(Self { bytes, key_id })
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Which key opens it.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    pub(crate) fn parts(&self) -> ([u8; NONCE], &[u8]) {
        let body = &self.bytes[2 + self.key_id.len()..];
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&body[..NONCE]);
        (nonce, &body[NONCE..])
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed(key {:?}, {} bytes)", self.key_id, self.bytes.len())
    }
}
