//! Inputs in object storage: read whole, or of two columnar snapshots the parts that differ.

use std::io;
use std::ops::Range;
use std::path::Path;

use assetdiff::{
    ChangeSet, ColumnarSnapshot, DiffOptions, Limits, RangeRead, RangedDiffError, RangedError, RangedSnapshot,
};
use assetdiff_store::{RemoteFile, Store};
use bytes::Bytes;

use crate::file::{self, Compression, FileError};
use crate::source::{self, SourceError, SourceKind};

/// Whether a path is none of a file here.
pub(crate) fn is_place(path: &Path) -> bool {
    path.to_str().is_some_and(RemoteFile::is_place)
}

fn read_error(path: &Path) -> impl Fn(io::Error) -> FileError + '_ {
    |error| FileError::Io { path: path.to_owned(), action: "cannot read", error }
}

fn open(path: &Path, limits: &Limits) -> Result<RemoteFile, FileError> {
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let file = RemoteFile::open(&path.to_string_lossy(), &Store::settings(environment));
    let file = file.map_err(read_error(path))?;
    file::check_size(file.size(), path, limits)?;
    Ok(file)
}

pub(crate) fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, FileError> {
    let bytes = open(path, limits)?.read().map_err(read_error(path))?;
    match Compression::of(path) {
        Compression::None => Ok(bytes),
        _ => file::decompressed(&*bytes, bytes.len() as u64, path, limits),
    }
}

pub(crate) fn is_columnar(path: &Path) -> bool {
    let first = Input::open(path, &Limits::default()).ok().and_then(|input| input.first().ok());
    first.is_some_and(|first| ColumnarSnapshot::looks_like(&first))
}

/// Compares two columnar snapshots of which one or both are in object storage; `None` if they are not that.
pub(crate) fn changes(
    base: &Path,
    head: &Path,
    kind: SourceKind,
    limits: &Limits,
    options: &DiffOptions,
) -> Result<Option<ChangeSet>, SourceError> {
    let is_stream = |path: &Path| path == Path::new("-");
    if !is_place(base) && !is_place(head) || is_stream(base) || is_stream(head) {
        return Ok(None);
    }
    let (old, new) = (Input::open(base, limits)?, Input::open(head, limits)?);
    let (first, second) = (old.first().map_err(read_error(base))?, new.first().map_err(read_error(head))?);
    if !source::is_columnar(&first, kind) || !source::is_columnar(&second, kind) {
        return Ok(None);
    }
    let old = RangedSnapshot::open(old).map_err(|error| in_file(base, error))?;
    let new = RangedSnapshot::open(new).map_err(|error| in_file(head, error))?;
    let changes = old.diff(&new, options, limits).map_err(|error| match error {
        RangedDiffError::Base(error) => in_file(base, error),
        RangedDiffError::Head(error) => in_file(head, error),
    })?;
    Ok(Some(changes))
}

fn in_file(path: &Path, error: RangedError) -> SourceError {
    let path = path.to_owned();
    match error {
        RangedError::Columnar(error) => SourceError::Columnar { path, error },
        RangedError::Load(error) => SourceError::Load { path, error },
        RangedError::Read(error) => read_error(&path)(error).into(),
        error => read_error(&path)(io::Error::other(error)).into(),
    }
}

/// A file here or elsewhere.
enum Input {
    Here(Bytes),
    Remote(RemoteFile),
}

impl Input {
    fn open(path: &Path, limits: &Limits) -> Result<Self, FileError> {
        if is_place(path) {
            return open(path, limits).map(Self::Remote);
        }
        Ok(Self::Here(Bytes::from_owner(file::contents(path, limits)?)))
    }

    /// How it begins.
    fn first(&self) -> io::Result<Bytes> {
        let first = 0..self.size().min(8);
        Ok(self.read_ranges(&[first])?.pop().unwrap_or_default())
    }
}

impl RangeRead for Input {
    type Part = Bytes;

    fn size(&self) -> u64 {
        match self {
            Self::Here(bytes) => bytes.len() as u64,
            Self::Remote(file) => file.size(),
        }
    }

    fn read_ranges(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
        match self {
            Self::Here(bytes) => {
                Ok(ranges.iter().map(|range| bytes.slice(range.start as usize..range.end as usize)).collect())
            }
            Self::Remote(file) => file.read_ranges(ranges),
        }
    }
}
