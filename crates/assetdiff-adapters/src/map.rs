//! Files as memory: the only place in this crate with unsafe code.

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// Returns the bytes of a file as memory that the operating system fills when it is looked at.
///
/// Whoever cuts the file off while it is mapped ends this process (SIGBUS), and whoever writes into it changes
/// what is read. assetdiff itself never writes into a file that has its name: a new one takes the name.
#[expect(unsafe_code, reason = "a file cannot be mapped without")]
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the memory must not change while it is borrowed, which no program can promise of a file that others may
    // write into: callers are told not to (`file::contents`), and only columnar snapshots, which are written whole or
    // not at all, and large files are mapped. Little rests on it: every offset and length is checked where it is used, and
    // texts in columns are checked to be UTF-8 each time they are cut out. A JSON text is checked once and is then text
    // for as long as the parser reads: to overwrite it in place in these seconds is the case that remains.
    unsafe { Mmap::map(file) }
}
