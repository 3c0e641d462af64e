//! A plan as the commands of the tool that the assets belong to.

use std::collections::BTreeMap;

use assetdiff::{
    AffectedPartitions, AssetKey, BackfillPolicy, PartitionRange, PartitionsDefinition, Plan, PlannedAsset,
    escape_hidden,
};

/// The most partitions that get a command each.
const MAX_SINGLE_RUNS: u64 = 20;

/// The commands that carry out a plan, and what no command does.
///
/// Commands are quoted for a POSIX shell; none holds a line break or another hidden character.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commands {
    /// The commands, to be run in this order.
    pub commands: Vec<String>,
    /// What is left to do by hand, a sentence each.
    pub notes: Vec<String>,
}

impl Commands {
    /// Returns the commands of `dagster asset materialize`, with further words at the end of each.
    ///
    /// Assets of one command have the same partitions and need nothing that a later command makes. Several
    /// partitions are made as a range where all assets have a single-run backfill policy, otherwise one by one up
    /// to 20; beyond that Dagster needs its daemon, and a note says what to launch.
    pub fn dagster(plan: &Plan, more: &[String]) -> Self {
        let mut commands = Self::default();
        for group in groups(plan) {
            let (keys, unfit): (Vec<_>, Vec<_>) = group.keys.iter().partition(|key| is_selectable(key));
            for key in unfit {
                let key = escape_hidden(&key.to_string()).into_owned();
                commands.notes.push(format!("{key} cannot be named in a selection: materialize it by hand"));
            }
            if keys.is_empty() {
                continue;
            }
            let selection = asset_selection(keys);
            let mut add = |partition: &[&str]| {
                let words = ["dagster", "asset", "materialize", "--select", &selection];
                let words =
                    words.into_iter().chain(partition.iter().copied()).chain(more.iter().map(String::as_str));
                match shlex::try_join(words) {
                    Ok(command) if !command.chars().any(assetdiff::is_hidden) => {
                        commands.commands.push(command)
                    }
                    _ => {
                        commands.notes.push(format!("no command line can hold {}", escape_hidden(&selection)))
                    }
                }
            };
            match group.partitions {
                Parts::None => add(&[]),
                Parts::Unknown => {
                    commands.notes.push(format!(
                        "launch a backfill of all partitions of {}",
                        escape_hidden(&selection)
                    ));
                }
                Parts::Ranges(ranges) if group.is_single_run => {
                    for PartitionRange { first, last, count } in ranges {
                        match count {
                            1 => add(&["--partition", &first]),
                            _ => add(&["--partition-range", &format!("{first}...{last}")]),
                        }
                    }
                }
                Parts::Ranges(ranges) => match group.single {
                    Some(keys) => keys.iter().for_each(|key| add(&["--partition", key])),
                    None => {
                        let ranges: Vec<String> =
                            ranges.iter().map(|range| format!("{}...{}", range.first, range.last)).collect();
                        let (selection, ranges) = (escape_hidden(&selection), ranges.join(", "));
                        let ranges = escape_hidden(&ranges);
                        commands
                            .notes
                            .push(format!("launch a backfill of the partitions {ranges} of {selection}"));
                    }
                },
            }
        }
        commands.note_rest(plan);
        commands
    }

    /// Returns the `dbt build` of all models, seeds and snapshots to make, reading the rest from the state that
    /// `--state` names, and the `dbt test` of what only has to be checked again.
    pub fn dbt(plan: &Plan, more: &[String]) -> Self {
        let mut commands = Self::default();
        let names = DbtNames::of(plan);
        let mut add = |command: &[&str], keys: Vec<&AssetKey>| {
            let (fit, unfit): (Vec<_>, Vec<_>) =
                keys.into_iter().partition(|key| key.components().count() >= 3);
            for key in unfit {
                let key = escape_hidden(&key.to_string()).into_owned();
                commands
                    .notes
                    .push(format!("{key} is no node of dbt: its key has fewer than three components"));
            }
            let selectors: Vec<String> = fit.into_iter().map(|key| names.selector(key)).collect();
            if selectors.is_empty() {
                return;
            }
            let words =
                command.iter().copied().chain(["--select"]).chain(selectors.iter().map(String::as_str));
            match shlex::try_join(words.chain(more.iter().map(String::as_str))) {
                Ok(command) if !command.chars().any(assetdiff::is_hidden) => commands.commands.push(command),
                _ => commands.notes.push("no command line can hold the names of these nodes".to_owned()),
            }
        };
        add(&["dbt", "build", "--defer"], plan.assets().map(|asset| &asset.key).collect());
        add(&["dbt", "test", "--defer"], plan.recheck.iter().map(|recheck| &recheck.key).collect());
        for broken in &plan.broken {
            let key = escape_hidden(&broken.key.to_string()).into_owned();
            commands.notes.push(format!("{key} is broken: it names what is gone"));
        }
        commands
    }

