//! One definition in full, and the list of all.

use std::collections::BTreeMap;

use assetdiff::{Aspect, AssetDefinition, AssetGraph, AssetKey, CodeVersion, Provenance};

use super::page::{Page, Role, Runs, width};
use super::rows::{Rows, phrase_width};
use crate::excerpt;
use crate::facts;
use crate::overview::provenance_words;
use crate::phrase::Phrase;
use crate::shown::{Shown, count, grouped};
use crate::style::{Detail, TextStyle};

/// Keys wider than this are not padded.
const MAX_KEY: usize = 44;

/// Returns one definition in full, as lines for a terminal or a log; aspects that it does not state
/// are left out.
///
/// ```
/// use assetdiff::{AssetDefinition, AssetKey};
/// use assetdiff_report::{TextStyle, definition};
///
/// let orders = AssetDefinition {
///     group: Some("sales".to_owned()),
///     ..AssetDefinition::new(AssetKey::new(["orders"])?)
/// };
/// let shown = definition(&orders, None, &TextStyle::default());
/// assert_eq!(shown, "orders\n    asset_type     materializable\n    group          sales\n");
/// # Ok::<(), assetdiff::KeyError>(())
/// ```
pub fn definition(
    definition: &AssetDefinition,
    provenance: Option<&Provenance>,
    style: &TextStyle,
) -> String {
    let mut page = Page::new(style);
    let detail = provenance.map_or_else(|| style.detail(), |of| style.detail().with_places([of, of]));
    page.line(0, 4, &Runs::default().and_shown(Role::Strong, &Shown::key(&definition.key)));
    for (aspect, stated) in stated_aspects(definition, &detail) {
        Rows::new(&mut page, Role::Quiet, aspect.as_str()).stated(&stated);
    }
    page.finish()
}

/// What is stated of an aspect: a line for each thing, with a name if it has one.
#[derive(Default)]
struct Stated {
    lines: Vec<(Phrase, Phrase)>,
    /// A text of several lines.
    text: Vec<Phrase>,
    more: usize,
    more_text: usize,
}

impl Stated {
    fn one(words: Phrase) -> Self {
        Self { lines: vec![(Phrase::default(), words)], ..Self::default() }
    }

    fn list(items: impl IntoIterator<Item = (Phrase, Phrase)>, detail: &Detail) -> Self {
        let mut items = items.into_iter();
        let lines = items.by_ref().take(detail.max_entries).collect();
        Self { lines, more: items.count(), ..Self::default() }
    }

    fn with_text(mut self, text: &str, detail: &Detail) -> Self {
        let mut lines = text.lines();
        let shown = lines.by_ref().take(detail.max_diff_lines);
        let show = |line: &str| excerpt::value(&line.replace('\t', "    "), detail.max_value, Shown::literal);
        self.text = shown.map(show).collect();
        self.more_text = lines.count();
        self
    }
}

impl Rows<'_> {
    fn stated(&mut self, stated: &Stated) {
        let Stated { lines, text, more, more_text } = stated;
        let widths = lines.iter().map(|(name, _)| phrase_width(name));
        let pad = widths.filter(|&width| width <= MAX_KEY).max().unwrap_or(0);
        for (name, words) in lines {
            let runs = Runs::default().and_phrase(Role::Plain, name);
            let gap = if name.is_empty() { 0 } else { pad.saturating_sub(phrase_width(name)) + 2 };
            self.row(0, runs.and(Role::Plain, " ".repeat(gap)).and_phrase(Role::Plain, words));
        }
        if *more > 0 {
            self.row(0, Runs::ours(Role::Quiet, format!("… {} more", grouped(*more))));
        }
        for line in text {
            self.row(2, Runs::default().and_phrase(Role::Plain, line));
        }
        if *more_text > 0 {
            let more = count(*more_text, "more line", "more lines");
            self.row(2, Runs::ours(Role::Quiet, format!("… {more}")));
        }
    }
}

