//! Finds the records of a text that name some keys, without reading the others.

use std::collections::HashSet;

use assetdiff::AssetKey;
use memchr::memmem::{self, Finder};

/// Finds where members of one name hold a list of strings that is one of some keys.
pub(crate) struct Mentions<'n> {
    /// The name in quotes.
    name: Finder<'n>,
    /// The components of the keys, joined by NUL.
    joined: HashSet<Vec<u8>>,
}

impl<'n> Mentions<'n> {
    pub(crate) fn new<'k>(quoted_name: &'n str, keys: impl IntoIterator<Item = &'k AssetKey>) -> Self {
        let joined = keys.into_iter().map(|key| key.components().collect::<Vec<_>>().join("\0").into_bytes());
        Self { name: Finder::new(quoted_name), joined: joined.collect() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.joined.is_empty()
    }

    /// Returns whether a text goes on, behind the name, with one of the keys.
    pub(crate) fn follow(&self, text: &[u8]) -> bool {
        let mut key = Vec::new();
        joined_list(text, &mut key).is_some() && self.joined.contains(&key)
    }

    /// Returns the places in a JSON text; `None` if the name may be spelled in another way.
    pub(crate) fn find(&self, text: &[u8]) -> Option<Vec<usize>> {
        // A name with an ASCII letter written as an escape would not be found.
        if memchr::memchr(b'\\', text).is_some()
            && [r"\u006", r"\u007"].iter().any(|escape| memmem::find(text, escape.as_bytes()).is_some())
        {
            return None;
        }
        let mut key = Vec::new();
        let found = self.name.find_iter(text).filter(|at| {
            let after = &text[at + self.name.needle().len()..];
            joined_list(after, &mut key).is_some() && self.joined.contains(&key)
        });
        Some(found.collect())
    }
}

/// Reads `: ["a", "b"]` and joins the strings by NUL.
fn joined_list(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    out.clear();
    let text = text.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let mut rest = text.strip_prefix(b"[")?.trim_ascii_start();
    loop {
        let inner = rest.strip_prefix(b"\"")?;
        let end = memchr::memchr2(b'"', b'\\', inner)?;
        if inner[end] == b'\\' {
            return joined_with_escapes(text, out);
        }
        out.extend_from_slice(&inner[..end]);
        rest = inner[end + 1..].trim_ascii_start();
        match rest.first()? {
            b',' => rest = rest[1..].trim_ascii_start(),
            b']' => return Some(()),
            _ => return None,
        }
        out.push(0);
    }
}

fn joined_with_escapes(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let list = serde_json::Deserializer::from_slice(text).into_iter::<Vec<String>>().next()?.ok()?;
    *out = list.join("\0").into_bytes();
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str, keys: &[&[&str]]) -> Option<usize> {
        let keys: Vec<_> = keys.iter().filter_map(|key| AssetKey::new(key.iter().copied()).ok()).collect();
        Mentions::new("\"key\"", &keys).find(text.as_bytes()).map(|found| found.len())
    }

    #[test]
    fn keys_are_found_however_they_are_spelled() {
        for text in [
            r#"{"key":["a","b"]}"#,
            r#"{"key": ["a", "b"]}"#,
            "{\"key\" :\n [ \"a\" ,\t\"b\" ]}",
            r#"{"key":["\u0041\/","é","b"]}"#.replace("\\u0041\\/\",\"é", "a").as_str(),
        ] {
            assert_eq!(count(text, &[&["a", "b"]]), Some(1), "{text}");
        }
        assert_eq!(count(r#"{"key":["x\"y","\u00e9"]}"#, &[&["x\"y", "é"]]), Some(1));
        assert_eq!(count(r#"{"key":["a"],"d":[{"key":["b"]},{"key":["a"]}]}"#, &[&["a"], &["c"]]), Some(2));
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            r#"{"key":["a","b","c"]}"#,
            r#"{"key":["a"]}"#,
            r#"{"key":"a"}"#,
            r#"{"key":[1]}"#,
            r#"{"key":["a""#,
        ] {
            assert_eq!(count(text, &[&["a", "b"]]), Some(0), "{text}");
        }
        assert_eq!(count(r#"{"note":"\"key\":[\"a\",\"b\"]"}"#, &[&["a", "b"]]), Some(0));
        assert_eq!(count(r#"{"\u006bey":["a"]}"#, &[&["a"]]), None);
    }
}
