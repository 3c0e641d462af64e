//! What a change set holds as a whole: sections, totals, causes.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{
    AssetChange, ChangeKind, ChangeSet, EffectOverrides, Effects, OwnEffect, Provenance, Suppressed,
    UndefinedUpstream,
};

use crate::effects;
use crate::phrase::Phrase;
use crate::shown::{Shown, count, grouped};

/// The most causes that are named: all stand below in the same order.
const MAX_CAUSES: usize = 3;

/// Which part of a report a change stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    Added,
    Removed,
    Renamed,
    Moved,
    Modified,
    Following,
}

impl Section {
    pub(crate) const ALL: [Self; 6] =
        [Self::Added, Self::Removed, Self::Renamed, Self::Moved, Self::Modified, Self::Following];

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Added => "Added",
            Self::Removed => "Removed",
            Self::Renamed => "Renamed",
            Self::Moved => "Moved",
            Self::Modified => "Modified",
            Self::Following => "Follow a rename",
        }
    }

    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Added => "+",
            Self::Removed => "-",
            Self::Renamed | Self::Moved => ">",
            Self::Modified | Self::Following => "~",
        }
    }
}

/// A change with what is computed of it once.
pub(crate) struct Entry<'a> {
    pub(crate) change: AssetChange<'a>,
    pub(crate) section: Section,
    pub(crate) kinds: BTreeSet<ChangeKind>,
    pub(crate) effects: Effects,
}

impl<'a> Entry<'a> {
    pub(crate) fn new(change: AssetChange<'a>, overrides: &EffectOverrides) -> Self {
        let kinds = change.kinds();
        let section = match change {
            AssetChange::Added(_) => Section::Added,
            AssetChange::Removed(_) => Section::Removed,
            AssetChange::Renamed(_) => Section::Renamed,
            AssetChange::Moved(_) => Section::Moved,
            AssetChange::Modified(_) if kinds.iter().eq([&ChangeKind::UpstreamRenamed]) => Section::Following,
            AssetChange::Modified(_) => Section::Modified,
        };
        Self { change, section, kinds, effects: change.effects(overrides) }
    }

    pub(crate) fn effect_words(&self) -> &'static str {
        effects::of_change(&self.change, self.effects)
    }

    /// Returns the aspects that cause the effects in words, if there are others that do not.
    pub(crate) fn causes(&self, overrides: &EffectOverrides) -> Option<String> {
        let modification = self.change.modification()?;
        let mut parts: Vec<(&'static str, Effects)> = Vec::new();
        if self.section == Section::Renamed {
            parts.push(("key", overrides.of_kind(ChangeKind::Renamed)));
        }
        parts.extend(modification.aspects().into_iter().map(|aspect| {
            let effects = effects::of_aspect(aspect, modification, self.kinds.iter().copied(), overrides);
            (aspect.as_str(), effects)
        }));
        let causes: Vec<_> =
            parts.iter().filter(|(_, effects)| effects::is_cause(*effects, self.effects)).collect();
        if causes.is_empty() || causes.len() == parts.len() {
            return None;
        }
        let names: Vec<&str> = causes.iter().take(MAX_CAUSES).map(|(name, _)| *name).collect();
        let names = names.join(", ");
        match causes.len().saturating_sub(MAX_CAUSES) {
            0 => Some(names),
            more => Some(format!("{names} and {more} more")),
        }
    }
}

/// A change set in the order in which it is told.
pub(crate) struct Overview<'a> {
    /// All changes by key.
    pub(crate) entries: Vec<Entry<'a>>,
    changes: &'a ChangeSet,
}

impl<'a> Overview<'a> {
    pub(crate) fn new(changes: &'a ChangeSet) -> Self {
        let entries = changes.changes().into_iter();
        let entries = entries.map(|change| Entry::new(change, &changes.effect_overrides)).collect();
        Self { entries, changes }
    }

