//! dbt: `manifest.json` of schema v9 to v12, as written by dbt 1.5 to 1.12 and, where it is the
//! same, by dbt 2.

mod assets;
mod checks;
mod config;
mod definition;
mod macros;
mod manifest;
mod pair;
mod preset;
mod state;

use assetdiff::{AssetGraph, ChangeSet, DiffOptions, JsonText, Limits, LoadError};

use crate::both::both;
use assets::Assets;
use pair::Pair;

pub use preset::preset;
pub use state::{IndirectSelection, State, StateOptions, StateSelector, UnknownSelector};

/// Returns whether a text looks like a dbt manifest; reads only its beginning.
pub fn looks_like_manifest(text: &[u8]) -> bool {
    let head = &text[..text.len().min(4096)];
    String::from_utf8_lossy(head).contains("dbt_schema_version")
}

/// Returns the asset graph of a dbt manifest.
///
/// Keys are the parts of dbt's unique ids: `model.shop.orders` is `model/shop/orders`. Models,
/// seeds, snapshots, sources, exposures, metrics, semantic models, saved queries, functions,
/// analyses, hooks and macros are assets; tests and unit tests are checks of the asset that they
/// test. The code version of a model is its source text together with the macros that it reaches. Members that no
/// definition is made from, such as `compiled_code`, are not looked at.
///
/// # Errors
/// [`LoadError`] with the place for what is no manifest of a supported schema.
pub fn graph(manifest: &[u8], limits: &Limits) -> Result<AssetGraph, LoadError> {
    let assets = Assets::of(JsonText::unchecked(manifest, limits)?)?;
    let builder = assets.read(|_| true, limits)?;
    Ok(builder.finish(assets.manifest.provenance(), Default::default())?)
}

/// Returns the asset graphs of two manifests; what both have in common is read once. `None` if each must be read for
/// itself, as by [`graph`], which tells what is wrong.
pub(crate) fn pair(base: &[u8], head: &[u8], limits: &Limits) -> Option<(AssetGraph, AssetGraph)> {
    pair_of(base, head, limits, |pair| pair.graphs(limits))
}

/// Returns what differs between two manifests; reads only the nodes that do not say the same in both. `None` if they
/// must be read whole.
pub(crate) fn changes(base: &[u8], head: &[u8], limits: &Limits, options: &DiffOptions) -> Option<ChangeSet> {
    pair_of(base, head, limits, |pair| pair.changes(limits, options))
}

fn pair_of<T>(
    base: &[u8],
    head: &[u8],
    limits: &Limits,
    read: impl FnOnce(&Pair<'_>) -> Option<T>,
) -> Option<T> {
    let text = |bytes| JsonText::unchecked(bytes, limits).ok();
    let (base, head) = both(|| text(base), || text(head));
    read(&Pair::of(base?, head?)?)
}
