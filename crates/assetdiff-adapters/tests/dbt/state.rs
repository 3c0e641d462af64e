//! The `state:` selectors against what real dbt answered, recorded in `tests/dbt/recorded`.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{DiffOptions, diff};
use assetdiff_adapters::dbt::{IndirectSelection, State, StateOptions, StateSelector};

use crate::recorded::{self, Answer};

const VERSIONS: [&str; 2] = ["1.11", "1.12"];

/// What dbt answered: for each edit and selector the ids, or that it stopped with an error.
type Expected = BTreeMap<String, BTreeMap<String, Answer>>;

/// A difference between dbt and us that we know and stand by.
struct Known {
    versions: &'static [&'static str],
    edits: &'static [&'static str],
    selectors: &'static [&'static str],
    /// What dbt names and we don't (`-`), or we name and dbt doesn't (`+`).
    difference: &'static [&'static str],
    /// Which side is right, and why.
    reason: &'static str,
}

/// Every known difference; `docs/dbt.md` has the same table for people.
const KNOWN: &[Known] = &[];

#[test]
fn selectors_name_what_dbt_names_except_for_the_known_differences() {
    let mut compared = 0;
    let mut unknown = Vec::new();
    let mut unseen: Vec<usize> = (0..KNOWN.len()).collect();
    for version in VERSIONS {
        let graphs = recorded::graphs(version);
        let base = &graphs["base"];
        for (file, indirect) in
            [("expected.json", IndirectSelection::Eager), ("expected-empty.json", IndirectSelection::Empty)]
        {
            let expected: Expected =
                serde_json::from_slice(&std::fs::read(recorded::folder(version).join(file)).unwrap())
                    .unwrap();
            for (edit, answers) in &expected {
                let head = &graphs[edit];
                let changes = diff(base, head, &DiffOptions::default());
                let state = State::new(&changes, base, head);
                for (selector, answer) in answers {
                    // Where dbt refuses to answer there is nothing to compare with.
                    let theirs = match answer {
                        Answer::Ids(ids) => ids,
                        Answer::Stopped { error } => {
                            assert!(!error.is_empty());
                            continue;
                        }
                    };
                    let options = StateOptions { indirect, ..StateOptions::of(head) };
                    let selector_parsed: StateSelector = selector.parse().unwrap();
                    let ours = state.select(selector_parsed, options);
                    compared += 1;
                    let difference: Vec<String> = (theirs.difference(&ours).map(|id| format!("-{id}")))
                        .chain(ours.difference(theirs).map(|id| format!("+{id}")))
                        .collect();
                    if difference.is_empty() {
                        continue;
                    }
                    let known = KNOWN.iter().position(|known| {
                        known.versions.contains(&version)
                            && known.edits.contains(&edit.as_str())
                            && known.selectors.contains(&selector.as_str())
                            && difference == known.difference
                    });
                    match known {
                        Some(index) => unseen.retain(|&other| other != index),
                        None => unknown.push(format!("{version} {file} {edit} {selector}: {difference:?}")),
                    }
                }
            }
        }
    }
    assert!(compared > 2 * 20 * 10, "only {compared} answers were compared");
    assert!(
        unknown.is_empty(),
        "{} unknown differences in {compared}:\n{}",
        unknown.len(),
        unknown.join("\n")
    );
    let gone: Vec<&str> = unseen.iter().map(|&index| KNOWN[index].reason).collect();
    assert!(gone.is_empty(), "known differences that are gone: {gone:?}");
    println!("{compared} answers of dbt compared");
}

#[test]
fn a_base_compared_with_itself_has_nothing_new_or_modified() {
    for version in VERSIONS {
        let base = recorded::graphs(version).remove("base").unwrap();
        let changes = diff(&base, &base, &DiffOptions::default());
        assert!(changes.is_empty());
        let state = State::new(&changes, &base, &base);
        let select = |selector| state.select(selector, StateOptions::of(&base));
        assert_eq!(select(StateSelector::Modified), BTreeSet::new());
        let (old, unmodified) = (select(StateSelector::Old), select(StateSelector::Unmodified));
        assert!(old.len() > 20 && old == unmodified);
    }
}
