//! What can be asked: dbt's selectors, and by which version's rules they are answered.

use assetdiff::AssetGraph;

/// A `state:` selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateSelector {
    /// `state:new`: what base does not have.
    New,
    /// `state:old`: what base has.
    Old,
    /// `state:modified`: new in most types, or another in one of the ways below or some further ones.
    Modified,
    /// `state:unmodified`: everything else.
    Unmodified,
    /// `state:modified.body`.
    Body,
    /// `state:modified.configs`.
    Configs,
    /// `state:modified.relation`.
    Relation,
    /// `state:modified.persisted_descriptions`.
    PersistedDescriptions,
    /// `state:modified.macros`.
    Macros,
    /// `state:modified.contract`.
    Contract,
}

/// A text that is no `state:` selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {}, found {found:?}", StateSelector::ALL.map(StateSelector::as_str).join(", "))]
pub struct UnknownSelector {
    found: String,
}

impl StateSelector {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::New,
        Self::Old,
        Self::Modified,
        Self::Unmodified,
        Self::Body,
        Self::Configs,
        Self::Relation,
        Self::PersistedDescriptions,
        Self::Macros,
        Self::Contract,
    ];

    /// Returns the selector as dbt spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "state:new",
            Self::Old => "state:old",
            Self::Modified => "state:modified",
            Self::Unmodified => "state:unmodified",
            Self::Body => "state:modified.body",
            Self::Configs => "state:modified.configs",
            Self::Relation => "state:modified.relation",
            Self::PersistedDescriptions => "state:modified.persisted_descriptions",
            Self::Macros => "state:modified.macros",
            Self::Contract => "state:modified.contract",
        }
    }
}

impl std::str::FromStr for StateSelector {
    type Err = UnknownSelector;

    fn from_str(text: &str) -> Result<Self, UnknownSelector> {
        Self::ALL
            .into_iter()
            .find(|s| s.as_str() == text)
            .ok_or_else(|| UnknownSelector { found: text.to_owned() })
    }
}

/// By which version's rules the selectors answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateOptions {
    /// dbt's flag `state_modified_compare_more_unrendered_values`: a source's database and schema
    /// are compared as written, not as rendered. On by default from dbt 1.12.
    pub compare_more_unrendered_values: bool,
    /// Whether a test's `sql_header` counts as its configuration, as it does from dbt 1.12.
    pub sql_header_of_tests: bool,
    /// Which tests of the named nodes are named with them.
    pub indirect: IndirectSelection,
}

/// Which tests of the named nodes are named with them, as of dbt's `--indirect-selection`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IndirectSelection {
    /// All that read one of them: dbt's default.
    #[default]
    Eager,
    /// None.
    Empty,
}

impl StateOptions {
    /// Returns the defaults of the dbt version that wrote the head manifest.
    pub fn of(head: &AssetGraph) -> Self {
        let version = head.provenance().producer_version.as_deref().unwrap_or_default();
        let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
        let at_least_1_12 = (numbers.next(), numbers.next()) >= (Some(1_u32), Some(12));
        Self {
            compare_more_unrendered_values: at_least_1_12,
            sql_header_of_tests: at_least_1_12,
            indirect: IndirectSelection::Eager,
        }
    }
}
