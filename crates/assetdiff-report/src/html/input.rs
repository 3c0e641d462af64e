//! What an HTML report is made of, and how it looks.

use std::collections::BTreeMap;

use assetdiff::{AssetGraph, AssetKey, ChangeSet, Impact, Plan, ThreeWay};

use crate::style::Detail;

/// What an HTML report is made of: a comparison, and whatever else is known.
///
/// ```
/// use assetdiff::{AssetGraph, DiffOptions, Snapshot, diff};
/// use assetdiff_report::HtmlInput;
///
/// let graph = AssetGraph::new(Snapshot::default())?;
/// let changes = diff(&graph, &graph, &DiffOptions::default());
/// let mut input = HtmlInput::new(&changes, &graph, &graph);
/// input.sides = ["production".to_owned(), "pull request 12".to_owned()].map(Some);
/// # Ok::<(), assetdiff::LoadError>(())
/// ```
#[non_exhaustive]
pub struct HtmlInput<'a> {
    /// What differs.
    pub changes: &'a ChangeSet,
    /// The graph before.
    pub base: &'a AssetGraph,
    /// The graph after.
    pub head: &'a AssetGraph,
    /// What the changes reach; without it nothing counts as affected.
    pub impact: Option<&'a Impact>,
    /// What is to be made again.
    pub plan: Option<&'a Plan>,
    /// The plan as the commands of tools.
    pub commands: Vec<ToolCommands>,
    /// What base and head are called, such as the names of deployments; where `None`, what the snapshots say.
    pub sides: [Option<String>; 2],
    /// What policies said of the changes.
    pub policies: Vec<PolicyResult>,
    /// What could not be seen, a sentence each.
    pub warnings: Vec<String>,
    /// What a branch and its base changed since they parted; then `changes` are its `yours`, `base` the graph at which
    /// they parted, and what the base changed is shown beside.
    pub three_way: Option<&'a ThreeWay>,
    /// What the base is called in a comparison of three; if `None`, what its snapshot says.
    pub theirs: Option<String>,
}

impl<'a> HtmlInput<'a> {
    /// Returns the input with nothing but a comparison; `base` and `head` are the graphs that were compared.
    pub fn new(changes: &'a ChangeSet, base: &'a AssetGraph, head: &'a AssetGraph) -> Self {
        Self {
            changes,
            base,
            head,
            impact: None,
            plan: None,
            commands: Vec::new(),
            sides: [None, None],
            policies: Vec::new(),
            warnings: Vec::new(),
            three_way: None,
            theirs: None,
        }
    }
}

/// A plan as the commands of a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolCommands {
    /// The tool, such as `dagster`.
    pub tool: String,
    /// The commands of the whole plan, in order.
    pub commands: Vec<String>,
    /// What no command does, a sentence each.
    pub notes: Vec<String>,
    /// The commands that make one asset.
    pub each: BTreeMap<AssetKey, Vec<String>>,
}

/// What a policy said of the changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyResult {
    /// The name of the policy.
    pub name: String,
    /// How it ended.
    pub outcome: PolicyOutcome,
    /// Why, in a sentence.
    pub message: String,
    /// The assets that it is about.
    pub assets: Vec<AssetKey>,
}

/// How a policy ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyOutcome {
    /// Nothing is against it.
    Passed,
    /// Something is to be looked at.
    Warned,
    /// The change must not go on.
    Failed,
}

/// How an HTML report looks.
///
/// ```
/// use assetdiff_report::HtmlStyle;
///
/// assert_eq!(HtmlStyle::default().max_assets, 20_000);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HtmlStyle {
    /// The heading; `Asset changes` if `None`.
    pub title: Option<String>,
    /// The most assets that are shown, those that are affected first; how many are left out is told.
    pub max_assets: usize,
    /// The most characters of one value; the rest is cut, and its length told.
    pub max_value: usize,
    /// The most lines of the diff of one text.
    pub max_diff_lines: usize,
    /// The most entries of one list.
    pub max_entries: usize,
    /// The rows of the table that are there without script.
    pub static_rows: usize,
}

impl Default for HtmlStyle {
    /// 20,000 assets, values of 4,000 characters, 1,000 lines of a diff, 500 entries, 300 rows without script.
    fn default() -> Self {
        Self {
            title: None,
            max_assets: 20_000,
            max_value: 4_000,
            max_diff_lines: 1_000,
            max_entries: 500,
            static_rows: 300,
        }
    }
}

impl HtmlStyle {
    pub(super) fn detail(&self) -> Detail {
        let Self { title: _, max_assets: _, max_value, max_diff_lines, max_entries, static_rows: _ } = *self;
        Detail::new(max_value, max_diff_lines, max_entries, 3)
    }
}
