//! What each operation does.

use assetdiff::{DiffOptions, diff};
use assetdiff_store::{Against, Prune, Push, Reference, SnapshotBase, StoreError};

use crate::support::{at, files, graph, grouped, name, open, project, push};

fn reference(text: &str) -> Reference {
    text.parse().unwrap()
}

#[test]
fn what_is_pushed_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let pushed = graph(project(300));
    let mut what = push(0);
    what.origin.commit = Some("4f0c2a9d1e".to_owned());
    what.origin.pull_request = Some("12".to_owned());
    open(folder.path()).push(&name("prod"), &pushed, &what).unwrap();
    let store = open(folder.path());
    let version = store.find(&reference("prod@4f0c2a9")).unwrap();
    assert_eq!(store.graph(&version).unwrap(), pushed);
    assert_eq!((version.number, version.assets), (1, 300));
    assert_eq!(version.origin, what.origin);
    assert_eq!(version.fingerprint, pushed.fingerprint());
    assert_eq!(store.verify().unwrap().problems.len(), 0);
}

#[test]
fn an_empty_graph_is_kept_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.push(&name("prod"), &graph([]), &push(0)).unwrap();
    assert!(store.graph(&store.find(&reference("prod")).unwrap()).unwrap().is_empty());
}

#[test]
fn a_log_holds_every_version_and_the_list_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for (seconds, group) in [(0, "a"), (1, "b"), (2, "c")] {
        store.push(&name("prod"), &grouped(group), &push(seconds)).unwrap();
    }
    store.push(&name("feature/x"), &grouped("d"), &push(3)).unwrap();
    let numbers: Vec<u64> = store.log(&name("prod")).unwrap().iter().map(|v| v.number).collect();
    assert_eq!(numbers, [3, 2, 1]);
    let list: Vec<_> = store.list().unwrap().iter().map(|v| (v.deployment.to_string(), v.number)).collect();
    assert_eq!(list, [("feature/x".to_owned(), 1), ("prod".to_owned(), 3)]);
    let second = store.find(&reference("prod@2")).unwrap();
    assert_eq!(store.graph(&second).unwrap(), grouped("b"));
}

#[test]
fn the_base_is_prod_and_is_pinned_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.push(&name("prod"), &grouped("1"), &push(0)).unwrap();
    let pinned = |text: &str, condition| {
        let mut what = push(0);
        what.snapshot_base = condition;
        store.push(&name(text), &grouped("x"), &what).unwrap().version
    };
    let created = pinned("created", Some(SnapshotBase::OnCreate));
    let updated = pinned("updated", Some(SnapshotBase::OnUpdate));
    let never = pinned("never", None);
    assert_eq!(created.base, Some(name("prod")));
    assert_eq!((created.pinned_base, updated.pinned_base, never.pinned_base), (Some(1), Some(1), None));
    store.push(&name("prod"), &grouped("2"), &push(0)).unwrap();
    // What was asked for stands until something else is.
    let (created, updated, never) = (pinned("created", None), pinned("updated", None), pinned("never", None));
    assert_eq!((created.pinned_base, updated.pinned_base, never.pinned_base), (Some(1), Some(2), None));
    let base = |version, against| store.base_of(version, &against).unwrap().number;
    assert_eq!(base(&created, Against::Pinned), 1);
    assert_eq!(base(&created, Against::Current), 2);
    assert_eq!(base(&never, Against::Pinned), 2);
    assert_eq!(base(&never, Against::Version(reference("created@1"))), 1);
    assert_eq!(store.find(&reference("prod")).unwrap().base, None);
}

#[test]
fn a_closed_deployment_stays_until_it_is_pruned_and_a_push_opens_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.push(&name("prod"), &grouped("1"), &push(0)).unwrap();
    let mut what = push(0);
    what.snapshot_base = Some(SnapshotBase::OnCreate);
    store.push(&name("x"), &grouped("2"), &what).unwrap();
    store.push(&name("prod"), &grouped("3"), &push(1)).unwrap();
    let closed = store.close(&name("x"), at(10)).unwrap();
    assert!(closed.closed);
    assert_eq!(store.close(&name("x"), at(11)).unwrap().number, closed.number);
    let again = store.push(&name("x"), &grouped("4"), &what).unwrap().version;
    assert!(!again.closed);
    assert_eq!((again.number, again.pinned_base), (3, Some(2)));
}

