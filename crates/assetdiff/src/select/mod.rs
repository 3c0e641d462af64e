//! Sets of assets by what is said of them: two languages, one expression.

mod dagster;
mod dbt;
mod error;
mod expression;
mod pattern;
mod resolve;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::diff::{ChangeSet, OwnEffect, names};
use crate::graph::AssetGraph;
use crate::impact::Impact;
use crate::key::AssetKey;
use expression::{Expression, Operation};
use resolve::node_set::NodeSet;
use resolve::universe::Universe;

pub use error::{SelectionError, SelectionProblem};

/// The most levels of parentheses and operators that a selection may be nested by.
const MAX_NESTING: usize = 256;

/// The longest selection in bytes.
const MAX_BYTES: usize = 16 << 20;

names! {
    /// A language that selections are written in.
    Language {
        /// Dagster's asset selection syntax.
        Dagster = "dagster",
        /// dbt's node selection, as of `--select`.
        Dbt = "dbt",
    }
}

/// A parsed selection: which assets, by what is said of them.
///
/// `Display` writes it in its language so that it parses back to an equal one.
///
/// ```
/// use assetdiff::{AssetGraph, Limits, Selection, SelectionScope};
///
/// let json = br#"{"format_version": "1.0", "assets": [
///     {"key": ["raw"], "tags": {"pii": ""}}, {"key": ["orders"], "dependencies": [{"key": ["raw"]}]},
///     {"key": ["other"]}]}"#;
/// let graph = AssetGraph::from_json(json, &Limits::default())?;
/// let selection = Selection::parse_dagster("tag:pii+ and not key:raw")?;
/// let keys = selection.resolve(&SelectionScope::new(&graph))?.keys();
/// assert_eq!(keys.iter().map(ToString::to_string).collect::<Vec<_>>(), ["orders"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    language: Language,
    expression: Expression,
    text: SourceText,
}

/// The text that a selection was parsed from; all are equal, as only what is said counts.
#[derive(Debug, Clone)]
struct SourceText(Box<str>);

impl PartialEq for SourceText {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for SourceText {}

impl Selection {
    /// Parses Dagster's asset selection syntax, with `affected:`, `changed:`, `distance:` and
    /// `removed:` of our own. Costs O(n) for n bytes.
    ///
    /// # Errors
    /// [`SelectionError`] with the place for what is no selection, for what no snapshot can answer,
    /// for more than 256 levels of nesting and for more than 16 MiB.
    pub fn parse_dagster(text: &str) -> Result<Self, SelectionError> {
        Self::parse(text, Language::Dagster)
    }

    /// Parses dbt's node selection: selectors with a space between them for a union, with a comma for
    /// an intersection. Costs O(n) for n bytes.
    ///
    /// # Errors
    /// As [`parse_dagster`](Self::parse_dagster).
    pub fn parse_dbt(text: &str) -> Result<Self, SelectionError> {
        Self::parse(text, Language::Dbt)
    }

    /// Parses a selection in a language.
    ///
    /// # Errors
    /// As [`parse_dagster`](Self::parse_dagster).
    pub fn parse(text: &str, language: Language) -> Result<Self, SelectionError> {
        if text.len() > MAX_BYTES {
            let problem = SelectionProblem::Limit { what: "bytes", limit: MAX_BYTES };
            return Err(SelectionError {
                problem,
                span: MAX_BYTES..MAX_BYTES,
                expression: Box::default(),
                language,
            });
        }
        let expression = match language {
            Language::Dagster => dagster::parse(text)?,
            Language::Dbt => dbt::parse(text)?,
        };
        Ok(Self { language, expression, text: SourceText(text.into()) })
    }

    /// Returns the language that it was written in.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Returns the assets that are selected.
    ///
    /// Costs one step for each asset and operation, and for each edge that a traversal passes. The
    /// first selection by an attribute reads all definitions of the graph once.
    ///
    /// # Errors
    /// [`SelectionError`] with the place for what the scope has no answer to, and for a bare name that
    /// is no asset.
    pub fn resolve<'a>(&self, scope: &SelectionScope<'a>) -> Result<SelectedAssets<'a>, SelectionError> {
        resolve::resolve(self, scope)
    }

    /// Returns the keys of the assets whose changes are selected: those that are selected in head, and
    /// those that are in the scope's base.
    ///
    /// So an asset that lost what selects it is there too, and one that was removed.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve); a bare name has to be an asset of one of the two.
    pub fn select_changes(&self, scope: &SelectionScope<'_>) -> Result<BTreeSet<AssetKey>, SelectionError> {
        let in_head = self.resolve(scope).map(|selected| selected.keys());
        let Some(base) = scope.base else { return in_head.map(BTreeSet::from_iter) };
        let of_base = SelectionScope { graph: base, head: Some(scope.graph), ..*scope };
        let in_base = self.resolve(&of_base).map(|selected| selected.keys());
        let is_unknown =
            |error: &SelectionError| matches!(error.problem, SelectionProblem::UnknownAsset { .. });
        let (in_head, in_base) = match (in_head, in_base) {
            (Err(error), Ok(in_base)) if is_unknown(&error) => (Vec::new(), in_base),
            (Ok(in_head), Err(error)) if is_unknown(&error) => (in_head, Vec::new()),
            (in_head, in_base) => (in_head?, in_base?),
        };
        Ok(in_head.into_iter().chain(in_base).collect())
    }

    fn error(&self, operation: usize, problem: SelectionProblem) -> SelectionError {
        let span = self.expression.spans.get(operation).cloned().unwrap_or_default();
        SelectionError { problem, span, expression: self.text.0.clone(), language: self.language }
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&match self.language {
            Language::Dagster => self.expression.to_dagster(),
            Language::Dbt => dbt::to_dbt(&self.expression),
        })
    }
}

