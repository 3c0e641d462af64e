//! What stands in a file, found out and read.

use std::path::{Path, PathBuf};
use std::thread;

use assetdiff::AssetGraph;
use assetdiff_adapters::{dbt, file};

use crate::arguments::{Input, Kind, Sides};
use crate::output::Trouble;

/// Where a dbt project keeps its manifest.
const MANIFESTS: [&str; 2] = ["manifest.json", "target/manifest.json"];

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
    let limits = input.limits();
    let path = manifest_in(path)?;
    let bytes = file::read(&path, &limits)?;
    let is_dbt = match input.from {
        Kind::Auto => dbt::looks_like_manifest(&bytes),
        Kind::Snapshot => false,
        Kind::Dbt => true,
    };
    let graph = if is_dbt { dbt::graph(&bytes, &limits) } else { AssetGraph::from_json(&bytes, &limits) };
    graph.map_err(|error| Trouble::Message(format!("{}: {}", name(&path), error)))
}

/// Returns the manifest of a dbt project or target folder, or the path itself.
fn manifest_in(path: &Path) -> Result<PathBuf, Trouble> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let manifests = MANIFESTS.map(|manifest| path.join(manifest));
    manifests.into_iter().find(|manifest| manifest.is_file()).ok_or_else(|| {
        let message = "expected a file, or a dbt folder with manifest.json or target/manifest.json, found a folder without";
        Trouble::Message(format!("{}: {message}", name(path)))
    })
}

/// How an input is called in messages.
pub(crate) fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}