#[test]
fn a_prune_removes_what_is_closed_for_long_and_what_nothing_names() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.push(&name("prod"), &graph(project(200)), &push(0)).unwrap();
    let mut branch = project(200);
    branch[7].group = Some("other".to_owned());
    store.push(&name("x"), &graph(branch), &push(0)).unwrap();
    store.push(&name("idle"), &grouped("1"), &push(0)).unwrap();
    store.close(&name("x"), at(0)).unwrap();
    let day = 24 * 3600;
    let mut prune = Prune::at(at(6 * day));
    prune.idle_for = Some(5 * 24 * 3600);
    let pruned = store.prune(&prune).unwrap();
    assert_eq!((pruned.removed, pruned.closed, pruned.objects), (vec![], vec![name("idle")], 0));
    prune.at = at(7 * day);
    prune.dry_run = true;
    let before = files(folder.path());
    let told = store.prune(&prune).unwrap();
    assert_eq!(files(folder.path()), before);
    prune.dry_run = false;
    let pruned = store.prune(&prune).unwrap();
    assert_eq!(pruned.removed, [name("x")]);
    assert!(pruned.objects >= 3 && pruned.bytes > 0, "{pruned:?}");
    assert_eq!((told.objects, told.removed), (pruned.objects, pruned.removed));
    assert_eq!(store.list().unwrap().len(), 2);
    let prod = store.find(&reference("prod")).unwrap();
    assert_eq!(store.graph(&prod).unwrap(), graph(project(200)));
    assert_eq!(store.verify().unwrap().problems.len(), 0);
    // However old it is, prod is kept.
    prune.at = at(1000 * day);
    store.prune(&prune).unwrap();
    assert_eq!(store.list().unwrap()[0].deployment, name("prod"));
}

#[test]
fn a_clock_that_jumps_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for (seconds, group) in [(0, "a"), (-900_000_000, "b"), (5_000_000, "c"), (1, "d")] {
        store.push(&name("prod"), &grouped(group), &push(seconds)).unwrap();
        store.prune(&Prune::at(at(seconds - 100_000_000))).unwrap();
    }
    let versions = store.log(&name("prod")).unwrap();
    let groups: Vec<_> = versions.iter().map(|v| store.graph(v).unwrap()).collect();
    assert_eq!(groups, ["d", "c", "b", "a"].map(grouped));
}

#[test]
fn a_prune_that_did_not_end_is_told_and_can_be_ended() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.push(&name("prod"), &grouped("1"), &push(0)).unwrap();
    store.prune(&Prune::at(at(0))).unwrap();
    std::fs::remove_file(folder.path().join("prunes/0000000001.end")).unwrap();
    let mut prune = Prune::at(at(1));
    let error = store.prune(&prune).unwrap_err();
    assert!(matches!(error, StoreError::PruneRunning { .. }), "{error}");
    prune.force = true;
    store.prune(&prune).unwrap();
    store.push(&name("prod"), &grouped("2"), &push(2)).unwrap();
}

#[test]
fn errors_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let error = store.find(&reference("nope")).unwrap_err().to_string();
    let expected =
        "expected a deployment, found none called nope; push one, or see assetdiff deployment list";
    assert_eq!(error, expected);
    store.push(&name("prod"), &grouped("1"), &push(0)).unwrap();
    let error = store.find(&reference("prod@7")).unwrap_err().to_string();
    assert_eq!(error, "expected a version of a deployment, found no prod@7; see assetdiff deployment log");
    let error = assetdiff_store::Store::open("ftp://user:secret@host/x", &[]).unwrap_err().to_string();
    let expected =
        "expected a folder, s3://, gs:// or az:// for a store, found ftp://…@host/x: no such scheme";
    assert_eq!(error, expected);
    std::fs::write(
        folder.path().join("store.json"),
        r#"{"format_version": "2.0", "salt": "", "digest": ""}"#,
    )
    .unwrap();
    let error = assetdiff_store::Store::open(folder.path().to_str().unwrap(), &[]).unwrap_err().to_string();
    assert_eq!(error, "expected a store of format_version 1, found 2.0; install a newer assetdiff");
}

#[test]
fn a_stored_diff_is_that_of_the_graphs() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut head = project(500);
    head[3].tags.insert("tier".to_owned(), "bronze".to_owned());
    head.remove(450);
    let (base, head) = (graph(project(500)), graph(head));
    store.push(&name("prod"), &base, &push(0)).unwrap();
    store.push(&name("x"), &head, &Push::at(at(0))).unwrap();
    let store = open(folder.path());
    let version = store.find(&reference("x")).unwrap();
    let against = store.base_of(&version, &Against::Pinned).unwrap();
    let options = DiffOptions::default();
    let before = store.traffic().read;
    let changes = store.diff(&against, &version, &options).unwrap();
    assert_eq!(changes, diff(&base, &head, &options));
    let read = store.traffic().read - before;
    store.graph(&version).unwrap();
    let whole = store.traffic().read - before - read;
    assert!(read * 4 < whole, "{read} of {whole} bytes");
}
