//! Definitions as a tool gave them, where they came from, and their JSON form.

mod limits;
mod read;
mod text;
mod write;

use std::collections::BTreeMap;

use crate::asset::AssetDefinition;
use crate::json::Json;
use crate::value::Timestamp;
use crate::wire::record;

pub use limits::{LimitError, LimitKind, Limits};
pub(crate) use read::{Header, read};
pub(crate) use text::escaped_nul;
pub use text::{JsonText, ReadError, ReadProblem};
pub(crate) use write::{canonical_bytes, write_canonical, write_snapshot};

/// The version of the snapshot format that is written: major and minor.
///
/// Within a major version members are only added, and readers keep those that they don't know.
/// Another major version is refused.
pub const FORMAT_VERSION: &str = "1.0";

/// Returns whether a version is one of the major version 1.
pub(crate) fn is_version_1(version: &str) -> bool {
    let minor = version.strip_prefix("1.").unwrap_or_default();
    !minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit())
}

/// All asset definitions of a deployment at one time, as received.
///
/// It may hold mistakes; [`AssetGraph::new`](crate::AssetGraph::new) finds them.
///
/// ```
/// use assetdiff::{Limits, Snapshot};
///
/// let json = br#"{"format_version": "1.0", "assets": [{"key": ["raw", "orders"]}]}"#;
/// let snapshot = Snapshot::from_json(json, &Limits::default())?;
/// assert_eq!(snapshot.assets[0].key.to_string(), "raw/orders");
/// # Ok::<(), assetdiff::ReadError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Snapshot {
    /// Where the definitions come from; never compared.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub provenance: Provenance,
    /// The definitions, in any order.
    pub assets: Vec<AssetDefinition>,
    /// Members of the file that this version does not know; kept, never compared.
    #[cfg_attr(feature = "schema", schemars(flatten))]
    pub extra: BTreeMap<String, Json>,
}

/// Where a snapshot comes from; never compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Provenance {
    /// The commit of the code.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub commit: Option<String>,
    /// When the snapshot was made.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub created_at: Option<Timestamp>,
    /// The name of the deployment, such as `prod`.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub deployment: Option<String>,
    /// The tool that the definitions come from.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub producer: Option<String>,
    /// The version of that tool.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub producer_version: Option<String>,
    /// What this version does not know.
    #[cfg_attr(feature = "schema", schemars(flatten))]
    pub extra: BTreeMap<String, Json>,
}

record!(Provenance: "the provenance of a snapshot" {
    commit, created_at, deployment, producer, producer_version,
});

impl Snapshot {
    /// Returns the snapshot that a JSON text holds.
    ///
    /// # Errors
    /// [`ReadError`] with the line and column for a text that is no UTF-8, no JSON, another major
    /// version, not of the format, holds an object key twice, or is over a limit. Costs one pass.
    pub fn from_json(bytes: &[u8], limits: &Limits) -> Result<Self, ReadError> {
        let mut assets = Vec::new();
        let mut dependencies = 0;
        let Header { provenance, extra } = read(bytes, limits, &mut |definition| {
            dependencies += definition.dependencies.len() as u64;
            assets.push(definition);
            limits.check(LimitKind::Assets, assets.len() as u64)?;
            limits.check(LimitKind::Dependencies, dependencies)
        })?;
        Ok(Self { provenance, assets, extra })
    }

    /// Returns the canonical JSON text: equal snapshots have equal bytes.
    ///
    /// Definitions are sorted by key and code location, members by name; every aspect stands on a
    /// line of its own, so that a line-by-line comparison of two files reads well.
    pub fn to_json(&self) -> Vec<u8> {
        let mut assets: Vec<AssetDefinition> = self.assets.clone();
        assets.iter_mut().for_each(AssetDefinition::sort);
        let mut keyed: Vec<(Vec<u8>, AssetDefinition)> =
            assets.into_iter().map(|asset| (canonical_bytes(&asset), asset)).collect();
        // The bytes make the order total where a (wrong) snapshot has one key twice.
        keyed.sort_by(|(a_bytes, a), (b_bytes, b)| {
            (&a.key, &a.code_location, a_bytes).cmp(&(&b.key, &b.code_location, b_bytes))
        });
        let mut out = Vec::new();
        // Writing to memory has no way to fail.
        let _ = write_snapshot(&mut out, &self.provenance, &self.extra, keyed.iter().map(|(_, asset)| asset));
        out
    }
}
