//! Files in and out: with limits, decompressed on the way, never left half written.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use assetdiff::{ColumnarSnapshot, Limits};

use crate::remote;

/// How much larger than the file its decompressed text may be, beyond the first 64 MiB.
pub const MAX_RATIO: u64 = 200;

/// How much text a compressed file may hold whatever its ratio.
const FREE: u64 = 64 << 20;

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The operating system says no.
    #[error("{}: {action}: {error}", shown(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the operating system says.
        error: io::Error,
    },
    /// There is something else than a file.
    #[error("{}: expected a file, found {found}", shown(path))]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What stands there.
        found: &'static str,
    },
    /// The file, or what it decompresses to, is too large.
    #[error("{}: expected at most {limit} bytes{}, found more", shown(path), if *decompressed { " after decompression" } else { "" })]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is allowed.
        limit: u64,
        /// Whether it is about the decompressed text.
        decompressed: bool,
    },
    /// The compressed data is damaged or of another format than the file's ending says.
    #[error("{}: expected {format} data, found an error: {error}", shown(path))]
    Compression {
        /// The file.
        path: PathBuf,
        /// The format that the ending stands for.
        format: &'static str,
        /// What the decompressor says.
        error: io::Error,
    },
}

/// A path may hold anything; what is shown may not.
fn shown(path: &Path) -> String {
    assetdiff::escape_hidden(&path.to_string_lossy()).into_owned()
}

/// How a file is compressed, by its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Zstd,
    Gzip,
}

impl Compression {
    pub(crate) fn of(path: &Path) -> Self {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("zst" | "zstd") => Self::Zstd,
            Some("gz") => Self::Gzip,
            _ => Self::None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::None => "plain",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }
}

/// What a file holds: mapped, or read into memory.
#[derive(Debug)]
#[non_exhaustive]
pub enum Contents {
    /// Memory that the operating system fills when it is looked at.
    Mapped(Mapped),
    /// A copy.
    Read(Vec<u8>),
}

/// A mapped file.
#[derive(Debug)]
pub struct Mapped(memmap2::Mmap);

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Contents {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Mapped(mapped) => mapped.as_ref(),
            Self::Read(bytes) => bytes,
        }
    }
}

/// Smaller files are read: mapping them costs as much.
const MAPPED_FROM: u64 = if cfg!(fuzzing) { 1 } else { 64 << 10 };

/// Of other files than columnar snapshots, which are written whole or not at all, only large ones are mapped: tools
/// write manifests in place.
const MAPPED_WHATEVER_FROM: u64 = if cfg!(fuzzing) { 1 } else { 16 << 20 };

/// Returns what a file holds as [`read`] does, but mapped where it need not be decompressed and is a columnar snapshot
/// or has 16 MiB or more; with the feature `cloud` also what lies at `s3://`, `gs://`, `az://` and `file://`.
///
/// A mapped file takes no memory of its own and is read where it is looked at. It must not be cut off or
/// overwritten in place while it is in use: the operating system ends a process (SIGBUS) that looks at what was cut
/// off. Replacing it, as [`write`] does, is fine.
///
/// # Errors
/// Those of [`read`].
pub fn contents(path: &Path, limits: &Limits) -> Result<Contents, FileError> {
    if remote::is_place(path) {
        return remote::read(path, limits).map(Contents::Read);
    }
    let is_plain = path != Path::new("-") && Compression::of(path) == Compression::None;
    // What is no file that can be mapped is left to `read`, which tells what is wrong.
    let size = fs::metadata(path).ok().filter(fs::Metadata::is_file).map_or(0, |metadata| metadata.len());
    if is_plain
        && (MAPPED_FROM..=limits.max_bytes).contains(&size)
        && let Ok(Some(mapped)) = map(path, size)
    {
        return Ok(Contents::Mapped(mapped));
    }
    read(path, limits).map(Contents::Read)
}

/// Maps a file if it is one of those that are.
fn map(path: &Path, size: u64) -> io::Result<Option<Mapped>> {
    let mut file = File::open(path)?;
    let mut first = [0; 8];
    let is_mapped = size >= MAPPED_WHATEVER_FROM || {
        file.read_exact(&mut first)?;
        ColumnarSnapshot::looks_like(&first)
    };
    is_mapped.then(|| crate::map::map(&file).map(Mapped)).transpose()
}

