//! The JSON form of a plan.

use serde::Serialize;

use super::{Blocked, Broken, Plan, PlanSummary, PlannedAsset, Recheck, Reused};
use crate::key::AssetKey;

/// The version of the JSON form of plans: within a major version members are only added.
pub const PLAN_FORMAT_VERSION: &str = "1.0";

/// The least that has to be made again because of a change, in order.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct WrittenPlan<'a> {
    /// The version of this form.
    format_version: &'static str,
    /// How many assets there are of each sort.
    summary: PlanSummary,
    /// The assets to make; each layer needs only those before it. By key.
    layers: &'a [Vec<PlannedAsset>],
    /// Assets whose checks have to run again and that need nothing else, by key.
    recheck: &'a [Recheck],
    /// Assets that cannot be made because they name a key that is gone, by key.
    broken: &'a [Broken],
    /// Assets that would have to be made and read a broken one, by key.
    blocked: &'a [Blocked],
    /// Affected assets that the tool does not make, by key.
    not_made: &'a [AssetKey],
    /// Assets that would have to be made and were already, by key.
    already_made: &'a [AssetKey],
    /// Assets that head does not define any more, by key.
    removed: &'a [AssetKey],
    /// Assets that can be read from base, by key.
    reused: Vec<Reused>,
}

impl Plan {
    /// Returns the JSON form: the same bytes for the same plan.
    pub fn to_json(&self) -> String {
        let Self {
            layers,
            recheck,
            broken,
            blocked,
            not_made,
            removed,
            already_made,
            topology: _,
            reused: _,
        } = self;
        let written = WrittenPlan {
            format_version: PLAN_FORMAT_VERSION,
            summary: self.summary(),
            layers,
            recheck,
            broken,
            blocked,
            not_made,
            already_made,
            removed,
            reused: self.reused().collect(),
        };
        // Every type of ours can be written as JSON, and memory takes it.
        let mut text = serde_json::to_string_pretty(&written).unwrap_or_default();
        text.push('\n');
        text
    }
}
