//! Bytes that are not what was written.

use assetdiff_store::{Prune, Reference, StoreError};

use crate::support::{at, edit, files, graph, name, open, project, push};

#[test]
fn every_flipped_or_cut_file_is_found_and_never_read_as_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut assets = project(120);
    let first = graph(assets.clone());
    store.push(&name("prod"), &first, &push(0)).unwrap();
    edit(&mut assets, 3, 1);
    let second = graph(assets);
    store.push(&name("prod"), &second, &push(1)).unwrap();
    assert_eq!(store.verify().unwrap().problems.len(), 0);
    let mut injected = 0;
    store.prune(&Prune::at(at(2))).unwrap();
    for file in files(folder.path()) {
        let whole = std::fs::read(&file).unwrap();
        let step = (whole.len() / 7).max(1);
        let flips = (0..whole.len()).step_by(step).map(|at| {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            bytes
        });
        let cuts = [0, whole.len() / 2, whole.len().saturating_sub(1)].map(|len| whole[..len].to_vec());
        // Of an empty file nothing can be cut.
        let cuts = cuts.into_iter().filter(|bytes| *bytes != whole);
        for bytes in flips.chain(cuts).chain([[&whole[..], b"x"].concat()]) {
            injected += 1;
            std::fs::write(&file, &bytes).unwrap();
            let problems = store.verify().unwrap().problems;
            assert!(!problems.is_empty(), "{file:?}");
            let told = problems[0].to_string();
            // A header may also seem to be that of a later version.
            let advice =
                ["restore it from a backup, or push its deployments again", "install a newer assetdiff"];
            assert!(advice.iter().any(|advice| told.contains(advice)), "{told}");
            // What can still be read is one of the graphs that were pushed.
            for (text, expected) in [("prod@1", &first), ("prod@2", &second)] {
                let version = store.find(&text.parse::<Reference>().unwrap());
                match version.and_then(|version| store.graph(&version)) {
                    Ok(graph) => assert_eq!(graph, *expected),
                    Err(error) => assert!(matches!(error, StoreError::Corrupt { .. }), "{error}"),
                }
            }
        }
        std::fs::write(&file, &whole).unwrap();
    }
    assert!(injected > 150, "{injected}");
    assert_eq!(store.verify().unwrap().problems.len(), 0);
}

/// The files whose removal nothing tells, but notes of what is newest: nothing is lost with those.
fn unseen(folder: &std::path::Path, store: &assetdiff_store::Store) -> Vec<String> {
    let mut unseen = Vec::new();
    for file in files(folder) {
        let bytes = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        if store.verify().unwrap().problems.is_empty() {
            unseen.push(file.strip_prefix(folder).unwrap().display().to_string());
        }
        std::fs::write(&file, bytes).unwrap();
    }
    assert_eq!(store.verify().unwrap().problems.len(), 0);
    unseen.retain(|file| !file.starts_with("newest/"));
    unseen
}

#[test]
fn every_file_that_is_removed_by_hand_is_found_if_something_is_lost_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for seconds in 0..3 {
        store.push(&name("prod"), &graph(project(5 + seconds as usize)), &push(seconds)).unwrap();
    }
    store.push(&name("x"), &graph(project(5)), &push(3)).unwrap();
    assert_eq!(unseen(folder.path(), &store), Vec::<String>::new());
    store.prune(&Prune::at(at(4))).unwrap();
    store.prune(&Prune::at(at(5))).unwrap();
    let unseen = unseen(folder.path(), &store);
    // Where a prune has been, a log may begin later; and one that has begun last may be running.
    let expected = ["0000000001.json", "prunes/0000000002.end"];
    assert_eq!(unseen.len(), expected.len(), "{unseen:?}");
    assert!(unseen.iter().zip(expected).all(|(file, end)| file.ends_with(end)), "{unseen:?}");
}

#[test]
fn the_newest_entry_that_is_gone_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for seconds in 0..2 {
        store.push(&name("prod"), &graph(project(3)), &push(seconds)).unwrap();
    }
    let entries = files(&folder.path().join("deployments"));
    std::fs::remove_file(entries.iter().max().unwrap()).unwrap();
    let problems = store.verify().unwrap().problems;
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    let at = "/0000000002.json as it was written, found nothing, and it was acknowledged; restore it from a backup";
    assert!(told[0].contains(at), "{told:?}");
}

#[test]
fn a_prune_that_did_not_come_to_its_end_is_no_corruption() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.push(&name("prod"), &graph(project(3)), &push(0)).unwrap();
    for seconds in 1..4 {
        store.push(&name("x"), &graph(project(4)), &push(seconds)).unwrap();
    }
    store.close(&name("x"), at(5)).unwrap();
    // As a prune leaves it that is killed after its first entry.
    let of_x = files(&folder.path().join("deployments")).into_iter().find(|file| {
        let parent = file.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        parent.starts_with("x-") && file.ends_with("0000000001.json")
    });
    std::fs::remove_file(of_x.unwrap()).unwrap();
    let newest = files(&folder.path().join("newest"));
    for file in
        newest.into_iter().filter(|file| file.file_name().unwrap().to_string_lossy().starts_with("x-"))
    {
        std::fs::remove_file(file).unwrap();
    }
    assert_eq!(store.verify().unwrap().problems.len(), 0);
}

#[test]
fn a_missing_object_is_found_with_who_needs_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.push(&name("prod"), &graph(project(60)), &push(0)).unwrap();
    let objects: Vec<_> = files(&folder.path().join("objects"));
    for object in objects {
        let bytes = std::fs::read(&object).unwrap();
        std::fs::remove_file(&object).unwrap();
        let problems = store.verify().unwrap().problems;
        assert!(problems.iter().any(|p| p.to_string().contains("found nothing")), "{problems:?}");
        std::fs::write(&object, bytes).unwrap();
    }
}

#[test]
fn entries_that_do_not_follow_each_other_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (open(&folder.path().join("a")), open(&folder.path().join("b")));
    for store in [&one, &other] {
        for seconds in 0..3 {
            store.push(&name("prod"), &graph(project(3)), &push(seconds)).unwrap();
        }
    }
    let entry = |store: &str| {
        let files = files(&folder.path().join(store).join("deployments"));
        files.into_iter().find(|file| file.ends_with("0000000002.json")).unwrap()
    };
    std::fs::copy(entry("b"), entry("a")).unwrap();
    let problems = one.verify().unwrap().problems;
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|problem| problem.contains("does not follow version 1")), "{told:?}");
}
