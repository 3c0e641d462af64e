//! The two sides of a comparison.

use std::path::Path;

use assetdiff::AssetGraph;
use assetdiff_adapters::source;

use crate::arguments::{Input, Sides};
use crate::output::Trouble;

/// Reads both sides.
pub(crate) fn read_sides(sides: &Sides) -> Result<(AssetGraph, AssetGraph), Trouble> {
    check_sides(sides)?;
    let Sides { base, head, input } = sides;
    Ok(source::read_pair(base, head, input.from.into(), &input.limits())?)
}

/// Only one of the sides can come from standard input.
pub(crate) fn check_sides(Sides { base, head, .. }: &Sides) -> Result<(), Trouble> {
    check_paths(base, head)
}

pub(crate) fn check_paths(base: &Path, head: &Path) -> Result<(), Trouble> {
    if base == Path::new("-") && head == Path::new("-") {
        return Err(Trouble::Message(
            "expected one of BASE and HEAD to be a file, found - for both".to_owned(),
        ));
    }
    Ok(())
}

/// Reads an asset graph from whatever stands at a path.
pub(crate) fn read(path: &Path, input: &Input) -> Result<AssetGraph, Trouble> {
    Ok(source::read(path, input.from.into(), &input.limits())?)
}
