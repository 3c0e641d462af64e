//! Single files at a URL, here of files.

use assetdiff::{AssetDefinition, AssetGraph, DiffOptions, Limits, RangeRead, RangedSnapshot, Snapshot};
use assetdiff_store::RemoteFile;

use crate::support::{edit, project};

fn columns(assets: Vec<AssetDefinition>) -> Vec<u8> {
    let mut file = Vec::new();
    let graph = AssetGraph::new(Snapshot { assets, ..Snapshot::default() }).unwrap();
    graph.write_columns(&mut file).unwrap();
    file
}

#[test]
fn all_that_is_read_is_of_one_version() {
    let folder = tempfile::tempdir().unwrap();
    let mut assets = project(3_000);
    let old = columns(assets.clone());
    edit(&mut assets, 3, 1);
    let new = columns(assets);
    let place = |name: &str| format!("file://{}", folder.path().join(name).display());
    std::fs::write(folder.path().join("base.assets"), &old).unwrap();
    std::fs::write(folder.path().join("head.assets"), &new).unwrap();
    let open = |name: &str| RangedSnapshot::open(RemoteFile::open(&place(name), &[]).unwrap()).unwrap();
    let (base, head) = (open("base.assets"), open("head.assets"));
    let compare = || base.diff(&head, &DiffOptions::default(), &Limits::default());
    assert_eq!(compare().unwrap().modified.len(), 3);
    assert!(base.file().traffic() < old.len() as u64 / 4, "{} of {}", base.file().traffic(), old.len());

    // Of the same size, so that only the time tells.
    std::fs::remove_file(folder.path().join("head.assets")).unwrap();
    std::fs::write(folder.path().join("head.assets"), &new).unwrap();
    let error = compare().unwrap_err().to_string();
    assert_eq!(error, "head: cannot read: it was replaced while it was read: try again");
}

#[test]
fn ranges_are_answered_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, (0..=255).collect::<Vec<u8>>()).unwrap();
    let file = RemoteFile::open(&format!("file://{}", path.display()), &[]).unwrap();
    assert_eq!(file.size(), 256);
    let parts = file.read_ranges(&[200..203, 0..0, 7..9, 8..8, 7..8, 255..256]).unwrap();
    let expected: [&[u8]; 6] = [&[200, 201, 202], &[], &[7, 8], &[], &[7], &[255]];
    assert!(parts.iter().eq(expected), "{parts:?}");
    assert_eq!(file.read().unwrap().len(), 256);
}

#[test]
fn what_is_no_place_of_a_file_is_told() {
    for (place, told) in
        [("http://host/x", "expected s3://, gs://, az:// or file://"), ("prod", "relative URL")]
    {
        assert!(!RemoteFile::is_place(place));
        let error = RemoteFile::open(place, &[]).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
    assert!(["s3://b/x", "gs://b/x", "az://b/x", "file:///x"].into_iter().all(RemoteFile::is_place));
}
