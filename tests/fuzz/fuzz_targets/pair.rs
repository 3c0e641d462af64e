//! Two texts read beside each other, and each alone: the same graphs, or the same errors. They are split at the
//! first byte 0xFF, which is in no UTF-8; where there is none, the other text is the same without white space.
#![no_main]

use std::borrow::Cow;

use assetdiff::{AssetGraph, Limits, LoadError};
use assetdiff_adapters::source::{SourceKind, parse, parse_pair};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (base, head) = match bytes.iter().position(|&byte| byte == 0xff) {
        Some(middle) => (&bytes[..middle], Cow::Borrowed(&bytes[middle + 1..])),
        None => (bytes, Cow::Owned(compact(bytes))),
    };
    let limits = Limits::default();
    for kind in [SourceKind::Snapshot, SourceKind::Dbt] {
        let alone = |text| parse(text, kind, &limits);
        let (old, new) = parse_pair(base, &head, kind, &limits);
        assert_same(&old, &alone(base));
        assert_same(&new, &alone(&head));
    }
});

fn assert_same(found: &Result<AssetGraph, LoadError>, alone: &Result<AssetGraph, LoadError>) {
    assert_eq!(found, alone);
    let (Ok(found), Ok(alone)) = (found, alone) else { return };
    assert_eq!(found.fingerprint(), alone.fingerprint());
    // What no fingerprint covers, too.
    assert_eq!(found.to_snapshot(), alone.to_snapshot());
}

/// Leaves out the white space outside of strings.
fn compact(text: &[u8]) -> Vec<u8> {
    let (mut in_string, mut is_escaped) = (false, false);
    let mut stays = |byte: u8| {
        in_string ^= byte == b'"' && !is_escaped;
        is_escaped = in_string && byte == b'\\' && !is_escaped;
        in_string || !byte.is_ascii_whitespace()
    };
    text.iter().copied().filter(|&byte| stays(byte)).collect()
}
