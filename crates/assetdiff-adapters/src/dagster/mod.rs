//! Dagster: the serialised snapshot of a repository (`RepositorySnap`), which Dagster hands from
//! process to process.
//!
//! Its names are historical (`ExternalAssetNode`) and older than the classes of today; Dagster keeps
//! them for its own sake, which makes them its steadiest interface.

mod changes;
mod definition;
mod numbers;
mod parallel;
mod partitions;
mod split;
#[cfg(test)]
mod tests;
mod values;
mod wire;

use std::borrow::Cow;
use std::collections::BTreeMap;

use assetdiff::{
    AssetGraph, ChangeSet, DiffOptions, GraphBuilder, Json, JsonText, Limits, LoadError, Provenance,
    ReadError, ReadProblem,
};

use serde_json::value::RawValue;

use crate::both::both;
use definition::Told;

/// Returns whether a text looks like a repository's snapshot; reads only its beginning.
pub fn looks_like_repository(text: &[u8]) -> bool {
    let head = &text[..text.len().min(256)];
    String::from_utf8_lossy(head).contains("\"ExternalRepositoryData\"")
}

/// Returns the asset graph of a serialised `RepositorySnap`.
///
/// Every field of an asset node and of an asset check arrives; [docs/dagster.md] says where. Stubs,
/// which Dagster makes of keys that are only depended on, stay undefined upstreams. What Dagster does
/// not serialise faithfully is noted in the provenance as `warnings`.
///
/// # Errors
/// [`LoadError`] with the place for what is no such snapshot.
///
/// [docs/dagster.md]: https://github.com/assetdiff/assetdiff/blob/main/docs/dagster.md
pub fn graph(snapshot: &[u8], code_location: Option<&str>, limits: &Limits) -> Result<AssetGraph, LoadError> {
    let quoted = quoted(snapshot);
    let fast = JsonText::unchecked(&quoted, limits).ok();
    match fast.and_then(|text| parallel::graph(text, code_location, limits)) {
        Some(graph) => Ok(graph),
        None => one_by_one(&quoted, code_location, limits),
    }
}

/// Returns the asset graphs of two serialised `RepositorySnap`s, as [`graph`] does.
///
/// What both have in common is read once: two versions of a repository cost about as much as one of them.
///
/// # Errors
/// Those of [`graph`], for each of the two.
pub fn pair(
    base: &[u8],
    head: &[u8],
    limits: &Limits,
) -> (Result<AssetGraph, LoadError>, Result<AssetGraph, LoadError>) {
    let (base, head) = both(|| quoted(base), || quoted(head));
    let text = |bytes| JsonText::unchecked(bytes, limits).ok();
    let fast = match both(|| text(&base), || text(&head)) {
        (Some(base), Some(head)) => parallel::pair(base, head, limits),
        _ => None,
    };
    match fast {
        Some((base, head)) => (Ok(base), Ok(head)),
        // One of them is not as it should be, but which?
        None => both(|| graph(&base, None, limits), || graph(&head, None, limits)),
    }
}

/// Returns what differs between two serialised `RepositorySnap`s; reads only the nodes that are not the same
/// in both. `None` if they must be read whole.
pub(crate) fn changes(base: &[u8], head: &[u8], limits: &Limits, options: &DiffOptions) -> Option<ChangeSet> {
    changes::changes(base, head, limits, options)
}

fn quoted(snapshot: &[u8]) -> Cow<'_, [u8]> {
    match std::str::from_utf8(snapshot).map(numbers::quoted) {
        Ok(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
        Ok(Cow::Borrowed(_)) | Err(_) => Cow::Borrowed(snapshot),
    }
}

/// Reads node by node, and tells what is wrong.
fn one_by_one(
    snapshot: &[u8],
    code_location: Option<&str>,
    limits: &Limits,
) -> Result<AssetGraph, LoadError> {
    let text = JsonText::unparsed(snapshot, limits)?;
    let (nodes, checks) = repository(text)?;
    let mut told = Told::default();
    let mut checks = definition::checks_by_asset(text, &checks, &mut told)?;
    let partitions = partitions::of_nodes(nodes.iter().map(|node| (text, node.get())))?;
    let partitions = partitions.into_iter().flatten().collect();
    let mut builder = GraphBuilder::new(limits.clone());
    for node in &nodes {
        let definition = text.read(node.get()).and_then(|read: wire::Node<'_>| {
            let own = checks.remove(&read.asset_key.path).unwrap_or_default();
            definition::of_node(text, read, code_location, own, &mut told)
        });
        if let Some(mut definition) = definition.map_err(|error| of_asset(text, node.get(), error))? {
            partitions::mark_inferred(&mut definition, &partitions);
            builder.push_read(definition)?;
        }
    }
    // Old versions have no node for a key that is only checked.
    for (key, own) in checks {
        builder.push_read(definition::check_only(key, code_location, own))?;
    }
    Ok(builder.finish(provenance(told), BTreeMap::new())?)
}

/// Returns the nodes and the checks.
fn repository(text: JsonText<'_>) -> Result<(Vec<&RawValue>, Vec<&RawValue>), ReadError> {
    let other = |found| {
        let message = format!("expected a serialised RepositorySnap of Dagster, found {found}");
        text.error(text.as_str(), message)
    };
    // A list would be taken for the members in their order.
    if !text.as_str().trim_ascii_start().starts_with('{') {
        return Err(other("no object"));
    }
    let wire::Repository { external_asset_graph_data: nodes, external_asset_checks: checks, format_version } =
        text.read(text.as_str())?;
    let Some(nodes) = nodes else {
        let is_ours = format_version.is_some();
        return Err(other(if is_ours { "a snapshot of assetdiff" } else { "another object" }));
    };
    Ok((nodes, checks.unwrap_or_default()))
}

/// Names the asset in what is wrong with its node.
fn of_asset<'a>(text: JsonText<'a>, node: &'a str, error: ReadError) -> ReadError {
    let ReadProblem::Format(problem) = &error.problem else { return error };
    let Ok(wire::Keyed { asset_key }) = text.read(node) else { return error };
    ReadError { problem: ReadProblem::Format(format!("asset {}: {problem}", asset_key.path)), ..error }
}

fn provenance(Told(warnings): Told) -> Provenance {
    let mut provenance = Provenance { producer: Some("dagster".to_owned()), ..Provenance::default() };
    if !warnings.is_empty() {
        let texts = warnings.iter().map(|warning| Json::from(warning.as_str()));
        provenance.extra.insert("warnings".to_owned(), Json::array(texts));
    }
    provenance
}
