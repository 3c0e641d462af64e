//! A measuring loop: how long things take, and what they ask of the allocator.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::allocator::{Allocations, counted};

/// What one thing took in several runs.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// What was done.
    pub name: String,
    /// To how many assets.
    pub assets: usize,
    /// The times in milliseconds, in the order of the runs.
    pub ms: Vec<f64>,
    /// What one further run asked of the allocator.
    pub allocations: Allocations,
}

impl Measured {
    /// Returns the middle one of the times.
    pub fn median_ms(&self) -> f64 {
        median(self.ms.clone())
    }

    /// Returns the shortest and the longest time.
    pub fn range_ms(&self) -> (f64, f64) {
        let fold = |pick: fn(f64, f64) -> f64| self.ms.iter().copied().reduce(pick).unwrap_or_default();
        (fold(f64::min), fold(f64::max))
    }

    /// Returns the middle one of the ratios to another's times, run by run: what slows a machine down
    /// for a while slows down both.
    pub fn ratio_to(&self, other: &Self) -> f64 {
        median(self.ms.iter().zip(&other.ms).map(|(this, other)| this / other).collect())
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// Takes the time of a part of what is run, or what that part asks of the allocator.
#[derive(Debug, Default)]
pub struct Watch {
    counts: bool,
    elapsed: Duration,
    allocations: Allocations,
}

impl Watch {
    /// Runs the part; what it returns is dropped when the time is taken.
    pub fn time<T>(&mut self, part: impl FnOnce() -> T) {
        if self.counts {
            let (result, allocations) = counted(part);
            self.allocations = allocations;
            drop(result);
            return;
        }
        let start = Instant::now();
        let result = std::hint::black_box(part());
        self.elapsed = start.elapsed();
        drop(result);
    }
}

/// Something that is measured.
pub type Timed<'a> = &'a mut dyn FnMut(&mut Watch);

/// Runs things in turn, each so many times and once more to count its allocations; only those that have
/// a text in their name.
pub fn measure(
    assets: usize,
    (runs, only): (usize, &str),
    things: &mut [(&str, Timed<'_>)],
) -> Vec<Measured> {
    let mut things: Vec<_> = things.iter_mut().filter(|(name, _)| name.contains(only)).collect();
    let mut measured: Vec<Measured> = things
        .iter_mut()
        .map(|(name, run)| {
            let mut watch = Watch { counts: true, ..Watch::default() };
            run(&mut watch);
            let allocations = watch.allocations;
            Measured { name: (*name).to_owned(), assets, ms: Vec::with_capacity(runs), allocations }
        })
        .collect();
    for _ in 0..runs.max(1) {
        for ((_, run), measured) in things.iter_mut().zip(&mut measured) {
            let mut watch = Watch::default();
            run(&mut watch);
            measured.ms.push(watch.elapsed.as_secs_f64() * 1e3);
        }
    }
    measured
}

/// Prints rows as they come, and at the end how they compare with their bars.
#[derive(Default)]
pub struct Table {
    /// What was measured.
    pub rows: Vec<Measured>,
    /// What is to be said of it, a line each.
    pub bars: Vec<String>,
}

#[allow(clippy::print_stdout)]
impl Table {
    /// Prints the names of the columns.
    pub fn head() {
        println!(
            "{:<42} {:>9} {:>10} {:>10} {:>10} {:>9} {:>11} {:>9}",
            "", "assets", "median ms", "min ms", "max ms", "ns/asset", "allocations", "peak MB"
        );
    }

    /// Prints rows.
    pub fn add(&mut self, rows: Vec<Measured>) {
        for row in rows {
            let ((min, max), median) = (row.range_ms(), row.median_ms());
            println!(
                "{:<42} {:>9} {median:>10.2} {min:>10.2} {max:>10.2} {:>9.0} {:>11} {:>9.1}",
                row.name,
                row.assets,
                median * 1e6 / row.assets as f64,
                row.allocations.calls,
                row.allocations.peak_bytes as f64 / 1e6
            );
            self.rows.push(row);
        }
    }

    /// Notes how something compares with its bar.
    pub fn bar(&mut self, line: String) {
        self.bars.push(line);
    }

    /// Prints what was noted.
    pub fn print_bars(&self) {
        println!();
        self.bars.iter().for_each(|bar| println!("{bar}"));
    }
}
