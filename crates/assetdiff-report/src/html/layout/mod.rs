//! A layered drawing, left to right, in whole pixels.
//!
//! The steps are those of Sugiyama: ranks, an order in each rank with few crossings, then places that keep edges
//! straight. Nothing is random; the same graph gives the same drawing. Costs O((n + e) log n) for each of a number of
//! rounds that gets smaller as the graph gets larger.

mod cycles;
mod order;
mod place;
mod ranks;

use cycles::Condensed;

/// The size of a node and the room between two, in pixels.
pub(super) const NODE_WIDTH: i32 = 184;
pub(super) const NODE_HEIGHT: i32 = 48;
const COLUMN_GAP: i32 = 56;
const ROW_GAP: i32 = 16;
/// What an edge that passes a column takes of it.
const LANE: i32 = 10;
/// Between parts of a graph that no edge joins.
const PART_GAP: i32 = 30;

/// Where the nodes and edges of a graph stand.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Drawing {
    /// The upper left corner of each node.
    pub(super) nodes: Vec<(i32, i32)>,
    /// For each edge the places where it crosses columns, from its tail on: the left end of a lane and its height.
    pub(super) routes: Vec<Vec<(i32, i32)>>,
    /// The column of each node.
    pub(super) ranks: Vec<u32>,
    /// The nodes that lead to each other, sorted; they stand below each other, and nothing else between.
    pub(super) cycles: Vec<Vec<u32>>,
    /// How many pairs of edges cross between two columns.
    pub(super) crossings: u64,
}

/// A node of a rank: one of the graph's, or a place where a long edge passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Node(u32),
    Lane(u32),
}

/// A part of a graph that hangs together, in ranks.
struct Layers {
    /// What each slot is.
    slots: Vec<Slot>,
    height: Vec<i32>,
    /// The rank of each slot.
    rank: Vec<u32>,
    /// The slots of each rank in order.
    order: Vec<Vec<u32>>,
    /// The slots of the rank before and after that a slot is joined to.
    before: Vec<Vec<u32>>,
    after: Vec<Vec<u32>>,
    /// For each edge of the part: its number in the graph and the slots on its way.
    chains: Vec<(u32, Vec<u32>)>,
}

/// Returns the drawing of a graph; edges lead from one of `count` nodes to another. The nodes of a cycle are drawn as
/// one, below each other; an edge from a node to itself is not drawn.
pub(super) fn draw(count: usize, edges: &[(u32, u32)]) -> Drawing {
    let whole = Condensed::new(count, edges);
    let pairs: Vec<(u32, u32)> = whole.edges.iter().map(|&(_, pair)| pair).collect();
    let drawn = draw_acyclic(&whole.heights(), &pairs);
    let mut drawing = Drawing {
        nodes: vec![(0, 0); count],
        routes: vec![Vec::new(); edges.len()],
        ranks: vec![0; count],
        cycles: Vec::new(),
        crossings: drawn.crossings,
    };
    for ((members, &place), &rank) in whole.members.into_iter().zip(&drawn.nodes).zip(&drawn.ranks) {
        for (at, &node) in members.iter().enumerate() {
            drawing.nodes[node as usize] = Condensed::place(place, members.len(), at);
            drawing.ranks[node as usize] = rank;
        }
        if members.len() > 1 {
            drawing.cycles.push(members);
        }
    }
    for ((edge, _), route) in whole.edges.into_iter().zip(drawn.routes) {
        drawing.routes[edge] = route;
    }
    drawing
}

