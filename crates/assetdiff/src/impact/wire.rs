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

impl Impact {
    /// Returns the JSON form: the same bytes for the same impact.
    pub fn to_json(&self, options: &ImpactJson) -> String {
        #[derive(Serialize)]
        struct Written<'a> {
            format_version: &'static str,
            summary: ImpactSummary,
            assets: Entries<'a>,
            stops: Vec<Stop>,
            spared: Vec<Spared>,
        }
        let written = Written {
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
                kinds: own.map(|(kinds, _)| kinds.iter().copied().collect()).unwrap_or_default(),
                own_effects: own.map(|(_, effects)| effects),
                causes,
                causes_cut: is_cut,
                asset,
            })?;
        }
        seq.end()
    }
}

/// As how many there are (null if only the tool knows) and ranges in order.
impl Serialize for PartitionSubset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Range {
            first: String,
            last: String,
            count: u64,
        }
        #[derive(Serialize)]
        struct Written {
            count: Option<u64>,
            ranges: Vec<Range>,
        }
        let ranges = self.ranges().map(|PartitionRange { first, last, count }| Range { first, last, count });
        Written { count: self.len(), ranges: ranges.collect() }.serialize(serializer)
    }
}

/// As the ranges, or as why they are unknown.
impl Serialize for AffectedPartitions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "snake_case")]
        enum Written<'a> {
            Some(&'a PartitionSubset),
            Unknown(&'a str),
        }
        match self {
            Self::Some(subset) => Written::Some(subset),
            Self::Unknown(reason) => Written::Unknown(reason),
        }
        .serialize(serializer)
    }
}

impl Serialize for PartitionsDelta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            added: &'a PartitionSubset,
            removed: &'a PartitionSubset,
            kept: &'a PartitionSubset,
            same_meaning: bool,
            is_equivalent: bool,
            is_safe: bool,
        }
        let Self { added, removed, kept, same_meaning, is_equivalent } = self;
        let (same_meaning, is_equivalent, is_safe) = (*same_meaning, *is_equivalent, self.is_safe());
        Written { added, removed, kept, same_meaning, is_equivalent, is_safe }.serialize(serializer)
    }
}
