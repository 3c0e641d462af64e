//! What a change reaches, what is to be made again, and why: as lines.

use assetdiff::{
    AffectedAsset, AffectedColumns, AffectedPartitions, AssetKey, ChangeSet, Explanation, Impact, OwnEffect,
    Path, Plan, PlannedAsset, SparedBy,
};

use super::page::{Page, Role, Runs};
use crate::facts::code_reasons;
use crate::phrase::Phrase;
use crate::shown::{Shown, count, grouped};
use crate::style::{Detail, TextStyle};

/// The most assets of a path that are shown beside an asset.
const MAX_BESIDE: usize = 4;

/// Keys wider than this are not padded.
const MAX_KEY: usize = 44;

/// Returns what a change reaches, as lines for a terminal or a log.
///
/// First the numbers, then the changed assets, then those that are reached with a shortest path from the nearest
/// change, by distance and key; at last what is broken, where a change stopped, and what it spared. What is cut is
/// told. With the change set a changed code version is told by what changed and how the asset reaches it. Costs O(n log n)
/// for n affected assets.
pub fn impact(impact: &Impact, changes: Option<&ChangeSet>, style: &TextStyle) -> String {
    let mut report = Lines { page: Page::new(style), max: style.max_entries.max(1) };
    let code = changes.map(|changes| Code::of(changes, style));
    report.impact_numbers(impact);
    let mut assets: Vec<AffectedAsset> = impact.assets().collect();
    assets.sort_by(|a, b| (a.distance, &a.key).cmp(&(b.distance, &b.key)));
    let (changed, reached): (Vec<_>, Vec<_>) = assets.into_iter().partition(|asset| asset.is_direct);
    report.list("Changed", &changed, |asset| {
        let mut parts = changed_words(impact, asset);
        parts.extend(code.as_ref().and_then(|code| code.shortly(&asset.key)));
        push_details(asset, &mut parts);
        (asset.key.clone(), Phrase::list(parts, "; ", usize::MAX))
    });
    report.list("Reached", &reached, |asset| (asset.key.clone(), reached_words(impact, asset)));
    report.list("Stopped", &impact.stops(), |stop| {
        let words = format!(", {} not followed", count(stop.downstream, "reader", "readers"));
        let reason = Phrase::theirs(Shown::literal(&stop.reason.to_string()));
        (stop.key.clone(), Phrase::ours("at ").and_phrase(reason).and(words))
    });
    report.list("Spared", &impact.spared(), |spared| {
        let by_columns = spared.upstream.iter().any(|upstream| upstream.by == SparedBy::Columns);
        let words = if by_columns { "uses no changed column of " } else { "reads no affected partition of " };
        let keys = Phrase::keys(spared.upstream.iter().map(|upstream| &upstream.key), MAX_BESIDE);
        (spared.key.clone(), Phrase::ours(words).and_phrase(keys))
    });
    let unknown: Vec<_> = impact.unknown_partitions().iter().collect();
    report.list("No such partitions", &unknown, |(key, names)| {
        ((*key).clone(), Phrase::names(*names, MAX_BESIDE))
    });
    report.page.finish()
}

/// Returns what is to be made again, as lines for a terminal or a log: the numbers first, then step by step.
pub fn plan(plan: &Plan, style: &TextStyle) -> String {
    let mut report = Lines { page: Page::new(style), max: style.max_entries.max(1) };
    report.plan_numbers(plan);
    for (step, layer) in (1..).zip(&plan.layers) {
        report.list(format!("Step {step}"), layer, |asset| (asset.key.clone(), planned_words(asset)));
    }
    report.list("Checks only", &plan.recheck, |recheck| {
        (recheck.key.clone(), Phrase::names(&recheck.checks, MAX_BESIDE))
    });
    report.list("Broken", &plan.broken, |broken| {
        let keys = Phrase::keys(&broken.missing_upstreams, MAX_BESIDE);
        (broken.key.clone(), Phrase::ours("still names ").and_phrase(keys).and(", which is gone"))
    });
    report.list("Waiting for broken ones", &plan.blocked, |blocked| {
        (blocked.key.clone(), Phrase::keys(&blocked.by, MAX_BESIDE))
    });
    report.list("Affected, made by others", &plan.not_made, |key| (key.clone(), Phrase::default()));
    report.list("Removed", &plan.removed, |key| (key.clone(), Phrase::default()));
    report.list("Made already", &plan.already_made, |key| (key.clone(), Phrase::default()));
    report.page.finish()
}

