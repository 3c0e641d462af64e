//! What differs between two definitions of an asset.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::details::{ColumnChanges, PartitionsChange};
use super::kind::{Aspect, ChangeKind, EffectOverrides, Effects, SCHEDULING_OF_CHECK};
use super::value_diff::{MapDiff, SetDiff, ValueDiff};
use crate::asset::{
    AssetDefinition, AssetType, AutomationCondition, BackfillPolicy, Check, CodeVersion, Column, Dependency,
    FreshnessPolicy,
};
use crate::json::Json;
use crate::key::AssetKey;
use crate::partitions::PartitionsDefinition;
use crate::value::MetadataValue;

/// What differs between two definitions of an asset: one field per aspect, `None` where they agree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Modification {
    /// What the orchestrator can do with it.
    pub asset_type: Option<ValueDiff<AssetType>>,
    /// When it is made by itself.
    pub automation: Option<ValueDiff<Option<AutomationCondition>>>,
    /// How many partitions one run takes.
    pub backfill: Option<ValueDiff<Option<BackfillPolicy>>>,
    /// Checks by name.
    pub checks: Option<MapDiff<String, Check>>,
    /// The code location.
    pub code_location: Option<ValueDiff<Option<String>>>,
    /// The code version, source text and shared code.
    pub code_version: Option<ValueDiff<Option<CodeVersion>>>,
    /// The columns in order; [`column_changes`](Self::column_changes) says what differs.
    pub columns: Option<ValueDiff<Option<Vec<Column>>>>,
    /// The dependencies.
    pub dependencies: Option<DependenciesDiff>,
    /// The description.
    pub description: Option<ValueDiff<Option<String>>>,
    /// Execution settings by name.
    pub execution: Option<MapDiff<String, Json>>,
    /// Aspects that this version does not know, by name.
    pub extra: Option<MapDiff<String, Json>>,
    /// How fresh it has to be.
    pub freshness: Option<ValueDiff<Option<FreshnessPolicy>>>,
    /// The group.
    pub group: Option<ValueDiff<Option<String>>>,
    /// The kinds.
    pub kinds: Option<SetDiff<String>>,
    /// Metadata by name.
    pub metadata: Option<MapDiff<String, MetadataValue>>,
    /// The owners.
    pub owners: Option<SetDiff<String>>,
    /// The partitions; [`partitions_changes`](Self::partitions_changes) says what differs.
    pub partitions: Option<ValueDiff<Option<PartitionsDefinition>>>,
    /// Tags by name.
    pub tags: Option<MapDiff<String, String>>,
}

/// What differs between two lists of dependencies, each sorted by upstream key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct DependenciesDiff {
    /// Upstream assets that only head reads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<Dependency>,
    /// Upstream assets that only base reads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Dependency>,
    /// Upstream assets that both read, by another partition mapping or with other metadata.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<ValueDiff<Dependency>>,
    /// Upstream assets that both read in the same way, under the asset's old and new key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renamed: Vec<ValueDiff<Dependency>>,
}

impl DependenciesDiff {
    /// Compares two lists; `renames` leads from old keys to new ones.
    pub(super) fn between(
        old: Vec<Dependency>,
        new: Vec<Dependency>,
        renames: &BTreeMap<AssetKey, AssetKey>,
    ) -> Option<Self> {
        MapDiff::between(by_key(old), by_key(new)).map(|diff| Self::from_map(diff, renames))
    }

    /// Pairs what was only renamed.
    pub(super) fn from_map(
        mut diff: MapDiff<AssetKey, Dependency>,
        renames: &BTreeMap<AssetKey, AssetKey>,
    ) -> Self {
        let mut renamed = Vec::new();
        diff.removed.retain(|old_key, old| {
            let Some(new_key) = renames.get(old_key) else { return true };
            let expected = Dependency { key: new_key.clone(), ..old.clone() };
            let follows = diff.added.get(new_key) == Some(&expected);
            if follows {
                diff.added.remove(new_key);
                renamed.push(ValueDiff { old: old.clone(), new: expected });
            }
            !follows
        });
        Self {
            added: diff.added.into_values().collect(),
            removed: diff.removed.into_values().collect(),
            changed: diff.changed.into_values().collect(),
            renamed,
        }
    }

