//! Nodes that lead to each other, as one.

use super::{NODE_HEIGHT, ROW_GAP};

/// The room of a frame above the first and below the last node of a cycle.
const FRAME: i32 = 18;

/// A graph in which each cycle is one node.
pub(super) struct Condensed {
    /// The members of each of its nodes, sorted; nodes are in the order of their first members.
    pub(super) members: Vec<Vec<u32>>,
    /// The edges between its nodes, by their numbers in the graph.
    pub(super) edges: Vec<(usize, (u32, u32))>,
}

impl Condensed {
    pub(super) fn new(count: usize, edges: &[(u32, u32)]) -> Self {
        let part_of = strong_parts(count, edges);
        let mut number = vec![u32::MAX; count];
        let mut members: Vec<Vec<u32>> = Vec::new();
        let mut node_of = vec![0; count];
        for node in 0..count {
            let part = part_of[node] as usize;
            if number[part] == u32::MAX {
                number[part] = members.len() as u32;
                members.push(Vec::new());
            }
            node_of[node] = number[part];
            members[number[part] as usize].push(node as u32);
        }
        let between = |&(from, to): &(u32, u32)| (node_of[from as usize], node_of[to as usize]);
        let edges = edges.iter().map(between).enumerate().filter(|(_, (from, to))| from != to).collect();
        Self { members, edges }
    }

    /// How high each node is: members stand below each other in a frame.
    pub(super) fn heights(&self) -> Vec<i32> {
        let height = |members: &Vec<u32>| match members.len() as i32 {
            1 => NODE_HEIGHT,
            count => count * (NODE_HEIGHT + ROW_GAP) - ROW_GAP + 2 * FRAME,
        };
        self.members.iter().map(height).collect()
    }

    /// The place of a member, by that of its node.
    pub(super) fn place((x, y): (i32, i32), members: usize, at: usize) -> (i32, i32) {
        let frame = if members > 1 { FRAME } else { 0 };
        (x, y + frame + at as i32 * (NODE_HEIGHT + ROW_GAP))
    }
}

/// Returns for each node the number of the strongly connected part that it is in: Tarjan's algorithm, without a stack
/// of calls.
fn strong_parts(count: usize, edges: &[(u32, u32)]) -> Vec<u32> {
    const NEW: u32 = u32::MAX;
    let mut after: Vec<Vec<u32>> = vec![Vec::new(); count];
    edges.iter().for_each(|&(from, to)| after[from as usize].push(to));
    let (mut index, mut low) = (vec![NEW; count], vec![0_u32; count]);
    let mut part = vec![NEW; count];
    let (mut open, mut way): (Vec<u32>, Vec<(u32, usize)>) = (Vec::new(), Vec::new());
    let mut next = 0;
    for start in 0..count as u32 {
        if index[start as usize] == NEW {
            way.push((start, 0));
        }
        while let Some(&mut (node, ref mut step)) = way.last_mut() {
            let n = node as usize;
            if *step == 0 {
                (index[n], low[n]) = (next, next);
                next += 1;
                open.push(node);
            }
            let to = after[n].get(*step).copied();
            *step += 1;
            match to.map(|to| (to, index[to as usize], part[to as usize])) {
                Some((to, NEW, _)) => way.push((to, 0)),
                Some((_, seen, NEW)) => low[n] = low[n].min(seen),
                Some(_) => {}
                None => {
                    way.pop();
                    if let Some(&(before, _)) = way.last() {
                        low[before as usize] = low[before as usize].min(low[n]);
                    }
                    if low[n] == index[n] {
                        while let Some(member) = open.pop() {
                            part[member as usize] = node;
                            if member == node {
                                break;
                            }
                        }
                    }
                }
            }
        }
    }
    part
}
