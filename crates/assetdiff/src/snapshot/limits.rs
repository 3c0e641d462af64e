//! How much a snapshot may hold.

use std::fmt;

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
            LimitKind::Depth => crate::json::MAX_DEPTH as u64,
        };
        if count > limit { Err(LimitError { kind, limit }) } else { Ok(()) }
    }

    /// Checks the texts, lists and maps of a JSON text that is valid syntax.
    ///
    /// On an error also returns the byte where the text, list or map begins.
    pub(crate) fn check_text(&self, json: &str) -> Result<(), (LimitError, usize)> {
        // No text or list is longer than the whole; nearly all definitions end here.
        let longest = self.max_text_bytes.min(self.max_entries.saturating_mul(2));
        let bytes = json.as_bytes();
        if bytes.len() as u64 <= longest {
            return Ok(());
        }
        let mut containers: Vec<(usize, u64)> = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                b'"' => {
                    let start = at;
                    at += 1;
                    while bytes[at] != b'"' {
                        at += if bytes[at] == b'\\' { 2 } else { 1 };
                    }
                    self.check(LimitKind::TextBytes, (at - start - 1) as u64).map_err(|e| (e, start))?;
                }
                b'{' | b'[' => {
                    containers.push((at, 1));
                    self.check(LimitKind::Depth, containers.len() as u64).map_err(|e| (e, at))?;
                }
                b'}' | b']' => {
                    containers.pop();
                }
                b',' => {
                    if let Some((start, entries)) = containers.last_mut() {
                        *entries += 1;
                        self.check(LimitKind::Entries, *entries).map_err(|e| (e, *start))?;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        Ok(())
    }
}