/// Returns what a file holds, decompressed if its name ends in `.zst` or `.gz`; `-` is standard input.
///
/// # Errors
/// [`FileError`] if there is no file (a folder, a pipe, a device), it cannot be read, it holds more
/// than [`Limits::max_bytes`], or it decompresses to more than [`MAX_RATIO`] times its size.
pub fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, FileError> {
    if path == Path::new("-") {
        return read_bounded(io::stdin().lock(), limits.max_bytes, path, false);
    }
    let io_error = |action| move |error| FileError::Io { path: path.to_owned(), action, error };
    // Looked at before it is opened: opening a pipe would wait for its writer.
    let kind = fs::metadata(path).map_err(io_error("cannot read"))?.file_type();
    if !kind.is_file() {
        let found = if kind.is_dir() { "a folder" } else { "a pipe, socket or device" };
        return Err(FileError::NotAFile { path: path.to_owned(), found });
    }
    let file = File::open(path).map_err(io_error("cannot read"))?;
    let size = file.metadata().map_err(io_error("cannot read"))?.len();
    check_size(size, path, limits)?;
    decompressed(file, size, path, limits)
}

pub(crate) fn check_size(size: u64, path: &Path, limits: &Limits) -> Result<(), FileError> {
    let limit = limits.max_bytes;
    let error = || FileError::TooLarge { path: path.to_owned(), limit, decompressed: false };
    if size > limit { Err(error()) } else { Ok(()) }
}

/// Reads a file of some size, decompressed as its name says.
pub(crate) fn decompressed(
    file: impl Read,
    size: u64,
    path: &Path,
    limits: &Limits,
) -> Result<Vec<u8>, FileError> {
    let limit = limits.max_bytes.min(size.saturating_mul(MAX_RATIO).max(FREE));
    match Compression::of(path) {
        Compression::None => read_bounded(file, limits.max_bytes, path, false),
        Compression::Zstd => {
            let decoder = zstd::Decoder::new(BufReader::new(file));
            let decoder = decoder.map_err(|error| compression_error(path, error))?;
            read_bounded(decoder, limit, path, true)
        }
        Compression::Gzip => {
            read_bounded(flate2::read::MultiGzDecoder::new(BufReader::new(file)), limit, path, true)
        }
    }
}

fn compression_error(path: &Path, error: io::Error) -> FileError {
    FileError::Compression { path: path.to_owned(), format: Compression::of(path).name(), error }
}

fn read_bounded(
    reader: impl Read,
    limit: u64,
    path: &Path,
    decompressed: bool,
) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    // One byte more than allowed tells that there is more.
    let result = reader.take(limit.saturating_add(1)).read_to_end(&mut bytes);
    result.map_err(|error| match decompressed {
        true => compression_error(path, error),
        false => FileError::Io { path: path.to_owned(), action: "cannot read", error },
    })?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge { path: path.to_owned(), limit, decompressed });
    }
    Ok(bytes)
}

/// Writes a file whole or not at all, compressed if its name ends in `.zst` or `.gz`; `-` is
/// standard output.
///
/// The text goes to a temporary file in the same folder, which is brought to the disk and then
/// takes the name. A link in the place of the file is replaced, not followed.
///
/// # Errors
/// [`FileError`] if the operating system refuses one of these; then the old file is as it was.
pub fn write(
    path: &Path,
    fill: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(), FileError> {
    let io_error = |error| FileError::Io { path: path.to_owned(), action: "cannot write", error };
    if path == Path::new("-") {
        let mut out = io::stdout();
        return fill(&mut out).and_then(|()| out.flush()).map_err(io_error);
    }
    if path.is_dir() {
        return Err(FileError::NotAFile { path: path.to_owned(), found: "a folder" });
    }
    if remote::is_place(path) {
        return Err(FileError::NotAFile { path: path.to_owned(), found: "a place that is only read" });
    }
    write_atomically(path, fill).map_err(io_error)
}

fn write_atomically(
    path: &Path,
    fill: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new().prefix(".assetdiff-").tempfile_in(folder)?;
    match Compression::of(path) {
        Compression::None => fill(temporary.as_file_mut())?,
        Compression::Zstd => {
            let mut encoder = zstd::Encoder::new(temporary.as_file_mut(), 9)?;
            encoder.include_checksum(true)?;
            fill(&mut encoder)?;
            encoder.finish()?;
        }
        Compression::Gzip => {
            let mut encoder =
                flate2::write::GzEncoder::new(temporary.as_file_mut(), flate2::Compression::default());
            fill(&mut encoder)?;
            encoder.finish()?;
        }
    }
    temporary.as_file_mut().sync_all()?;
    set_usual_permissions(temporary.as_file(), path)?;
    temporary.persist(path).map_err(|error| error.error)?;
    // The name is on the disk once the folder is; not every system can say so.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// A temporary file is private; the result is as open as the file that it replaces, or as a new one.
#[cfg(unix)]
fn set_usual_permissions(file: &File, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = match fs::symlink_metadata(path) {
        Ok(old) if old.is_file() => old.permissions().mode(),
        _ => 0o644,
    };
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_usual_permissions(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}
