//! Which part of the graph is drawn first, and how.

use std::collections::BTreeMap;

use serde::Serialize;

use super::layout::{self, Drawing};
use super::nodes::{Edges, Nodes, Status};

/// How many assets the first picture shows; more is no picture any more.
const BUDGET: usize = 150;

/// The most assets of a picture that is drawn at its best; larger ones are cut out of the picture of all.
const MAX_DRAWN: usize = 500;

/// The most changed assets of it.
const MAX_CHANGED: usize = 60;

/// The most assets that changed ones read, before what they affect is shown.
const MAX_CONTEXT: usize = 40;

/// The most assets that read one of the first picture, as long as there are others.
const MAX_READERS: usize = 6;

/// The most groups that are drawn at their best, and the assets of each.
const MAX_GROUPS: usize = 80;
const GROUP_BUDGET: usize = 90;

/// The most upstream assets of one changed asset in the first picture.
const MAX_UPSTREAM: usize = 6;

/// A part of the graph, drawn.
#[derive(Serialize)]
pub(super) struct View {
    name: String,
    /// The assets, sorted.
    nodes: Vec<u32>,
    /// The left and upper edge of each, one after the other.
    xy: Vec<i32>,
    /// For each edge between them that passes columns, by its number: the places where it does.
    routes: Vec<(u32, Vec<i32>)>,
    /// The assets that lead to each other; they stand below each other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cycles: Vec<Vec<u32>>,
}

/// Returns the drawings that the page starts from.
pub(super) fn views(nodes: &Nodes, names: &[String], edges: &Edges, all: &Drawing) -> Vec<View> {
    let near = Neighbours::new(nodes.len(), edges);
    let changed: Vec<u32> = numbers(nodes).filter(|&n| nodes.status[n as usize].is_change()).collect();
    let affected: Vec<u32> = numbers(nodes)
        .filter(|&n| nodes.status[n as usize].is_change() || nodes.effect[n as usize] > 0)
        .collect();
    let mut removed: Vec<u32> =
        numbers(nodes).filter(|&n| nodes.status[n as usize] == Status::Removed).collect();
    let around: Vec<u32> =
        removed.iter().flat_map(|&n| near.up(n).chain(near.down(n))).take(MAX_DRAWN).collect();
    removed.extend(around);
    removed.sort_unstable();
    removed.dedup();
    let focus = focus(nodes, &near, &changed);
    let mut views = Vec::new();
    for (name, nodes) in
        [("focus", focus), ("changed", changed), ("affected", affected), ("removed", removed)]
    {
        if nodes.len() <= MAX_DRAWN {
            views.push(View::new(name.to_owned(), nodes, edges));
        }
    }
    for (name, members) in groups(nodes, &near) {
        views.push(View::new(
            format!("group:{}", names.get(name as usize).map_or("", String::as_str)),
            members,
            edges,
        ));
    }
    let every = numbers(nodes).collect();
    let is_small = nodes.len() <= MAX_DRAWN;
    let places = if is_small { &all.nodes } else { &layout::mosaic(all) };
    let xy = places.iter().flat_map(|&(x, y)| [x, y]).collect();
    let routes = if is_small {
        (0..).zip(&all.routes).filter(|(_, r)| !r.is_empty()).map(|(e, r)| (e, flat(r))).collect()
    } else {
        Vec::new()
    };
    views.push(View { name: "all".to_owned(), nodes: every, xy, routes, cycles: all.cycles.clone() });
    views
}

fn numbers(nodes: &Nodes) -> impl Iterator<Item = u32> {
    0..nodes.len() as u32
}

fn flat(route: &[(i32, i32)]) -> Vec<i32> {
    route.iter().flat_map(|&(x, y)| [x, y]).collect()
}

impl View {
    fn new(name: String, nodes: Vec<u32>, edges: &Edges) -> Self {
        let place: BTreeMap<u32, u32> = nodes.iter().copied().zip(0..).collect();
        let inner: Vec<(u32, (u32, u32))> = (0..)
            .zip(edges.pairs())
            .filter_map(|(edge, (from, to))| Some((edge, (*place.get(&from)?, *place.get(&to)?))))
            .collect();
        let pairs: Vec<(u32, u32)> = inner.iter().map(|&(_, pair)| pair).collect();
        let drawing = layout::draw(nodes.len(), &pairs);
        let routes = inner.iter().zip(&drawing.routes).filter(|(_, route)| !route.is_empty());
        Self {
            name,
            xy: drawing.nodes.iter().flat_map(|&(x, y)| [x, y]).collect(),
            routes: routes.map(|(&(edge, _), route)| (edge, flat(route))).collect(),
            cycles: drawing
                .cycles
                .iter()
                .map(|cycle| cycle.iter().map(|&at| nodes[at as usize]).collect())
                .collect(),
            nodes,
        }
    }
}