fn stated_aspects(definition: &AssetDefinition, detail: &Detail) -> Vec<(Aspect, Stated)> {
    // Without `..`, so that a new aspect has to be shown.
    let AssetDefinition {
        asset_type,
        automation,
        backfill,
        checks,
        code_location,
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
    } = definition;
    let name = |name: &Option<String>| name.as_deref().map(|name| Stated::one(Phrase::name(name)));
    let names = |names: &std::collections::BTreeSet<String>| {
        (!names.is_empty()).then(|| Stated::one(Phrase::names(names, detail.max_entries)))
    };
    let json = |(name, json): (&String, &assetdiff::Json)| {
        (Phrase::name(name), excerpt::value(json.as_str(), detail.max_value, Shown::literal))
    };
    let text = |(name, text): (&String, &String)| {
        (Phrase::name(name), excerpt::value(text, detail.max_value, Shown::quoted))
    };
    let listed = |stated: Stated| (!stated.lines.is_empty()).then_some(stated);
    let aspects = [
        (Aspect::AssetType, Some(Stated::one(Phrase::name(asset_type.as_str())))),
        (Aspect::CodeLocation, name(code_location)),
        (Aspect::Group, name(group)),
        (Aspect::Kinds, names(kinds)),
        (Aspect::Owners, names(owners)),
        (Aspect::Description, description.as_ref().map(|text| description_words(text, detail))),
        (Aspect::CodeVersion, code_version.as_ref().map(|code| code_words(code, detail))),
        (
            Aspect::Dependencies,
            listed(Stated::list(
                dependencies.iter().map(|d| (Phrase::key(&d.key), facts::dependency_words(d, detail))),
                detail,
            )),
        ),
        (
            Aspect::Partitions,
            partitions.as_ref().map(|partitions| Stated::one(facts::partitions_words(partitions, detail))),
        ),
        (
            Aspect::Columns,
            columns.as_ref().map(|columns| {
                Stated::list(
                    columns.iter().map(|c| (Phrase::name(&c.name), facts::column_words(c, detail))),
                    detail,
                )
            }),
        ),
        (
            Aspect::Checks,
            listed(Stated::list(
                checks.iter().map(|c| (Phrase::name(&c.name), facts::check_words(c, detail))),
                detail,
            )),
        ),
        (
            Aspect::Automation,
            automation.is_some().then(|| Stated::one(facts::automation_words(automation, detail))),
        ),
        (Aspect::Backfill, backfill.is_some().then(|| Stated::one(facts::backfill_words(backfill)))),
        (
            Aspect::Freshness,
            freshness.is_some().then(|| Stated::one(facts::freshness_words(freshness, detail))),
        ),
        (Aspect::Execution, listed(Stated::list(execution.iter().map(json), detail))),
        (Aspect::Tags, listed(Stated::list(tags.iter().map(text), detail))),
        (
            Aspect::Metadata,
            listed(Stated::list(
                metadata
                    .iter()
                    .map(|(name, value)| (Phrase::name(name), facts::typed_metadata_words(value, detail))),
                detail,
            )),
        ),
        (Aspect::Extra, listed(Stated::list(extra.iter().map(json), detail))),
    ];
    aspects.into_iter().filter_map(|(aspect, stated)| stated.map(|stated| (aspect, stated))).collect()
}

fn description_words(text: &str, detail: &Detail) -> Stated {
    let mut lines = text.trim().lines();
    match (lines.next(), lines.next()) {
        (Some(line), None) => Stated::one(excerpt::value(line, detail.max_value, Shown::literal)),
        (None, _) => Stated::one(Phrase::theirs(Shown::quoted(text))),
        _ => Stated::one(Phrase::ours(count(text.trim().lines().count(), "line", "lines")))
            .with_text(text.trim(), detail),
    }
}

fn code_words(code: &CodeVersion, detail: &Detail) -> Stated {
    let CodeVersion { parts, source, version } = code;
    let version = version
        .iter()
        .map(|version| (Phrase::ours("version"), excerpt::value(version, detail.max_value, Shown::quoted)));
    let parts = facts::part_words(parts, detail);
    let lines = source.as_ref().map(|text| count(text.lines().count(), "line", "lines"));
    let source_line = lines.map(|lines| (Phrase::ours("source"), Phrase::ours(lines)));
    let stated = Stated::list(version.chain(parts).chain(source_line), detail);
    match source {
        Some(source) => stated.with_text(source, detail),
        None => stated,
    }
}

