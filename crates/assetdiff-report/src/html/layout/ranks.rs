//! In which column each node stands.

/// Returns the column of each node: after all that lead to it, and otherwise as near as it gets to what it leads to.
pub(super) fn ranks(count: usize, edges: &[(u32, u32)]) -> Vec<u32> {
    let (after, before) = (lists(count, edges, false), lists(count, edges, true));
    let order = topological(count, &after, &before);
    let mut place = vec![0_u32; count];
    order.iter().zip(0..).for_each(|(&node, at)| place[node as usize] = at);
    // Against the order only edges of cycles lead: they do not count.
    let forward = |from: u32, to: u32| place[from as usize] < place[to as usize];
    let mut ranks = vec![0_u32; count];
    for &node in &order {
        let ups = before[node as usize].iter().filter(|&&up| forward(up, node));
        ranks[node as usize] = ups.map(|&up| ranks[up as usize] + 1).max().unwrap_or(0);
    }
    // A node that more leads away from than to it is drawn to the right, where its edges get shorter.
    for _ in 0..2 {
        for &node in order.iter().rev() {
            let downs = after[node as usize].iter().filter(|&&down| forward(node, down));
            let nearest = downs.clone().map(|&down| ranks[down as usize] - 1).min();
            let ups = before[node as usize].iter().filter(|&&up| forward(up, node)).count();
            if let Some(nearest) = nearest.filter(|_| downs.count() > ups) {
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

/// Returns all nodes, each after those that lead to it; a cycle is entered at its first node.
fn topological(count: usize, after: &[Vec<u32>], before: &[Vec<u32>]) -> Vec<u32> {
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut is_placed = vec![false; count];
    let mut ready: Vec<u32> = (0..count as u32).rev().filter(|&node| waiting[node as usize] == 0).collect();
    let mut order = Vec::with_capacity(count);
    let mut first = 0;
    while order.len() < count {
        let node = ready.pop().unwrap_or_else(|| {
            while is_placed[first] {
                first += 1;
            }
            first as u32
        });
        if std::mem::replace(&mut is_placed[node as usize], true) {
            continue;
        }
        order.push(node);
        for &down in &after[node as usize] {
            let left = &mut waiting[down as usize];
            *left = left.saturating_sub(1);
            if *left == 0 && !is_placed[down as usize] {
                ready.push(down);
            }
        }
    }
    order
}
