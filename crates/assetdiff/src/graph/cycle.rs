//! Orders nodes after their upstream, and finds the circles that prevent it.

use std::collections::VecDeque;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use crate::buffer::Adjacency;

/// Returns the nodes, each after its upstream; those on or behind a cycle are missing.
///
/// An edge from a node to itself is left out of account.
pub(super) fn topological_order(upstream: &Adjacency, downstream: &Adjacency, node_count: usize) -> Vec<u32> {
    depth_first(upstream, node_count).unwrap_or_else(|| by_level(upstream, downstream, node_count))
}

/// Returns the nodes in their own order, but each after its upstream: what is near each other stays so. `None` if
/// there is a cycle.
fn depth_first(upstream: &Adjacency, node_count: usize) -> Option<Vec<u32>> {
    const DONE: u32 = u32::MAX;
    let mut order = Vec::with_capacity(node_count);
    // For each node how many of its upstream are gone through, or that it is done.
    let mut passed = vec![0_u32; node_count];
    let mut path: Vec<u32> = Vec::new();
    let mut is_on_path = vec![false; node_count];
    for first in 0..node_count as u32 {
        if passed[first as usize] == DONE {
            continue;
        }
        path.push(first);
        is_on_path[first as usize] = true;
        while let Some(&node) = path.last() {
            let at = passed[node as usize] as usize;
            match upstream.of(node as usize).get(at) {
                Some(&up) => {
                    passed[node as usize] += 1;
                    if up == node || passed[up as usize] == DONE {
                        continue;
                    }
                    if is_on_path[up as usize] {
                        return None;
                    }
                    is_on_path[up as usize] = true;
                    path.push(up);
                }
                None => {
                    passed[node as usize] = DONE;
                    is_on_path[node as usize] = false;
                    order.push(node);
                    path.pop();
                }
            }
        }
    }
    Some(order)
}

/// The order by Kahn's algorithm, which tells what is on or behind a cycle by what it leaves out.
fn by_level(upstream: &Adjacency, downstream: &Adjacency, node_count: usize) -> Vec<u32> {
    let mut open: Vec<u32> = (0..node_count)
        .map(|node| upstream.of(node).iter().filter(|&&up| up as usize != node).count() as u32)
        .collect();
    let mut order: Vec<u32> = Vec::with_capacity(node_count);
    order.extend((0..node_count as u32).filter(|&node| open[node as usize] == 0));
    let mut done = 0;
    while let Some(&node) = order.get(done) {
        done += 1;
        for &down in downstream.of(node as usize) {
            if down != node {
                open[down as usize] -= 1;
                if open[down as usize] == 0 {
                    order.push(down);
                }
            }
        }
    }
    order
}

/// Returns one shortest cycle through the first node of each group of nodes that are upstream of
/// each other; `order` holds the nodes that are on none.
pub(super) fn cycles(upstream: &Adjacency, order: &[u32], node_count: usize) -> Vec<Vec<usize>> {
    let mut ordered = vec![false; node_count];
    for &node in order {
        ordered[node as usize] = true;
    }
    let left: Vec<usize> = (0..node_count).filter(|&node| !ordered[node]).collect();
    let mut index = vec![0_u32; node_count];
    let mut graph = DiGraph::<usize, ()>::with_capacity(left.len(), left.len());
    for &node in &left {
        index[node] = graph.add_node(node).index() as u32;
    }
    for &node in &left {
        for &up in upstream.of(node).iter().filter(|&&up| !ordered[up as usize]) {
            graph.add_edge(index[node].into(), index[up as usize].into(), ());
        }
    }
    let mut group_of = vec![usize::MAX; node_count];
    let mut found = Vec::new();
    for (number, group) in kosaraju_scc(&graph).into_iter().enumerate() {
        let members: Vec<usize> = group.into_iter().map(|node| graph[node]).collect();
        for &node in &members {
            group_of[node] = number;
        }
        if let (Some(&start), true) = (members.iter().min(), members.len() > 1) {
            found.push(shortest_cycle(upstream, &group_of, start));
        }
    }
    found
}

/// Walks breadth-first inside the start's group until it comes back.
fn shortest_cycle(upstream: &Adjacency, group_of: &[usize], start: usize) -> Vec<usize> {
    let mut came_from = std::collections::BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for up in upstream.of(node).iter().map(|&up| up as usize) {
            if up == start && node != start {
                let back = std::iter::successors(Some(node), |step| came_from.get(step).copied());
                let mut path: Vec<usize> = back.collect();
                path.reverse();
                path.push(start);
                return path;
            }
            if group_of[up] == group_of[start] && up != start && !came_from.contains_key(&up) {
                came_from.insert(up, node);
                queue.push_back(up);
            }
        }
    }
    vec![start, start]
}