/// Returns why an asset is affected, as lines for a terminal or a log: path by path, the shortest first.
///
/// With the change set a changed code version is told by what changed and how the changed asset reaches it.
pub fn explanation(explanation: &Explanation, changes: Option<&ChangeSet>, style: &TextStyle) -> String {
    let code = changes.map(|changes| Code::of(changes, style));
    let mut report = Lines { page: Page::new(style), max: style.max_entries.max(2) };
    let Explanation { asset, paths, total_paths, is_cut } = explanation;
    let distance = match asset.distance {
        0 => ", changed itself".to_owned(),
        steps => format!(", {} from the nearest change", count(steps as usize, "step", "steps")),
    };
    let words = Phrase::key(&asset.key).and(format!(": {}{distance}.", asset.effect));
    report.page.line(0, 2, &Runs::default().and_phrase(Role::Strong, &words));
    let listed = match is_cut {
        true => {
            let total = match total_paths {
                &u64::MAX => "more than 10^18".to_owned(),
                total => grouped(usize::try_from(*total).unwrap_or(usize::MAX)),
            };
            format!("{} of {total} paths, the shortest first", grouped(paths.len()))
        }
        false => count(paths.len(), "path", "paths"),
    };
    report.page.line(0, 2, &Runs::ours(Role::Plain, format!("{listed}.")));
    for path in paths {
        report.path(path, code.as_ref());
    }
    report.page.finish()
}

struct Lines {
    page: Page,
    /// The most entries of a list.
    max: usize,
}

impl Lines {
    fn strong(&mut self, text: String) {
        self.page.line(0, 2, &Runs::ours(Role::Strong, text));
    }

    fn plain(&mut self, parts: &[String]) {
        if !parts.is_empty() {
            self.page.line(0, 2, &Runs::ours(Role::Plain, format!("{}.", parts.join("; "))));
        }
    }

    fn impact_numbers(&mut self, impact: &Impact) {
        let s = impact.summary();
        let affected = s.rebuild + s.recheck;
        if affected == 0 {
            self.strong(format!("No data is affected, of {}.", count(s.assets, "asset", "assets")));
        } else {
            let recheck = some(s.recheck, "need only their checks");
            let parts = [Some(format!("{} to rebuild", grouped(s.rebuild))), recheck];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            let assets = count(s.assets, "asset", "assets");
            self.strong(format!("{} of {assets} affected: {}.", grouped(affected), parts.join(", ")));
        }
        let parts = [
            Some(format!("{} changed", grouped(s.direct))),
            some(s.indirect, "reached"),
            some(s.harmless, "changed without effect on data"),
            some(s.removed, "removed"),
            some(s.broken, "broken"),
            some(s.stopped, "stopped at"),
            some(s.spared, "spared"),
        ];
        self.plain(&parts.into_iter().flatten().collect::<Vec<_>>());
    }

    fn plan_numbers(&mut self, plan: &Plan) {
        let s = plan.summary();
        let partitions = match s.partitions {
            0 => String::new(),
            number => format!(", {}", partition_count(number)),
        };
        let assets = count(s.assets, "asset", "assets");
        self.strong(format!(
            "Rebuild {} of {assets}{partitions}; reuse {}.",
            grouped(s.rebuild),
            grouped(s.reuse)
        ));
        let parts = [
            some(s.recheck, "need only their checks"),
            some(s.broken, "broken"),
            some(s.blocked, "wait for broken ones"),
            some(s.not_made, "affected and made by others"),
            some(s.already_made, "made already"),
            some(s.unknown_partitions, "in partitions that only the tool knows"),
        ];
        self.plain(&parts.into_iter().flatten().collect::<Vec<_>>());
    }

    /// A title with a line for each item; those beyond the most are counted.
    fn list<T>(&mut self, title: impl Into<String>, items: &[T], line: impl Fn(&T) -> (AssetKey, Phrase)) {
        if items.is_empty() {
            return;
        }
        self.page.blank();
        let title = Runs::ours(Role::Strong, title.into());
        self.page.line(0, 2, &title.and(Role::Quiet, format!(" ({})", grouped(items.len()))));
        let lines: Vec<(Runs, Phrase)> = items
            .iter()
            .take(self.max)
            .map(|item| {
                let (key, words) = line(item);
                (Runs::default().and_phrase(Role::Plain, &Phrase::key(&key)), words)
            })
            .collect();
        let pad =
            lines.iter().map(|(key, _)| key.width()).filter(|&width| width <= MAX_KEY).max().unwrap_or(0);
        for (key, words) in lines {
            let gap = if words.is_empty() { 0 } else { pad.saturating_sub(key.width()) + 2 };
            self.page.line(2, 6, &key.and(Role::Plain, " ".repeat(gap)).and_phrase(Role::Quiet, &words));
        }
        if let Some(more) = items.len().checked_sub(self.max).filter(|&more| more > 0) {
            self.page.line(2, 6, &Runs::ours(Role::Quiet, format!("… {} more", grouped(more))));
        }
    }