    /// The difference without knowledge of renames.
    pub(super) fn into_map(self) -> MapDiff<AssetKey, Dependency> {
        let Self { mut added, mut removed, changed, renamed } = self;
        for ValueDiff { old, new } in renamed {
            removed.push(old);
            added.push(new);
        }
        let changed = changed.into_iter().map(|diff| (diff.old.key.clone(), diff));
        MapDiff { added: by_key(added), removed: by_key(removed), changed: changed.collect() }
    }

    fn invert(self) -> Self {
        let mut renamed: Vec<_> = self.renamed.into_iter().map(ValueDiff::invert).collect();
        renamed.sort_by(|a, b| a.old.key.cmp(&b.old.key));
        Self {
            added: self.removed,
            removed: self.added,
            changed: self.changed.into_iter().map(ValueDiff::invert).collect(),
            renamed,
        }
    }
}

fn by_key(dependencies: Vec<Dependency>) -> BTreeMap<AssetKey, Dependency> {
    dependencies.into_iter().map(|dependency| (dependency.key.clone(), dependency)).collect()
}

fn by_name(checks: Vec<Check>) -> BTreeMap<String, Check> {
    checks.into_iter().map(|check| (check.name.clone(), check)).collect()
}

pub(super) fn checks_diff(old: Vec<Check>, new: Vec<Check>) -> Option<MapDiff<String, Check>> {
    MapDiff::between(by_name(old), by_name(new))
}

impl Modification {
    /// Returns whether nothing differs.
    pub fn is_empty(&self) -> bool {
        !self.differs().contains(&true)
    }

    /// Returns the aspects that differ, in order.
    pub fn aspects(&self) -> Vec<Aspect> {
        let differs = Aspect::ALL.iter().zip(self.differs());
        differs.filter(|(_, differs)| *differs).map(|(aspect, _)| *aspect).collect()
    }

    /// For each aspect, whether it differs.
    fn differs(&self) -> [bool; Aspect::ALL.len()] {
        let Self {
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
            extra,
            freshness,
            group,
            kinds,
            metadata,
            owners,
            partitions,
            tags,
        } = self;
        [
            asset_type.is_some(),
            automation.is_some(),
            backfill.is_some(),
            checks.is_some(),
            code_location.is_some(),
            code_version.is_some(),
            columns.is_some(),
            dependencies.is_some(),
            description.is_some(),
            execution.is_some(),
            extra.is_some(),
            freshness.is_some(),
            group.is_some(),
            kinds.is_some(),
            metadata.is_some(),
            owners.is_some(),
            partitions.is_some(),
            tags.is_some(),
        ]
    }

    /// Returns every kind of change that applies, in order.
    pub fn kinds(&self) -> BTreeSet<ChangeKind> {
        let mut kinds = BTreeSet::new();
        self.add_kinds(&mut kinds);
        kinds
    }

    pub(super) fn add_kinds(&self, kinds: &mut impl Extend<ChangeKind>) {
        let differs = Aspect::ALL.iter().zip(self.differs()).filter(|(_, differs)| *differs);
        differs.for_each(|(aspect, _)| self.add_kinds_of(*aspect, kinds));
    }

    fn add_kinds_of(&self, aspect: Aspect, kinds: &mut impl Extend<ChangeKind>) {
        let kind = match aspect {
            Aspect::AssetType => ChangeKind::AssetType,
            Aspect::Automation => ChangeKind::Automation,
            Aspect::Backfill => ChangeKind::Backfill,
            Aspect::Checks => return kinds.extend(self.checks.iter().flat_map(check_kinds)),
            Aspect::CodeLocation => ChangeKind::CodeLocation,
            Aspect::CodeVersion => ChangeKind::CodeVersion,
            Aspect::Columns => {
                return kinds.extend(self.column_changes().iter().flat_map(ColumnChanges::kinds));
            }
            Aspect::Dependencies => return kinds.extend(self.dependencies.iter().flat_map(dependency_kinds)),
            Aspect::Description => ChangeKind::Description,
            Aspect::Execution => {
                let settings = self.execution.iter().flat_map(MapDiff::keys);
                return kinds.extend(settings.map(|setting| ChangeKind::of_execution(setting)));
            }
            Aspect::Extra => ChangeKind::Extra,
            Aspect::Freshness => ChangeKind::Freshness,
            Aspect::Group => ChangeKind::Group,
            Aspect::Kinds => ChangeKind::Kinds,
            Aspect::Metadata => ChangeKind::Metadata,
            Aspect::Owners => ChangeKind::Owners,
            Aspect::Partitions => ChangeKind::Partitions,
            Aspect::Tags => ChangeKind::Tags,
        };
        kinds.extend([kind]);
    }

