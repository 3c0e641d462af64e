//! Rewrites JSON text into its canonical form in one pass, without building a tree.

use super::number;
use super::{JsonError, JsonProblem, MAX_DEPTH};

/// Returns the canonical form of a text that is known to be valid JSON syntax.
pub(super) fn canonicalize(text: &str, max_depth: usize) -> Result<String, JsonError> {
    let mut writer = Writer { text, max_depth, at: 0, out: String::with_capacity(text.len()) };
    writer.value(0)?;
    Ok(writer.out)
}

/// Returns whether a text that is known to be valid JSON syntax is certainly its own canonical form: words,
/// strings without escapes, whole numbers, and most fractions as they are usually written.
pub(super) fn is_plain(text: &str) -> bool {
    match text.as_bytes() {
        [b'"', inner @ ..] => !inner.contains(&b'\\'),
        [b'-' | b'0'..=b'9', ..] => number::is_plain(text),
        [b'{' | b'[', ..] => false,
        _ => true,
    }
}

struct Writer<'a> {
    text: &'a str,
    max_depth: usize,
    /// The read position in `text`, in bytes.
    at: usize,
    out: String,
}

/// One `"key":value` as written to the output, and where its key stood in the source.
struct Member {
    start: usize,
    end: usize,
    source: usize,
}

impl Writer<'_> {
    fn value(&mut self, depth: usize) -> Result<(), JsonError> {
        match self.peek() {
            b'{' | b'[' if depth == self.max_depth => {
                Err(self.problem(JsonProblem::TooDeep { limit: MAX_DEPTH }))
            }
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            _ => {
                self.copy_while(|b| b.is_ascii_lowercase());
                Ok(())
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), JsonError> {
        self.punctuation();
        while self.peek() != b']' {
            self.value(depth + 1)?;
            if self.peek() == b',' {
                self.punctuation();
            }
        }
        self.punctuation();
        Ok(())
    }

    fn object(&mut self, depth: usize) -> Result<(), JsonError> {
        self.punctuation();
        let mut members = Vec::new();
        while self.peek() != b'}' {
            let (start, source) = (self.out.len(), self.at);
            self.string()?;
            self.peek();
            self.punctuation();
            self.value(depth + 1)?;
            members.push(Member { start, end: self.out.len(), source });
            if self.peek() == b',' {
                self.punctuation();
            }
        }
        self.sort_members(&mut members)?;
        self.punctuation();
        Ok(())
    }

    /// Brings the members just written into the order of their keys.
    fn sort_members(&mut self, members: &mut [Member]) -> Result<(), JsonError> {
        let out = &self.out;
        let key = |member: &Member| decoded_key(&out[member.start..member.end]);
        if !members.is_sorted_by(|a, b| key(a) < key(b)) {
            // The source position makes the order total: of two equal keys the first comes first.
            members.sort_unstable_by(|a, b| key(a).cmp(&key(b)).then(a.source.cmp(&b.source)));
            if let Some(pair) = members.windows(2).find(|pair| key(&pair[0]) == key(&pair[1])) {
                return Err(JsonError {
                    problem: JsonProblem::DuplicateKey {
                        key: key(&pair[0]).into_owned(),
                        first: pair[0].source,
                    },
                    offset: pair[1].source,
                });
            }
            let Some(start) = members.iter().map(|member| member.start).min() else { return Ok(()) };
            let mut sorted = String::with_capacity(self.out.len() - start);
            for member in members.iter() {
                if !sorted.is_empty() {
                    sorted.push(',');
                }
                sorted.push_str(&self.out[member.start..member.end]);
            }
            self.out.truncate(start);
            self.out.push_str(&sorted);
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        let mut escaped = false;
        while bytes[end] != b'"' {
            if bytes[end] == b'\\' {
                escaped = true;
                end += 1;
            }
            end += 1;
        }
        end += 1;
        let source = &self.text[start..end];
        if escaped {
            // The syntax is valid, so the only thing left to be wrong is a surrogate without its pair.
            let decoded: String =
                serde_json::from_str(source).map_err(|_| self.problem(JsonProblem::LoneSurrogate))?;
            self.out.push_str(&quote(&decoded));
        } else {
            self.out.push_str(source);
        }
        self.at = end;
        Ok(())
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let rest = &self.text[self.at..];
        let len =
            rest.bytes().take_while(|b| matches!(b, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')).count();
        if !number::push_canonical(&mut self.out, &rest[..len]) {
            return Err(self.problem(JsonProblem::Exponent));
        }
        self.at += len;
        Ok(())
    }

    fn copy_while(&mut self, keep: impl Fn(u8) -> bool) {
        let rest = &self.text[self.at..];
        let len = rest.bytes().take_while(|&b| keep(b)).count().max(1);
        self.out.push_str(&rest[..len]);
        self.at += len;
    }

    /// Copies one byte of punctuation.
    fn punctuation(&mut self) {
        self.out.push(char::from(self.text.as_bytes()[self.at]));
        self.at += 1;
    }

    /// Skips white space and returns the next byte.
    fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while matches!(bytes[self.at], b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
        bytes[self.at]
    }

    fn problem(&self, problem: JsonProblem) -> JsonError {
        JsonError { problem, offset: self.at }
    }
}

/// Returns how deep arrays and objects are nested in a text that is known to be valid JSON syntax.
pub(crate) fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                while let Some(byte) = bytes.next().filter(|&byte| byte != b'"') {
                    if byte == b'\\' {
                        bytes.next();
                    }
                }
            }
            _ => {}
        }
    }
    deepest
}

/// Returns the JSON string literal of a text, in its canonical spelling.
pub(crate) fn quote(text: &str) -> String {
    // Writing a string to memory has no way to fail.
    serde_json::to_string(text).unwrap_or_default()
}

/// Returns the key of a written member, without quotes and escapes.
fn decoded_key(member: &str) -> std::borrow::Cow<'_, str> {
    let bytes = member.as_bytes();
    let mut end = 1;
    let mut escaped = false;
    while bytes[end] != b'"' {
        if bytes[end] == b'\\' {
            escaped = true;
            end += 1;
        }
        end += 1;
    }
    if escaped { serde_json::from_str(&member[..=end]).unwrap_or_default() } else { member[1..end].into() }
}
