//! What the command and the Python module resolve selections against.

use assetdiff::{
    Affected, AffectedAssets, AssetGraph, AssetKey, ChangeSet, DbtStateAnswers, DiffOptions, ImpactPolicy,
    SelectionScope, diff, impact,
};

use crate::dbt::{IndirectSelection, State, StateOptions, StateSelector};

/// Calls a function with the scope of a graph and, if there is one, of the graph before it.
///
/// The two are compared, without rules, unless their difference is given.
pub fn in_scope<T>(
    head: &AssetGraph,
    base: Option<&AssetGraph>,
    changes: Option<&ChangeSet>,
    resolve: impl FnOnce(&SelectionScope<'_>) -> T,
) -> T {
    let compared = match (base, changes) {
        (Some(base), None) => Some(diff(base, head, &DiffOptions::default())),
        _ => None,
    };
    let changes = changes.or(compared.as_ref());
    let affected = base.zip(changes).map(|(base, changes)| Lazy { base, head, changes });
    let state = base.zip(changes).map(|(base, changes)| State::new(changes, base, head));
    let mut scope = SelectionScope::new(head);
    scope.base = base;
    scope.changes = changes;
    scope.affected = affected.as_ref().map(|affected| affected as &dyn AffectedAssets);
    scope.state = state.as_ref().map(|state| state as &dyn DbtStateAnswers);
    resolve(&scope)
}

/// What changes affect, computed when a selection asks for it.
struct Lazy<'a> {
    base: &'a AssetGraph,
    head: &'a AssetGraph,
    changes: &'a ChangeSet,
}

impl AffectedAssets for Lazy<'_> {
    fn visit(&self, visitor: &mut dyn FnMut(&AssetKey, Affected)) {
        impact(self.changes, self.base, self.head, &ImpactPolicy::default()).visit(visitor);
    }
}

impl DbtStateAnswers for State<'_> {
    /// Tests are no assets: they are not among the keys.
    fn answer(&self, selector: &str) -> Result<Vec<AssetKey>, String> {
        let selector: StateSelector =
            selector.parse().map_err(|error: crate::dbt::UnknownSelector| error.to_string())?;
        let options = StateOptions { indirect: IndirectSelection::Empty, ..StateOptions::of(self.head()) };
        let keys =
            self.select(selector, options).into_iter().filter_map(|id| AssetKey::new(id.split('.')).ok());
        Ok(keys.filter(|key| self.head().contains(key)).collect())
    }
}
