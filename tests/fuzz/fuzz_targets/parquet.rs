//! Any bytes as a Parquet file: an error, or a graph that is the same after writing and reading it. No piece of
//! memory is asked for that is out of proportion to the file.
#![no_main]

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::panic;
use std::process::abort;

use assetdiff::Limits;
use assetdiff_arrow::parquet;
use libfuzzer_sys::fuzz_target;

/// Four times the text that a small file may hold.
const MAX_PIECE: usize = 256 << 20;

struct Bounded;

#[global_allocator]
static BOUNDED: Bounded = Bounded;

fn check(size: usize) {
    if size > MAX_PIECE {
        let place = Backtrace::force_capture();
        eprintln!("expected pieces of at most {MAX_PIECE} bytes of memory, found one of {size}\n{place}");
        abort();
    }
}

// SAFETY: the system's allocator, unless the process ends.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        check(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        check(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        unsafe { System.dealloc(piece, layout) }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        check(size);
        unsafe { System.realloc(piece, layout, size) }
    }
}

/// Lets the panics of the reader of Parquet pass, which are caught and are no crash; ours are.
fn expect_panics_of_others() {
    let crash = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if info.location().is_none_or(|place| place.file().contains("assetdiff")) {
            crash(info);
        }
    }));
}

fuzz_target!(init: expect_panics_of_others(), |bytes: &[u8]| {
    let limits = Limits::default();
    let Ok(graph) = parquet::read(bytes.to_vec(), &limits) else { return };
    let mut written = Vec::new();
    parquet::write(&graph, &mut written).expect("memory takes what is written");
    let again = parquet::read(written, &limits).expect("what was written can be read");
    assert_eq!(again.to_snapshot(), graph.to_snapshot());
});
