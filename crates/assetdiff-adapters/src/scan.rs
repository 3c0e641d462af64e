//! Finds the parts of JSON text without reading them.

/// Returns whether a byte is white space in JSON.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// Returns where white space ends that begins at `at`.
pub(crate) fn space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|&byte| is_space(byte)) {
        at += 1;
    }
    at
}

/// Returns what stands behind an expected byte and the white space before it.
pub(crate) fn after_byte(bytes: &[u8], at: usize, expected: u8) -> Option<usize> {
    let at = space(bytes, at);
    (bytes.get(at) == Some(&expected)).then_some(at + 1)
}

/// Returns where a string ends that begins at `start`, behind its quote.
pub(crate) fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes.get(start) != Some(&b'"') {
        return None;
    }
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Returns where a value ends that begins at `start`; what it holds is checked by its reader.
pub(crate) fn end_of_value(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut depth) = (start, 0_usize);
    loop {
        match bytes.get(at)? {
            b'"' => at = end_of_string(bytes, at)? - 1,
            b'{' | b'[' => depth += 1,
            b',' | b'}' | b']' if depth == 0 => return Some(at),
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
}
