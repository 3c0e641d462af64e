//! Columnar snapshots that somebody has changed.

use assetdiff::Fingerprint;

const ENTRY: usize = 48;
const FOOTER: usize = 64;

/// Makes the digests right again of a columnar snapshot whose sections were changed, as its author could.
///
/// Bytes that hold no directory stay as they are.
pub fn reseal(file: &mut [u8]) {
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number: usize, &b| number << 8 | usize::from(b));
    let Some(footer) = file.len().checked_sub(FOOTER) else { return };
    let (start, count) = (number(&file[footer..footer + 8]), number(&file[footer + 8..footer + 12]));
    if start > footer || Some(footer - start) != count.checked_mul(ENTRY) {
        return;
    }
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