    fn path(&mut self, path: &Path, code: Option<&Code<'_>>) {
        self.page.blank();
        let steps = path.steps.len();
        let kept = steps.min(self.max);
        for (at, step) in path.steps.iter().enumerate() {
            // Of a long path the middle is left out.
            if at >= kept.div_ceil(2) && at < steps - kept / 2 {
                if at == kept.div_ceil(2) {
                    let more = format!("   … {} more", grouped(steps - kept));
                    self.page.line(2, 6, &Runs::ours(Role::Quiet, more));
                }
                continue;
            }
            let arrow = if at == 0 { "" } else { "-> " };
            let mut runs = Runs::ours(Role::Quiet, arrow).and_phrase(Role::Plain, &Phrase::key(&step.key));
            if let Some(column) = &step.column {
                runs =
                    runs.and_phrase(Role::Quiet, &Phrase::ours("  column ").and_phrase(Phrase::name(column)));
            }
            if at == 0 {
                let kinds: Vec<&str> = path.kinds.iter().map(|kind| kind.as_str()).collect();
                let kinds = if kinds.is_empty() { "stated as changed".to_owned() } else { kinds.join(", ") };
                runs = runs.and(Role::Changed, format!("  {kinds}"));
            }
            self.page.line(2, 6, &runs);
            for reason in code.filter(|_| at == 0).into_iter().flat_map(|code| code.reasons(&step.key)) {
                self.page.line(5, 9, &Runs::default().and_phrase(Role::Quiet, &reason));
            }
        }
    }
}

/// What changed of the code of assets, and how they reach it.
struct Code<'c> {
    changes: &'c ChangeSet,
    detail: Detail,
}

impl<'c> Code<'c> {
    fn of(changes: &'c ChangeSet, style: &TextStyle) -> Self {
        Self { changes, detail: style.detail().with_places([&changes.base, &changes.head]) }
    }

    /// Returns what changed of the code of an asset; of much, the first and how much more.
    fn reasons(&self, key: &AssetKey) -> Vec<Phrase> {
        let mut reasons = self.all(key);
        let more = reasons.len().saturating_sub(self.detail.max_entries);
        reasons.truncate(self.detail.max_entries);
        reasons.extend((more > 0).then(|| Phrase::ours(format!("… {} more", grouped(more)))));
        reasons
    }

    /// Returns the first of what changed of the code of an asset, and how much more there is.
    fn shortly(&self, key: &AssetKey) -> Option<Phrase> {
        let reasons = self.all(key);
        let more = reasons.len().saturating_sub(1);
        let first = reasons.into_iter().next()?;
        Some(if more > 0 { first.and(format!(" and {} more", grouped(more))) } else { first })
    }

    fn all(&self, key: &AssetKey) -> Vec<Phrase> {
        // Both lists are sorted by key.
        let modified = &self.changes.modified;
        let from = modified.partition_point(|modified| modified.key < *key);
        let modified = modified[from..].iter().take_while(|modified| modified.key == *key);
        let relocated =
            self.changes.renamed.iter().chain(&self.changes.moved).filter(|one| one.new.key == *key);
        let modifications =
            modified.map(|one| &one.modification).chain(relocated.map(|one| &one.modification));
        let diffs = modifications.filter_map(|modification| modification.code_version.as_ref());
        diffs.flat_map(|diff| code_reasons(diff, &self.detail)).collect()
    }
}

fn some(number: usize, words: &str) -> Option<String> {
    (number > 0).then(|| format!("{} {words}", grouped(number)))
}

fn partition_count(number: u64) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), "partition", "partitions")
}