    /// Returns for each asset to make the commands of `dagster asset materialize` that make it alone.
    pub fn dagster_each(plan: &Plan, more: &[String]) -> BTreeMap<AssetKey, Vec<String>> {
        each(plan, |one| Self::dagster(one, more).commands)
    }

    /// Returns for each asset to make the `dbt build` that makes it alone.
    pub fn dbt_each(plan: &Plan, more: &[String]) -> BTreeMap<AssetKey, Vec<String>> {
        let names = DbtNames::of(plan);
        let command = |key: &AssetKey| {
            let name = (key.components().count() >= 3).then(|| names.selector(key))?;
            let words = ["dbt", "build", "--defer", "--select", &name];
            let command = shlex::try_join(words.into_iter().chain(more.iter().map(String::as_str))).ok()?;
            (!command.chars().any(assetdiff::is_hidden)).then_some(command)
        };
        plan.assets().filter_map(|asset| Some((asset.key.clone(), vec![command(&asset.key)?]))).collect()
    }

    fn note_rest(&mut self, plan: &Plan) {
        for recheck in &plan.recheck {
            let checks = match recheck.checks.is_empty() {
                true => "the checks".to_owned(),
                false => format!("the checks {}", escape_hidden(&recheck.checks.join(", "))),
            };
            let key = escape_hidden(&recheck.key.to_string()).into_owned();
            self.notes.push(format!("run {checks} of {key} again"));
        }
        for broken in &plan.broken {
            let key = escape_hidden(&broken.key.to_string()).into_owned();
            self.notes.push(format!("{key} is broken: it names what is gone"));
        }
    }
}

/// The commands of a tool for a whole plan, and for each asset alone.
pub type ToolCommands = (&'static str, Commands, BTreeMap<AssetKey, Vec<String>>);

/// Returns the commands of the tool that made a snapshot, or of every tool if that is not known.
pub fn tool_commands(plan: &Plan, producer: Option<&str>) -> Vec<ToolCommands> {
    let dagster = || ("dagster", Commands::dagster(plan, &[]), Commands::dagster_each(plan, &[]));
    let dbt = || ("dbt", Commands::dbt(plan, &[]), Commands::dbt_each(plan, &[]));
    match producer {
        Some("dagster") => vec![dagster()],
        Some("dbt") => vec![dbt()],
        _ => vec![dagster(), dbt()],
    }
}

/// Returns Dagster's selection of what a plan makes, and how many assets its language cannot name.
pub fn dagster_selection(plan: &Plan) -> (String, usize) {
    let (keys, unfit): (Vec<_>, Vec<_>) =
        plan.assets().map(|asset| &asset.key).partition(|key| is_selectable(key));
    (asset_selection(keys), unfit.len())
}

/// Returns dbt's selection of what a plan makes, for the words after `--select`, and how many assets are none of its
/// nodes or have names that a shell or a selection would read otherwise.
pub fn dbt_selection(plan: &Plan) -> (String, usize) {
    let names = DbtNames::of(plan);
    let is_plain = |selector: &str| {
        selector.chars().all(|c| c.is_ascii_alphanumeric() || "_-.,:".contains(c))
            && !selector.starts_with('-')
    };
    let keys: Vec<&AssetKey> = plan.assets().map(|asset| &asset.key).collect();
    let fit = keys.iter().filter(|key| key.components().count() >= 3).map(|key| names.selector(key));
    let selectors: Vec<String> = fit.filter(|selector| is_plain(selector)).collect();
    (selectors.join(" "), keys.len() - selectors.len())
}

/// Returns Dagster's selection of some assets, such as `key:"raw/orders" or key:"customers"`.
///
/// Keys that Dagster's language cannot name exactly (with `"`, `\`, `*`, a comma or a hidden character) select what
/// the language makes of them.
pub fn asset_selection<'a>(keys: impl IntoIterator<Item = &'a AssetKey>) -> String {
    let terms = keys.into_iter().map(|key| format!("key:\"{}\"", user_string(key)));
    terms.collect::<Vec<_>>().join(" or ")
}

