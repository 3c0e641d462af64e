//! What is known of each node that is reached, in few bytes.

use crate::diff::OwnEffect;

/// What passes from an asset to those that read it, from nothing to everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Reach {
    Nothing,
    /// The columns that are noted for the asset.
    Columns,
    /// All of it, because nothing says which columns.
    Unknown,
    All,
}

/// A node that changed or is reached.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reached {
    pub(super) node: u32,
    pub(super) distance: u32,
    /// The node before it on the shortest path from a change; itself if it changed.
    pub(super) previous: u32,
    /// What reaches it from upstream.
    pub(super) incoming: Reach,
    /// What it passes on: what reaches it and what its own change adds.
    pub(super) outgoing: Reach,
    pub(super) own: OwnEffect,
    pub(super) is_stopped: bool,
}

impl Reached {
    pub(super) fn new(node: u32, previous: u32, distance: u32) -> Self {
        Self {
            node,
            distance,
            previous,
            incoming: Reach::Nothing,
            outgoing: Reach::Nothing,
            own: OwnEffect::None,
            is_stopped: false,
        }
    }

    pub(super) fn of_cell(node: u32, [distance, previous, state]: Cell) -> Option<Self> {
        let [incoming, outgoing, passing, own] = state.to_le_bytes();
        let reach = |number: u8| match number {
            0 => Reach::Nothing,
            1 => Reach::Columns,
            2 => Reach::Unknown,
            _ => Reach::All,
        };
        ([distance, previous] != [0; 2]).then(|| Self {
            node,
            distance: !distance,
            previous: !previous,
            incoming: reach(incoming),
            outgoing: reach(outgoing),
            own: match own {
                0 => OwnEffect::None,
                1 => OwnEffect::Recheck,
                _ => OwnEffect::Rebuild,
            },
            is_stopped: passing != outgoing,
        })
    }

    pub(super) fn cell(self) -> Cell {
        let Self { node: _, distance, previous, incoming, outgoing, own, is_stopped } = self;
        let own = match own {
            OwnEffect::None => 0,
            OwnEffect::Recheck => 1,
            OwnEffect::Rebuild => 2,
        };
        let passing = if is_stopped { Reach::Nothing } else { outgoing };
        let state = [incoming as u8, outgoing as u8, passing as u8, own];
        [!distance, !previous, u32::from_le_bytes(state)]
    }
}

/// What is known of a node, zeros if nothing reaches it.
///
/// The distance and the node before, both inverted so that the nearest is the largest; and a byte each for what
/// reaches it, what its outgoing is, what of that passes, and its own effect.
pub(super) type Cell = [u32; 3];

/// Cells by node, in pieces that exist once something in them is reached: a small change costs no more in a large
/// graph.
pub(super) struct Cells {
    pieces: Vec<Option<Box<[Cell; PIECE]>>>,
    pub(super) len: usize,
}

const PIECE: usize = 1024;

impl Cells {
    pub(super) fn new(len: usize) -> Self {
        Self { pieces: (0..len.div_ceil(PIECE)).map(|_| None).collect(), len }
    }

    pub(super) fn get(&self, node: u32) -> Cell {
        let piece = self.pieces[node as usize / PIECE].as_ref();
        piece.map_or([0; 3], |piece| piece[node as usize % PIECE])
    }

    pub(super) fn at(&mut self, node: u32) -> &mut Cell {
        let piece = self.pieces[node as usize / PIECE].get_or_insert_with(|| Box::new([[0; 3]; PIECE]));
        &mut piece[node as usize % PIECE]
    }
}
