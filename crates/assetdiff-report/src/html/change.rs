//! What changed of an asset, old beside new.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{
    Aspect, AssetChange, AssetDefinition, AssetType, BranchChange, CodeVersion, DependenciesDiff,
    EffectOverrides, MapDiff, Modification, SetDiff, ValueDiff,
};
use serde::Serialize;
use similar::{DiffOp, group_diff_ops};

use super::columns::{self, ColumnRow};
use super::words::{self, Pieces, pieces, plain};
use crate::effects;
use crate::facts::{self, Fact, Line, Sign, compare_lines};
use crate::overview::Entry;
use crate::style::Detail;

/// A change of one definition.
#[derive(Serialize)]
pub(super) struct Change {
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    /// The key in base.
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<String>,
    /// How much of a renamed asset is the same, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    similarity: Option<u8>,
    /// `added`, `removed` or nothing: which side has no definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    side: Option<&'static str>,
    kinds: Vec<&'static str>,
    /// What Dagster calls it.
    branch: Vec<&'static str>,
    /// What it means for data, in words.
    effect: String,
    aspects: Vec<AspectChange>,
}

/// What changed in one aspect.
#[derive(Serialize)]
struct AspectChange {
    name: &'static str,
    effect: &'static str,
    /// Whether the effects of the whole change come from this.
    cause: bool,
    blocks: Vec<Block>,
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<String>,
}