/// A key as Dagster writes it: without escapes.
fn user_string(key: &AssetKey) -> String {
    key.components().collect::<Vec<_>>().join("/")
}

/// Whether Dagster's command can name the asset: its language has no escapes, `*` stands for anything, and a comma
/// ends a selection.
fn is_selectable(key: &AssetKey) -> bool {
    !user_string(key).chars().any(|c| matches!(c, '"' | '\\' | '*' | ',') || assetdiff::is_hidden(c))
}

/// Calls a function with the plan of each asset alone.
fn each(plan: &Plan, commands: impl Fn(&Plan) -> Vec<String>) -> BTreeMap<AssetKey, Vec<String>> {
    let mut one = plan.clone();
    one.recheck.clear();
    one.broken.clear();
    let one_by_one = plan.assets().map(|asset| {
        one.layers = vec![vec![asset.clone()]];
        (asset.key.clone(), commands(&one))
    });
    one_by_one.filter(|(_, commands)| !commands.is_empty()).collect()
}

/// What of an asset is made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Parts {
    None,
    Unknown,
    Ranges(Vec<PartitionRange>),
}

/// Assets that one command makes.
struct Group {
    keys: Vec<AssetKey>,
    partitions: Parts,
    /// The keys, if they are few.
    single: Option<Vec<String>>,
    is_single_run: bool,
}

/// What assets of one command share.
type Signature = (Parts, bool, Option<PartitionsDefinition>);

/// Brings assets together in as few groups as the order allows: an asset comes after what it reads, in the same
/// group or in a later one.
fn groups(plan: &Plan) -> Vec<Group> {
    let mut rounds: BTreeMap<(usize, Signature), Vec<&PlannedAsset>> = BTreeMap::new();
    let mut round_of: BTreeMap<&AssetKey, (usize, Signature)> = BTreeMap::new();
    for asset in plan.assets() {
        let signature = signature(asset);
        let after = plan.upstream(&asset.key).into_iter().filter_map(|up| round_of.get(&up).cloned());
        let round =
            after.map(|(round, other)| if other == signature { round } else { round + 1 }).max().unwrap_or(0);
        round_of.insert(&asset.key, (round, signature.clone()));
        rounds.entry((round, signature)).or_default().push(asset);
    }
    let groups = rounds.into_iter().map(|((_, (partitions, is_single_run, _)), assets)| {
        let single = match assets.first().and_then(|asset| asset.partitions.as_ref()) {
            Some(AffectedPartitions::Some(subset))
                if subset.len().is_some_and(|count| count <= MAX_SINGLE_RUNS) =>
            {
                Some(subset.iter().collect())
            }
            _ => None,
        };
        let mut keys: Vec<AssetKey> = assets.into_iter().map(|asset| asset.key.clone()).collect();
        keys.sort();
        Group { keys, partitions, single, is_single_run }
    });
    groups.collect()
}

fn signature(asset: &PlannedAsset) -> Signature {
    let is_single_run = matches!(asset.backfill, Some(BackfillPolicy { max_partitions_per_run: None }));
    match &asset.partitions {
        None => (Parts::None, false, None),
        Some(AffectedPartitions::Unknown(_)) => (Parts::Unknown, false, None),
        Some(AffectedPartitions::Some(subset)) => {
            let definition = subset.keys().definition().cloned();
            (Parts::Ranges(subset.ranges().collect()), is_single_run, definition)
        }
    }
}

/// How dbt selects nodes.
struct DbtNames {
    /// How many assets of head have a name.
    count: BTreeMap<String, usize>,
}

impl DbtNames {
    fn of(plan: &Plan) -> Self {
        let mut count = BTreeMap::new();
        for key in plan.keys() {
            *count.entry(dbt_name(&key)).or_default() += 1;
        }
        Self { count }
    }

    /// The name of a node, with its type and package if that name stands for several.
    fn selector(&self, key: &AssetKey) -> String {
        let name = dbt_name(key);
        let mut components = key.components();
        match (self.count.get(&name), components.next(), components.next()) {
            (Some(2..), Some(resource_type), Some(package)) => {
                format!("{name},resource_type:{resource_type},package:{package}")
            }
            _ => name,
        }
    }
}

/// What follows the package in the identifier of a node: a version belongs to the name.
fn dbt_name(key: &AssetKey) -> String {
    key.components().skip(2).collect::<Vec<_>>().join(".")
}
