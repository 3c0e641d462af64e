//! Whose changes they are, where two sides changed one graph.

use std::collections::BTreeMap;

use assetdiff::{Alike, AssetChange, AssetDefinition, AssetKey, Json, MergeConflict, ThreeWay};
use serde::Serialize;

use super::change::{Change, Room};
use super::input::HtmlInput;
use super::nodes::Found;
use super::words::{self, Pieces};
use crate::shown::grouped;
use crate::style::Detail;

/// Whose change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ChangedBy {
    /// Both changed it, and it does not go together.
    Conflict,
    /// Both changed it, and it goes together.
    Both,
    /// Both changed it alike.
    Alike,
    /// The base's.
    Theirs,
    /// The branch's.
    Yours,
}

impl ChangedBy {
    pub(super) const ALL: [Self; 5] = [Self::Conflict, Self::Both, Self::Alike, Self::Theirs, Self::Yours];

    /// The name that the page selects by, and the words for people.
    pub(super) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Conflict => ("conflict", "In conflict"),
            Self::Both => ("both", "Both, and it merges"),
            Self::Alike => ("alike", "Both alike"),
            Self::Theirs => ("theirs", "Theirs"),
            Self::Yours => ("yours", "Yours"),
        }
    }
}

/// What both sides did to an asset.
#[derive(Serialize)]
pub(super) struct Note {
    pub(super) by: ChangedBy,
    /// What is in conflict or alike, a sentence each.
    words: Vec<String>,
    /// What has another value on both sides.
    values: Vec<Values>,
    /// What the base changed.
    pub(super) theirs: Vec<Change>,
}

/// A value in three versions; one that has none is not there.
#[derive(Serialize)]
struct Values {
    what: String,
    old: Option<Pieces>,
    yours: Option<Pieces>,
    theirs: Option<Pieces>,
}

/// The most characters of a sentence.
const MAX_WORDS: usize = 600;

#[derive(Default)]
struct Sides {
    yours: bool,
    alike: Vec<String>,
    conflicts: Vec<String>,
    values: Vec<Values>,
    theirs_alone: bool,
    renamed: Vec<String>,
    theirs: Vec<Change>,
}

/// Returns what both sides did, by asset; nothing where two versions were compared.
pub(super) fn notes(
    input: &HtmlInput<'_>,
    found: &Found<'_>,
    detail: &Detail,
    room: &mut Room,
) -> Vec<(u32, Note)> {
    let Some(three_way) = input.three_way else { return Vec::new() };
    let mut all: BTreeMap<u32, Sides> = BTreeMap::new();
    let mut at = |key: &AssetKey, fill: &mut dyn FnMut(&mut Sides)| {
        if let Some(node) = found.node(key) {
            fill(all.entry(node).or_default());
        }
    };
    for change in three_way.yours_alone().changes() {
        at(change.key(), &mut |note| note.yours = true);
    }
    for change in three_way.theirs_alone().changes() {
        at(change.key(), &mut |note| note.theirs_alone = true);
    }
    for change in three_way.theirs.changes() {
        at(change.key(), &mut |note| {
            if let AssetChange::Renamed(renamed) = change {
                note.renamed.push(format!("the base calls it {}", renamed.new.key));
            }
            note.theirs.push(room.change(&change, &three_way.theirs.effect_overrides, detail));
        });
    }
    for alike in &three_way.alike {
        at(&alike.key, &mut |note| note.alike.push(alike_words(alike)));
    }
    for conflict in &three_way.conflicts {
        // A cycle of many is told to each of them.
        let words = words::cut(&conflict.to_string(), MAX_WORDS);
        for key in keys(conflict) {
            at(key, &mut |note| {
                note.conflicts.push(words.clone());
                if note.values.len() < detail.max_entries {
                    note.values.extend(values(conflict, detail, room));
                }
            });
        }
    }
    all.into_iter().map(|(node, found)| (node, found.note(detail.max_entries))).collect()
}

impl Sides {
    fn note(self, max_entries: usize) -> Note {
        let Self { yours, alike, conflicts, values, theirs_alone, renamed, theirs } = self;
        let by = match (yours, theirs_alone) {
            _ if !conflicts.is_empty() => ChangedBy::Conflict,
            (true, true) => ChangedBy::Both,
            (false, false) => ChangedBy::Alike,
            _ if !alike.is_empty() => ChangedBy::Both,
            (true, false) => ChangedBy::Yours,
            (false, true) => ChangedBy::Theirs,
        };
        let mut words: Vec<String> = conflicts.into_iter().chain(renamed).chain(alike).collect();
        if let Some(more @ 1..) = words.len().checked_sub(max_entries) {
            words.truncate(max_entries);
            words.push(format!("… {} more", grouped(more)));
        }
        Note { by, words, values, theirs }
    }
}

/// The assets that a conflict is about.
fn keys(conflict: &MergeConflict) -> Vec<&AssetKey> {
    match conflict {
        // The path ends where it begins.
        MergeConflict::Cycle { path } => path.iter().skip(1).collect(),
        MergeConflict::DependsOnRemoved { key, upstream, removed_by: _ } => vec![key, upstream],
        conflict => conflict.key().into_iter().collect(),
    }
}