/// Returns the list of all definitions of a graph, as lines for a terminal or a log.
///
/// First where the graph comes from, how many assets of each type it has and its fingerprint, then
/// a line for each definition, then the undefined upstreams with what reads them.
///
/// ```
/// use assetdiff::{AssetDefinition, AssetGraph, AssetKey, Snapshot};
/// use assetdiff_report::{TextStyle, snapshot};
///
/// let orders = AssetDefinition::new(AssetKey::new(["orders"])?);
/// let graph = AssetGraph::new(Snapshot { assets: vec![orders], ..Snapshot::default() })?;
/// let shown = snapshot(&graph, &TextStyle::default());
/// assert!(shown.starts_with("1 asset: 1 materializable.\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn snapshot(graph: &AssetGraph, style: &TextStyle) -> String {
    let mut page = Page::new(style);
    let detail = style.detail();
    let provenance = provenance_words(graph.provenance(), None);
    if !provenance.is_empty() {
        page.line(0, 2, &Runs::default().and_phrase(Role::Plain, &provenance));
    }
    let mut types: BTreeMap<String, usize> = BTreeMap::new();
    let mut key_width = 0;
    for definition in graph.definitions() {
        *types.entry(definition.asset_type.as_str().to_owned()).or_default() += 1;
        let width = key_runs(&definition).width();
        key_width = if width <= MAX_KEY { key_width.max(width) } else { key_width };
    }
    let undefined = graph.undefined();
    page.line(0, 2, &totals(graph, &types, undefined.len()));
    let fingerprint =
        Runs::ours(Role::Quiet, "fingerprint ").and(Role::Plain, graph.fingerprint().to_string());
    page.line(0, 2, &fingerprint);
    if !graph.is_empty() {
        page.blank();
    }
    for definition in graph.definitions() {
        let key = key_runs(&definition);
        let gap = " ".repeat(key_width.saturating_sub(key.width()) + 2);
        let brief = facts::brief_words(&definition);
        page.line(2, 6, &key.and(Role::Plain, gap).and_phrase(Role::Quiet, &brief));
    }
    undefined_upstreams(&mut page, graph, &undefined, &detail);
    page.finish()
}

fn totals(graph: &AssetGraph, types: &BTreeMap<String, usize>, undefined: usize) -> Runs {
    let mut runs = Runs::ours(Role::Strong, count(graph.len(), "asset", "assets"));
    let definitions: usize = types.values().sum();
    if definitions != graph.len() {
        let definitions = count(definitions, "definition", "definitions");
        runs = runs.and(Role::Strong, format!(" in {definitions}"));
    }
    let types = types
        .iter()
        .map(|(name, number)| Phrase::ours(format!("{} ", grouped(*number))).and_theirs(Shown::name(name)));
    let types = Phrase::list(types, ", ", 10);
    if !types.is_empty() {
        runs = runs.and(Role::Plain, ": ").and_phrase(Role::Plain, &types);
    }
    if undefined > 0 {
        let undefined = count(undefined, "undefined upstream", "undefined upstreams");
        runs = runs.and(Role::Plain, format!("; {undefined}"));
    }
    runs.and(Role::Plain, ".")
}

fn key_runs(definition: &AssetDefinition) -> Runs {
    let key = Runs::default().and_shown(Role::Plain, &Shown::key(&definition.key));
    match &definition.code_location {
        Some(location) => key.and(Role::Quiet, " in ").and_shown(Role::Quiet, &Shown::name(location)),
        None => key,
    }
}

fn undefined_upstreams(page: &mut Page, graph: &AssetGraph, undefined: &[AssetKey], detail: &Detail) {
    if undefined.is_empty() {
        return;
    }
    page.blank();
    let title = Runs::ours(Role::Strong, "Undefined upstream");
    page.line(0, 2, &title.and(Role::Quiet, format!(" ({})", grouped(undefined.len()))));
    let keys: Vec<Shown> = undefined.iter().take(detail.max_entries).map(Shown::key).collect();
    let widths = keys.iter().map(|key| width(key.as_str()));
    let pad = widths.filter(|&width| width <= MAX_KEY).max().unwrap_or(0);
    for (key, shown) in undefined.iter().zip(&keys) {
        let gap = " ".repeat(pad.saturating_sub(width(shown.as_str())) + 2);
        let readers = Phrase::keys(&graph.downstream(key), detail.max_entries.min(10));
        let runs = Runs::default().and_shown(Role::Plain, shown).and(Role::Quiet, format!("{gap}read by "));
        page.line(2, 6, &runs.and_phrase(Role::Plain, &readers));
    }
    let more = undefined.len() - keys.len();
    if more > 0 {
        page.line(2, 4, &Runs::ours(Role::Quiet, format!("… {} more", grouped(more))));
    }
}
