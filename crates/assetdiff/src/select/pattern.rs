//! Patterns in which `*` stands for any characters.

use std::fmt;

use memchr::memmem;

/// A text in which `*` stands for any number of any characters, `/` among them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Pattern(Box<str>);

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self(text.into())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn has_wildcard(&self) -> bool {
        self.0.contains('*')
    }

    /// Returns what matches it, with each `/` of the pattern read as another byte.
    pub(super) fn matcher(&self, slash: u8) -> Matcher {
        let bytes =
            |piece: &str| piece.bytes().map(|b| if b == b'/' { slash } else { b }).collect::<Vec<u8>>();
        let mut pieces = self.0.split('*').map(bytes);
        let prefix = pieces.next().unwrap_or_default();
        let mut rest: Vec<Vec<u8>> = pieces.collect();
        let suffix = rest.pop();
        let middle = rest.into_iter().filter(|piece| !piece.is_empty());
        Matcher {
            prefix,
            middle: middle.map(|piece| memmem::Finder::new(&piece).into_owned()).collect(),
            suffix,
        }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.matcher(b'/').matches(text.as_bytes())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A pattern cut at its stars.
pub(super) struct Matcher {
    prefix: Vec<u8>,
    middle: Vec<memmem::Finder<'static>>,
    /// `None` without a star: the prefix is all.
    suffix: Option<Vec<u8>>,
}

impl Matcher {
    /// Returns what everything that matches begins with.
    pub(super) fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Returns whether the pattern matches all of a text. Costs O(n) for each star.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        let Some(suffix) = &self.suffix else { return text == self.prefix };
        let Some(rest) = text.strip_prefix(&*self.prefix) else { return false };
        let Some(mut rest) = rest.strip_suffix(&**suffix) else { return false };
        for piece in &self.middle {
            let Some(at) = piece.find(rest) else { return false };
            rest = &rest[at + piece.needle().len()..];
        }
        true
    }
}
