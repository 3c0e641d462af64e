//! The JSON form of a plan.

use serde::Serialize;

use super::{Blocked, Broken, Plan, PlanSummary, PlannedAsset, Recheck, Reused};
use crate::key::AssetKey;

/// The version of the JSON form of plans: within a major version members are only added.
pub const PLAN_FORMAT_VERSION: &str = "1.0";

impl Plan {
    /// Returns the JSON form: the same bytes for the same plan.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Written<'a> {
            format_version: &'static str,
            summary: PlanSummary,
            layers: &'a [Vec<PlannedAsset>],
            recheck: &'a [Recheck],
            broken: &'a [Broken],
            blocked: &'a [Blocked],
            not_made: &'a [AssetKey],
            already_made: &'a [AssetKey],
            removed: &'a [AssetKey],
            reused: Vec<Reused>,
        }
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
        let written = Written {
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
