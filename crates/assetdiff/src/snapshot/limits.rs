//! How much a snapshot may hold.

use std::fmt;

use crate::json::{MAX_DEPTH, end_of_string};

/// The most that a snapshot may hold; what is over is refused before memory is taken for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the text, after decompression.
    pub max_bytes: u64,
    /// Definitions.
    pub max_assets: u64,
    /// Dependencies of all definitions together.
    pub max_dependencies: u64,
    /// Entries of any one list or map of a definition.
    pub max_entries: u64,
    /// Bytes of any one text of a definition.
    pub max_text_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 16 << 30,
            max_assets: 20_000_000,
            max_dependencies: 200_000_000,
            max_entries: 250_000,
            max_text_bytes: 1 << 20,
        }
    }
}

/// Which limit it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LimitKind {
    /// [`Limits::max_bytes`].
    Bytes,
    /// [`Limits::max_assets`].
    Assets,
    /// [`Limits::max_dependencies`].
    Dependencies,
    /// [`Limits::max_entries`].
    Entries,
    /// [`Limits::max_text_bytes`].
    TextBytes,
    /// [`MAX_DEPTH`](crate::MAX_DEPTH), which cannot be changed.
    Depth,
}

impl LimitKind {
    /// Returns what is counted.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Assets => "assets",
            Self::Dependencies => "dependencies",
            Self::Entries => "entries in one list or map of an asset",
            Self::TextBytes => "bytes in one text of an asset",
            Self::Depth => "nested lists and maps",
        }
    }
}

/// Something holds more than a limit allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected at most {limit} {kind}, found more")]
pub struct LimitError {
    /// What is counted.
    pub kind: LimitKind,
    /// The most that is allowed.
    pub limit: u64,
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Limits {
    /// Checks a count against one of the limits.
    pub(crate) fn check(&self, kind: LimitKind, count: u64) -> Result<(), LimitError> {
        let limit = match kind {
            LimitKind::Bytes => self.max_bytes,
            LimitKind::Assets => self.max_assets,
            LimitKind::Dependencies => self.max_dependencies,
            LimitKind::Entries => self.max_entries,
            LimitKind::TextBytes => self.max_text_bytes,
            LimitKind::Depth => MAX_DEPTH as u64,
        };
        if count > limit { Err(LimitError { kind, limit }) } else { Ok(()) }
    }

    /// Checks the texts, lists and maps of a definition's JSON text, or of a whole file's.
    ///
    /// `around` is how many levels stand around the definitions: their entries are not limited here.
    /// On an error also returns the byte where the text, list or map begins. What is no JSON is
    /// passed over.
    pub(crate) fn check_text(&self, json: &str, around: usize) -> Result<(), (LimitError, usize)> {
        let bytes = json.as_bytes();
        // Mostly a definition is too short to hold too much.
        let is_short = bytes.len() as u64 <= self.max_text_bytes.min(self.max_entries);
        if is_short && bytes.iter().filter(|&&byte| byte == b'{' || byte == b'[').count() <= MAX_DEPTH {
            return Ok(());
        }
        // For each open list or map, where it begins and how many commas stand in it.
        let mut open = Vec::with_capacity(around + MAX_DEPTH);
        let (mut start, mut commas) = (0, 0_u64);
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match KIND[usize::from(byte)] {
                Kind::Other => {}
                Kind::Quote => {
                    let quote = at;
                    at = end_of_string(bytes, at);
                    let length = at.saturating_sub(quote + 1);
                    self.check(LimitKind::TextBytes, length as u64).map_err(|e| (e, quote))?;
                }
                Kind::Open => {
                    open.push((start, commas));
                    (start, commas) = (at, 0);
                    let depth = open.len().saturating_sub(around);
                    self.check(LimitKind::Depth, depth as u64).map_err(|e| (e, at))?;
                }
                Kind::Comma => {
                    commas += 1;
                    if commas >= self.max_entries && open.len() > around {
                        self.check(LimitKind::Entries, commas + 1).map_err(|e| (e, start))?;
                    }
                }
                Kind::Close => (start, commas) = open.pop().unwrap_or_default(),
            }
            at += 1;
        }
        Ok(())
    }
}

/// What a byte of JSON text is outside of strings.
#[derive(Clone, Copy)]
enum Kind {
    Other,
    Quote,
    Open,
    Comma,
    Close,
}

const KIND: [Kind; 256] = {
    let mut kinds = [Kind::Other; 256];
    kinds[b'"' as usize] = Kind::Quote;
    kinds[b'{' as usize] = Kind::Open;
    kinds[b'[' as usize] = Kind::Open;
    kinds[b',' as usize] = Kind::Comma;
    kinds[b'}' as usize] = Kind::Close;
    kinds[b']' as usize] = Kind::Close;
    kinds
};
