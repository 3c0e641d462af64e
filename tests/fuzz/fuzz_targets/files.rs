//! Two files, mapped and compared by reading little of them: what a comparison of the whole finds, if the whole can be
//! read at all. They are snapshots in columns or in JSON, of which somebody changed a few bytes.
#![no_main]

use std::path::PathBuf;
use std::sync::OnceLock;

use arbitrary::Unstructured;
use assetdiff::{AssetGraph, ChangeSet, DiffOptions, Limits, diff};
use assetdiff_adapters::source::{self, SourceKind};
use assetdiff_tests::{columns, generate};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static FOLDER: OnceLock<TempDir> = OnceLock::new();

fn files(u: &mut Unstructured<'_>) -> Option<[PathBuf; 2]> {
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("there is a folder for what passes"));
    let is_columnar = u.arbitrary().ok()?;
    let (base, head) = generate::pair(u).ok()?;
    let mut paths = [(base, "base"), (head, "head")].into_iter().map(|(snapshot, name)| {
        let graph = AssetGraph::new(snapshot).ok()?;
        let mut bytes = Vec::new();
        if is_columnar {
            graph.write_columns(&mut bytes).expect("memory takes what is written");
        } else {
            let text = graph.to_snapshot().to_json();
            let json: serde_json::Value = serde_json::from_slice(&text).ok()?;
            bytes = if u.arbitrary().ok()? { text } else { serde_json::to_vec_pretty(&json).ok()? };
        }
        for _ in 0..u.int_in_range(0..=4).ok()? {
            let at = u.choose_index(bytes.len()).ok()?;
            bytes[at] = u.arbitrary().ok()?;
        }
        if is_columnar && u.arbitrary().ok()? {
            columns::reseal(&mut bytes);
        }
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("the folder takes files");
        Some(path)
    });
    Some([paths.next()??, paths.next()??])
}

/// What is told of a whole change set by one that was found by reading little.
fn as_few_tell(changes: ChangeSet) -> ChangeSet {
    let undefined = changes.undefined_upstreams.into_iter();
    let undefined_upstreams = undefined.filter(|upstream| upstream.was_defined || upstream.is_new).collect();
    ChangeSet { graphs: None, undefined_upstreams, ..changes }
}

fuzz_target!(|bytes: &[u8]| {
    let Some([base, head]) = files(&mut Unstructured::new(bytes)) else { return };
    let (kind, limits, options) = (SourceKind::Snapshot, Limits::default(), DiffOptions::default());
    let few = source::changes(&base, &head, kind, &limits, &options);
    let whole = source::read_pair(&base, &head, kind, &limits);
    if let (Ok(few), Ok((base, head))) = (few, whole) {
        assert_eq!(as_few_tell(few), as_few_tell(diff(&base, &head, &options)));
    }
});
