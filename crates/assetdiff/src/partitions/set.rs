//! Sets of positions: symbolic, and equal exactly where they hold the same positions.

use std::collections::{BTreeMap, BTreeSet};

/// Positions as half-open ranges: sorted, not empty, with gaps between them.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ranges(Vec<(u64, u64)>);

/// What is done to two sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Union,
    Intersection,
    Difference,
}

impl Op {
    fn keeps(self, left: bool, right: bool) -> bool {
        match self {
            Self::Union => left || right,
            Self::Intersection => left && right,
            Self::Difference => left && !right,
        }
    }
}

impl Ranges {
    /// Returns the range, or nothing if it is empty.
    pub(crate) fn of(from: u64, to: u64) -> Self {
        Self(if from < to { vec![(from, to)] } else { Vec::new() })
    }

    /// Returns the union of ranges in any order. O(n log n)
    pub(crate) fn from_pairs(mut pairs: Vec<(u64, u64)>) -> Self {
        pairs.sort_unstable();
        let mut ranges = Self::default();
        for (from, to) in pairs {
            ranges.push(from, to);
        }
        ranges
    }

    /// Adds a range that starts at or after all others.
    fn push(&mut self, from: u64, to: u64) {
        match self.0.last_mut() {
            _ if from >= to => {}
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => self.0.push((from, to)),
        }
    }

    pub(crate) fn pairs(&self) -> &[(u64, u64)] {
        &self.0
    }

    pub(crate) fn len(&self) -> u64 {
        self.0.iter().map(|(from, to)| to - from).sum()
    }

    pub(crate) fn contains(&self, position: u64) -> bool {
        let after = self.0.partition_point(|&(from, _)| from <= position);
        after > 0 && position < self.0[after - 1].1
    }

    /// O(ranges of both)
    fn combine(&self, other: &Self, op: Op) -> Self {
        let mut result = Self::default();
        sweep(&self.0, &other.0, |from, to, left, right| {
            if op.keeps(left.is_some(), right.is_some()) {
                result.push(from, to);
            }
        });
        result
    }
}

/// Calls back for each piece in which nothing starts or ends, with the indices of what covers it.
fn sweep(
    left: &[(u64, u64)],
    right: &[(u64, u64)],
    mut piece: impl FnMut(u64, u64, Option<usize>, Option<usize>),
) {
    let (mut l, mut r) = (0, 0);
    let mut at = 0;
    while l < left.len() || r < right.len() {
        let a = left.get(l).copied().unwrap_or((u64::MAX, u64::MAX));
        let b = right.get(r).copied().unwrap_or((u64::MAX, u64::MAX));
        let (in_a, in_b) = (a.0 <= at, b.0 <= at);
        let to = if in_a { a.1 } else { a.0 }.min(if in_b { b.1 } else { b.0 });
        if in_a || in_b {
            piece(at, to, in_a.then_some(l), in_b.then_some(r));
        }
        at = to;
        l += usize::from(in_a && a.1 == to);
        r += usize::from(in_b && b.1 == to);
    }
}

/// A set of partitions of one space.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Set {
    /// Of a space with one dimension.
    Ranges(Ranges),
    /// Of a product: positions in its first dimension and, the same for all of these and for no others, what
    /// they go together with in the rest; sorted by the first position.
    Fibers(Vec<(Ranges, Set)>),
    /// Of a space whose keys are not known: some names, or (if `rest`) all but some.
    Names { names: BTreeSet<String>, rest: bool },
}

