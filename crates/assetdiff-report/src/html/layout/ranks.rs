//! In which column each node stands.

/// Returns the column of each node of a graph without cycles: after all that lead to it, and otherwise as near as it gets to what it leads to.
pub(super) fn ranks(count: usize, edges: &[(u32, u32)]) -> Vec<u32> {
    let (after, before) = (lists(count, edges, false), lists(count, edges, true));
    let order = topological(count, &after, &before);
    let mut ranks = vec![0_u32; count];
    for &node in &order {
        let ups = before[node as usize].iter();
        ranks[node as usize] = ups.map(|&up| ranks[up as usize] + 1).max().unwrap_or(0);
    }
    // A node that more leads away from than to it is drawn to the right, where its edges get shorter.
    for _ in 0..2 {
        for &node in order.iter().rev() {
            let (ups, downs) = (&before[node as usize], &after[node as usize]);
            let nearest = downs.iter().map(|&down| ranks[down as usize] - 1).min();
            if let Some(nearest) = nearest.filter(|_| downs.len() > ups.len()) {
                ranks[node as usize] = nearest;
            }
        }
    }
    ranks
}

fn lists(count: usize, edges: &[(u32, u32)], turned: bool) -> Vec<Vec<u32>> {
    let mut lists = vec![Vec::new(); count];
    for &(from, to) in edges.iter().filter(|(from, to)| from != to) {
        let (from, to) = if turned { (to, from) } else { (from, to) };
        lists[from as usize].push(to);
    }
    lists
}

/// Returns all nodes, each after those that lead to it.
fn topological(count: usize, after: &[Vec<u32>], before: &[Vec<u32>]) -> Vec<u32> {
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut ready: Vec<u32> = (0..count as u32).rev().filter(|&node| waiting[node as usize] == 0).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(node) = ready.pop() {
        order.push(node);
        for &down in &after[node as usize] {
            waiting[down as usize] -= 1;
            if waiting[down as usize] == 0 {
                ready.push(down);
            }
        }
    }
    order
}