fn draw_acyclic(heights: &[i32], edges: &[(u32, u32)]) -> Drawing {
    let count = heights.len();
    let ranks = ranks::ranks(count, edges);
    let mut drawing = Drawing {
        nodes: vec![(0, 0); count],
        routes: vec![Vec::new(); edges.len()],
        ranks: ranks.clone(),
        cycles: Vec::new(),
        crossings: 0,
    };
    let mut parts = Vec::new();
    let mut single = Vec::new();
    for (nodes, numbers) in connected(count, edges) {
        if let ([node], true) = (&nodes[..], numbers.is_empty())
            && heights[*node as usize] == NODE_HEIGHT
        {
            single.push(*node);
            continue;
        }
        let mut layers = Layers::new(&nodes, &numbers, edges, &ranks, heights);
        drawing.crossings += order::order(&mut layers);
        let y = place::heights(&layers);
        parts.push(Part::new(layers, y));
    }
    pack(parts, &single, &mut drawing);
    drawing
}

/// Returns places for a graph too large for a picture of columns, which would be a thread: each column becomes a block
/// of several. Heights keep their order, so that edges still lead to the right more than up or down.
pub(super) fn mosaic(drawing: &Drawing) -> Vec<(i32, i32)> {
    let count = drawing.nodes.len();
    let mut columns: Vec<Vec<u32>> = Vec::new();
    for (node, &rank) in (0..).zip(&drawing.ranks) {
        columns.resize_with(columns.len().max(rank as usize + 1), Vec::new);
        columns[rank as usize].push(node);
    }
    let (step_x, step_y) = (NODE_WIDTH + ROW_GAP, NODE_HEIGHT + ROW_GAP);
    // About three wide and two high.
    let rows = (count * step_x as usize * 2 / (step_y as usize * 3)).isqrt().max(1);
    let mut places = vec![(0, 0); count];
    let mut left = 0;
    for mut column in columns {
        column.sort_by_key(|&node| (drawing.nodes[node as usize].1, node));
        let width = column.len().div_ceil(rows).max(1);
        let height = column.len().div_ceil(width);
        let top = (rows - height.min(rows)) as i32 * step_y / 2;
        for (at, &node) in column.iter().enumerate() {
            let (row, beside) = ((at / width) as i32, (at % width) as i32);
            places[node as usize] = (left + beside * step_x, top + row * step_y);
        }
        left += width as i32 * step_x + COLUMN_GAP * 2;
    }
    places
}

/// A part with the height of the middle of each slot.
struct Part {
    layers: Layers,
    y: Vec<i32>,
    width: i32,
    height: i32,
}

impl Part {
    fn new(layers: Layers, mut y: Vec<i32>) -> Self {
        let half = |slot: usize| layers.height[slot] / 2;
        let top = (0..y.len()).map(|slot| y[slot] - half(slot)).min().unwrap_or(0);
        y.iter_mut().for_each(|y| *y -= top);
        let height = (0..y.len()).map(|slot| y[slot] + half(slot)).max().unwrap_or(0);
        let width = layers.order.len() as i32 * (NODE_WIDTH + COLUMN_GAP) - COLUMN_GAP;
        Self { layers, y, width, height }
    }
}

/// Puts parts beside and below each other, the largest first, and single nodes into rows below.
fn pack(mut parts: Vec<Part>, single: &[u32], drawing: &mut Drawing) {
    parts.sort_by_key(|part| std::cmp::Reverse(part.layers.slots.len()));
    let widest = parts.iter().map(|part| part.width).max().unwrap_or(0);
    let columns = single.len().isqrt().clamp(1, 12) as i32;
    let width = widest.max(columns.min(5) * (NODE_WIDTH + COLUMN_GAP) - COLUMN_GAP);
    let (mut x, mut y, mut shelf) = (0, 0, 0);
    for part in &parts {
        if x > 0 && x + part.width > width {
            (x, y, shelf) = (0, y + shelf + PART_GAP, 0);
        }
        part.put(x, y, drawing);
        x += part.width + COLUMN_GAP;
        shelf = shelf.max(part.height);
    }
    if !parts.is_empty() {
        y += shelf + PART_GAP;
    }
    let step = NODE_WIDTH + ROW_GAP;
    let columns = (((width + ROW_GAP) / step).max(1) as usize).max(single.len().isqrt() / 4);
    for (at, &node) in single.iter().enumerate() {
        let (row, column) = ((at / columns) as i32, (at % columns) as i32);
        drawing.nodes[node as usize] = (column * step, y + row * (NODE_HEIGHT + ROW_GAP));
    }
}

