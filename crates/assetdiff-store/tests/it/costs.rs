//! What pushes and comparisons cost in bytes.

use assetdiff::DiffOptions;
use assetdiff_store::{Against, Reference};

use crate::support::{bytes, edit, files, graph, name, open, project, push};

/// What the issue of deployments allows a push of ten changed assets.
const BUDGET: u64 = 64 << 10;

#[test]
fn a_push_of_ten_changed_assets_of_ten_thousand_adds_and_moves_at_most_64_kib() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut assets = project(10_000);
    store.push(&name("prod"), &graph(assets.clone()), &push(0)).unwrap();
    let whole = bytes(folder.path());
    // The first push of a branch, then one more to it; each from a fresh process's point of view.
    for round in 0..2 {
        edit(&mut assets, 10, 100 + round);
        let before = bytes(folder.path());
        let store = open(folder.path());
        store.push(&name("x"), &graph(assets.clone()), &push(0)).unwrap();
        let (added, traffic) = (bytes(folder.path()) - before, store.traffic());
        println!("round {round}: {added} added, {traffic:?}, {whole} in the whole project");
        assert!(added <= BUDGET, "{added} bytes added");
        assert!(traffic.written + traffic.read <= BUDGET, "{traffic:?}");
    }
    // A thousand branches of this size: what all of them share, and a thousand times what one adds.
    let per_branch = (bytes(folder.path()) - whole) / 2;
    assert!(whole + 1000 * per_branch < 100_000_000, "{whole} + 1000 * {per_branch}");
    // An unchanged push adds an entry of the log and nothing else.
    let before = files(folder.path());
    let pushed = store.push(&name("x"), &graph(assets.clone()), &push(1)).unwrap();
    assert!(pushed.unchanged);
    let added: Vec<_> = files(folder.path()).into_iter().filter(|file| !before.contains(file)).collect();
    assert_eq!(added.len(), 1);
    assert!(added[0].ends_with("0000000003.json"), "{added:?}");
    // A comparison reads what differs and an index.
    let reader = open(folder.path());
    let version = reader.find(&"x".parse::<Reference>().unwrap()).unwrap();
    let base = reader.base_of(&version, &Against::Current).unwrap();
    let before = reader.traffic().read;
    let changes = reader.diff(&base, &version, &DiffOptions::default()).unwrap();
    assert_eq!(changes.modified.len(), 20);
    let read = reader.traffic().read - before;
    println!("a diff of 20 changed assets reads {read} bytes");
    assert!(read < 4 * BUDGET, "{read} bytes for 20 changed assets");
}

#[test]
#[ignore = "takes an hour: make store-long"]
fn a_thousand_branches_of_a_project_of_ten_thousand_assets_take_less_than_100_mb() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let assets = project(10_000);
    store.push(&name("prod"), &graph(assets.clone()), &push(0)).unwrap();
    for branch in 0..1000 {
        let mut assets = assets.clone();
        edit(&mut assets, 10, branch);
        store.push(&name(&format!("feature/{branch}")), &graph(assets), &push(0)).unwrap();
    }
    let total = bytes(folder.path());
    println!("{total} bytes");
    assert!(total < 100_000_000, "{total}");
}