    /// Returns what the modification means for data: the costliest of its changes.
    pub fn effects(&self, overrides: &EffectOverrides) -> Effects {
        let kinds = self.kinds().into_iter().filter(|&kind| kind != ChangeKind::Extra);
        let extra = self.extra.iter().flat_map(MapDiff::keys);
        kinds
            .map(|kind| overrides.of_kind(kind))
            .chain(extra.map(|name| overrides.of_extra(name)))
            .fold(Effects::NONE, Effects::max)
    }

    /// Returns whether it only follows the renaming of assets that it reads.
    pub fn only_follows_renames(&self) -> bool {
        self.kinds().iter().eq([&ChangeKind::UpstreamRenamed])
    }

    /// Returns what differs between the columns, by name.
    pub fn column_changes(&self) -> Option<ColumnChanges> {
        self.columns.as_ref().map(ColumnChanges::of)
    }

    /// Returns what differs between the partitions definitions.
    pub fn partitions_changes(&self) -> Vec<PartitionsChange> {
        self.partitions.as_ref().map(PartitionsChange::of).unwrap_or_default()
    }

    /// Turns the modification around.
    pub(super) fn invert(self) -> Self {
        Self {
            asset_type: self.asset_type.map(ValueDiff::invert),
            automation: self.automation.map(ValueDiff::invert),
            backfill: self.backfill.map(ValueDiff::invert),
            checks: self.checks.map(MapDiff::invert),
            code_location: self.code_location.map(ValueDiff::invert),
            code_version: self.code_version.map(ValueDiff::invert),
            columns: self.columns.map(ValueDiff::invert),
            dependencies: self.dependencies.map(DependenciesDiff::invert),
            description: self.description.map(ValueDiff::invert),
            execution: self.execution.map(MapDiff::invert),
            extra: self.extra.map(MapDiff::invert),
            freshness: self.freshness.map(ValueDiff::invert),
            group: self.group.map(ValueDiff::invert),
            kinds: self.kinds.map(SetDiff::invert),
            metadata: self.metadata.map(MapDiff::invert),
            owners: self.owners.map(SetDiff::invert),
            partitions: self.partitions.map(ValueDiff::invert),
            tags: self.tags.map(MapDiff::invert),
        }
    }

    /// Returns this modification followed by another one.
    pub(super) fn then(self, next: Self, renames: &BTreeMap<AssetKey, AssetKey>) -> Self {
        Self {
            asset_type: join(self.asset_type, next.asset_type, ValueDiff::then),
            automation: join(self.automation, next.automation, ValueDiff::then),
            backfill: join(self.backfill, next.backfill, ValueDiff::then),
            checks: join(self.checks, next.checks, MapDiff::then),
            code_location: join(self.code_location, next.code_location, ValueDiff::then),
            code_version: join(self.code_version, next.code_version, ValueDiff::then),
            columns: join(self.columns, next.columns, ValueDiff::then),
            dependencies: {
                let [this, next] =
                    [self.dependencies, next.dependencies].map(|d| d.map(DependenciesDiff::into_map));
                join(this, next, MapDiff::then).map(|diff| DependenciesDiff::from_map(diff, renames))
            },
            description: join(self.description, next.description, ValueDiff::then),
            execution: join(self.execution, next.execution, MapDiff::then),
            extra: join(self.extra, next.extra, MapDiff::then),
            freshness: join(self.freshness, next.freshness, ValueDiff::then),
            group: join(self.group, next.group, ValueDiff::then),
            kinds: join(self.kinds, next.kinds, SetDiff::then),
            metadata: join(self.metadata, next.metadata, MapDiff::then),
            owners: join(self.owners, next.owners, SetDiff::then),
            partitions: join(self.partitions, next.partitions, ValueDiff::then),
            tags: join(self.tags, next.tags, MapDiff::then),
        }
    }