/// A piece of the panel.
#[derive(Serialize)]
#[serde(tag = "as", rename_all = "lowercase")]
enum Block {
    Line {
        sign: &'static str,
        subject: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        old: Option<Pieces>,
        #[serde(skip_serializing_if = "Option::is_none")]
        new: Option<Pieces>,
        #[serde(skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// A text of several lines.
    Text {
        subject: String,
        lines: Vec<TextLine>,
        more: usize,
    },
    Columns {
        rows: Vec<ColumnRow>,
        more: usize,
    },
}

/// A line of a text: a sign, its number in base and head, its pieces. A hunk has only the numbers of its first line.
#[derive(Serialize)]
struct TextLine(&'static str, usize, usize, Pieces);

/// The most bytes of old and new values; beyond that only the names of what changed are told.
const MAX_DETAILS: usize = 32 << 20;

/// How much room values have taken.
#[derive(Default)]
pub(super) struct Room(usize);

impl Room {
    /// Takes so many bytes, and returns whether there was room for them.
    pub(super) fn takes(&mut self, length: usize) -> bool {
        self.0 = self.0.saturating_add(length);
        self.0 <= MAX_DETAILS
    }

    /// Returns a change, without its values if there is no room for them.
    pub(super) fn change(
        &mut self,
        change: &AssetChange<'_>,
        overrides: &EffectOverrides,
        detail: &Detail,
    ) -> Change {
        let mut told = Change::new(change, overrides, detail);
        if !self.takes(told.length()) {
            told.leave_out_values();
        }
        told
    }
}

impl Change {
    fn new(change: &AssetChange<'_>, overrides: &EffectOverrides, detail: &Detail) -> Self {
        let (side, whole) = match change {
            AssetChange::Added(definition) => (Some("added"), Some(of_whole(definition, true))),
            AssetChange::Removed(definition) => (Some("removed"), Some(of_whole(definition, false))),
            AssetChange::Renamed(_) | AssetChange::Moved(_) | AssetChange::Modified(_) => (None, None),
        };
        let relocated = match change {
            AssetChange::Renamed(relocated) => Some(*relocated),
            _ => None,
        };
        let entry = Entry::new(*change, overrides);
        let modification = whole.as_ref().or(change.modification());
        let kinds = change.kinds();
        let branch = match relocated {
            // For Dagster the old key is gone and the new one is new.
            Some(_) => vec![BranchChange::New.as_str()],
            None => {
                let changes: BTreeSet<_> = kinds.iter().filter_map(|kind| kind.in_branch()).collect();
                changes.into_iter().map(BranchChange::as_str).collect()
            }
        };
        Self {
            location: change.code_location().map(words::shown),
            was: relocated.map(|relocated| relocated.old.key.to_string()),
            similarity: relocated.map(|relocated| relocated.similarity),
            side,
            kinds: kinds.iter().map(|kind| kind.as_str()).collect(),
            branch,
            effect: entry.effect_words().to_owned(),
            aspects: modification
                .map(|modification| aspects(modification, &entry, side, overrides, detail))
                .unwrap_or_default(),
        }
    }

    /// Returns how many bytes its values take.
    fn length(&self) -> usize {
        self.aspects.iter().flat_map(|aspect| &aspect.blocks).map(Block::length).sum()
    }

    /// Leaves only the names of what changed.
    fn leave_out_values(&mut self) {
        for aspect in &mut self.aspects {
            aspect.blocks.clear();
            aspect.more = Some("values left out: this report has no room for more".to_owned());
        }
    }

    /// Returns the names of the aspects that changed, the causes of the effects first.
    pub(super) fn aspect_names(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let is_whole = self.side.is_some();
        self.aspects.iter().filter(move |_| !is_whole).map(|aspect| (aspect.name, aspect.cause))
    }

    pub(super) fn effect(&self) -> &str {
        &self.effect
    }
}

fn aspects(
    modification: &Modification,
    entry: &Entry<'_>,
    side: Option<&str>,
    overrides: &EffectOverrides,
    detail: &Detail,
) -> Vec<AspectChange> {
    let reasons = facts::reasons(modification, overrides, detail);
    let aspect = |reason: facts::Reason| {
        let mut blocks: Vec<Block> = Vec::new();
        match reason.aspect {
            Aspect::Columns => {
                blocks.extend(modification.columns.as_ref().map(|diff| column_block(diff, detail)));
            }
            Aspect::CodeVersion if side.is_some() => {
                let code = modification.code_version.as_ref();
                blocks.extend(reason.facts.iter().filter(|fact| !is_source(fact)).map(Block::of));
                blocks.extend(code.and_then(|diff| source_block(diff, detail)));
            }
            Aspect::CodeVersion => {
                let code = modification.code_version.as_ref();
                blocks.extend(code.and_then(|diff| source_block(diff, detail)));
                let has_text = !blocks.is_empty();
                blocks
                    .extend(reason.facts.iter().filter(|fact| !(has_text && is_source(fact))).map(Block::of));
            }
            Aspect::Description => {
                let diff = modification.description.as_ref();
                let sides = diff.map(|diff| [&diff.old, &diff.new].map(|text| text.as_deref()));
                match sides {
                    Some([Some(old), Some(new)]) => blocks.push(text_block(String::new(), old, new, detail)),
                    _ => blocks.extend(reason.facts.iter().map(Block::of)),
                }
            }
            _ => blocks.extend(reason.facts.iter().map(Block::of)),
        }
        AspectChange {
            name: reason.aspect.as_str(),
            effect: effects::effects_in_words(reason.effects),
            cause: effects::is_cause(reason.effects, entry.effects),
            blocks,
            more: reason.more,
        }
    };
    reasons.into_iter().map(aspect).collect()
}

fn is_source(fact: &Fact) -> bool {
    let subject = match fact {
        Fact::Line(line) => &line.subject,
        Fact::Source(source) => &source.subject,
    };
    plain(subject) == "source"
}

impl Block {
    fn length(&self) -> usize {
        let pieces = |pieces: &Pieces| pieces.0.iter().map(String::len).sum::<usize>();
        match self {
            Self::Line { sign: _, subject, old, new, note } => {
                subject.len() + note.len() + [old, new].into_iter().flatten().map(pieces).sum::<usize>()
            }
            Self::Text { subject, lines, more: _ } => {
                subject.len() + lines.iter().map(|line| 16 + pieces(&line.3)).sum::<usize>()
            }
            Self::Columns { rows, more: _ } => rows.iter().map(ColumnRow::length).sum(),
        }
    }

    fn of(fact: &Fact) -> Self {
        match fact {
            Fact::Line(line) => Self::of_line(line),
            Fact::Source(source) => {
                let lines = source
                    .lines
                    .iter()
                    .map(|line| TextLine(line.sign.as_str(), 0, 0, Pieces::equal(plain(&line.text))));
                Self::Text { subject: plain(&source.subject), lines: lines.collect(), more: source.more }
            }
        }
    }

    fn of_line(line: &Line) -> Self {
        let Line { sign, subject, old, new, note } = line;
        let (old, new) = match (old, new) {
            (Some(old), Some(new)) => {
                let (old, new) = pieces(&plain(old), &plain(new));
                (Some(old), Some(new))
            }
            (old, new) => {
                let whole = |side: &Option<_>| side.as_ref().map(|text| Pieces::equal(plain(text)));
                (whole(old), whole(new))
            }
        };
        let sign = match sign {
            Sign::None => "",
            Sign::Added => "+",
            Sign::Removed => "-",
            Sign::Changed => "~",
            Sign::Renamed => ">",
        };
        Self::Line { sign, subject: plain(subject), old, new, note: plain(note) }
    }
}

fn column_block(diff: &ValueDiff<Option<Vec<assetdiff::Column>>>, detail: &Detail) -> Block {
    let mut rows = columns::rows(diff, detail);
    let more = rows.len().saturating_sub(detail.max_entries);
    rows.truncate(detail.max_entries);
    Block::Columns { rows, more }
}

/// Returns what differs between the texts of the code; the whole text if only one side has one.
fn source_block(diff: &ValueDiff<Option<CodeVersion>>, detail: &Detail) -> Option<Block> {
    let [old, new] = [&diff.old, &diff.new].map(|code| code.as_ref().and_then(|code| code.source.as_deref()));
    let is_one_whole = diff.old.is_none() || diff.new.is_none();
    match (old, new) {
        (None, None) => None,
        (Some(old), Some(new)) => (old != new).then(|| text_block("source".to_owned(), old, new, detail)),
        (old, new) if is_one_whole => {
            Some(text_block("source".to_owned(), old.unwrap_or(""), new.unwrap_or(""), detail))
        }
        _ => None,
    }
}

fn text_block(subject: String, old: &str, new: &str, detail: &Detail) -> Block {
    let (old_lines, new_lines): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let mut lines = Vec::new();
    for group in group_diff_ops(compare_lines(&old_lines, &new_lines), detail.context_lines) {
        if let Some(first) = group.first() {
            let (old, new) = (first.old_range().start, first.new_range().start);
            lines.push(TextLine("@", old + 1, new + 1, Pieces(Vec::new())));
        }
        group.iter().for_each(|op| push_lines(op, &old_lines, &new_lines, detail, &mut lines));
    }
    let more = lines.len().saturating_sub(detail.max_diff_lines);
    lines.truncate(detail.max_diff_lines);
    Block::Text { subject, lines, more }
}

fn push_lines(op: &DiffOp, old: &[&str], new: &[&str], detail: &Detail, lines: &mut Vec<TextLine>) {
    let text = |line: &str| words::cut(&line.trim_end_matches('\n').replace('\t', "    "), detail.max_value);
    let (old_range, new_range) = (op.old_range(), op.new_range());
    let (old, new) = (&old[old_range.clone()], &new[new_range.clone()]);
    if let DiffOp::Equal { .. } = op {
        for (at, line) in old.iter().enumerate() {
            let numbers = (old_range.start + at + 1, new_range.start + at + 1);
            lines.push(TextLine(" ", numbers.0, numbers.1, Pieces::equal(text(line))));
        }
        return;
    }
    // Lines that stand for each other are compared word by word; an end of line alone is told as words.
    let mut pairs: Vec<(Pieces, Pieces)> = Vec::new();
    for (old, new) in old.iter().zip(new) {
        let (mut a, mut b) = (text(old), text(new));
        if a == b {
            let without_end = " (no line break at the end)";
            match (old.ends_with('\n'), new.ends_with('\n')) {
                (false, true) => a.push_str(without_end),
                (true, false) => b.push_str(without_end),
                _ => {}
            }
        }
        pairs.push(pieces(&a, &b));
    }
    for (at, line) in old.iter().enumerate() {
        let pieces = pairs.get(at).map_or_else(|| Pieces::equal(text(line)), |(old, _)| old.clone());
        lines.push(TextLine("-", old_range.start + at + 1, 0, pieces));
    }
    for (at, line) in new.iter().enumerate() {
        let pieces = pairs.get(at).map_or_else(|| Pieces::equal(text(line)), |(_, new)| new.clone());
        lines.push(TextLine("+", 0, new_range.start + at + 1, pieces));
    }
}

/// Returns an asset that came or went as what differs from one that states nothing.
fn of_whole(definition: &AssetDefinition, is_new: bool) -> Modification {
    // Without `..`, so that a new aspect has to be shown.
    let AssetDefinition {
        asset_type,
        automation,
        backfill,
        checks,
        code_location: _,
        code_version,
        columns,
        dependencies,
        description,
        execution,
        freshness,
        group,
        key: _,
        kinds,
        metadata,
        owners,
        partitions,
        tags,
        extra,
    } = definition.clone();
    fn value<T: PartialEq + Clone + Default>(value: T, is_new: bool) -> Option<ValueDiff<T>> {
        let (old, new) = if is_new { (T::default(), value) } else { (value, T::default()) };
        ValueDiff::between(old, new)
    }
    fn map<V: PartialEq + Clone>(map: BTreeMap<String, V>, is_new: bool) -> Option<MapDiff<String, V>> {
        let (old, new) = if is_new { (BTreeMap::new(), map) } else { (map, BTreeMap::new()) };
        MapDiff::between(old, new)
    }
    let set = |set| {
        let nothing = Default::default();
        if is_new { SetDiff::between(&nothing, &set) } else { SetDiff::between(&set, &nothing) }
    };
    let mut reads = DependenciesDiff::default();
    *if is_new { &mut reads.added } else { &mut reads.removed } = dependencies;
    let checks = checks.into_iter().map(|check| (check.name.clone(), check)).collect();
    let has_reads = !(reads.added.is_empty() && reads.removed.is_empty());
    Modification {
        asset_type: (asset_type != AssetType::Materializable).then(|| value(asset_type, is_new)).flatten(),
        automation: value(automation, is_new),
        backfill: value(backfill, is_new),
        checks: map(checks, is_new),
        code_location: None,
        code_version: value(code_version, is_new),
        columns: value(columns, is_new),
        dependencies: has_reads.then_some(reads),
        description: value(description, is_new),
        execution: map(execution, is_new),
        extra: map(extra, is_new),
        freshness: value(freshness, is_new),
        group: value(group, is_new),
        kinds: set(kinds),
        metadata: map(metadata, is_new),
        owners: set(owners),
        partitions: value(partitions, is_new),
        tags: map(tags, is_new),
    }
}
