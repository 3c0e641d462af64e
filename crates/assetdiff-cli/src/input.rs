//! The two sides of a comparison.

use std::path::Path;
use std::thread;

use assetdiff::AssetGraph;
use assetdiff_adapters::source;

use crate::arguments::{Input, Sides};
use crate::output::Trouble;

/// Reads both sides, each on a thread of its own.
pub(crate) fn read_sides(sides: &Sides) -> Result<(AssetGraph, AssetGraph), Trouble> {
    let Sides { base, head, input } = sides;
    if base == Path::new("-") && head == Path::new("-") {
        return Err(Trouble::Message(
            "expected one of BASE and HEAD to be a file, found - for both".to_owned(),
        ));
    }
    let (base, head) = thread::scope(|scope| {
        let base = scope.spawn(|| read(base, input));
        let head = read(head, input);
        let base = base.join().unwrap_or_else(|_| Err(Trouble::Message("reading BASE failed".to_owned())));
        (base, head)
    });
    Ok((base?, head?))
}

/// Reads an asset graph from whatever stands at a path.
pub(crate) fn read(path: &Path, input: &Input) -> Result<AssetGraph, Trouble> {
    Ok(source::read(path, input.from.into(), &input.limits())?)
}
