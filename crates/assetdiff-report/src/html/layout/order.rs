//! The order in each column: few edges cross.

use super::{Layers, Slot};

/// How much work the rounds may be, in edges looked at.
const WORK: usize = 6_000_000;

/// Brings the slots of each rank into an order with few crossings, and returns how many are left.
pub(super) fn order(layers: &mut Layers) -> u64 {
    let edges: usize = layers.after.iter().map(Vec::len).sum();
    let rounds = (WORK / (edges + layers.slots.len() + 1)).clamp(3, 200);
    let mut best = None;
    // Where one start gets stuck another does not.
    for start in 0..(rounds / 24).clamp(1, 4) {
        let mut search = Search::new(layers, start);
        search.improve(layers, rounds.min(40));
        if best.as_ref().is_none_or(|(crossings, _)| search.best_crossings < *crossings) {
            best = Some((search.best_crossings, search.best));
        }
    }
    let Some((crossings, order)) = best else { return 0 };
    layers.order = order;
    crossings
}

struct Search {
    order: Vec<Vec<u32>>,
    position: Vec<u32>,
    best: Vec<Vec<u32>>,
    best_crossings: u64,
}

impl Search {
    /// Begins with what a walk along the edges meets: neighbours come near each other.
    fn new(layers: &Layers, start: usize) -> Self {
        let count = layers.slots.len();
        let mut seen = vec![false; count];
        let mut order: Vec<Vec<u32>> = vec![Vec::new(); layers.order.len()];
        let from_right = start % 2 == 1;
        let mut roots: Vec<u32> = layers.order.iter().flatten().copied().collect();
        if from_right {
            roots.reverse();
        }
        for root in roots {
            let mut stack = vec![root];
            while let Some(slot) = stack.pop() {
                if std::mem::replace(&mut seen[slot as usize], true) {
                    continue;
                }
                order[layers.rank[slot as usize] as usize].push(slot);
                let sides = [&layers.before[slot as usize], &layers.after[slot as usize]];
                let sides = if from_right { [sides[1], sides[0]] } else { sides };
                for side in if start >= 2 { [sides[1], sides[0]] } else { sides } {
                    stack.extend(side.iter().rev().filter(|&&next| !seen[next as usize]));
                }
            }
        }
        let mut search =
            Self { best: order.clone(), order, position: vec![0; count], best_crossings: u64::MAX };
        (0..search.order.len()).for_each(|rank| search.number(rank));
        search.keep_best(layers);
        search
    }

    fn number(&mut self, rank: usize) {
        for (at, &slot) in self.order[rank].iter().enumerate() {
            self.position[slot as usize] = at as u32;
        }
    }

    fn keep_best(&mut self, layers: &Layers) -> bool {
        let crossings = self.crossings(layers);
        let is_better = crossings < self.best_crossings;
        if is_better {
            self.best_crossings = crossings;
            self.best.clone_from(&self.order);
        }
        is_better
    }

    fn improve(&mut self, layers: &Layers, rounds: usize) {
        let depth = self.order.len();
        let mut idle = 0;
        for round in 0..rounds {
            let is_down = round % 2 == 0;
            let by_median = round % 4 < 2;
            for step in 1..depth {
                let rank = if is_down { step } else { depth - 1 - step };
                let side = if is_down { &layers.before } else { &layers.after };
                self.sort(rank, side, by_median);
            }
            self.transpose(layers);
            idle = if self.keep_best(layers) { 0 } else { idle + 1 };
            if self.best_crossings == 0 || idle > 8 {
                break;
            }
        }
    }

    /// Sorts a rank by where the neighbours of each slot on one side stand.
    fn sort(&mut self, rank: usize, side: &[Vec<u32>], by_median: bool) {
        let mut keyed: Vec<(u64, u32)> = Vec::with_capacity(self.order[rank].len());
        let mut places = Vec::new();
        for (at, &slot) in self.order[rank].iter().enumerate() {
            places.clear();
            places.extend(side[slot as usize].iter().map(|&next| u64::from(self.position[next as usize])));
            places.sort_unstable();
            let count = places.len() as u64;
            // In thousandths, to stay with whole numbers; who has no neighbour stays where it is.
            let key = match (count, by_median) {
                (0, _) => at as u64 * 1000,
                (_, true) => {
                    let middle = places.len() / 2;
                    match places.len() % 2 {
                        1 => places[middle] * 1000,
                        _ => (places[middle - 1] + places[middle]) * 500,
                    }
                }
                (_, false) => places.iter().sum::<u64>() * 1000 / count,
            };
            keyed.push((key, slot));
        }
        keyed.sort_by_key(|&(key, _)| key);
        self.order[rank] = keyed.into_iter().map(|(_, slot)| slot).collect();
        self.number(rank);
    }

    /// Changes neighbours of a rank where that leaves fewer crossings.
    fn transpose(&mut self, layers: &Layers) {
        for _ in 0..3 {
            let mut is_changed = false;
            for rank in 0..self.order.len() {
                for at in 1..self.order[rank].len() {
                    let (left, right) = (self.order[rank][at - 1], self.order[rank][at]);
                    let mut now = 0;
                    let mut then = 0;
                    for side in [&layers.before, &layers.after] {
                        let (a, b) = (&side[left as usize], &side[right as usize]);
                        // A pair of hubs is looked at by the sweeps only.
                        if a.len() * b.len() > 2_500 {
                            continue;
                        }
                        for &a in a {
                            for &b in b {
                                let (a, b) = (self.position[a as usize], self.position[b as usize]);
                                now += u32::from(a > b);
                                then += u32::from(a < b);
                            }
                        }
                    }
                    if then < now {
                        self.order[rank].swap(at - 1, at);
                        self.position.swap(left as usize, right as usize);
                        is_changed = true;
                    }
                }
            }
            if !is_changed {
                break;
            }
        }
    }

    /// Counts pairs of edges that cross: inversions, with a tree of sums.
    fn crossings(&self, layers: &Layers) -> u64 {
        let mut total = 0;
        let mut ends = Vec::new();
        for rank in 0..self.order.len().saturating_sub(1) {
            ends.clear();
            for &slot in &self.order[rank] {
                let from = ends.len();
                ends.extend(layers.after[slot as usize].iter().map(|&next| self.position[next as usize]));
                ends[from..].sort_unstable();
            }
            let width = self.order[rank + 1].len();
            let mut sums = vec![0_u64; width + 1];
            for (seen, &end) in ends.iter().enumerate() {
                let mut not_above = 0;
                let mut at = end as usize + 1;
                while at > 0 {
                    not_above += sums[at];
                    at &= at - 1;
                }
                total += seen as u64 - not_above;
                at = end as usize + 1;
                while at <= width {
                    sums[at] += 1;
                    at += at & at.wrapping_neg();
                }
            }
        }
        total
    }
}

/// Whether a slot is a place where an edge passes.
pub(super) const fn is_lane(slot: Slot) -> bool {
    matches!(slot, Slot::Lane(_))
}
