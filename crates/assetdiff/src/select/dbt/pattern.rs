//! The patterns that dbt borrows from Python.

use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;

/// The longest pattern in bytes.
pub(super) const MAX_PATTERN: usize = 4096;

/// Returns the pattern of Python's `fnmatch`: `*`, `?`, `[seq]` and `[!seq]`.
pub(super) fn fnmatch(pattern: &str) -> Result<Regex, ()> {
    if pattern.len() > MAX_PATTERN {
        return Err(());
    }
    let mut regex = String::from("(?s)^");
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' => {
                let negated = rest.starts_with('!');
                let inner = &rest[usize::from(negated)..];
                // A closing bracket that comes first is one of the set.
                let skip = inner.chars().next().map_or(0, char::len_utf8);
                let Some(end) = inner[skip..].find(']').map(|at| at + skip) else {
                    regex.push_str("\\[");
                    continue;
                };
                regex.push_str(&set(&inner[..end], negated));
                rest = &inner[end + 1..];
            }
            c => regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    regex.push('$');
    Regex::new(&regex).map_err(|_| ())
}

/// Returns a set of characters; ranges that are empty hold nothing.
fn set(inner: &str, negated: bool) -> String {
    let chars: Vec<char> = inner.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    let escaped = |c: char| format!("\\x{{{:x}}}", c as u32);
    while let Some(&c) = chars.get(at) {
        match (chars.get(at + 1), chars.get(at + 2)) {
            (Some('-'), Some(&end)) => {
                if c <= end {
                    out.push_str(&format!("{}-{}", escaped(c), escaped(end)));
                }
                at += 3;
            }
            _ => {
                out.push_str(&escaped(c));
                at += 1;
            }
        }
    }
    match (out.is_empty(), negated) {
        (true, false) => "[^\\x{0}-\\x{10ffff}]".to_owned(),
        (true, true) => ".".to_owned(),
        (false, true) => format!("[^{out}]"),
        (false, false) => format!("[{out}]"),
    }
}

/// Returns the pattern of Python's `Path.glob` for a path below the project: `*` stays within a
/// folder, `**` crosses them.
pub(super) fn path_glob(pattern: &str) -> Result<GlobMatcher, String> {
    if pattern.len() > MAX_PATTERN {
        return Err(format!("it is longer than {MAX_PATTERN} bytes"));
    }
    let parts = pattern.split('/').filter(|part| !part.is_empty() && *part != ".");
    // Braces and backslashes mean nothing there.
    let escape = |part: &str| part.replace('\\', "[\\\\]").replace('{', "[{]").replace('}', "[}]");
    let pattern: Vec<String> = parts.map(escape).collect();
    let glob = GlobBuilder::new(&pattern.join("/")).literal_separator(true).backslash_escape(false).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}
