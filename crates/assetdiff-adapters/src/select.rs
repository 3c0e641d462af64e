//! What the command and the Python module resolve selections against.

use assetdiff::{
    Affected, AffectedAssets, AssetGraph, AssetKey, ChangeSet, DbtStateAnswers, DiffOptions, IgnoreRule,
    ImpactPolicy, Language, RuleError, Selection, SelectionError, SelectionScope, diff, impact,
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

/// An ignore rule as people write it, perhaps for the assets of a selection: `RULE where EXPRESSION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    text: String,
    rule: String,
    selection: Option<String>,
}

/// Why there is no rule of what somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IgnoreError {
    /// The rule is none.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The selection is none, or the graphs cannot answer it.
    #[error(transparent)]
    Selection(#[from] SelectionError),
}

impl std::str::FromStr for Ignore {
    type Err = RuleError;

    /// Reads the rule; what follows `where` is read by [`for_graphs`](Self::for_graphs), which knows its language.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (rule, selection) = match text.split_once(" where ") {
            Some((rule, selection)) => (rule, Some(selection.to_owned())),
            None => (text, None),
        };
        // What is wrong with it is told before anything is read.
        match selection {
            Some(_) => drop(IgnoreRule::for_assets(rule, text, Default::default())?),
            None => drop(rule.parse::<IgnoreRule>()?),
        }
        Ok(Self { text: text.to_owned(), rule: rule.to_owned(), selection })
    }
}

impl Ignore {
    /// Returns the selection, if there is one.
    ///
    /// # Errors
    /// [`SelectionError`] for what is none in the language.
    pub fn selection(&self, language: Language) -> Result<Option<Selection>, SelectionError> {
        self.selection.as_deref().map(|text| Selection::parse(text, language)).transpose()
    }

    /// Returns the rule, if it is for all assets.
    pub fn for_all(&self) -> Option<IgnoreRule> {
        if self.selection.is_none() { self.rule.parse().ok() } else { None }
    }

    /// Returns the rule for the assets that the selection selects in either of two graphs; what changed between
    /// them is not known yet.
    ///
    /// # Errors
    /// [`IgnoreError::Selection`] for what is none, and for one that the graphs cannot answer.
    pub fn for_graphs(
        &self,
        language: Language,
        base: &AssetGraph,
        head: &AssetGraph,
    ) -> Result<IgnoreRule, IgnoreError> {
        let Some(selection) = self.selection(language)? else { return Ok(self.rule.parse()?) };
        let mut scope = SelectionScope::new(head);
        scope.base = Some(base);
        Ok(IgnoreRule::for_assets(&self.rule, &self.text, selection.select_changes(&scope)?)?)
    }
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
