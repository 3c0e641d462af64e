//! Two versions, read and compared by the rules of the command line.

use std::collections::BTreeSet;

use assetdiff::{
    AssetGraph, AssetKey, ChangeSet, DiffOptions, IgnoreRule, Language, RuleError, Selection, SelectionScope,
    diff,
};
use assetdiff_adapters::{dbt, source};

use crate::arguments::{Compared, Ignore, Preset, Sides};
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
        let Compared { sides, ignore, language, .. } = compared;
        // A typing error shows before a large file is read.
        let selections =
            ignore.iter().map(|ignore| selection(ignore, *language)).collect::<Result<Vec<_>, _>>()?;
        let (base, head) = input::read_sides(sides)?;
        let mut options = plain_options(compared)?;
        for (Ignore { text, rule, .. }, selection) in ignore.iter().zip(selections) {
            if let Some(selection) = selection {
                let assets = in_either(&selection, &base, &head)?;
                options.ignore.push(IgnoreRule::for_assets(rule, text, assets)?);
            }
        }
        Ok(Self { changes: diff(&base, &head, &options), base, head })
    }
}

/// Returns what differs, without the graphs where nothing asks for them.
pub(crate) fn changes(compared: &Compared, skip_equal: bool) -> Result<ChangeSet, Trouble> {
    let Sides { base, head, input } = &compared.sides;
    let needs_graphs = compared.ignore.iter().any(|ignore| ignore.selection.is_some());
    if needs_graphs || !(skip_equal || source::are_columnar(base, head)) {
        return Ok(Comparison::of(compared)?.changes);
    }
    input::check_sides(&compared.sides)?;
    Ok(source::changes(base, head, input.from.into(), &input.limits(), &plain_options(compared)?)?)
}

/// The options but for the rules that hold for selected assets.
fn plain_options(compared: &Compared) -> Result<DiffOptions, Trouble> {
    let mut options = DiffOptions::default();
    for Ignore { rule, .. } in compared.ignore.iter().filter(|ignore| ignore.selection.is_none()) {
        options.ignore.push(rule.parse()?);
    }
    options.normalize = compared.normalize.clone();
    options.renames = compared.renames;
    for preset in &compared.preset {
        match preset {
            Preset::Dbt => dbt::preset(&mut options)?,
        }
    }
    Ok(options)
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