    pub(crate) fn of(&self, section: Section) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter().filter(move |entry| entry.section == section)
    }

    /// Returns the totals in one sentence without an end.
    pub(crate) fn totals(&self) -> String {
        self.total_parts().join("; ")
    }

    /// Returns the changes, then what else is to be known.
    pub(crate) fn total_parts(&self) -> Vec<String> {
        let number = |section| self.of(section).count();
        let mut changes = Vec::new();
        let named = [(Section::Added, "added"), (Section::Removed, "removed"), (Section::Renamed, "renamed")];
        for (section, word) in named.into_iter().chain([(Section::Moved, "moved")]) {
            if number(section) > 0 {
                changes.push(format!("{} {word}", grouped(number(section))));
            }
        }
        if number(Section::Modified) > 0 {
            let effects = self.effect_counts(Section::Modified);
            changes.push(format!("{} modified ({effects})", grouped(number(Section::Modified))));
        }
        let mut parts = Vec::new();
        if !changes.is_empty() {
            parts.push(changes.join(", "));
        }
        if number(Section::Following) > 0 {
            parts.push(format!("{} a rename", count(number(Section::Following), "follows", "follow")));
        }
        if parts.is_empty() {
            parts.push("No differences".to_owned());
        }
        parts.extend(self.undefined().totals());
        if !self.changes.suppressed.is_empty() {
            let ignored = count(self.changes.suppressed.len(), "difference", "differences");
            parts.push(format!("{ignored} ignored by rules"));
        }
        parts
    }

    /// Returns how many changes of a section have which effect on the asset itself.
    pub(crate) fn effect_counts(&self, section: Section) -> String {
        let of = |own| self.of(section).filter(|entry| entry.effects.own == own).count();
        let rebuild = if section == Section::Added { "build" } else { "rebuild" };
        let counts = [
            (of(OwnEffect::Rebuild), rebuild),
            (of(OwnEffect::Recheck), "recheck"),
            (of(OwnEffect::None), if section == Section::Removed { "gone" } else { "no rebuild" }),
        ];
        let words = counts.into_iter().filter(|(number, _)| *number > 0);
        words.map(|(number, word)| format!("{} {word}", grouped(number))).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn undefined(&self) -> Undefined<'a> {
        let all = &self.changes.undefined_upstreams;
        Undefined {
            lost: all.iter().filter(|upstream| upstream.was_defined).collect(),
            new: all.iter().filter(|upstream| upstream.is_new && !upstream.was_defined).collect(),
            known: all.iter().filter(|upstream| !upstream.is_new && !upstream.was_defined).count(),
        }
    }

    /// Returns for each set of rules how many differences in how many assets they left out.
    pub(crate) fn ignored(&self) -> Vec<Ignored> {
        let mut by_rules: BTreeMap<&[String], Vec<&Suppressed>> = BTreeMap::new();
        for suppressed in &self.changes.suppressed {
            by_rules.entry(&suppressed.rules).or_default().push(suppressed);
        }
        let ignored = by_rules.into_iter().map(|(rules, list)| {
            let assets: BTreeSet<_> = list.iter().map(|s| (&s.key, &s.code_location)).collect();
            Ignored { rules: Phrase::names(rules, 5), differences: list.len(), assets: assets.len() }
        });
        ignored.collect()
    }

    /// Returns what was compared: the words for base and head, if anything is known of them.
    pub(crate) fn sides(&self) -> Option<[Phrase; 2]> {
        let graphs = self.changes.graphs;
        let base = provenance_words(&self.changes.base, graphs.map(|graphs| graphs.base_assets));
        let head = provenance_words(&self.changes.head, graphs.map(|graphs| graphs.head_assets));
        (!(base.is_empty() && head.is_empty())).then_some([base, head])
    }
}

/// The upstream keys that nothing defines.
pub(crate) struct Undefined<'a> {
    /// Defined in base.
    pub(crate) lost: Vec<&'a UndefinedUpstream>,
    /// Not even named in base.
    pub(crate) new: Vec<&'a UndefinedUpstream>,
    /// How many base had just so.
    pub(crate) known: usize,
}

impl Undefined<'_> {
    fn totals(&self) -> Option<String> {
        let Self { lost, new, known } = self;
        let total = lost.len() + new.len() + known;
        let parts = [(lost.len(), "lost"), (new.len(), "new")].into_iter().filter(|(number, _)| *number > 0);
        let parts: Vec<String> = parts.map(|(number, word)| format!("{} {word}", grouped(number))).collect();
        let total = (total > 0).then(|| count(total, "undefined upstream", "undefined upstreams"))?;
        Some(if parts.is_empty() { total } else { format!("{total} ({})", parts.join(", ")) })
    }

    pub(crate) fn known_words(&self) -> Option<String> {
        (self.known > 0).then(|| format!("{} undefined in base too", grouped(self.known)))
    }
}

/// What one set of rules left out.
pub(crate) struct Ignored {
    pub(crate) rules: Phrase,
    differences: usize,
    assets: usize,
}

impl Ignored {
    pub(crate) fn words(&self) -> String {
        let differences = count(self.differences, "difference", "differences");
        format!("{differences} in {}", count(self.assets, "asset", "assets"))
    }
}

/// Returns where a snapshot comes from.
pub(crate) fn provenance_words(provenance: &Provenance, assets: Option<u64>) -> Phrase {
    Phrase::list(provenance_parts(provenance, assets), ", ", usize::MAX)
}

/// Returns what is known of where a snapshot comes from, what names it best first.
pub(crate) fn provenance_parts(provenance: &Provenance, assets: Option<u64>) -> Vec<Phrase> {
    // What this version does not know of a provenance is not for people.
    let Provenance { commit, created_at, deployment, producer, producer_version, extra: _ } = provenance;
    let mut parts = Vec::new();
    parts.extend(deployment.as_deref().map(Phrase::name));
    if let Some(commit) = commit {
        parts.push(Phrase::ours("commit ").and_theirs(Shown::name(short_commit(commit))));
    }
    match (producer, producer_version) {
        (Some(producer), Some(version)) => {
            parts.push(Phrase::name(producer).and(" ").and_theirs(Shown::name(version)));
        }
        (Some(name), None) => parts.push(Phrase::name(name)),
        (None, Some(version)) => parts.push(Phrase::ours("version ").and_theirs(Shown::name(version))),
        (None, None) => {}
    }
    parts.extend(created_at.map(|time| Phrase::theirs(Shown::literal(&time.to_string()))));
    parts.extend(assets.map(|number| Phrase::ours(count(number as usize, "asset", "assets"))));
    parts
}

/// Returns the first digits of a Git commit; anything else as it is.
fn short_commit(commit: &str) -> &str {
    let is_hash = matches!(commit.len(), 40 | 64) && commit.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hash { &commit[..12] } else { commit }
}
