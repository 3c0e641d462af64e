//! Two versions, read and compared by the rules of the command line.

use assetdiff::{
    AssetGraph, ChangeSet, DiffOptions, IgnoreRule, Impact, Language, RuleError, Selection, diff, impact,
};
use assetdiff_adapters::select::IgnoreError;
use assetdiff_adapters::{dbt, source};

use crate::arguments::{CompareRules, Compared, Policy, Preset, Sides};
use crate::output::Trouble;
use crate::{input, select};

pub(crate) struct Comparison {
    pub(crate) base: AssetGraph,
    pub(crate) head: AssetGraph,
    pub(crate) changes: ChangeSet,
}

impl From<RuleError> for Trouble {
    fn from(error: RuleError) -> Self {
        Self::Message(error.to_string())
    }
}

impl From<IgnoreError> for Trouble {
    fn from(error: IgnoreError) -> Self {
        match error {
            IgnoreError::Rule(error) => error.into(),
            IgnoreError::Selection(error) => error.into(),
        }
    }
}

impl Comparison {
    pub(crate) fn of(compared: &Compared) -> Result<Self, Trouble> {
        let Compared { sides, rules } = compared;
        rules.check()?;
        let (base, head) = input::read_sides(sides)?;
        let options = rules.options(&base, &head)?;
        Ok(Self { changes: diff(&base, &head, &options), base, head })
    }
}

/// The selections that a question holds, read before any file is: a typing error shows at once.
pub(crate) struct Asked {
    barriers: Vec<Selection>,
    select: Option<Selection>,
}

impl Asked {
    pub(crate) fn new(policy: &Policy, select: Option<&str>, language: Language) -> Result<Self, Trouble> {
        let select = select.map(|text| Selection::parse(text, language)).transpose()?;
        Ok(Self { barriers: policy.barriers(language)?, select })
    }
}

/// A comparison, and what its changes reach.
pub(crate) struct Reached {
    pub(crate) comparison: Comparison,
    pub(crate) impact: Impact,
}

impl Reached {
    /// Reads and compares two versions.
    pub(crate) fn of(compared: &Compared, policy: &Policy, select: Option<&str>) -> Result<Self, Trouble> {
        let asked = Asked::new(policy, select, compared.rules.language)?;
        Self::new(Comparison::of(compared)?, policy, asked)
    }

    pub(crate) fn new(mut comparison: Comparison, policy: &Policy, asked: Asked) -> Result<Self, Trouble> {
        let policy = policy.resolved(asked.barriers, &comparison)?;
        let Comparison { base, head, changes } = &mut comparison;
        if let Some(selection) = asked.select {
            select::keep_selected(changes, &selection, base, head)?;
        }
        let impact = impact(changes, base, head, &policy);
        Ok(Self { comparison, impact })
    }
}

impl CompareRules {
    /// Finds typing errors before a large file is read.
    pub(crate) fn check(&self) -> Result<(), Trouble> {
        Ok(self.ignore.iter().try_for_each(|ignore| ignore.selection(self.language).map(drop))?)
    }

    /// The rules for two graphs.
    pub(crate) fn options(&self, base: &AssetGraph, head: &AssetGraph) -> Result<DiffOptions, Trouble> {
        let rules = self.ignore.iter().map(|ignore| ignore.for_graphs(self.language, base, head));
        self.with(rules.collect::<Result<_, _>>()?)
    }

    fn with(&self, ignore: Vec<IgnoreRule>) -> Result<DiffOptions, Trouble> {
        let mut options = DiffOptions::default();
        options.ignore = ignore;
        options.normalize = self.normalize.clone();
        options.renames = self.renames;
        for preset in &self.preset {
            match preset {
                Preset::Dbt => dbt::preset(&mut options)?,
            }
        }
        Ok(options)
    }
}

/// Returns what differs, without the graphs where nothing asks for them.
pub(crate) fn changes(compared: &Compared, skip_equal: bool) -> Result<ChangeSet, Trouble> {
    let Sides { base, head, input } = &compared.sides;
    // A rule for selected assets asks for them.
    let rules: Option<Vec<IgnoreRule>> =
        compared.rules.ignore.iter().map(|ignore| ignore.for_all()).collect();
    let Some(rules) = rules.filter(|_| skip_equal || source::are_columnar(base, head)) else {
        return Ok(Comparison::of(compared)?.changes);
    };
    input::check_sides(&compared.sides)?;
    Ok(source::changes(base, head, input.from.into(), &input.limits(), &compared.rules.with(rules)?)?)
}
