//! A measuring loop: how long something takes, and what it asks of the allocator.

use std::time::{Duration, Instant};

use allocation_counter::AllocationInfo;
use serde::Serialize;

/// What one thing took in several runs.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// What was done.
    pub name: String,
    /// To how many assets.
    pub assets: usize,
    /// How often.
    pub runs: usize,
    /// The middle one of the times.
    pub median_ms: f64,
    /// The shortest time.
    pub min_ms: f64,
    /// The longest time.
    pub max_ms: f64,
    /// The median by asset.
    pub ns_per_asset: f64,
    /// Allocations of one run, without those of threads that it started.
    pub allocations: u64,
    /// The most bytes that were allocated at one time, over those allocated before; without those of
    /// threads that it started.
    pub peak_bytes: u64,
}

/// Runs something at least `runs` times; what it returns is dropped outside of the time.
pub fn measure<T>(name: &str, assets: usize, runs: usize, mut run: impl FnMut() -> T) -> Measured {
    let mut times: Vec<Duration> = Vec::with_capacity(runs);
    let mut last = AllocationInfo::default();
    for _ in 0..runs.max(1) {
        let mut result = None;
        last = allocation_counter::measure(|| {
            let start = Instant::now();
            result = Some(std::hint::black_box(run()));
            times.push(start.elapsed());
        });
        drop(result);
    }
    times.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let median_ms = ms(times[times.len() / 2]);
    Measured {
        name: name.to_owned(),
        assets,
        runs: times.len(),
        median_ms,
        min_ms: ms(times[0]),
        max_ms: ms(times[times.len() - 1]),
        ns_per_asset: median_ms * 1e6 / assets.max(1) as f64,
        allocations: last.count_total,
        peak_bytes: last.bytes_max,
    }
}
