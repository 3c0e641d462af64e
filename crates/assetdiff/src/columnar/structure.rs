//! Whether columns fit each other: what is never written could lead out of them.

use super::ColumnarError;
use super::layout::Section;
use crate::buffer::Adjacency;
use crate::graph::{AssetGraph, Rows, Topology, reversed};

type Check<'a> = (Section, &'a dyn Fn() -> bool);

fn all(checks: &[Check<'_>]) -> Result<(), ColumnarError> {
    let wrong = checks.iter().find(|(_, is_right)| !is_right());
    wrong.map_or(Ok(()), |(section, _)| Err(ColumnarError::Damaged { section: section.name() }))
}

fn are_below(numbers: &[u32], bound: usize) -> bool {
    numbers.iter().all(|&number| (number as usize) < bound)
}

/// Looks through what tells which definitions are an asset's.
pub(super) fn verify_rows(graph: &AssetGraph) -> Result<(), ColumnarError> {
    let (rows, locations) = (graph.rows(), graph.locations());
    all(&[
        (Section::FirstRows, &|| {
            rows.first.first() == Some(&0) && rows.first.last() == Some(&(rows.len() as u32))
        }),
        (Section::FirstRows, &|| rows.first.is_sorted_by(|a, b| a < b)),
        (Section::RowLocations, &|| {
            rows.locations.len() == rows.len() && are_below(&rows.locations, locations.len())
        }),
        (Section::Locations, &|| locations.is_sorted_by(|a, b| a < b)),
    ])
}

/// Looks through what tells which assets read a key.
pub(super) fn verify_readers(graph: &AssetGraph) -> Result<(), ColumnarError> {
    let topology = graph.topology();
    let (keys, downstream) = (topology.keys(), topology.downstream_lists());
    all(&[
        (Section::KeyEnds, &|| {
            keys.ends.is_sorted() && keys.ends.last().copied().unwrap_or_default() == keys.text.len() as u64
        }),
        (Section::DownstreamEnds, &|| do_lists_follow(downstream, topology.len())),
        (Section::Downstream, &|| are_below(&downstream.nodes, topology.len())),
    ])
}

/// Looks through all columns but what stands in the records.
pub(super) fn verify(graph: &AssetGraph) -> Result<(), ColumnarError> {
    let (rows, topology) = (graph.rows(), graph.topology());
    let (assets, nodes) = (topology.asset_count(), topology.len());
    let (upstream, downstream) = (topology.upstream_lists(), topology.downstream_lists());
    let increases = |node: usize| topology.keys().get(node - 1) < topology.keys().get(node);
    verify_rows(graph)?;
    verify_readers(graph)?;
    all(&[
        (Section::Records, &|| are_records_dense(rows)),
        (Section::Fingerprint, &|| rows.fingerprint_of_all() == graph.fingerprint()),
        (Section::BlockEnds, &|| {
            let ends = &rows.block_ends;
            ends.len() == rows.block_fingerprints.len()
                && ends.is_sorted_by(|a, b| a < b)
                && ends.last().copied().unwrap_or_default() as usize == assets
        }),
        (Section::Keys, &|| std::str::from_utf8(&topology.keys().text).is_ok()),
        (Section::Keys, &|| (1..assets).all(increases) && (assets + 1..nodes).all(increases)),
        (Section::UpstreamEnds, &|| do_lists_follow(upstream, nodes)),
        (Section::Upstream, &|| are_below(&upstream.nodes, nodes)),
        // Counted from the lists of what is read, which are right by now.
        (Section::Downstream, &|| *reversed(upstream, nodes).nodes == *downstream.nodes),
        (Section::DownstreamEnds, &|| *reversed(upstream, nodes).ends == *downstream.ends),
        (Section::Order, &|| is_topological(topology)),
        (Section::CheckOnly, &|| {
            let check_only = topology.check_only();
            check_only.is_sorted_by(|a, b| a < b) && are_below(check_only, assets)
        }),
    ])
}

/// Whether each text begins where the one before ends, and the last ends with the records.
fn are_records_dense(rows: &Rows) -> bool {
    let mut end = 0_u64;
    let mut lens = rows.starts.iter().zip(rows.lens.iter());
    rows.starts.len() == rows.len()
        && rows.lens.len() == rows.len()
        && lens.all(|(&start, &len)| (start == end, end += u64::from(len)).0)
        && end == rows.records.len()
}

fn do_lists_follow(adjacency: &Adjacency, nodes: usize) -> bool {
    adjacency.ends.len() == nodes
        && adjacency.ends.is_sorted()
        && adjacency.ends.last().copied().unwrap_or_default() as usize == adjacency.nodes.len()
}

/// Whether the order holds every node once, after what it reads.
fn is_topological(topology: &Topology) -> bool {
    let mut is_done = vec![false; topology.len()];
    let is_right = topology.order().iter().all(|&node| {
        let is_first = is_done.get(node as usize) == Some(&false);
        let mut upstream = if is_first { topology.upstream(node as usize) } else { &[] }.iter();
        let is_after = upstream.all(|&up| up == node || is_done.get(up as usize) == Some(&true));
        if let Some(is_done) = is_done.get_mut(node as usize) {
            *is_done = true;
        }
        is_first && is_after
    });
    is_right && topology.order().len() == topology.len()
}
