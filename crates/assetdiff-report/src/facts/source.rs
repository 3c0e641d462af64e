//! Two texts of several lines, as a unified diff.

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use crate::excerpt;
use crate::phrase::Phrase;
use crate::shown::Shown;
use crate::style::Detail;

/// The most lines that are compared with each other; what differs beyond is shown as replaced.
///
/// Comparing costs up to the product of the lines, and an attacker chooses them.
const MAX_COMPARED: usize = 4_000;

/// What differs between two texts.
#[derive(Debug)]
pub(crate) struct SourceDiff {
    /// Which text it is; empty if it is the aspect as a whole.
    pub(crate) subject: Phrase,
    pub(crate) lines: Vec<DiffLine>,
    /// How many lines of the diff are left out.
    pub(crate) more: usize,
}

/// A line of a unified diff.
#[derive(Debug)]
pub(crate) struct DiffLine {
    pub(crate) sign: DiffSign,
    pub(crate) text: Phrase,
}

/// Where a line of a diff comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DiffSign {
    /// It says where the next lines stand.
    Hunk,
    Both,
    Old,
    New,
}

impl DiffSign {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Hunk => "",
            Self::Both => " ",
            Self::Old => "-",
            Self::New => "+",
        }
    }
}

impl SourceDiff {
    /// Returns the diff of two texts; lines end at `\n`.
    pub(crate) fn between(subject: Phrase, old: &str, new: &str, detail: &Detail) -> Self {
        let ends_differ = old.ends_with('\n') != new.ends_with('\n');
        let texts = Texts {
            old: old.split_inclusive('\n').collect(),
            new: new.split_inclusive('\n').collect(),
            ends_differ,
            max_value: detail.max_value,
        };
        let mut lines = Vec::new();
        let mut total = 0;
        for group in group_diff_ops(compare_lines(&texts.old, &texts.new), detail.context_lines) {
            total += 1 + group.iter().map(shown_lines).sum::<usize>();
            if lines.len() < detail.max_diff_lines {
                lines.push(DiffLine { sign: DiffSign::Hunk, text: hunk_words(&group) });
            }
            for op in &group {
                texts.push_lines(op, &mut lines, detail.max_diff_lines);
            }
        }
        let more = total - lines.len();
        Self { subject, lines, more }
    }
}

struct Texts<'a> {
    old: Vec<&'a str>,
    new: Vec<&'a str>,
    ends_differ: bool,
    max_value: usize,
}

impl Texts<'_> {
    fn push_lines(&self, op: &DiffOp, lines: &mut Vec<DiffLine>, max: usize) {
        let (old, new) = (&self.old[op.old_range()], &self.new[op.new_range()]);
        let mut push = |sign, text| {
            if lines.len() < max {
                lines.push(DiffLine { sign, text });
            }
        };
        let room = max;
        if let DiffOp::Equal { .. } = op {
            for line in old.iter().take(room) {
                let (content, _) = content_and_end(line);
                push(DiffSign::Both, excerpt::value(&content, self.max_value, Shown::literal));
            }
            return;
        }
        for (sign, these, those) in [(DiffSign::Old, old, new), (DiffSign::New, new, old)] {
            for (index, line) in these.iter().take(room).enumerate() {
                push(sign, self.changed_line(line, those.get(index).copied()));
            }
        }
    }

    /// Returns a line that only one side has; a long one is cut around the difference to the line
    /// that stands in its place.
    fn changed_line(&self, line: &str, other: Option<&str>) -> Phrase {
        let (content, has_end) = content_and_end(line);
        let content = with_visible_end(&content);
        let text = match other {
            Some(other) => {
                let other = with_visible_end(&content_and_end(other).0);
                excerpt::pair(&content, &other, self.max_value, Shown::literal).0
            }
            None => excerpt::value(&content, self.max_value, Shown::literal),
        };
        if has_end || !self.ends_differ { text } else { text.and(" (no newline at the end)") }
    }
}

/// Returns what turns one list of lines into another; in long ones only what lies between an equal start and an equal
/// end is looked at, as a whole.
pub(crate) fn compare_lines(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    let prefix = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old_rest, new_rest) = (&old[prefix..], &new[prefix..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev());
    let suffix = tail.take_while(|(old, new)| old == new).count();
    let (old_len, new_len) = (old_rest.len() - suffix, new_rest.len() - suffix);
    if old_len + new_len <= MAX_COMPARED {
        return capture_diff_slices(Algorithm::Myers, old, new);
    }
    let equal = |old_index, new_index, len| DiffOp::Equal { old_index, new_index, len };
    let middle = DiffOp::Replace { old_index: prefix, old_len, new_index: prefix, new_len };
    let ops = [equal(0, 0, prefix), middle, equal(prefix + old_len, prefix + new_len, suffix)];
    ops.into_iter().filter(|op| !(op.old_range().is_empty() && op.new_range().is_empty())).collect()
}

fn shown_lines(op: &DiffOp) -> usize {
    match op {
        DiffOp::Equal { len, .. } => *len,
        op => op.old_range().len() + op.new_range().len(),
    }
}

/// Returns a line without its end, with tabs made visible, and whether it has an end.
fn content_and_end(line: &str) -> (String, bool) {
    let content = line.strip_suffix('\n');
    (content.unwrap_or(line).replace('\t', "→   "), content.is_some())
}

/// Returns the line with the spaces at its end made visible.
fn with_visible_end(line: &str) -> String {
    let content = line.trim_end_matches(' ');
    format!("{content}{}", "·".repeat(line.len() - content.len()))
}

/// Returns the head of a hunk, as in `@@ -1,4 +1,5 @@`.
fn hunk_words(group: &[DiffOp]) -> Phrase {
    let side = |range: &dyn Fn(&DiffOp) -> std::ops::Range<usize>| {
        let start = group.first().map_or(0, |op| range(op).start);
        let end = group.last().map_or(0, |op| range(op).end);
        match end - start {
            0 => format!("{start},0"),
            1 => format!("{}", start + 1),
            len => format!("{},{len}", start + 1),
        }
    };
    let (old, new) = (side(&DiffOp::old_range), side(&DiffOp::new_range));
    Phrase::ours(format!("@@ -{old} +{new} @@"))
}
