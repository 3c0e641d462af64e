//! A measuring loop: how long things take, and what they ask of the allocator.

use std::collections::BTreeMap;
use std::process::Command;
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

    /// Runs so many times in a row what takes no longer than looking at the clock; the time is that of one.
    pub fn time_one_of<T>(&mut self, times: u32, mut part: impl FnMut() -> T) {
        self.time(|| (0..times).for_each(|_| drop(std::hint::black_box(part()))));
        self.elapsed /= times;
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

/// What something is compared with.
#[derive(Debug, Clone, Copy)]
pub enum Against<'a> {
    /// Another program that answers the same question, or a part of it.
    Peer(&'a Measured),
    /// The least that any program has to do.
    Limit(&'a Measured),
    /// Nothing: the bar is a number.
    Nothing,
}

/// The most that something may take.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(tag = "unit", content = "at_most")]
pub enum Bar {
    /// So many times what it is compared with.
    #[serde(rename = "x")]
    Ratio(f64),
    /// Milliseconds.
    #[serde(rename = "ms")]
    Milliseconds(f64),
    /// Megabytes of heap, over what was there before.
    #[serde(rename = "MB of heap")]
    Heap(f64),
}

/// How something compares with a peer or a limit, and with its bar.
#[derive(Debug, Serialize)]
pub struct Compared {
    what: String,
    assets: usize,
    ours: Measured,
    peer: Option<Measured>,
    limit: Option<Measured>,
    ratio: Option<f64>,
    bar: Option<Bar>,
    is_met: Option<bool>,
}

/// Prints rows as they come, and at the end how they compare with peers, limits and bars.
#[derive(Default)]
pub struct Table {
    rows: Vec<Measured>,
    compared: Vec<Compared>,
    /// What is to be said besides, by name.
    notes: BTreeMap<String, f64>,
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

    /// Returns what was measured so far.
    pub fn rows(&self) -> &[Measured] {
        &self.rows
    }

    /// Notes how something compares; a bar is for the size it is told with, so there may be none.
    pub fn compare(&mut self, what: &str, ours: &Measured, against: Against<'_>, bar: Option<Bar>) {
        let (peer, limit) = match against {
            Against::Peer(peer) => (Some(peer), None),
            Against::Limit(limit) => (None, Some(limit)),
            Against::Nothing => (None, None),
        };
        let ratio = peer.or(limit).map(|other| ours.ratio_to(other));
        let is_met = bar.and_then(|bar| match bar {
            Bar::Ratio(most) => Some(ratio? <= most),
            Bar::Milliseconds(most) => Some(ours.median_ms() <= most),
            Bar::Heap(most) => Some(ours.allocations.peak_bytes as f64 / 1e6 <= most),
        });
        self.compared.push(Compared {
            what: what.to_owned(),
            assets: ours.assets,
            ours: ours.clone(),
            peer: peer.cloned(),
            limit: limit.cloned(),
            ratio,
            bar,
            is_met,
        });
    }

    /// Notes a number.
    pub fn note(&mut self, name: String, number: f64) {
        self.notes.insert(name, number);
    }

    /// Prints how things compare, and writes all as JSON if there is a path.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn finish(&self, json: Option<&str>) {
        println!();
        for Compared { what, assets, ours, peer, limit, ratio, bar, is_met } in &self.compared {
            print!("{assets} assets, {what}: {:.3} ms", ours.median_ms());
            if let (Some(ratio), Some(other)) = (ratio, peer.as_ref().or(limit.as_ref())) {
                print!(", {ratio:.3} x {}", other.name);
            }
            if let (Some(bar), Some(is_met)) = (bar, is_met) {
                print!("; bar: {bar:?}, {}", if *is_met { "met" } else { "NOT MET" });
            }
            println!();
        }
        self.notes.iter().for_each(|(name, number)| println!("{name}: {number:.3}"));
        if let Some(path) = json {
            let report = serde_json::json!({
                "measured": self.rows, "compared": self.compared, "notes": self.notes,
            });
            std::fs::write(path, format!("{report:#}\n")).unwrap_or_else(|error| panic!("{path}: {error}"));
        }
    }
}

/// Runs this program with other arguments and returns the most memory, in MB, that the operating system saw it
/// use, with the pages of mapped files; `None` where the system does not tell.
///
/// # Panics
/// When the program fails.
pub fn peak_of_child(arguments: &[&str]) -> Option<f64> {
    let program = std::env::current_exe().ok()?;
    let output = Command::new(program).args(arguments).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

/// Returns the most memory in MB that this process used so far, as Linux tells it.
pub fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}
