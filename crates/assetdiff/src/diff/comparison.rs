//! Which definitions differ: found by fingerprints, and read when somebody asks.

use std::cmp::Ordering;
use std::ops::Range;

use super::compare;
use super::kind::Aspect;
use super::rules::DiffOptions;
use super::{ChangeSet, FETCHED, change_set};
use crate::asset::AssetDefinition;
use crate::fingerprint::Fingerprint;
use crate::graph::AssetGraph;
use crate::json::Members;
use crate::key::AssetKey;
use crate::parallel;

/// Which definitions differ between two graphs; what differs in them is read when it is asked for.
///
/// It is what [`diff`](super::diff) begins with: one pass over fingerprints, milliseconds for a million assets.
/// An asset under another key is one added and one removed here: renames are found by reading, in
/// [`change_set`](Self::change_set).
///
/// ```
/// use assetdiff::{AssetGraph, Aspect, Comparison, Difference, Limits};
///
/// let graph = |json: &str| AssetGraph::from_json(json.as_bytes(), &Limits::default());
/// let base = graph(r#"{"format_version": "1.0", "assets": [{"key": ["a"]}, {"key": ["b"]}]}"#)?;
/// let head = graph(r#"{"format_version": "1.0", "assets": [{"key": ["a"], "group": "g"}]}"#)?;
/// let comparison = Comparison::new(&base, &head);
/// assert_eq!(comparison.len(), 2);
/// for difference in comparison.iter() {
///     match &difference {
///         Difference::Removed(old) => assert_eq!(old.key().to_string(), "b"),
///         Difference::Modified(old, new) => {
///             assert_eq!(difference.aspects(), [Aspect::Group]);
///             assert_eq!((old.definition().group, new.definition().group), (None, Some("g".to_owned())));
///         }
///         Difference::Added(_) | Difference::Moved(..) => unreachable!(),
///     }
/// }
/// # Ok::<(), assetdiff::LoadError>(())
/// ```
#[derive(Clone)]
pub struct Comparison<'g> {
    base: &'g AssetGraph,
    head: &'g AssetGraph,
    rows: PairedRows,
}

/// A definition that differs.
#[derive(Debug, Clone, Copy)]
pub enum Difference<'g> {
    /// Only base has it.
    Removed(DefinitionRef<'g>),
    /// Only head has it.
    Added(DefinitionRef<'g>),
    /// It is in another code location.
    Moved(DefinitionRef<'g>, DefinitionRef<'g>),
    /// Both have it, and it differs.
    Modified(DefinitionRef<'g>, DefinitionRef<'g>),
}

/// A definition in a graph, unread.
#[derive(Clone, Copy)]
pub struct DefinitionRef<'g> {
    graph: &'g AssetGraph,
    row: usize,
}

impl<'g> Comparison<'g> {
    /// Compares two graphs. Costs one pass over the fingerprints of their definitions.
    pub fn new(base: &'g AssetGraph, head: &'g AssetGraph) -> Self {
        Self { base, head, rows: pair_rows(base, head) }
    }

    /// Returns how many definitions differ.
    pub fn len(&self) -> usize {
        let PairedRows { removed, added, moved, modified } = &self.rows;
        removed.len() + added.len() + moved.len() + modified.len()
    }

    /// Returns whether none differs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the differences: the removed definitions, the added, the moved and the modified, each by key.
    pub fn iter(&self) -> impl Iterator<Item = Difference<'g>> + '_ {
        let (base, head) = (self.base, self.head);
        let old = move |row: usize| DefinitionRef { graph: base, row };
        let new = move |row: usize| DefinitionRef { graph: head, row };
        let PairedRows { removed, added, moved, modified } = &self.rows;
        (removed.iter().map(move |&row| Difference::Removed(old(row))))
            .chain(added.iter().map(move |&row| Difference::Added(new(row))))
            .chain(moved.iter().map(move |&(b, h)| Difference::Moved(old(b), new(h))))
            .chain(modified.iter().map(move |&(_, b, h)| Difference::Modified(old(b), new(h))))
    }

    /// Returns the differences, as [`iter`](Self::iter) does, each with the [aspects](Difference::aspects) that differ.
    ///
    /// That is quicker than to ask each: what is read is asked for together.
    pub fn with_aspects(&self) -> impl Iterator<Item = (Difference<'g>, Vec<Aspect>)> + use<'g> {
        let differences: Vec<_> = self.iter().collect();
        (0..differences.len()).map(move |index| {
            if index % FETCHED == 0 {
                differences[index..].iter().take(FETCHED).for_each(Difference::fetch);
            }
            (differences[index], differences[index].aspects())
        })
    }

    /// Returns the change set: both values of everything that changed, with renames found and rules applied.
    pub fn change_set(self, options: &DiffOptions) -> ChangeSet {
        change_set(self.base, self.head, self.rows, options, None)
    }

    pub(super) fn into_rows(self) -> PairedRows {
        self.rows
    }
}

impl std::fmt::Debug for Comparison<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Comparison({} definitions differ)", self.len())
    }
}

