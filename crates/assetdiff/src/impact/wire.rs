//! The JSON form of an impact.

use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};

use super::{
    AffectedAsset, AffectedPartitions, Cause, Causes, Explanation, Impact, ImpactSummary, Spared, Stop,
};
use crate::diff::{ChangeKind, Effects};
use crate::partitions::{PartitionRange, PartitionSubset, PartitionsDelta};

/// The version of the JSON form of impacts: within a major version members are only added.
pub const IMPACT_FORMAT_VERSION: &str = "1.0";

/// How much of the causes the JSON form holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImpactJson {
    /// The most causes of one asset.
    pub max_causes: usize,
    /// The most assets that are looked at for all causes together; after that each asset has its nearest
    /// cause only. Changes that reach a whole large graph have more causes than anyone reads.
    pub max_steps: usize,
}

impl Default for ImpactJson {
    /// 100 causes of an asset, 10 million steps.
    fn default() -> Self {
        Self { max_causes: 100, max_steps: 10_000_000 }
    }
}

/// An affected asset with its causes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Entry {
    #[serde(flatten)]
    asset: AffectedAsset,
    /// What happened to the asset itself.
    kinds: Vec<ChangeKind>,
    /// What that means.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_effects: Option<Effects>,
    /// The changes that reach it, the nearest first.
    causes: Vec<Cause>,
    /// Whether there may be more causes.
    causes_cut: bool,
}

/// What a change set reaches: the assets that changed, and those that read them.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct WrittenImpact<'a> {
    /// The version of this form.
    format_version: &'static str,
    /// How many assets are affected, and how.
    summary: ImpactSummary,
    /// The affected assets by key, those that are gone last.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Entry>"))]
    assets: Entries<'a>,
    /// The assets that a change reaches and does not pass, by key.
    stops: Vec<Stop>,
    /// The assets that no change reaches although they read an affected one, by key.
    spared: Vec<Spared>,
}

impl Impact {
    /// Returns the JSON form: the same bytes for the same impact.
    pub fn to_json(&self, options: &ImpactJson) -> String {
        let written = WrittenImpact {
            format_version: IMPACT_FORMAT_VERSION,
            summary: self.summary(),
            assets: Entries { impact: self, options },
            stops: self.stops(),
            spared: self.spared(),
        };
        // Every type of ours can be written as JSON, and memory takes it.
        let mut text = serde_json::to_string_pretty(&written).unwrap_or_default();
        text.push('\n');
        text
    }
}

impl Explanation {
    /// Returns the JSON form: the same bytes for the same explanation.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// The assets, each made when its turn comes.
struct Entries<'a> {
    impact: &'a Impact,
    options: &'a ImpactJson,
}

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let assets = self.impact.assets();
        let mut seq = serializer.serialize_seq(Some(assets.len()))?;
        let mut steps = self.options.max_steps;
        for asset in assets {
            let own = self.impact.own_change(&asset.key);
            let Causes { causes, is_cut } =
                self.impact.causes_within(&asset.key, self.options.max_causes, &mut steps);
            seq.serialize_element(&Entry {
                kinds: own.as_ref().map(|(kinds, _)| kinds.iter().copied().collect()).unwrap_or_default(),
                own_effects: own.map(|(_, effects)| effects),
                causes,
                causes_cut: is_cut,
                asset,
            })?;
        }
        seq.end()
    }
}

/// Some of the partitions of an asset.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PartitionSubset"))]
struct WrittenSubset {
    /// How many there are; null if only the tool knows the keys.
    count: Option<u64>,
    /// The keys, in order.
    ranges: Vec<WrittenRange>,
}

/// Partitions that follow each other.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PartitionRange"))]
struct WrittenRange {
    /// The first key.
    first: String,
    /// The last key.
    last: String,
    /// How many keys there are from the first to the last.
    count: u64,
}

impl Serialize for PartitionSubset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let range = |PartitionRange { first, last, count }| WrittenRange { first, last, count };
        WrittenSubset { count: self.len(), ranges: self.ranges().map(range).collect() }.serialize(serializer)
    }
}

/// The partitions of an asset that are affected.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AffectedPartitions"))]
enum WrittenPartitions<'a> {
    /// These.
    Some(&'a PartitionSubset),
    /// Nothing says which, and why not: they count as all.
    Unknown(&'a str),
}

impl Serialize for AffectedPartitions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Some(subset) => WrittenPartitions::Some(subset),
            Self::Unknown(reason) => WrittenPartitions::Unknown(reason),
        }
        .serialize(serializer)
    }
}

/// What a change does to the partition keys of an asset.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PartitionsDelta"))]
struct WrittenDelta<'a> {
    /// The keys that only head has.
    added: &'a PartitionSubset,
    /// The keys that only base has.
    removed: &'a PartitionSubset,
    /// The keys of both.
    kept: &'a PartitionSubset,
    /// Whether the keys of both mean the same on both sides.
    same_meaning: bool,
    /// Whether both sides have the same keys with the same meaning.
    is_equivalent: bool,
    /// Whether nothing is removed and the keys of both mean the same.
    is_safe: bool,
}

impl Serialize for PartitionsDelta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { added, removed, kept, same_meaning, is_equivalent } = self;
        let (same_meaning, is_equivalent, is_safe) = (*same_meaning, *is_equivalent, self.is_safe());
        WrittenDelta { added, removed, kept, same_meaning, is_equivalent, is_safe }.serialize(serializer)
    }
}

/// Gives a type the schema of what it is written as.
#[cfg(feature = "schema")]
macro_rules! written_as {
    ($($name:ident: $written:ty),* $(,)?) => {$(
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                <$written>::schema_name()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                <$written>::json_schema(generator)
            }
        }
    )*};
}

#[cfg(feature = "schema")]
written_as!(
    PartitionSubset: WrittenSubset,
    AffectedPartitions: WrittenPartitions<'_>,
    PartitionsDelta: WrittenDelta<'_>,
);
