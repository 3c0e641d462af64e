//! The answers of dbt's `state:` selectors, by the rules of dbt 1.x.

mod node;
mod selector;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{AssetDefinition, AssetGraph, AssetKey, ChangeSet};

use super::definition::id_of_key;
use node::{MacroTexts, Node};

pub use selector::{IndirectSelection, StateOptions, StateSelector, UnknownSelector};

/// Two versions of a dbt project, to be asked with `state:` selectors.
pub struct State<'a> {
    head: &'a AssetGraph,
    /// The definitions of head that may differ, each with what base has under its key.
    changed: Vec<(AssetDefinition, Option<AssetDefinition>)>,
    macros: MacroTexts,
    /// All nodes of head; found when they are first asked for.
    all: OnceCell<AllNodes>,
}

/// The nodes of head by what an answer needs of them.
struct AllNodes {
    /// The nodes of definitions that base has just so.
    unchanged: BTreeSet<String>,
    /// The tests, each with the nodes that it reads.
    tests: Vec<(String, Vec<String>)>,
}

impl<'a> State<'a> {
    /// Prepares the answers; `changes` must be the difference of the two graphs.
    ///
    /// Only what the change set holds, or hides by a rule, is looked at.
    pub fn new(changes: &ChangeSet, base: &AssetGraph, head: &'a AssetGraph) -> Self {
        let changed_keys: BTreeSet<AssetKey> = (changes.changes().into_iter())
            .map(|change| change.key().clone())
            .chain(changes.suppressed.iter().map(|suppressed| suppressed.key.clone()))
            .collect();
        let changed = changed_keys.iter().filter_map(|key| Some((head.get(key)?, base.get(key)))).collect();
        Self { head, changed, macros: MacroTexts::of(base), all: OnceCell::new() }
    }

    /// Returns the unique ids of head that a selector names, as `dbt ls --select` does.
    ///
    /// Costs what the changed nodes cost, and for `state:old`, `state:unmodified` and the tests of
    /// named nodes the size of head.
    pub fn select(&self, selector: StateSelector, options: StateOptions) -> BTreeSet<String> {
        let mut ids = BTreeSet::new();
        let olds: BTreeMap<String, Node<'_>> = (self.changed.iter().filter_map(|(_, old)| old.as_ref()))
            .flat_map(Node::all_of)
            .map(|node| (node.id.to_string(), node))
            .collect();
        for node in self.changed.iter().flat_map(|(new, _)| Node::all_of(new)) {
            if node.matches(olds.get(&*node.id), selector, &self.macros, options) {
                ids.insert(node.id.into_owned());
            }
        }
        if matches!(selector, StateSelector::Old | StateSelector::Unmodified) {
            ids.extend(self.all_nodes().unchanged.iter().cloned());
        }
        if options.indirect == IndirectSelection::Eager && !ids.is_empty() {
            let tests = &self.all_nodes().tests;
            let read = tests.iter().filter(|(_, upstream)| upstream.iter().any(|id| ids.contains(id)));
            let tests: Vec<String> = read.map(|(test, _)| test.clone()).collect();
            ids.extend(tests);
        }
        ids
    }

    /// Returns the graph whose nodes are named.
    pub(crate) fn head(&self) -> &AssetGraph {
        self.head
    }

    fn all_nodes(&self) -> &AllNodes {
        self.all.get_or_init(|| {
            let changed: BTreeSet<&AssetKey> = self.changed.iter().map(|(new, _)| &new.key).collect();
            let mut all = AllNodes { unchanged: BTreeSet::new(), tests: Vec::new() };
            for definition in self.head.definitions() {
                if !changed.contains(&definition.key) {
                    all.unchanged
                        .extend(Node::all_of(&definition).into_iter().map(|node| node.id.into_owned()));
                }
                all.tests.extend(definition.checks.iter().map(|check| {
                    let upstream = check.additional_dependencies.iter().chain([&definition.key]);
                    (check.name.clone(), upstream.map(id_of_key).collect())
                }));
            }
            all
        })
    }
}
