//! Files as memory: the only place with unsafe code.

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// Returns the bytes of a file as memory that the operating system fills when it is looked at.
///
/// Whoever cuts the file off while it is mapped ends this process (SIGBUS), and whoever writes into it changes
/// what is read. assetdiff itself never writes into a file that has its name: a new one takes the name.
#[expect(unsafe_code, reason = "a file cannot be mapped without")]
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the memory must not change while it is borrowed. Of files that others write into while we read,
    // nothing is taken on trust: every offset, length and text is checked where it is used, and texts are
    // checked to be UTF-8 when they are cut out. What remains is that a text changes between that check
    // and its use; that would take a writer who overwrites a snapshot in place at that moment.
    unsafe { Mmap::map(file) }
}
