//! Bytes that are not what was written.

use assetdiff_store::{Reference, StoreError};

use crate::support::{edit, files, graph, name, open, project, push};

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
    let kept = files(folder.path()).into_iter().filter(|file| !file.ends_with("store.json"));
    for file in kept {
        let whole = std::fs::read(&file).unwrap();
        let step = (whole.len() / 7).max(1);
        let flips = (0..whole.len()).step_by(step).map(|at| {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            bytes
        });
        let cuts = [0, whole.len() / 2, whole.len() - 1].map(|len| whole[..len].to_vec());
        for bytes in flips.chain(cuts).chain([[&whole[..], b"x"].concat()]) {
            injected += 1;
            std::fs::write(&file, &bytes).unwrap();
            let problems = store.verify().unwrap().problems;
            assert!(!problems.is_empty(), "{file:?}");
            let told = problems[0].to_string();
            assert!(told.contains("restore it from a backup, or push its deployments again"), "{told}");
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