impl Part {
    fn put(&self, left: i32, top: i32, drawing: &mut Drawing) {
        let x = |slot: u32| left + self.layers.rank[slot as usize] as i32 * (NODE_WIDTH + COLUMN_GAP);
        for (slot, kind) in self.layers.slots.iter().enumerate() {
            if let Slot::Node(node) = kind {
                drawing.nodes[*node as usize] =
                    (x(slot as u32), top + self.y[slot] - self.layers.height[slot] / 2);
            }
        }
        for (edge, chain) in &self.layers.chains {
            let lanes = chain.iter().map(|&slot| (x(slot), top + self.y[slot as usize]));
            drawing.routes[*edge as usize] = lanes.collect();
        }
    }
}

/// The most slots that edges on their way take; what is left passes without a lane of its own.
const MAX_LANES: usize = 400_000;

impl Layers {
    fn new(nodes: &[u32], numbers: &[u32], edges: &[(u32, u32)], ranks: &[u32], heights: &[i32]) -> Self {
        let first = nodes.iter().map(|&node| ranks[node as usize]).min().unwrap_or(0);
        let mut layers = Self {
            slots: nodes.iter().map(|&node| Slot::Node(node)).collect(),
            height: nodes.iter().map(|&node| heights[node as usize]).collect(),
            rank: nodes.iter().map(|&node| ranks[node as usize] - first).collect(),
            order: Vec::new(),
            before: vec![Vec::new(); nodes.len()],
            after: vec![Vec::new(); nodes.len()],
            chains: Vec::new(),
        };
        let slot_of = |node: u32| nodes.binary_search(&node).unwrap_or(0) as u32;
        for &number in numbers {
            let (tail, head) = edges[number as usize];
            let (from, to) = (slot_of(tail), slot_of(head));
            let mut chain = Vec::new();
            let mut last = from;
            let (start, end) = (layers.rank[from as usize], layers.rank[to as usize]);
            if layers.slots.len() - nodes.len() + (end - start) as usize > MAX_LANES {
                continue;
            }
            for rank in start + 1..end {
                let slot = layers.slots.len() as u32;
                layers.slots.push(Slot::Lane(number));
                layers.height.push(LANE);
                layers.rank.push(rank);
                layers.before.push(Vec::new());
                layers.after.push(Vec::new());
                layers.join(last, slot);
                chain.push(slot);
                last = slot;
            }
            layers.join(last, to);
            layers.chains.push((number, chain));
        }
        let depth = layers.rank.iter().max().map_or(0, |&rank| rank as usize + 1);
        layers.order = vec![Vec::new(); depth];
        for (slot, &rank) in layers.rank.iter().enumerate() {
            layers.order[rank as usize].push(slot as u32);
        }
        layers
    }

    fn join(&mut self, from: u32, to: u32) {
        self.after[from as usize].push(to);
        self.before[to as usize].push(from);
    }
}

