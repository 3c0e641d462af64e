//! What differs between two files, found by reading little of them, is what a comparison of the whole finds.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::{Path, PathBuf};

use assetdiff::{AssetGraph, ChangeSet, DiffOptions, Limits, Snapshot, UndefinedUpstream, diff};
use assetdiff_adapters::source::{self, SourceError, SourceKind};
use assetdiff_tests::strategies;
use proptest::prelude::*;
use tempfile::TempDir;

fn files(folder: &TempDir, base: &AssetGraph, head: &AssetGraph, ending: &str) -> [PathBuf; 2] {
    [(base, "base"), (head, "head")].map(|(graph, name)| {
        let path = folder.path().join(format!("{name}.{ending}"));
        source::write(&path, graph).unwrap();
        path
    })
}

fn changes(base: &Path, head: &Path) -> Result<ChangeSet, SourceError> {
    source::changes(base, head, SourceKind::Auto, &Limits::default(), &DiffOptions::default())
}

/// What is told of a whole change set by one that was found by reading little.
fn as_few_tell(changes: ChangeSet) -> ChangeSet {
    let tells = |upstream: &UndefinedUpstream| upstream.was_defined || upstream.is_new;
    let undefined_upstreams = changes.undefined_upstreams.into_iter().filter(tells).collect();
    ChangeSet { graphs: None, undefined_upstreams, ..changes }
}

/// Writes a JSON file anew, in one line or with much white space.
fn reformat(path: &Path, is_compact: bool) {
    let text = std::fs::read_to_string(path).unwrap();
    let (mut written, mut is_in_string, mut is_escaped) = (String::new(), false, false);
    for character in text.chars() {
        let is_around = !is_in_string && character.is_ascii_whitespace();
        if character == '"' && !is_escaped {
            is_in_string = !is_in_string;
        }
        is_escaped = is_in_string && character == '\\' && !is_escaped;
        if !is_around {
            written.push(character);
        }
        if !is_compact && !is_in_string && "{}[]:,".contains(character) {
            written.push_str("\r\n\t ");
        }
    }
    std::fs::write(path, written).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn files_in_every_form_differ_as_their_graphs_do((base, head) in strategies::pair()) {
        let folder = tempfile::tempdir().unwrap();
        let (base, head) = (AssetGraph::new(base).unwrap(), AssetGraph::new(head).unwrap());
        let expected = diff(&base, &head, &DiffOptions::default());
        for ending in ["json", "assets", "json.zst", "assets.zst"] {
            let [base, head] = files(&folder, &base, &head, ending);
            let found = changes(&base, &head).unwrap();
            let expected = expected.clone();
            let expected = if found.graphs.is_none() { as_few_tell(expected) } else { expected };
            prop_assert_eq!(found, expected, "{}", ending);
        }
        let [base_file, head_file] = files(&folder, &base, &head, "json");
        for path in [None, Some(&base_file), Some(&head_file)] {
            if let Some(path) = path {
                reformat(path, path == &base_file);
            }
            let found = changes(&base_file, &head_file).unwrap();
            let expected = expected.clone();
            let expected = if found.graphs.is_none() { as_few_tell(expected) } else { expected };
            prop_assert_eq!(found, expected, "{:?}", path);
            let (kind, limits) = (SourceKind::Auto, Limits::default());
            let (old, new) = source::read_pair(&base_file, &head_file, kind, &limits).unwrap();
            for (read, whole) in [(&old, &base), (&new, &head)] {
                prop_assert_eq!(read.to_snapshot(), whole.to_snapshot());
                prop_assert_eq!(read.fingerprint(), whole.fingerprint());
            }
        }
    }
}

