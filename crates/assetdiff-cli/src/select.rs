//! Selections on the command line.

use assetdiff::{AssetGraph, ChangeSet, Selection, SelectionError};
use assetdiff_adapters::{file, select};

use crate::arguments::Select;
use crate::input;
use crate::output::Trouble;
use crate::progress::Progress;

impl From<SelectionError> for Trouble {
    fn from(error: SelectionError) -> Self {
        Self::Message(error.pointed())
    }
}

/// Prints the keys of the assets that a selection selects.
pub(crate) fn run(arguments: &Select) -> Result<u8, Trouble> {
    let Select { snapshot, expression, language, base, include_external, input } = arguments;
    // A typing error shows before a large file is read.
    let selection = Selection::parse(expression, *language)?;
    let progress = Progress::new("reading the snapshot");
    let head = input::read(snapshot, input)?;
    let base = base.as_ref().map(|base| input::read(base, input)).transpose()?;
    let keys = select::in_scope(&head, base.as_ref(), None, |scope| {
        let mut scope = *scope;
        scope.include_external = *include_external;
        selection.resolve(&scope).map(|selected| selected.keys())
    })?;
    drop(progress);
    let mut lines = String::new();
    for key in keys {
        // The text form of a key holds no hidden characters.
        lines.push_str(&key.to_string());
        lines.push('\n');
    }
    file::write("-".as_ref(), |out| out.write_all(lines.as_bytes()))?;
    Ok(0)
}

/// Keeps only the changes of selected assets; the rest is told as left out.
pub(crate) fn keep_selected(
    changes: &mut ChangeSet,
    selection: &Selection,
    base: &AssetGraph,
    head: &AssetGraph,
) -> Result<(), Trouble> {
    let selected =
        select::in_scope(head, Some(base), Some(changes), |scope| selection.select_changes(scope))?;
    changes.keep_only(&selected, &format!("--select {selection}"));
    Ok(())
}
