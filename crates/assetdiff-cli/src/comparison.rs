//! Two versions, read and compared by the rules of the command line.

use std::collections::BTreeSet;

use assetdiff::{
    AssetGraph, AssetKey, ChangeSet, DiffOptions, IgnoreRule, Language, RuleError, Selection, SelectionScope,
    diff,
};
use assetdiff_adapters::dbt;

use crate::arguments::{Compared, Ignore, Preset};
use crate::input;
use crate::output::Trouble;

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

impl Comparison {
    pub(crate) fn of(compared: &Compared) -> Result<Self, Trouble> {
        let Compared { sides, ignore, normalize, preset, renames, language } = compared;
        // A typing error shows before a large file is read.
        let selections =
            ignore.iter().map(|ignore| selection(ignore, *language)).collect::<Result<Vec<_>, _>>()?;
        let (base, head) = input::read_sides(sides)?;
        let mut options = DiffOptions::default();
        for (Ignore { text, rule, selection: _ }, selection) in ignore.iter().zip(selections) {
            options.ignore.push(match selection {
                Some(selection) => IgnoreRule::for_assets(rule, text, in_either(&selection, &base, &head)?)?,
                None => rule.parse()?,
            });
        }
        options.normalize = normalize.clone();
        options.renames = *renames;
        for preset in preset {
            match preset {
                Preset::Dbt => dbt::preset(&mut options)?,
            }
        }
        Ok(Self { changes: diff(&base, &head, &options), base, head })
    }
}

fn selection(ignore: &Ignore, language: Language) -> Result<Option<Selection>, Trouble> {
    Ok(ignore.selection.as_deref().map(|text| Selection::parse(text, language)).transpose()?)
}

/// The assets that a selection selects on either side; what changed is not known yet.
fn in_either(
    selection: &Selection,
    base: &AssetGraph,
    head: &AssetGraph,
) -> Result<BTreeSet<AssetKey>, Trouble> {
    let mut scope = SelectionScope::new(head);
    scope.base = Some(base);
    Ok(selection.select_changes(&scope)?)
}