/// What a selection is resolved against.
///
/// ```
/// # use assetdiff::{AssetGraph, DiffOptions, Selection, SelectionScope, Snapshot, diff};
/// # let (base, head) = (AssetGraph::new(Snapshot::default())?, AssetGraph::new(Snapshot::default())?);
/// let changes = diff(&base, &head, &DiffOptions::default());
/// let mut scope = SelectionScope::new(&head);
/// scope.base = Some(&base);
/// scope.changes = Some(&changes);
/// let selected = Selection::parse_dagster("changed_in_branch:ANY+")?.resolve(&scope)?;
/// assert!(selected.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct SelectionScope<'a> {
    /// The graph whose assets are selected; head, where there are two.
    pub graph: &'a AssetGraph,
    /// The graph before a change: `removed:` selects from it.
    pub base: Option<&'a AssetGraph>,
    /// What changed, for `changed_in_branch:` and `changed:`.
    pub changes: Option<&'a ChangeSet>,
    /// What is affected by the changes, for `affected:` and `distance:`.
    pub affected: Option<&'a dyn AffectedAssets>,
    /// Who answers dbt's `state:`.
    pub state: Option<&'a dyn DbtStateAnswers>,
    /// Whether Dagster's `*`, `tag:`, `kind:` and `group:` select what cannot be made too, as of the
    /// parameter `include_sources` of its `AssetSelection.from_string`.
    pub include_external: bool,
    /// Head, where the graph is base: what is gone is so in head.
    head: Option<&'a AssetGraph>,
}

impl<'a> SelectionScope<'a> {
    /// Returns the scope of one graph, without changes.
    pub fn new(graph: &'a AssetGraph) -> Self {
        Self {
            graph,
            base: None,
            changes: None,
            affected: None,
            state: None,
            include_external: false,
            head: None,
        }
    }
}

/// How an asset is affected by changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Affected {
    /// The steps from the nearest change; 0 for an asset that changed itself.
    pub distance: u64,
    /// What has to be done with it.
    pub effect: OwnEffect,
}

/// Tells which assets changes affect.
pub trait AffectedAssets {
    /// Calls a function with each affected asset, in any order.
    fn visit(&self, visitor: &mut dyn FnMut(&AssetKey, Affected));
}

impl AffectedAssets for BTreeMap<AssetKey, Affected> {
    fn visit(&self, visitor: &mut dyn FnMut(&AssetKey, Affected)) {
        self.iter().for_each(|(key, affected)| visitor(key, *affected));
    }
}

impl AffectedAssets for Impact {
    /// Assets that changed without an effect on data are not among them.
    fn visit(&self, visitor: &mut dyn FnMut(&AssetKey, Affected)) {
        for asset in self.assets().filter(|asset| asset.effect != OwnEffect::None) {
            visitor(&asset.key, Affected { distance: asset.distance.into(), effect: asset.effect });
        }
    }
}

/// Answers dbt's `state:` by dbt's rules.
pub trait DbtStateAnswers {
    /// Returns the assets of head that a selector names, such as `state:modified.body`.
    ///
    /// # Errors
    /// A text that says what was expected, for a selector that it does not know.
    fn answer(&self, selector: &str) -> Result<Vec<AssetKey>, String>;
}

/// The assets that a selection selects.
#[derive(Clone)]
pub struct SelectedAssets<'a> {
    universe: Universe<'a>,
    nodes: NodeSet,
}

impl SelectedAssets<'_> {
    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.nodes.iter().next().is_none()
    }

    /// Returns whether an asset is selected. Costs O(log n).
    pub fn contains(&self, key: &AssetKey) -> bool {
        self.universe.node(key).is_some_and(|node| self.nodes.contains(node))
    }

    /// Returns the keys, sorted. Keys that are only depended on may be among them, and with
    /// `removed:` or `changed_in_branch:` such that only base has.
    pub fn keys(&self) -> Vec<AssetKey> {
        let mut keys: Vec<AssetKey> = self.nodes.iter().map(|node| self.universe.key(node)).collect();
        // The assets come sorted; then come the keys that are only depended on, and those of base.
        keys.sort();
        keys
    }
}

impl fmt::Debug for SelectedAssets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SelectedAssets({} assets)", self.len())
    }
}

/// Whether an expression can name keys that only base has.
fn names_removed(expression: &Expression) -> bool {
    use expression::Attribute::{Changed, ChangedInBranch, Removed};
    let of_base = |operation: &Operation| {
        matches!(operation, Operation::Attribute(Removed(_) | Changed(_) | ChangedInBranch(_)))
    };
    expression.operations.iter().any(of_base)
}
