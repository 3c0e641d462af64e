//! Short ways to graphs and diffs for tests that state only what they are about.

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, ChangeSet, Dependency, DiffOptions, Json, Limits, LoadError,
    PartitionMapping, Renames, Snapshot, diff,
};

/// The key of a text form.
pub(crate) fn key(text: &str) -> AssetKey {
    text.parse().unwrap()
}

pub(crate) fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

/// An asset that depends on others.
pub(crate) fn asset(name: &str, upstream: &[&str]) -> AssetDefinition {
    AssetDefinition {
        dependencies: upstream.iter().map(|name| Dependency::new(key(name))).collect(),
        ..AssetDefinition::new(key(name))
    }
}

pub(crate) fn located(name: &str, code_location: &str) -> AssetDefinition {
    AssetDefinition { code_location: Some(code_location.to_owned()), ..asset(name, &[]) }
}

/// A dependency by a partition mapping.
pub(crate) fn mapped(name: &str, mapping: PartitionMapping) -> Dependency {
    Dependency { mapping: Some(mapping), ..Dependency::new(key(name)) }
}

pub(crate) fn snapshot(assets: impl IntoIterator<Item = AssetDefinition>) -> Snapshot {
    Snapshot { assets: assets.into_iter().collect(), ..Snapshot::default() }
}

pub(crate) fn graph(assets: impl IntoIterator<Item = AssetDefinition>) -> AssetGraph {
    AssetGraph::new(snapshot(assets)).unwrap()
}

/// What is wrong with a set of definitions, as text.
pub(crate) fn wrong(assets: impl IntoIterator<Item = AssetDefinition>) -> String {
    AssetGraph::new(snapshot(assets)).unwrap_err().to_string()
}

pub(crate) fn load(text: &str) -> Result<AssetGraph, LoadError> {
    AssetGraph::from_json(text.as_bytes(), &Limits::default())
}

/// The error that a text is refused with.
pub(crate) fn refused(text: &str) -> String {
    load(text).unwrap_err().to_string()
}

pub(crate) fn changes<B, H>(base: B, head: H) -> ChangeSet
where
    B: IntoIterator<Item = AssetDefinition>,
    H: IntoIterator<Item = AssetDefinition>,
{
    diff(&graph(base), &graph(head), &DiffOptions::default())
}

pub(crate) fn with_renames(renames: Renames) -> DiffOptions {
    let mut options = DiffOptions::default();
    options.renames = renames;
    options
}

/// Each change as its key and kinds, such as `orders: tags, metadata`.
pub(crate) fn told(changes: &ChangeSet) -> Vec<String> {
    let kinds = |change: &assetdiff::AssetChange<'_>| {
        change.kinds().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    changes.changes().iter().map(|change| format!("{}: {}", change.key(), kinds(change))).collect()
}