fn alike_words(alike: &Alike) -> String {
    let Alike { key: _, code_location, aspect, entry } = alike;
    let what = match aspect {
        Some(aspect) => part(aspect.as_str(), entry.as_deref()),
        None => "the asset itself".to_owned(),
    };
    match code_location {
        Some(location) => format!("alike in {}: {what}", words::shown(location)),
        None => format!("alike: {what}"),
    }
}

fn part(aspect: &str, entry: Option<&str>) -> String {
    let aspect = aspect.replace('_', " ");
    match entry {
        Some(entry) => format!("{aspect} {}", words::shown(entry)),
        None => aspect,
    }
}

fn values(conflict: &MergeConflict, detail: &Detail, room: &mut Room) -> Option<Values> {
    let MergeConflict::BothChanged { key: _, code_location: _, aspect, entry, old, yours, theirs } = conflict
    else {
        return None;
    };
    let [old, yours, theirs] = [old, yours, theirs].map(|json| json.as_ref().map(|json| text(json, detail)));
    let length: usize = [&old, &yours, &theirs].into_iter().flatten().map(String::len).sum();
    if !room.takes(length) {
        return None;
    }
    // What differs from where they parted is marked on either side.
    let side = |text: Option<String>| {
        text.map(|text| match &old {
            Some(old) => words::pieces(old, &text).1,
            None => Pieces::equal(text),
        })
    };
    Some(Values {
        what: part(aspect.map_or("key", |aspect| aspect.as_str()), entry.as_deref()),
        yours: side(yours),
        theirs: side(theirs),
        old: old.map(Pieces::equal),
    })
}

/// Returns a value as people read it: a text without quotes, anything longer over several lines.
fn text(json: &Json, detail: &Detail) -> String {
    match serde_json::from_str::<String>(json.as_str()) {
        Ok(text) => words::lines(&text, detail.max_value),
        Err(_) => words::lines(&indented(json.as_str(), detail.max_value), detail.max_value),
    }
}

/// The most characters of a value on one line.
const MAX_LINE: usize = 40;

/// Returns JSON over several lines, about as much as is shown of it. Its values are left exactly as they are.
fn indented(json: &str, max: usize) -> String {
    if json.len() <= MAX_LINE {
        return json.to_owned();
    }
    let mut out = String::new();
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        (0..depth.min(16)).for_each(|_| out.push_str("  "));
    };
    let mut left = json.chars().peekable();
    while let Some(c) = left.next().filter(|_| out.len() <= 4 * max) {
        if is_text {
            out.push(c);
            is_text = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
            continue;
        }
        match c {
            '{' | '[' if left.peek().is_some_and(|next| !matches!(next, '}' | ']')) => {
                depth += 1;
                out.push(c);
                line(&mut out, depth);
            }
            '}' | ']' if !out.ends_with(['{', '[']) => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c => {
                is_text = c == '"';
                out.push(c);
            }
        }
    }
    out
}

/// What only the base has: the definitions that it added, and from the new key of a renamed one to the old.
pub(super) fn of_base(
    three_way: &ThreeWay,
) -> (BTreeMap<AssetKey, &AssetDefinition>, BTreeMap<AssetKey, AssetKey>) {
    let added = three_way.theirs.added.iter().map(|d| (d.key.clone(), d)).collect();
    let renamed = three_way.theirs.renamed.iter().map(|r| (r.new.key.clone(), r.old.key.clone())).collect();
    (added, renamed)
}

/// Returns what the base made an asset read, and what it made it read no more.
pub(super) fn reads<'a>(change: &AssetChange<'a>) -> (Vec<&'a AssetKey>, Vec<&'a AssetKey>) {
    let of = |definition: &'a AssetDefinition| definition.dependencies.iter().map(|d| &d.key).collect();
    match change {
        AssetChange::Added(definition) => (of(definition), Vec::new()),
        AssetChange::Removed(definition) => (Vec::new(), of(definition)),
        AssetChange::Renamed(_) | AssetChange::Moved(_) | AssetChange::Modified(_) => {
            let diff = change.modification().and_then(|m| m.dependencies.as_ref());
            let [added, removed] =
                [diff.map(|d| &d.added), diff.map(|d| &d.removed)].map(|list| list.into_iter().flatten());
            (added.map(|d| &d.key).collect(), removed.map(|d| &d.key).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_shown_over_lines_with_its_values_as_they_are() {
        let json = r#"{"a":[1.10,{}],"b{,\"":"x:,[","c":[],"d":{"e":null,"f":"0123456789"}}"#;
        let shown = indented(json, 4_000);
        assert_eq!(
            shown,
            "{\n  \"a\": [\n    1.10,\n    {}\n  ],\n  \"b{,\\\"\": \"x:,[\",\n  \"c\": [],\n  \"d\": {\n    \"e\": null,\n    \"f\": \"0123456789\"\n  }\n}"
        );
        assert_eq!(indented("[1,2]", 4_000), "[1,2]");
        assert!(indented(&format!("[{}1]", "1,".repeat(100_000)), 100).len() < 500);
    }
}