/// Returns the parts that hang together: their nodes, sorted, and the numbers of their edges. Edges from a node to
/// itself belong to none.
fn connected(count: usize, edges: &[(u32, u32)]) -> Vec<(Vec<u32>, Vec<u32>)> {
    let mut parent: Vec<u32> = (0..count as u32).collect();
    fn root(parent: &mut [u32], mut node: u32) -> u32 {
        while parent[node as usize] != node {
            parent[node as usize] = parent[parent[node as usize] as usize];
            node = parent[node as usize];
        }
        node
    }
    for &(from, to) in edges {
        let (from, to) = (root(&mut parent, from), root(&mut parent, to));
        parent[from.max(to) as usize] = from.min(to);
    }
    let mut part_of = vec![u32::MAX; count];
    let mut parts: Vec<(Vec<u32>, Vec<u32>)> = Vec::new();
    for node in 0..count as u32 {
        let root = root(&mut parent, node) as usize;
        if part_of[root] == u32::MAX {
            part_of[root] = parts.len() as u32;
            parts.push(Default::default());
        }
        parts[part_of[root] as usize].0.push(node);
    }
    for (number, &(from, to)) in edges.iter().enumerate() {
        if from != to {
            let root = root(&mut parent, from) as usize;
            parts[part_of[root] as usize].1.push(number as u32);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_lead_to_the_right_and_nodes_do_not_overlap() {
        let edges: Vec<(u32, u32)> = (0..60u32).flat_map(|n| [(n / 2, n + 1), (n / 3, n + 1)]).collect();
        let drawing = draw(61, &edges);
        for &(from, to) in &edges {
            assert!(drawing.nodes[from as usize].0 < drawing.nodes[to as usize].0, "{from} {to}");
        }
        for (at, &(x, y)) in drawing.nodes.iter().enumerate() {
            for &(other_x, other_y) in &drawing.nodes[at + 1..] {
                assert!(x != other_x || (y - other_y).abs() >= NODE_HEIGHT, "{x} {y} {other_y}");
            }
        }
    }

    #[test]
    fn a_tree_has_no_crossing() {
        let edges: Vec<(u32, u32)> = (1..64u32).rev().map(|n| ((n * 7919 % n) / 2, n)).collect();
        assert_eq!(draw(64, &edges).crossings, 0);
    }

    #[test]
    fn a_cycle_is_one_group_below_each_other_and_a_loop_is_nothing() {
        // 4 leads into the cycle of 0, 1 and 2, which leads to 3; 5 and 6 are another one, 7 and 8 stand beside.
        let edges =
            [(0, 1), (1, 2), (2, 0), (3, 3), (2, 3), (4, 1), (5, 6), (6, 5), (4, 7), (7, 8), (8, 3), (4, 3)];
        let drawing = draw(9, &edges);
        assert_eq!(drawing.cycles, [vec![0, 1, 2], vec![5, 6]]);
        let column = |node: usize| drawing.nodes[node].0 / (NODE_WIDTH + COLUMN_GAP);
        assert_eq!((0..5).map(column).collect::<Vec<_>>(), [1, 1, 1, 3, 0]);
        for cycle in &drawing.cycles {
            let (x, top) = drawing.nodes[cycle[0] as usize];
            let bottom = drawing.nodes[cycle[cycle.len() - 1] as usize].1;
            assert_eq!(bottom - top, (cycle.len() as i32 - 1) * (NODE_HEIGHT + ROW_GAP));
            for (node, &(other_x, y)) in drawing.nodes.iter().enumerate() {
                let is_inside = x == other_x && (top - NODE_HEIGHT..=bottom + NODE_HEIGHT).contains(&y);
                assert_eq!(is_inside, cycle.contains(&(node as u32)), "{node} {cycle:?}");
            }
        }
    }

    #[test]
    fn a_long_cycle_takes_no_stack() {
        let count = 200_000;
        let edges: Vec<(u32, u32)> = (0..count).map(|n| (n, (n + 1) % count)).collect();
        assert_eq!(draw(count as usize, &edges).cycles[0].len(), count as usize);
    }

    #[test]
    fn parts_stand_apart_and_single_nodes_in_rows() {
        let drawing = draw(12, &[(0, 1), (2, 3)]);
        let mut seen = std::collections::BTreeSet::new();
        for &place in &drawing.nodes {
            assert!(seen.insert(place), "{place:?}");
        }
    }

    #[test]
    fn an_empty_graph_is_an_empty_drawing() {
        assert_eq!(draw(0, &[]), Drawing::default());
    }
}