impl Difference<'_> {
    /// Brings near what tells which definition it is and in what it differs.
    fn fetch(&self) {
        match self {
            Self::Removed(one) | Self::Added(one) => one.fetch_key(),
            Self::Moved(old, new) | Self::Modified(old, new) => {
                new.fetch_key();
                old.graph.rows().fetch(old.row);
                new.graph.rows().fetch(new.row);
            }
        }
    }

    /// Returns the aspects that differ, in order, by their texts; of an added or removed definition, none.
    pub fn aspects(&self) -> Vec<Aspect> {
        match self {
            Self::Removed(_) | Self::Added(_) => Vec::new(),
            Self::Moved(old, new) | Self::Modified(old, new) => {
                compare::aspects(old.graph.record_bytes(old.row), new.graph.record_bytes(new.row))
            }
        }
    }
}

impl<'g> DefinitionRef<'g> {
    /// Returns the key.
    pub fn key(&self) -> AssetKey {
        self.graph.key_of_row(self.row)
    }

    fn fetch_key(&self) {
        self.graph.fetch_key(self.graph.rows().asset(self.row));
    }

    /// Returns the code location.
    pub fn code_location(&self) -> Option<&'g str> {
        self.graph.location(self.row).as_deref()
    }

    /// Returns the fingerprint.
    pub fn fingerprint(&self) -> Fingerprint {
        self.graph.row_fingerprint(self.row)
    }

    /// Reads the definition.
    pub fn definition(&self) -> AssetDefinition {
        self.graph.definition(self.row)
    }

    /// Returns the canonical JSON text.
    pub fn record(&self) -> &'g str {
        self.graph.record(self.row)
    }

    /// Returns 64 bits of the fingerprint of each aspect's canonical text, in the order of [`Aspect::ALL`].
    ///
    /// 0 stands for an aspect that is not stated. Of several unknown members it is the sum of those of name, NUL,
    /// text. Costs one pass over the text.
    pub fn aspect_fingerprints(&self) -> [u64; Aspect::ALL.len()] {
        aspect_fingerprints(self.record())
    }
}

impl AssetGraph {
    /// Returns all definitions unread, by key and code location.
    pub fn definition_refs(&self) -> impl ExactSizeIterator<Item = DefinitionRef<'_>> + '_ {
        (0..self.rows().len()).map(|row| DefinitionRef { graph: self, row })
    }
}

pub(crate) fn aspect_fingerprints(record: &str) -> [u64; Aspect::ALL.len()] {
    let mut fingerprints = [0_u64; Aspect::ALL.len()];
    for (name, value) in Members::of(record).filter(|(name, _)| name != "key") {
        let known = Aspect::ALL.iter().position(|aspect| aspect.as_str() == name && *aspect != Aspect::Extra);
        let hash = match known {
            Some(_) => Fingerprint::of(value.as_bytes()),
            None => Fingerprint::of(format!("{name}\0{value}").as_bytes()),
        };
        let [a, b, c, d, e, f, g, h, ..] = *hash.as_bytes();
        let place = &mut fingerprints[known.unwrap_or(EXTRA)];
        *place = place.wrapping_add(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    }
    fingerprints
}

/// The place of the aspect of unknown members.
const EXTRA: usize = {
    let mut place = 0;
    while !matches!(Aspect::ALL[place], Aspect::Extra) {
        place += 1;
    }
    place
};

impl std::fmt::Debug for DefinitionRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DefinitionRef({}, {})", self.key(), self.fingerprint())
    }
}

/// Definitions of base and head, brought together by key and code location.
#[derive(Clone, Default)]
pub(super) struct PairedRows {
    pub(super) removed: Vec<usize>,
    pub(super) added: Vec<usize>,
    pub(super) moved: Vec<(usize, usize)>,
    /// The asset in base, its row there and its row in head.
    pub(super) modified: Vec<(usize, usize, usize)>,
}

/// Merges the definitions of both graphs; those that are equal are passed over.
fn pair_rows(base: &AssetGraph, head: &AssetGraph) -> PairedRows {
    if base.fingerprint() == head.fingerprint() {
        return PairedRows::default();
    }
    if !parallel::helps(base.len() / ASSETS_A_CHANGE) {
        return pair_ranges(base, 0..base.len(), head, 0..head.len());
    }
    let middle = base.len() / 2;
    let in_head = head.first_from(base.joined_key(middle));
    let (mut first, mut second) = parallel::both(
        || pair_ranges(base, 0..middle, head, 0..in_head),
        || pair_ranges(base, middle..base.len(), head, in_head..head.len()),
    );
    first.append(&mut second);
    first
}

