//! Columnar snapshots that somebody has changed.

use std::ops::Range;

use assetdiff::Fingerprint;

const ENTRY: usize = 48;
const FOOTER: usize = 64;

/// Returns where a section lies, by its number.
pub fn section(file: &[u8], id: usize) -> Option<Range<usize>> {
    let entries = file.get(directory(file)?)?.chunks_exact(ENTRY);
    let entry = entries.into_iter().find(|entry| number(&entry[..4]) == id)?;
    let start = number(&entry[8..16]);
    Some(start..start + number(&entry[16..24]))
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |number: usize, &b| number << 8 | usize::from(b))
}

fn directory(file: &[u8]) -> Option<Range<usize>> {
    let footer = file.len().checked_sub(FOOTER)?;
    let (start, count) = (number(&file[footer..footer + 8]), number(&file[footer + 8..footer + 12]));
    (Some(footer) == count.checked_mul(ENTRY).and_then(|len| start.checked_add(len))).then_some(start..footer)
}

/// Makes the digests right again of a columnar snapshot whose sections were changed, as its author could.
///
/// Bytes that hold no directory stay as they are.
pub fn reseal(file: &mut [u8]) {
    let Some(Range { start, end: footer }) = directory(file) else { return };
    for entry in (start..footer).step_by(ENTRY) {
        let (offset, len) = (number(&file[entry + 8..entry + 16]), number(&file[entry + 16..entry + 24]));
        let digest = offset.checked_add(len).and_then(|end| file.get(offset..end)).map(Fingerprint::of);
        if let Some(digest) = digest {
            file[entry + 32..entry + 48].copy_from_slice(digest.as_bytes());
        }
    }
    let digest = Fingerprint::of(&file[start..footer]);
    file[footer + 16..footer + 32].copy_from_slice(digest.as_bytes());
}
