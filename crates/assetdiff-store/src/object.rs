//! Content-addressed objects: named by the hash of their bytes, compressed, never changed.

use std::fmt;
use std::io::Read;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, CONCURRENCY};
use crate::error::{MISSING, StoreError};

/// The most bytes of an object before compression.
pub(crate) const MAX_OBJECT: u64 = 64 << 20;

/// A fast level that is close to the best for texts of some kilobytes.
const LEVEL: i32 = 12;

/// A text with the hash of it before it, so that a flipped bit is seen.
pub(crate) fn seal(text: &[u8]) -> Vec<u8> {
    [format!("{}\n", Digest::of(text)).as_bytes(), text, b"\n"].concat()
}

/// The text that was sealed, and its hash; what is wrong with it if it is not.
pub(crate) fn unseal(bytes: &[u8]) -> Result<(&[u8], Digest), &'static str> {
    let (digest, text) = bytes.split_at_checked(65).ok_or("a cut entry")?;
    let text = text.strip_suffix(b"\n").ok_or("a cut entry")?;
    let found = Digest::of(text);
    match *digest == *format!("{found}\n").as_bytes() {
        true => Ok((text, found)),
        false => Err("an entry that does not match its hash"),
    }
}

/// The name of an object: the blake3 hash of its stored bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Digest(pub(crate) [u8; 32]);

impl Digest {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    pub(crate) fn path(&self) -> String {
        let hex = self.to_string();
        format!("objects/{}/{}", &hex[..2], &hex[2..])
    }

    /// The digest of an object's path.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let (folder, file) = path.strip_prefix("objects/")?.split_once('/')?;
        Self::try_from(format!("{folder}{file}")).ok()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let hash = blake3::Hash::from_hex(&text).map_err(|e| e.to_string())?;
        Ok(Self(*hash.as_bytes()))
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

/// An object that is to be written.
pub(crate) struct Object {
    pub(crate) digest: Digest,
    pub(crate) bytes: Vec<u8>,
}

impl Object {
    pub(crate) fn new(what: &str, content: &[u8]) -> Result<Self, StoreError> {
        let found = content.len() as u64;
        if found > MAX_OBJECT {
            return Err(StoreError::TooLarge { what: what.to_owned(), limit: MAX_OBJECT, found });
        }
        let bytes = zstd::bulk::compress(content, LEVEL)
            .map_err(|e| StoreError::Storage { doing: format!("compress {what}"), reason: e.to_string() })?;
        Ok(Self { digest: Digest::of(&bytes), bytes })
    }
}

impl Backend {
    /// Writes objects, many at once. The same object may be written by two at once: the bytes are the same.
    pub(crate) async fn put_objects(&self, objects: Vec<&Object>) -> Result<(), StoreError> {
        let puts = objects.into_iter().map(|Object { digest, bytes }| {
            let path = digest.path();
            async move { self.put(&path, bytes.clone()).await }
        });
        stream::iter(puts).buffer_unordered(CONCURRENCY).try_collect().await
    }

    /// Reads the content of an object.
    pub(crate) async fn object(&self, digest: Digest) -> Result<Vec<u8>, StoreError> {
        let path = digest.path();
        let corrupt = |reason: &str| StoreError::Corrupt { path: path.clone(), reason: reason.to_owned() };
        let bytes = self.get(&path).await?.ok_or_else(|| corrupt(MISSING))?;
        if Digest::of(&bytes) != digest {
            return Err(corrupt("other bytes than its name says"));
        }
        let mut content = Vec::new();
        let decoder = zstd::stream::read::Decoder::new(&*bytes).map_err(|e| corrupt(&e.to_string()))?;
        let read = decoder.take(MAX_OBJECT + 1).read_to_end(&mut content);
        read.map_err(|e| corrupt(&e.to_string()))?;
        if content.len() as u64 > MAX_OBJECT {
            return Err(corrupt("more bytes than an object may have"));
        }
        Ok(content)
    }

    /// Reads the contents of objects in order, many at once.
    pub(crate) async fn objects(&self, digests: &[Digest]) -> Result<Vec<Vec<u8>>, StoreError> {
        let gets = digests.iter().map(|digest| self.object(*digest));
        stream::iter(gets).buffered(CONCURRENCY).try_collect().await
    }
}
