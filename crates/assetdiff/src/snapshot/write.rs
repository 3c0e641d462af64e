//! Writes definitions: compact for fingerprints, line by line for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::ser::Formatter;

use super::{FORMAT_VERSION, Provenance};
use crate::json::Json;

/// Returns the canonical bytes of a value: the text that fingerprints are made of.
pub(crate) fn canonical_bytes<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_canonical(&mut bytes, value);
    bytes
}

/// Appends the canonical bytes of a value.
pub(crate) fn write_canonical<T: Serialize>(out: &mut Vec<u8>, value: &T) {
    // Every type of ours can be written as JSON, and memory takes it.
    let _ = serde_json::to_writer(out, value);
}

/// Writes a whole snapshot; the definitions must come sorted.
pub(crate) fn write_snapshot<W: Write, T: Serialize>(
    out: W,
    provenance: &Provenance,
    extra: &BTreeMap<String, Json>,
    definitions: impl Iterator<Item = T>,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Lines::default());
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("format_version", FORMAT_VERSION)?;
    map.serialize_entry("provenance", provenance)?;
    map.serialize_entry("assets", &Sequence(std::cell::RefCell::new(definitions)))?;
    for (name, value) in extra {
        map.serialize_entry(name, value)?;
    }
    map.end()?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Writes what an iterator gives, without collecting it.
struct Sequence<I>(std::cell::RefCell<I>);

impl<T: Serialize, I: Iterator<Item = T>> Serialize for Sequence<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&mut *self.0.borrow_mut())
    }
}

/// Objects down to this depth have each member on a line of its own.
const MEMBER_DEPTH: usize = 4;

/// Indents the first levels and keeps the rest compact; an object in a list begins a line.
#[derive(Default)]
struct Lines {
    /// For each open list or object: whether it is a list, and whether it holds a line of its own.
    open: Vec<(bool, bool)>,
}

impl Lines {
    fn line<W: ?Sized + Write>(&mut self, writer: &mut W, depth: usize) -> io::Result<()> {
        if let Some((_, broken)) = self.open.last_mut() {
            *broken = true;
        }
        writer.write_all(b"\n")?;
        (0..depth).try_for_each(|_| writer.write_all(b"  "))
    }

    fn is_shallow(&self) -> bool {
        self.open.len() <= MEMBER_DEPTH
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        if let Some((_, true)) = self.open.pop() {
            writer.write_all(b"\n")?;
            (0..self.open.len()).try_for_each(|_| writer.write_all(b"  "))?;
        }
        writer.write_all(bracket)
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open.push((true, false));
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b",") }
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.is_shallow() && matches!(self.open.last(), Some((true, _))) {
            self.line(writer, self.open.len())?;
        }
        self.open.push((false, false));
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        if self.is_shallow() { self.line(writer, self.open.len()) } else { Ok(()) }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.is_shallow() { b": " } else { b":" })
    }
}