    /// Brings a definition from the old values to the new ones; returns the aspects whose old
    /// values it does not have.
    pub(super) fn apply(&self, definition: &mut AssetDefinition) -> Vec<Aspect> {
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
        let mut checks_by_name = by_name(std::mem::take(checks));
        let mut dependencies_by_key = by_key(std::mem::take(dependencies));
        let fits = [
            self.asset_type.as_ref().is_none_or(|diff| diff.apply(asset_type)),
            self.automation.as_ref().is_none_or(|diff| diff.apply(automation)),
            self.backfill.as_ref().is_none_or(|diff| diff.apply(backfill)),
            self.checks.as_ref().is_none_or(|diff| diff.apply(&mut checks_by_name)),
            self.code_location.as_ref().is_none_or(|diff| diff.apply(code_location)),
            self.code_version.as_ref().is_none_or(|diff| diff.apply(code_version)),
            self.columns.as_ref().is_none_or(|diff| diff.apply(columns)),
            self.dependencies.clone().is_none_or(|diff| diff.into_map().apply(&mut dependencies_by_key)),
            self.description.as_ref().is_none_or(|diff| diff.apply(description)),
            self.execution.as_ref().is_none_or(|diff| diff.apply(execution)),
            self.extra.as_ref().is_none_or(|diff| diff.apply(extra)),
            self.freshness.as_ref().is_none_or(|diff| diff.apply(freshness)),
            self.group.as_ref().is_none_or(|diff| diff.apply(group)),
            self.kinds.as_ref().is_none_or(|diff| diff.apply(kinds)),
            self.metadata.as_ref().is_none_or(|diff| diff.apply(metadata)),
            self.owners.as_ref().is_none_or(|diff| diff.apply(owners)),
            self.partitions.as_ref().is_none_or(|diff| diff.apply(partitions)),
            self.tags.as_ref().is_none_or(|diff| diff.apply(tags)),
        ];
        *checks = checks_by_name.into_values().collect();
        *dependencies = dependencies_by_key.into_values().collect();
        Aspect::ALL.iter().zip(fits).filter(|(_, fits)| !fits).map(|(aspect, _)| *aspect).collect()
    }
}

fn join<T>(first: Option<T>, second: Option<T>, then: impl Fn(T, T) -> Option<T>) -> Option<T> {
    match (first, second) {
        (Some(first), Some(second)) => then(first, second),
        (first, second) => first.or(second),
    }
}

fn check_kinds(diff: &MapDiff<String, Check>) -> Vec<ChangeKind> {
    let MapDiff { added, removed, changed } = diff;
    let without_jobs = |check: &Check| {
        let mut check = check.clone();
        check.extra.remove(SCHEDULING_OF_CHECK);
        check
    };
    let is_scheduling = |diff: &ValueDiff<Check>| without_jobs(&diff.old) == without_jobs(&diff.new);
    let all = added.len() + removed.len() + changed.len();
    let scheduling = changed.values().filter(|diff| is_scheduling(diff)).count();
    let kinds = [(ChangeKind::Checks, scheduling < all), (ChangeKind::Scheduling, scheduling > 0)];
    kinds.into_iter().filter(|(_, applies)| *applies).map(|(kind, _)| kind).collect()
}

fn dependency_kinds(diff: &DependenciesDiff) -> Vec<ChangeKind> {
    let DependenciesDiff { added, removed, changed, renamed } = diff;
    let mut kinds = Vec::new();
    if !(added.is_empty() && removed.is_empty()) {
        kinds.push(ChangeKind::Dependencies);
    }
    for ValueDiff { old, new } in changed {
        if old.mapping != new.mapping {
            kinds.push(ChangeKind::PartitionMapping);
        }
        if old.metadata != new.metadata {
            kinds.push(ChangeKind::DependencyMetadata);
        }
        // What is not known of a dependency counts as a change of what is read.
        if old.extra != new.extra {
            kinds.push(ChangeKind::Dependencies);
        }
    }
    if !renamed.is_empty() {
        kinds.push(ChangeKind::UpstreamRenamed);
    }
    kinds
}
