//! Looks over a Parquet file before the reader takes it, which reserves, recurses and decompresses by numbers that
//! it finds in the file.
//!
//! Metadata are in Thrift's compact protocol. What is read here must be of the type that the format gives it, so
//! that the reader finds the same.

const BOOLS: [u8; 2] = [1, 2];
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// The types of the fields of some structures, from the first.
const FILE: &[u8] = &[I32, LIST, I64, LIST, LIST, BINARY, LIST];
const SCHEMA_ELEMENT: &[u8] = &[I32, I32, I32, BINARY, I32, I32, I32, I32, I32, STRUCT];
const PAGE: &[u8] = &[I32, I32, I32, I32, STRUCT, STRUCT, STRUCT, STRUCT];
const DATA_PAGE: &[u8] = &[I32, I32, I32, I32, STRUCT];
const DICTIONARY_PAGE: &[u8] = &[I32, I32, BOOLS[0]];
const DATA_PAGE_V2: &[u8] = &[I32, I32, I32, I32, I32, I32, BOOLS[0], STRUCT];

/// How deep columns may be nested, and structures that are passed over.
const MAX_DEPTH: usize = 32;

/// Encodings of texts that a page says the number of, of which the reader reserves and fills as many. With the second one
/// each value also holds the beginning of the one before, so that a short page can be a very long text.
const DELTA_LENGTH_BYTE_ARRAY: i32 = 6;
const DELTA_BYTE_ARRAY: i32 = 7;

/// Returns whether the reader can take the columns of a file: they are as many as they say, and not nested deep.
pub(crate) fn has_sound_columns(file: &[u8]) -> bool {
    columns(file).is_some()
}

fn columns(file: &[u8]) -> Option<()> {
    let (rest, [a, b, c, d, ..]) = file.split_last_chunk::<8>()?;
    let start = rest.len().checked_sub(u32::from_le_bytes([*a, *b, *c, *d]) as usize)?;
    let mut footer = Thrift(&rest[start..]);
    let mut id = 0;
    while let Some(kind) = footer.field(&mut id, FILE)? {
        if id != 2 {
            footer.skip(kind, MAX_DEPTH)?;
            continue;
        }
        let (kind, count) = footer.list()?;
        if kind != STRUCT {
            return None;
        }
        // How many columns are still to come in each group that is open.
        let mut open: Vec<u64> = Vec::new();
        for _ in 0..count {
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            let children = footer.children()?;
            if children > count {
                return None;
            }
            open.push(children);
            while open.last() == Some(&0) {
                open.pop();
            }
            if open.len() > MAX_DEPTH {
                return None;
            }
        }
        if !open.is_empty() {
            return None;
        }
    }
    Some(())
}

/// Returns how long the pages of a column's chunk are when they are decompressed; none if they are no pages that
/// can be read.
pub(crate) fn decompressed_len(chunk: &[u8]) -> Option<u64> {
    let mut pages = Thrift(chunk);
    let mut total: u64 = 0;
    while !pages.0.is_empty() {
        let (mut id, mut compressed, mut decompressed, mut texts) = (0, None, None, 0);
        while let Some(kind) = pages.field(&mut id, PAGE)? {
            match id {
                2 => decompressed = Some(pages.i32()?),
                3 => compressed = Some(pages.i32()?),
                5 => is_bounded(pages.page(DATA_PAGE, 2)?)?,
                7 => texts = texts.max(pages.page(DICTIONARY_PAGE, 1)?),
                8 => is_bounded(pages.page(DATA_PAGE_V2, 4)?)?,
                _ => pages.skip(kind, MAX_DEPTH)?,
            }
        }
        let (compressed, decompressed) = (compressed?, decompressed?);
        pages.take(u64::try_from(compressed).ok()?)?;
        // Pages that are stored as they are may say anything.
        let len = u64::try_from(compressed.max(decompressed)).ok()?;
        // The reader makes room for so many; each begins with its length.
        if u64::try_from(texts).ok()?.checked_mul(4)? > len {
            return None;
        }
        total = total.checked_add(len)?;
    }
    Some(total)
}

/// Returns something if a page with this encoding holds no more than its length allows.
fn is_bounded(encoding: i32) -> Option<()> {
    (![DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY].contains(&encoding)).then_some(())
}

/// The rest of some metadata; each method takes something off its front, or returns none if it is not there.
struct Thrift<'b>(&'b [u8]);

impl<'b> Thrift<'b> {
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    fn take(&mut self, len: u64) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(len).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn i32(&mut self) -> Option<i32> {
        i32::try_from(self.signed()?).ok()
    }

    /// Begins the next field of a structure and returns its type; none within at the end.
    fn field(&mut self, id: &mut i64, kinds: &[u8]) -> Option<Option<u8>> {
        let header = self.byte()?;
        let kind = header & 0x0f;
        if kind == 0 {
            return Some(None);
        }
        *id = match header >> 4 {
            0 => self.signed()?,
            delta => *id + i64::from(delta),
        };
        // The reader keeps 16 bits.
        let place = usize::try_from(i16::try_from(*id).ok()?).ok()?.checked_sub(1);
        let expected = place.and_then(|place| kinds.get(place)).copied().unwrap_or(kind);
        let is_as_expected = kind == expected || [kind, expected].iter().all(|kind| BOOLS.contains(kind));
        is_as_expected.then_some(Some(kind))
    }

    /// Begins a list and returns the type and number of its values.
    fn list(&mut self) -> Option<(u8, u64)> {
        let header = self.byte()?;
        let count = match header >> 4 {
            15 => self.number()?,
            count => u64::from(count),
        };
        Some((header & 0x0f, count))
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            1 | 2 => {}
            3 => drop(self.byte()?),
            4..=6 => drop(self.number()?),
            7 => drop(self.take(8)?),
            BINARY => {
                let len = self.number()?;
                self.take(len)?;
            }
            LIST => {
                let (kind, count) = self.list()?;
                // The reader takes such values for nothing, as often as they say.
                if BOOLS.contains(&kind) {
                    return None;
                }
                for _ in 0..count {
                    self.skip(kind, depth)?;
                }
            }
            STRUCT => {
                let mut id = 0;
                while let Some(kind) = self.field(&mut id, &[])? {
                    self.skip(kind, depth)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// Passes over an element of the schema and returns how many it holds.
    fn children(&mut self) -> Option<u64> {
        let (mut id, mut children) = (0, 0);
        while let Some(kind) = self.field(&mut id, SCHEMA_ELEMENT)? {
            match id {
                5 => children = u64::try_from(self.i32()?).ok()?,
                _ => self.skip(kind, MAX_DEPTH)?,
            }
        }
        Some(children)
    }

    /// Passes over what the header says of a page of one sort, and returns the number that it has to say in one field.
    fn page(&mut self, kinds: &[u8], wanted: i64) -> Option<i32> {
        let (mut id, mut found) = (0, None);
        while let Some(kind) = self.field(&mut id, kinds)? {
            if id != wanted {
                self.skip(kind, MAX_DEPTH)?;
            } else if found.replace(self.i32()?).is_some() {
                return None;
            }
        }
        found
    }
}