/// Returns the groups where most is affected: the number of each name, and the assets that its drawing shows.
fn groups(nodes: &Nodes, near: &Neighbours) -> Vec<(i64, Vec<u32>)> {
    let mut members: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
    for node in numbers(nodes) {
        members.entry(nodes.group[node as usize]).or_default().push(node);
    }
    if members.len() < 2 {
        return Vec::new();
    }
    let is_told = |n: u32| nodes.status[n as usize].is_change() || nodes.effect[n as usize] > 0;
    let mut groups: Vec<(i64, Vec<u32>)> = members.into_iter().collect();
    groups.sort_by_key(|(_, members)| std::cmp::Reverse(members.iter().filter(|&&n| is_told(n)).count()));
    groups.truncate(MAX_GROUPS);
    for (_, members) in &mut groups {
        let all = std::mem::take(members);
        let mut chosen = Chosen { is: vec![false; nodes.len()], count: BUDGET - GROUP_BUDGET };
        chosen.add(all.iter().copied().filter(|&n| nodes.status[n as usize].is_change()));
        let mut reached: Vec<u32> = all.iter().copied().filter(|&n| is_told(n)).collect();
        reached.sort_by_key(|&n| (nodes.distance[n as usize], n));
        chosen.spread(&reached, near, MAX_READERS);
        chosen.add(reached);
        // Then what hangs together with these, and the rest.
        let around =
            |chosen: &Chosen, n: u32| near.up(n).chain(near.down(n)).any(|other| chosen.is[other as usize]);
        for _ in 0..2 {
            let joined: Vec<u32> = all.iter().copied().filter(|&n| around(&chosen, n)).collect();
            chosen.add(joined);
        }
        chosen.add(all.iter().copied());
        *members = numbers(nodes).filter(|&n| chosen.is[n as usize]).collect();
        let inner = members.clone();
        let outer = inner
            .iter()
            .flat_map(|&n| near.up(n).chain(near.down(n)))
            .filter(|&n| is_told(n) && !chosen.is[n as usize]);
        members.extend(outer.take(GROUP_BUDGET / 4));
        members.sort_unstable();
        members.dedup();
    }
    groups
}

/// Returns what changed, what it reads, and what it affects, the nearest first, up to the budget.
fn focus(nodes: &Nodes, near: &Neighbours, changed: &[u32]) -> Vec<u32> {
    let mut by_weight: Vec<u32> = changed.to_vec();
    by_weight.sort_by_key(|&n| {
        let status = nodes.status[n as usize];
        (std::cmp::Reverse(nodes.effect[n as usize]), status == Status::Following, n)
    });
    // Where much changed, room is left to see what it is connected with.
    by_weight.truncate(MAX_CHANGED);
    let mut chosen = Chosen { is: vec![false; nodes.len()], count: 0 };
    chosen.add(by_weight.iter().copied());
    let upstream = || by_weight.iter().flat_map(|&node| near.up(node).take(MAX_UPSTREAM));
    chosen.add(upstream().take(MAX_CONTEXT));
    let mut reached: Vec<u32> =
        numbers(nodes).filter(|&n| nodes.effect[n as usize] > 0 && nodes.distance[n as usize] > 0).collect();
    reached.sort_by_key(|&n| (nodes.distance[n as usize], n));
    chosen.spread(&reached, near, MAX_READERS);
    chosen.add(upstream());
    chosen.spread(&reached, near, 2 * MAX_READERS);
    chosen.spread(&reached, near, usize::MAX);
    chosen.add(reached);
    numbers(nodes).filter(|&n| chosen.is[n as usize]).collect()
}

/// The assets of the first picture.
struct Chosen {
    is: Vec<bool>,
    count: usize,
}

impl Chosen {
    /// Adds what an asset in the picture leads to, so many for each: a hub would fill it with a column of its readers,
    /// and what nothing leads to would stand alone.
    fn spread(&mut self, reached: &[u32], near: &Neighbours, most: usize) {
        let mut readers = vec![0_usize; self.is.len()];
        for &node in reached {
            let leads: Vec<u32> = near.up(node).filter(|&up| self.is[up as usize]).collect();
            if leads.iter().any(|&up| readers[up as usize] < most) {
                leads.iter().for_each(|&up| readers[up as usize] += 1);
                self.add([node]);
            }
        }
    }

    fn add(&mut self, nodes: impl IntoIterator<Item = u32>) {
        for node in nodes {
            if self.count < BUDGET && !std::mem::replace(&mut self.is[node as usize], true) {
                self.count += 1;
            }
        }
    }
}

/// What is next to what.
struct Neighbours {
    up: Vec<Vec<u32>>,
    down: Vec<Vec<u32>>,
}

impl Neighbours {
    fn new(count: usize, edges: &Edges) -> Self {
        let mut near = Self { up: vec![Vec::new(); count], down: vec![Vec::new(); count] };
        for (from, to) in edges.pairs() {
            near.down[from as usize].push(to);
            near.up[to as usize].push(from);
        }
        near
    }

    fn up(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        self.up[node as usize].iter().copied()
    }

    fn down(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        self.down[node as usize].iter().copied()
    }
}
