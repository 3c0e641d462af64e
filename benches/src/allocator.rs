//! The system's allocator, which counts while it is told to.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

use serde::Serialize;

/// The system's allocator; as `#[global_allocator]` it counts what [`counted`] runs, in all threads.
pub struct Counting;

static IS_COUNTING: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

/// What was asked of the allocator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Allocations {
    /// How often memory was taken or made larger.
    pub calls: u64,
    /// The most bytes that were in use at one time, over those that were before.
    pub peak_bytes: u64,
}

/// Runs something and returns what it asked of the allocator; other threads must be quiet.
pub fn counted<T>(run: impl FnOnce() -> T) -> (T, Allocations) {
    CALLS.store(0, Relaxed);
    LIVE.store(0, Relaxed);
    PEAK.store(0, Relaxed);
    IS_COUNTING.store(true, Relaxed);
    let result = run();
    IS_COUNTING.store(false, Relaxed);
    let peak_bytes = u64::try_from(PEAK.load(Relaxed)).unwrap_or_default();
    (result, Allocations { calls: CALLS.load(Relaxed), peak_bytes })
}

/// Has the system's allocator put in order what was freed, where it can: who asks for memory next would do it otherwise, and
/// pay for what another has freed.
pub fn settle() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "there is no other way to ask for it")]
    // SAFETY: it takes a number, and no memory that is in use is touched.
    unsafe {
        libc::malloc_trim(0);
    }
}

fn count(calls: u64, taken: usize, given_back: usize) {
    if IS_COUNTING.load(Relaxed) {
        CALLS.fetch_add(calls, Relaxed);
        let change = taken as i64 - given_back as i64;
        let live = LIVE.fetch_add(change, Relaxed) + change;
        PEAK.fetch_max(live, Relaxed);
    }
}

#[expect(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call is passed on unchanged to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size(), 0);
        // SAFETY: the caller keeps the contract of the same function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size(), 0);
        // SAFETY: the caller keeps the contract of the same function.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(0, 0, layout.size());
        // SAFETY: the caller keeps the contract of the same function.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, size, layout.size());
        // SAFETY: the caller keeps the contract of the same function.
        unsafe { System.realloc(block, layout, size) }
    }
}