/// A snapshot of many assets, each with the one before upstream.
fn many(count: usize, edit: impl Fn(usize, &mut String)) -> AssetGraph {
    let assets = (0..count).map(|number| {
        let mut group = "g".to_owned();
        edit(number, &mut group);
        let upstream = number.checked_sub(1).map(|up| format!(r#"{{"key": ["a{up}"]}}"#)).unwrap_or_default();
        format!(r#"{{"key": ["a{number}"], "group": {group:?}, "dependencies": [{upstream}]}}"#)
    });
    let assets: Vec<_> = assets.filter(|asset| !asset.contains("REMOVED")).collect();
    let json = format!(r#"{{"format_version": "1.0", "assets": [{}]}}"#, assets.join(","));
    AssetGraph::from_json(json.as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn a_large_snapshot_is_read_only_where_it_differs() {
    let folder = tempfile::tempdir().unwrap();
    let base = many(3000, |_, _| {});
    let head = many(3000, |number, group| {
        if number % 500 == 7 {
            *group = "h".to_owned();
        }
        if number == 1234 {
            *group = "REMOVED".to_owned();
        }
    });
    let expected = as_few_tell(diff(&base, &head, &DiffOptions::default()));
    assert_eq!(
        (expected.modified.len(), expected.removed.len(), expected.undefined_upstreams.len()),
        (6, 1, 1)
    );
    let [base, head] = files(&folder, &base, &head, "json");
    let found = changes(&base, &head).unwrap();
    assert_eq!(found.graphs, None, "it was read whole");
    assert_eq!(found, expected);
    // What is the same in both is not looked at, even if it is wrong in both.
    for path in [&base, &head] {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains(r#""key": ["a100"]"#));
        std::fs::write(path, text.replacen(r#""key": ["a100"]"#, r#""key": 100"#, 1)).unwrap();
    }
    assert_eq!(changes(&base, &head).unwrap(), expected);
    // In one of them it is, and the whole text is read to tell where.
    std::fs::write(
        &head,
        std::fs::read_to_string(&head).unwrap().replacen(r#""key": ["a7"]"#, r#""key": 7"#, 1),
    )
    .unwrap();
    let error = changes(&base, &head).unwrap_err().to_string();
    assert!(error.contains("base.json") && error.contains("line "), "{error}");
}

#[test]
fn a_snapshot_in_another_format_is_read_only_where_it_differs() {
    let folder = tempfile::tempdir().unwrap();
    let head = |number: usize, group: &mut String| {
        if number % 500 == 7 {
            *group = "h".to_owned();
        }
        if (1234..1300).contains(&number) {
            *group = "REMOVED".to_owned();
        }
    };
    // Large enough for two threads.
    let (base, head) = (many(30_000, |_, _| {}), many(30_000, head));
    let whole = diff(&base, &head, &DiffOptions::default());
    let expected = as_few_tell(whole.clone());
    assert_eq!((expected.modified.len(), expected.removed.len()), (60, 66));
    let [base, head] = files(&folder, &base, &head, "json");
    reformat(&base, true);
    let found = changes(&base, &head).unwrap();
    assert_eq!(found.graphs, None, "it was read whole");
    assert_eq!(found, expected);
    let (kind, limits) = (SourceKind::Auto, Limits::default());
    let (old, new) = source::read_pair(&base, &head, kind, &limits).unwrap();
    assert_eq!(diff(&old, &new, &DiffOptions::default()), whole);
    // A graph is made of what is valid alone.
    for path in [&base, &head] {
        let text = std::fs::read_to_string(path).unwrap();
        let wrong = text.replacen(r#"["a100"]"#, "100", 1);
        assert_ne!(text, wrong);
        std::fs::write(path, wrong).unwrap();
    }
    assert_eq!(changes(&base, &head).unwrap(), expected);
    let error = source::read_pair(&base, &head, kind, &limits).err().map(|error| error.to_string());
    assert!(error.as_ref().is_some_and(|error| error.contains("base.json: line 1")), "{error:?}");
}

/// What is no JSON is found, whichever side it is on and however the texts are formatted.
#[test]
fn commas_that_are_missing_or_too_many_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let graph = |named: &str| {
        many(100, |number, group| {
            if number == 50 {
                *group = named.to_owned()
            }
        })
    };
    let files = files(&folder, &graph("f"), &graph("g"), "json");
    let written = [&files[0], &files[1]].map(|path| std::fs::read_to_string(path).unwrap());
    let key = |number: usize| format!(r#""key": ["a{number}"]"#);
    let (kind, limits) = (SourceKind::Auto, Limits::default());
    for is_reformatted in [false, true] {
        // Around one that is the same in both, around the one that differs, and at the end.
        for (name, at) in [("a7", 7), ("a50", 50), ("a99", 99)] {
            for side in [0, 1] {
                let mut texts = written.clone();
                let text = &mut texts[side];
                let place = text.find(&key(at)).unwrap();
                let end = place + text[place..].find("\n    }").unwrap() + "\n    }".len();
                if text[end..].starts_with(',') {
                    text.remove(end);
                } else {
                    text.insert(end, ',');
                }
                for (path, text) in files.iter().zip(&texts) {
                    std::fs::write(path, text).unwrap();
                }
                if is_reformatted {
                    reformat(&files[0], true);
                }
                let [base, head] = &files;
                let failing = ["base.json", "head.json"][side];
                let errors = [changes(base, head).err(), source::read_pair(base, head, kind, &limits).err()];
                for error in errors {
                    let error = error.map(|error| error.to_string()).unwrap_or_default();
                    assert!(error.contains(failing), "{name} in {failing}, {is_reformatted}: {error:?}");
                }
            }
        }
    }
}

/// Texts that nobody writes: lines that look like the start or end of a definition stand within one.
#[test]
fn what_only_looks_like_a_definition_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let nested = |group: &str| {
        format!(
            "{{\n  \"format_version\": \"1.0\",\n  \"assets\": [\n    {{\n      \"key\": [\"a\"], \"note\": [0,\n    {{\n      \
             \"key\": [\"b\"]{group}}},\n    {{\n      \"key\": [\"c\"]}}\n      ]}}\n  ]\n}}\n"
        )
    };
    let elsewhere = |group: &str| {
        format!(
            "{{\n  \"format_version\": \"1.0\",\n  \"note\": {{\n  \"assets\": [\n    {{\n      \"key\": [\"x\"]{group}\n    }}\n  ]\n  \
             }},\n  \"assets\": [{{\"key\": [\"y\"]}}]\n}}\n"
        )
    };
    let form_feed = |group: &str| {
        let space = if group.is_empty() { "" } else { "\u{c}" };
        format!(
            "{{\n  \"format_version\": \"1.0\",\n  \"assets\": [\n    {{\n      \"key\": [\"a\"]{group}\n    }}{space},\n    {{\n      \
             \"key\": [\"b\"]\n    }}\n  ]\n}}\n"
        )
    };
    let texts: [&dyn Fn(&str) -> String; 3] = [&nested, &elsewhere, &form_feed];
    let [base, head] = ["base.json", "head.json"].map(|name| folder.path().join(name));
    for text in texts {
        std::fs::write(&base, text("")).unwrap();
        std::fs::write(&head, text(r#", "group": "g""#)).unwrap();
        let whole = source::read_pair(&base, &head, SourceKind::Auto, &Limits::default());
        let whole = whole.map(|(base, head)| as_few_tell(diff(&base, &head, &DiffOptions::default())));
        let few = changes(&base, &head).map(as_few_tell);
        assert_eq!(few.map_err(|error| error.to_string()), whole.map_err(|error| error.to_string()));
    }
}

#[test]
fn a_damaged_columnar_snapshot_is_told_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let (base, head) =
        (many(2000, |_, _| {}), many(2000, |number, group| group.push_str(&number.to_string())));
    let [base, head] = files(&folder, &base, &head, "assets");
    let mut bytes = std::fs::read(&head).unwrap();
    let at = bytes.len() - 4000;
    bytes[at] ^= 1;
    std::fs::write(&head, bytes).unwrap();
    let error = changes(&base, &head).unwrap_err().to_string();
    assert!(error.contains("head.assets: expected a columnar snapshot as it was written"), "{error}");
    assert!(source::read(&head, SourceKind::Auto, &Limits::default()).is_err());
    assert_eq!(source::read(&base, SourceKind::Auto, &Limits::default()).unwrap().len(), 2000);
}

#[test]
fn empty_snapshots_do_not_differ() {
    let folder = tempfile::tempdir().unwrap();
    let empty = AssetGraph::new(Snapshot::default()).unwrap();
    for ending in ["json", "assets"] {
        let [base, head] = files(&folder, &empty, &empty, ending);
        assert!(changes(&base, &head).unwrap().is_empty());
    }
}
