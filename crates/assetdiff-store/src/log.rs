//! The log of a deployment: entries that are only ever appended, each naming the one before.

use assetdiff::{Fingerprint, Provenance, Timestamp};
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, Created};
use crate::error::StoreError;
use crate::name::{DeploymentName, Reference, VersionChoice};
use crate::object::Digest;

/// The digits of a version in a path, so that names sort as numbers do.
const DIGITS: usize = 10;

/// A version of a deployment: what was pushed, or that it was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Counts from 1.
    pub number: u64,
    /// The deployment.
    pub deployment: DeploymentName,
    /// When it was written, by the clock of who wrote it.
    pub at: Timestamp,
    /// Whether the deployment is closed from here on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// The fingerprint of the graph.
    pub fingerprint: Fingerprint,
    /// How many assets it has.
    pub assets: u64,
    /// Where the graph came from.
    pub provenance: Provenance,
    /// The commit, the branch and the pull request.
    #[serde(flatten)]
    pub origin: Origin,
    /// The deployment that this one is compared with.
    pub base: Option<DeploymentName>,
    /// The version of the base that this one is compared with; `None` for the current one.
    pub pinned_base: Option<u64>,
    /// Which version of the base is pinned.
    pub snapshot_base: SnapshotBase,
    /// How many values were redacted.
    #[serde(default)]
    pub redacted: u64,
    pub(crate) snapshot: Digest,
    /// What tells two pushes apart.
    id: String,
    previous: Option<Digest>,
}

/// Where a push comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// The commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The number or address of the pull request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<String>,
    /// Who pushed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
}

/// When the version of the base is pinned that a deployment is compared with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotBase {
    /// When the deployment is created.
    OnCreate,
    /// At every push.
    OnUpdate,
    /// Never: it is compared with what its base is at that time.
    #[default]
    Never,
}

/// What a new entry says; the log knows the rest.
pub(crate) struct Draft {
    pub(crate) at: Timestamp,
    pub(crate) closed: bool,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) assets: u64,
    pub(crate) provenance: Provenance,
    pub(crate) origin: Origin,
    pub(crate) base: Option<DeploymentName>,
    pub(crate) pinned_base: Option<u64>,
    pub(crate) snapshot_base: SnapshotBase,
    pub(crate) redacted: u64,
    pub(crate) snapshot: Digest,
    pub(crate) id: String,
}

fn folder(name: &DeploymentName) -> String {
    format!("deployments/{}", name.folder())
}

pub(crate) fn path(name: &DeploymentName, number: u64) -> String {
    format!("{}/{number:0DIGITS$}.json", folder(name))
}

/// The number in an entry's path.
pub(crate) fn number_of(path: &str) -> Option<u64> {
    path.rsplit_once('/')?.1.strip_suffix(".json")?.parse().ok()
}

/// An entry with the hash of its text before it.
fn write(version: &Version) -> Vec<u8> {
    let text = serde_json::to_vec_pretty(version).unwrap_or_default();
    [format!("{}\n", Digest::of(&text)).as_bytes(), &text, b"\n"].concat()
}

pub(crate) fn read(path: &str, bytes: &[u8]) -> Result<(Version, Digest), StoreError> {
    let corrupt = |reason: &str| StoreError::Corrupt { path: path.to_owned(), reason: reason.to_owned() };
    let (digest, text) = bytes.split_at_checked(65).ok_or_else(|| corrupt("a cut entry"))?;
    let text = text.strip_suffix(b"\n").ok_or_else(|| corrupt("a cut entry"))?;
    let found = Digest::of(text);
    if *digest != *format!("{found}\n").as_bytes() {
        return Err(corrupt("an entry that does not match its hash"));
    }
    let version: Version = serde_json::from_slice(text).map_err(|e| corrupt(&e.to_string()))?;
    if number_of(path) != Some(version.number) || path != self::path(&version.deployment, version.number) {
        return Err(corrupt("the entry of another place"));
    }
    Ok((version, found))
}

impl Backend {
    /// The numbers of a deployment's versions, in order.
    pub(crate) async fn numbers(&self, name: &DeploymentName) -> Result<Vec<u64>, StoreError> {
        let paths = self.list(&folder(name)).await?;
        let mut numbers: Vec<u64> = paths.iter().filter_map(|(path, _)| number_of(path)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    pub(crate) async fn entry(&self, path: &str) -> Result<Option<(Version, Digest)>, StoreError> {
        self.get(path).await?.map(|bytes| read(path, &bytes)).transpose()
    }

    pub(crate) async fn latest(
        &self,
        name: &DeploymentName,
    ) -> Result<Option<(Version, Digest)>, StoreError> {
        match self.numbers(name).await?.last() {
            Some(&number) => self.entry(&path(name, number)).await,
            None => Ok(None),
        }
    }

    /// Appends an entry after another one; `None` if somebody else did so first.
    pub(crate) async fn append(
        &self,
        name: &DeploymentName,
        after: Option<&(Version, Digest)>,
        draft: Draft,
    ) -> Result<Option<Version>, StoreError> {
        let number = after.map_or(1, |(version, _)| version.number.saturating_add(1));
        let Draft {
            at,
            closed,
            fingerprint,
            assets,
            provenance,
            origin,
            base,
            pinned_base,
            snapshot_base,
            redacted,
            snapshot,
            id,
        } = draft;
        let version = Version {
            number,
            deployment: name.clone(),
            at,
            closed,
            fingerprint,
            assets,
            provenance,
            origin,
            base,
            pinned_base,
            snapshot_base,
            redacted,
            snapshot,
            id,
            previous: after.map(|(_, digest)| *digest),
        };
        let path = path(name, number);
        match self.create(&path, write(&version)).await? {
            Created::Yes => Ok(Some(version)),
            // A request that was sent twice finds what it wrote itself.
            Created::AlreadyThere => {
                let there = self.entry(&path).await?;
                Ok(there.map(|(there, _)| there).filter(|there| *there == version))
            }
        }
    }

    /// Finds the version that a reference means.
    pub(crate) async fn find(&self, reference: &Reference) -> Result<Version, StoreError> {
        let Reference { name, version } = reference;
        let numbers = self.numbers(name).await?;
        if numbers.is_empty() {
            return Err(StoreError::NoDeployment { name: name.to_string() });
        }
        let none = || StoreError::NoVersion { reference: reference.to_string() };
        let found = match version {
            VersionChoice::Latest => self.latest(name).await?.map(|(version, _)| version),
            VersionChoice::Number(number) => {
                self.entry(&path(name, *number)).await?.map(|(version, _)| version)
            }
            VersionChoice::Commit(commit) => {
                let mut found = None;
                for number in numbers.into_iter().rev() {
                    let entry = self.entry(&path(name, number)).await?.map(|(version, _)| version);
                    let is_of = |version: &Version| {
                        version
                            .origin
                            .commit
                            .as_ref()
                            .is_some_and(|c| c.to_ascii_lowercase().starts_with(commit))
                    };
                    found = entry.filter(is_of);
                    if found.is_some() {
                        break;
                    }
                }
                found
            }
        };
        found.ok_or_else(none)
    }
}

/// Makes sure that entries follow each other; returns what is wrong.
pub(crate) fn check_chain(entries: &[(Version, Digest)]) -> Vec<StoreError> {
    let broken = entries.windows(2).filter(|pair| pair[1].0.previous != Some(pair[0].1));
    let tell = broken.map(|pair| StoreError::Corrupt {
        path: path(&pair[1].0.deployment, pair[1].0.number),
        reason: format!("an entry that does not follow version {}", pair[0].0.number),
    });
    tell.collect()
}