/// The partitions of an asset, if they are worth a word.
pub(crate) fn partitions_words(
    partitions: Option<&AffectedPartitions>,
    total: Option<u64>,
) -> Option<Phrase> {
    match partitions? {
        AffectedPartitions::Unknown(reason) => {
            Some(Phrase::ours("all partitions (").and_theirs(Shown::literal(reason)).and(")"))
        }
        AffectedPartitions::Some(subset) if subset.is_all() => {
            Some(Phrase::ours(format!("all {}", partition_count(subset.len()?))))
        }
        AffectedPartitions::Some(subset) => {
            let of =
                total.map(|total| format!(" of {}", grouped(usize::try_from(total).unwrap_or(usize::MAX))));
            let number = subset.len().map(|number| grouped(usize::try_from(number).unwrap_or(usize::MAX)));
            let words = format!("{}{} partitions: ", number.unwrap_or_default(), of.unwrap_or_default());
            Some(Phrase::ours(words).and_theirs(Shown::literal(&subset.to_string())))
        }
    }
}

fn own_total(asset: &AffectedAsset) -> Option<u64> {
    match asset.partitions.as_ref()? {
        AffectedPartitions::Some(subset) => subset.keys().len(),
        AffectedPartitions::Unknown(_) => None,
    }
}

fn changed_words(impact: &Impact, asset: &AffectedAsset) -> Vec<Phrase> {
    let own = impact.own_change(&asset.key);
    let effect = match asset.effect {
        OwnEffect::None if asset.is_removed => None,
        OwnEffect::None => Some("no rebuild"),
        OwnEffect::Rebuild if asset.is_new => Some("build"),
        effect => Some(effect.as_str()),
    };
    let mut parts: Vec<Phrase> = effect.map(Phrase::ours).into_iter().collect();
    if own.as_ref().is_some_and(|(_, effects)| effects.own < asset.effect) {
        // Not because of its own change.
        let causes = impact.causes(&asset.key, 2).causes;
        let path = causes.into_iter().map(|cause| cause.path).find(|path| path.len() > 1);
        parts = vec![way_words(asset, &path.unwrap_or_default())];
    }
    let kinds: Vec<&str> = own.iter().flat_map(|(kinds, _)| kinds.iter().map(|kind| kind.as_str())).collect();
    parts.extend((!kinds.is_empty()).then(|| Phrase::ours(kinds.join(", "))));
    if let Some(change) = &asset.partitions_change {
        parts.push(Phrase::theirs(Shown::literal(&change.to_string())));
    }
    parts
}

fn reached_words(impact: &Impact, asset: &AffectedAsset) -> Phrase {
    let mut parts = vec![way_words(asset, &impact.shortest_path(&asset.key))];
    push_details(asset, &mut parts);
    Phrase::list(parts, "; ", usize::MAX)
}

/// The effect and the way from the change, backwards.
fn way_words(asset: &AffectedAsset, path: &[AssetKey]) -> Phrase {
    let mut before: Vec<&AssetKey> = path.iter().rev().skip(1).collect();
    let more = before.len().saturating_sub(MAX_BESIDE);
    if more > 0 {
        // The change itself matters more than the middle of the way.
        before.drain(MAX_BESIDE - 1..before.len() - 1);
    }
    let mut way = Phrase::ours(asset.effect.as_str());
    for (at, key) in before.iter().enumerate() {
        let is_cut = more > 0 && at + 1 == before.len();
        way = way.and(if is_cut { format!(" <- … {} <- ", grouped(more)) } else { " <- ".to_owned() });
        way = way.and_phrase(Phrase::key(key));
    }
    way
}

fn push_details(asset: &AffectedAsset, parts: &mut Vec<Phrase>) {
    match &asset.columns {
        AffectedColumns::Some(columns) => {
            parts.push(Phrase::ours("columns ").and_phrase(Phrase::names(columns, MAX_BESIDE)));
        }
        AffectedColumns::Unknown => parts.push(Phrase::ours("columns unknown")),
        AffectedColumns::None | AffectedColumns::All => {}
    }
    if asset.effect == OwnEffect::Rebuild {
        parts.extend(partitions_words(asset.partitions.as_ref(), own_total(asset)));
    }
    if !asset.missing_upstreams.is_empty() {
        let keys = Phrase::keys(&asset.missing_upstreams, MAX_BESIDE);
        parts.push(Phrase::ours("broken: still names ").and_phrase(keys));
    }
}

fn planned_words(asset: &PlannedAsset) -> Phrase {
    let new = asset.is_new.then(|| Phrase::ours("new"));
    let partitions = partitions_words(asset.partitions.as_ref(), asset.total_partitions);
    Phrase::list(new.into_iter().chain(partitions), "; ", usize::MAX)
}