impl Set {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Ranges(ranges) => ranges.0.is_empty(),
            Self::Fibers(fibers) => fibers.is_empty(),
            Self::Names { names, rest } => names.is_empty() && !rest,
        }
    }

    /// Returns how many positions it holds, if that is known.
    pub(crate) fn len(&self) -> Option<u64> {
        match self {
            Self::Ranges(ranges) => Some(ranges.len()),
            Self::Fibers(fibers) => fibers.iter().try_fold(0_u64, |sum, (ranges, rest)| {
                Some(sum.saturating_add(ranges.len().saturating_mul(rest.len()?)))
            }),
            Self::Names { names, rest } => (!rest).then_some(names.len() as u64),
        }
    }

    /// Returns the product of sets, one for each dimension.
    pub(crate) fn product(dimensions: Vec<Ranges>) -> Self {
        let mut dimensions = dimensions.into_iter().rev();
        let mut set = Self::Ranges(dimensions.next().unwrap_or_default());
        for ranges in dimensions {
            let empty = set.is_empty() || ranges.0.is_empty();
            set = Self::Fibers(if empty { Vec::new() } else { vec![(ranges, set)] });
        }
        set
    }

    /// Returns the set of points of a product with at least two dimensions. O(n log n)
    pub(crate) fn of_points(points: &mut [Vec<u64>], dimensions: usize) -> Self {
        points.sort_unstable();
        Self::of_sorted(points, 0, dimensions)
    }

    fn of_sorted(points: &[Vec<u64>], at: usize, dimensions: usize) -> Self {
        if at + 1 == dimensions {
            let pairs = points.iter().map(|point| (point[at], point[at] + 1)).collect();
            return Self::Ranges(Ranges::from_pairs(pairs));
        }
        let rows = points.chunk_by(|a, b| a[at] == b[at]);
        grouped(rows.map(|row| ((row[0][at], row[0][at] + 1), Self::of_sorted(row, at + 1, dimensions))))
    }

    /// Returns what an operation makes of two sets of the same space. O(ranges of both) per dimension
    pub(crate) fn combine(&self, other: &Self, op: Op) -> Self {
        match (self, other) {
            (Self::Ranges(left), Self::Ranges(right)) => Self::Ranges(left.combine(right, op)),
            (Self::Fibers(left), Self::Fibers(right)) => combine_fibers(left, right, op),
            (Self::Names { names: a, rest: a_rest }, Self::Names { names: b, rest: b_rest }) => {
                let rest = op.keeps(*a_rest, *b_rest);
                let within =
                    |name: &String| op.keeps(a.contains(name) != *a_rest, b.contains(name) != *b_rest);
                Self::Names { names: a.union(b).filter(|name| within(name) != rest).cloned().collect(), rest }
            }
            // Sets of different spaces never meet.
            (left, _) => left.clone(),
        }
    }
}

/// Returns the pieces of a set of fibers in order.
pub(crate) fn pieces(fibers: &[(Ranges, Set)]) -> Vec<((u64, u64), &Set)> {
    let mut pieces: Vec<_> =
        fibers.iter().flat_map(|(ranges, set)| ranges.0.iter().map(move |&pair| (pair, set))).collect();
    pieces.sort_unstable_by_key(|&(pair, _)| pair);
    pieces
}

fn grouped(pieces: impl Iterator<Item = ((u64, u64), Set)>) -> Set {
    let mut groups: BTreeMap<Set, Ranges> = BTreeMap::new();
    for ((from, to), set) in pieces {
        if !set.is_empty() {
            groups.entry(set).or_default().push(from, to);
        }
    }
    let mut fibers: Vec<_> = groups.into_iter().map(|(set, ranges)| (ranges, set)).collect();
    fibers.sort_unstable_by(|(a, _), (b, _)| a.0[0].cmp(&b.0[0]));
    Set::Fibers(fibers)
}

fn combine_fibers(left: &[(Ranges, Set)], right: &[(Ranges, Set)], op: Op) -> Set {
    let (left, right) = (pieces(left), pieces(right));
    let spans = |pieces: &[((u64, u64), &Set)]| pieces.iter().map(|&(pair, _)| pair).collect::<Vec<_>>();
    let mut result = Vec::new();
    sweep(&spans(&left), &spans(&right), |from, to, l, r| {
        let (l, r) = (l.map(|at| left[at].1), r.map(|at| right[at].1));
        let set = match (l, r) {
            (Some(l), Some(r)) => Some(l.combine(r, op)),
            (Some(l), None) if op.keeps(true, false) => Some(l.clone()),
            (None, Some(r)) if op.keeps(false, true) => Some(r.clone()),
            _ => None,
        };
        result.extend(set.map(|set| ((from, to), set)));
    });
    grouped(result.into_iter())
}