/// So many assets are passed over in the time that reading a change takes.
const ASSETS_A_CHANGE: usize = 32;

fn pair_ranges(base: &AssetGraph, bases: Range<usize>, head: &AssetGraph, heads: Range<usize>) -> PairedRows {
    let mut rows = PairedRows::default();
    let (mut base_blocks, mut head_blocks) = (base.rows().blocks(), head.rows().blocks());
    let are_assets = base.rows().are_assets() && head.rows().are_assets();
    let mut differing = Vec::with_capacity(FETCHED);
    let (mut b, mut h) = (bases.start, heads.start);
    while b < bases.end || h < heads.end {
        if let (Some(old), Some(new)) = (base_blocks.starting_at(b), head_blocks.starting_at(h))
            && (old.fingerprint, old.end - b) == (new.fingerprint, new.end - h)
        {
            (b, h) = (old.end, new.end);
            continue;
        }
        // Equal definitions have equal keys, and most are equal.
        let end = base_blocks.next_start(b).min(bases.end);
        let passed = if are_assets {
            differing.clear();
            // The ends of blocks may be damaged.
            let len = end.saturating_sub(b).min(heads.end.saturating_sub(h));
            let seen = base.rows().differing(b, head.rows(), h, len, &mut differing);
            rows.pair_in_step((base, b), (head, h), &differing).unwrap_or(seen)
        } else {
            base.rows().equal_assets(b, end, head.rows(), h)
        };
        if passed > 0 {
            (b, h) = (b + passed, h + passed);
            continue;
        }
        let order = match (b < bases.end, h < heads.end) {
            (true, true) => base.joined_bytes(b).cmp(head.joined_bytes(h)),
            (true, false) => Ordering::Less,
            (false, _) => Ordering::Greater,
        };
        match order {
            Ordering::Less => rows.removed.extend(base.rows_of(b)),
            Ordering::Greater => rows.added.extend(head.rows_of(h)),
            Ordering::Equal => rows.pair_asset(base, b, head, h),
        }
        b += usize::from(order != Ordering::Greater);
        h += usize::from(order != Ordering::Less);
    }
    rows
}

impl PairedRows {
    fn append(&mut self, other: &mut Self) {
        let Self { removed, added, moved, modified } = self;
        removed.append(&mut other.removed);
        added.append(&mut other.added);
        moved.append(&mut other.moved);
        modified.append(&mut other.modified);
    }

    /// Brings together definitions that differ, given how far they are from an asset in base and one in head; returns how
    /// far the first is whose key is another one there.
    fn pair_in_step(
        &mut self,
        (base, b): (&AssetGraph, usize),
        (head, h): (&AssetGraph, usize),
        differing: &[usize],
    ) -> Option<usize> {
        // Where the keys lie, and then the keys: what is asked for together comes together.
        for &step in differing {
            base.fetch_key_place(b + step);
            head.fetch_key_place(h + step);
        }
        for &step in differing {
            base.fetch_key(b + step);
            head.fetch_key(h + step);
        }
        let have_one_location = base.locations().len() == 1 && base.locations() == head.locations();
        for &step in differing {
            let (old, new) = (b + step, h + step);
            if base.joined_bytes(old) != head.joined_bytes(new) {
                return Some(step);
            }
            match have_one_location || base.location(old) == head.location(new) {
                true => self.modified.push((old, old, new)),
                false => self.moved.push((old, new)),
            }
        }
        None
    }

    /// Brings together the definitions of one key.
    fn pair_asset(&mut self, base: &AssetGraph, b: usize, head: &AssetGraph, h: usize) {
        let (mut olds, mut news) = (base.rows_of(b).peekable(), head.rows_of(h).peekable());
        let (mut gone, mut come) = (Vec::new(), Vec::new());
        loop {
            let order = match (olds.peek(), news.peek()) {
                (Some(&old), Some(&new)) => base.location(old).cmp(head.location(new)),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let old = if order == Ordering::Greater { None } else { olds.next() };
            let new = if order == Ordering::Less { None } else { news.next() };
            match (old, new) {
                (Some(old), Some(new)) => {
                    if base.row_fingerprint(old) != head.row_fingerprint(new) {
                        self.modified.push((b, old, new));
                    }
                }
                (Some(old), None) => gone.push(old),
                (None, Some(new)) => come.push(new),
                (None, None) => {}
            }
        }
        match (&*gone, &*come) {
            ([old], [new]) => self.moved.push((*old, *new)),
            _ => {
                self.removed.append(&mut gone);
                self.added.append(&mut come);
            }
        }
    }
}
