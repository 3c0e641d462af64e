//! Two graphs out of any bytes: the diff agrees with the naive one and applies both ways, and the
//! reports show nothing raw. Half of the inputs are two JSON texts, half drive the generator.
#![no_main]

use arbitrary::Unstructured;
use assetdiff::{AssetGraph, DiffOptions, Limits, Renames, Snapshot, diff};
use assetdiff_report::{MarkdownStyle, TextStyle, markdown, text};
use assetdiff_tests::{generate, naive};
use libfuzzer_sys::fuzz_target;

fn parsed(bytes: &[u8]) -> Option<(AssetGraph, AssetGraph)> {
    let middle = bytes.windows(2).position(|pair| pair == b"\n\n")?;
    let read = |bytes| AssetGraph::from_json(bytes, &Limits::default()).ok();
    Some((read(&bytes[..middle])?, read(&bytes[middle..])?))
}

fn generated(bytes: &[u8]) -> Option<(AssetGraph, AssetGraph)> {
    let (base, head) = generate::pair(&mut Unstructured::new(bytes)).ok()?;
    Some((AssetGraph::new(base).ok()?, AssetGraph::new(head).ok()?))
}

fuzz_target!(|bytes: &[u8]| {
    let Some((base, head)) = (if bytes.starts_with(b"{") { parsed(bytes) } else { generated(bytes) }) else {
        return;
    };
    let changes = diff(&base, &head, &DiffOptions::default());
    let applied = changes.apply(&base).expect("it starts from base");
    assert_eq!(applied, head);
    assert_eq!(changes.clone().invert().apply(&head).expect("it starts from head"), base);
    let read = assetdiff::ChangeSet::from_json(&changes.to_json()).expect("what was written can be read");
    assert_eq!(read, changes);

    let mut options = DiffOptions::default();
    options.renames = Renames::Off;
    let plain = diff(&base, &head, &options);
    agrees(&plain, &base.to_snapshot(), &head.to_snapshot());

    let shown = text(&changes, &TextStyle::default());
    assert!(!shown.chars().any(|c| c != '\n' && assetdiff::is_hidden(c)));
    let comment = markdown(&changes, &MarkdownStyle::default());
    assert!(comment.chars().count() <= 65_536);
    assert!(!comment.chars().any(|c| c != '\n' && assetdiff::is_hidden(c)));
});

fn agrees(changes: &assetdiff::ChangeSet, base: &Snapshot, head: &Snapshot) {
    let expected = naive::diff(base, head);
    let place = |d: &assetdiff::AssetDefinition| (d.key.clone(), d.code_location.clone());
    assert!(changes.added.iter().map(place).eq(expected.added.iter().cloned()));
    assert!(changes.removed.iter().map(place).eq(expected.removed.iter().cloned()));
    let modified = changes.modified.iter();
    let modified = modified.map(|m| ((m.key.clone(), m.code_location.clone()), m.modification.aspects()));
    assert!(modified.eq(expected.modified.into_iter()));
    assert_eq!(changes.moved.len(), expected.moved.len());
}
