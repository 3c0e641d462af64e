//! Work on many things, shared among the threads of a pool if the feature `rayon` is on.

/// Fewer things are dealt with sooner than other threads hear of them.
const MANY: usize = 4096;

/// Returns whether it helps to deal with so many things in several threads.
pub(crate) fn helps(count: usize) -> bool {
    cfg!(feature = "rayon") && count >= MANY
}

/// Does two things, at the same time if it can.
pub(crate) fn both<A: Send, B: Send>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    #[cfg(feature = "rayon")]
    return rayon::join(first, second);
    #[cfg(not(feature = "rayon"))]
    (first(), second())
}

/// Returns what becomes of each number below `count`, in order.
pub(crate) fn map<R: Send>(count: usize, map: impl Fn(usize) -> R + Sync + Send) -> Vec<R> {
    #[cfg(feature = "rayon")]
    if helps(count) {
        use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
        return (0..count).into_par_iter().with_min_len(MANY / 16).map(map).collect();
    }
    (0..count).map(map).collect()
}
