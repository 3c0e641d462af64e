//! How high each slot stands: near its neighbours, edges that pass straight.

use super::order::is_lane;
use super::{Layers, ROW_GAP};

const ROUNDS: usize = 24;

/// Returns the height of the middle of each slot.
///
/// Rank by rank every slot is drawn towards the mean of its neighbours; the order and the room between two are kept
/// by the least squares under that condition, which pooling neighbours that want to pass each other gives exactly.
pub(super) fn heights(layers: &Layers) -> Vec<i32> {
    let mut y = vec![0.0_f64; layers.slots.len()];
    for rank in &layers.order {
        let mut at = 0.0;
        for (place, &slot) in rank.iter().enumerate() {
            at += rank.get(place.wrapping_sub(1)).map_or(0.0, |&above| room(layers, above, slot));
            y[slot as usize] = at;
        }
    }
    let depth = layers.order.len();
    let rounds = if layers.slots.len() > 20_000 { 6 } else { ROUNDS };
    for round in 0..rounds {
        let is_down = round % 2 == 0;
        // At last both sides count, so that a node stands between what it reads and what reads it.
        let both = round + 4 >= rounds;
        for step in 0..depth {
            let rank = if is_down { step } else { depth - 1 - step };
            let sides: &[&Vec<Vec<u32>>] = match (both, is_down) {
                (true, _) => &[&layers.before, &layers.after],
                (false, true) => &[&layers.before],
                (false, false) => &[&layers.after],
            };
            settle(layers, &layers.order[rank], sides, &mut y);
        }
    }
    y.into_iter().map(|y| y.round() as i32).collect()
}

/// The distance of the middles of two slots that follow each other.
fn room(layers: &Layers, above: u32, below: u32) -> f64 {
    let [above_slot, below_slot] = [above, below].map(|slot| layers.slots[slot as usize]);
    let gap = if is_lane(above_slot) && is_lane(below_slot) { ROW_GAP / 4 } else { ROW_GAP };
    f64::from((layers.height[above as usize] + layers.height[below as usize]) / 2 + gap)
}

/// Neighbours that were pooled: they stand as near to what they want as they can together.
struct Pool {
    wanted: f64,
    weight: f64,
    members: usize,
}

fn settle(layers: &Layers, rank: &[u32], sides: &[&Vec<Vec<u32>>], y: &mut [f64]) {
    let mut pools: Vec<Pool> = Vec::with_capacity(rank.len());
    let mut offsets = Vec::with_capacity(rank.len());
    let mut offset = 0.0;
    for (at, &slot) in rank.iter().enumerate() {
        offset += rank.get(at.wrapping_sub(1)).map_or(0.0, |&above| room(layers, above, slot));
        offsets.push(offset);
        let (wanted, weight) = wish(layers, slot, sides, y);
        pools.push(Pool { wanted: wanted - offset, weight, members: 1 });
        while let [.., above, below] = &pools[..]
            && above.wanted > below.wanted
        {
            let weight = above.weight + below.weight;
            let pool = Pool {
                wanted: (above.wanted * above.weight + below.wanted * below.weight) / weight,
                weight,
                members: above.members + below.members,
            };
            pools.truncate(pools.len() - 2);
            pools.push(pool);
        }
    }
    let wanted = pools.iter().flat_map(|pool| std::iter::repeat_n(pool.wanted, pool.members));
    for ((&slot, wanted), offset) in rank.iter().zip(wanted).zip(offsets) {
        y[slot as usize] = wanted + offset;
    }
}

/// Where a slot wants to stand, and how much.
fn wish(layers: &Layers, slot: u32, sides: &[&Vec<Vec<u32>>], y: &[f64]) -> (f64, f64) {
    let (mut sum, mut total) = (0.0, 0.0);
    for side in sides {
        for &next in &side[slot as usize] {
            let lanes = [slot, next].into_iter().filter(|&slot| is_lane(layers.slots[slot as usize])).count();
            let weight = [1.0, 2.0, 8.0][lanes];
            sum += y[next as usize] * weight;
            total += weight;
        }
    }
    // Who has no neighbour on this side stays, unless pushed.
    if total == 0.0 { (y[slot as usize], 0.05) } else { (sum / total, total) }
}
