//! The log of a deployment: entries that are only ever appended, each naming the one before.

use assetdiff::{Fingerprint, Provenance, Timestamp};
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, Created};
use crate::error::StoreError;
use crate::name::{DeploymentName, Reference, VersionChoice};
use crate::object::{Digest, seal, unseal};

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

impl SnapshotBase {
    /// Returns the name: `on-create`, `on-update` or `never`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnCreate => "on-create",
            Self::OnUpdate => "on-update",
            Self::Never => "never",
        }
    }
}

impl std::str::FromStr for SnapshotBase {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::OnCreate, Self::OnUpdate, Self::Never];
        let found = all.into_iter().find(|condition| condition.as_str() == text);
        found.ok_or_else(|| format!("expected on-create, on-update or never, found {text:?}"))
    }
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

pub(crate) fn folder(name: &DeploymentName) -> String {
    format!("deployments/{}", name.folder())
}

pub(crate) fn path(name: &DeploymentName, number: u64) -> String {
    path_in(&folder(name), number)
}

pub(crate) fn path_in(folder: &str, number: u64) -> String {
    format!("{folder}/{number:0DIGITS$}.json")
}

/// The number in an entry's path.
pub(crate) fn number_of(path: &str) -> Option<u64> {
    path.rsplit_once('/')?.1.strip_suffix(".json")?.parse().ok()
}

fn write(version: &Version) -> Vec<u8> {
    seal(&serde_json::to_vec_pretty(version).unwrap_or_default())
}

/// Where the number of the newest version stands. It is written after the entry and decides nothing: by it
/// [`verify`](crate::Store::verify) sees that a newest entry is gone.
pub(crate) fn newest_path(folder: &str) -> String {
    format!("newest/{}", folder.trim_start_matches("deployments/"))
}

pub(crate) fn read(path: &str, bytes: &[u8]) -> Result<(Version, Digest), StoreError> {
    let corrupt = |reason: &str| StoreError::Corrupt { path: path.to_owned(), reason: reason.to_owned() };
    let (text, found) = unseal(bytes).map_err(corrupt)?;
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

    /// A version of a deployment; `None` if there is none of that number.
    pub(crate) async fn version(
        &self,
        name: &DeploymentName,
        number: u64,
    ) -> Result<Option<Version>, StoreError> {
        Ok(self.entry(&path(name, number)).await?.map(|(version, _)| version))
    }

    /// The first version from the newest back that a function does not pass over.
    pub(crate) async fn find_back(
        &self,
        name: &DeploymentName,
        numbers: Vec<u64>,
        mut is_meant: impl FnMut(&Version) -> bool,
    ) -> Result<Option<Version>, StoreError> {
        for number in numbers.into_iter().rev() {
            if let Some(version) = self.version(name, number).await?.filter(&mut is_meant) {
                return Ok(Some(version));
            }
        }
        Ok(None)
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
        let is_ours = match self.create(&path, write(&version)).await? {
            Created::Yes => true,
            // A request that was sent twice finds what it wrote itself.
            Created::AlreadyThere => self.entry(&path).await?.is_some_and(|(there, _)| there == version),
        };
        if !is_ours {
            return Ok(None);
        }
        self.note_newest(&version).await?;
        Ok(Some(version))
    }

    async fn note_newest(&self, version: &Version) -> Result<(), StoreError> {
        let path = newest_path(&folder(&version.deployment));
        self.put(&path, seal(version.number.to_string().as_bytes())).await
    }

    /// The number of the newest version, as it was noted; `None` if it was not.
    pub(crate) async fn noted_newest(&self, path: &str) -> Result<Option<u64>, StoreError> {
        let corrupt = |reason: &str| StoreError::Corrupt { path: path.to_owned(), reason: reason.to_owned() };
        let Some(bytes) = self.get(path).await? else { return Ok(None) };
        let (text, _) = unseal(&bytes).map_err(corrupt)?;
        let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
        number.map(Some).ok_or_else(|| corrupt("no number"))
    }

    /// Finds the version that a reference means.
    pub(crate) async fn find(&self, reference: &Reference) -> Result<Version, StoreError> {
        let Reference { name, version } = reference;
        let numbers = self.numbers(name).await?;
        if numbers.is_empty() {
            return Err(StoreError::NoDeployment { name: name.to_string() });
        }
        let found = match version {
            VersionChoice::Latest => self.find_back(name, numbers, |_| true).await?,
            VersionChoice::Number(number) => self.version(name, *number).await?,
            VersionChoice::Commit(start) => {
                let is_of = |commit: &String| commit.to_ascii_lowercase().starts_with(start);
                let is_meant = |version: &Version| version.origin.commit.as_ref().is_some_and(is_of);
                self.find_back(name, numbers, is_meant).await?
            }
        };
        found.ok_or_else(|| StoreError::NoVersion { reference: reference.to_string() })
    }
}

/// Makes sure that entries follow each other from the first one on; returns what is wrong.
///
/// Where a prune has been, a log may begin later: one that was closed was removed while a push reopened it.
pub(crate) fn check_chain(entries: &[(Version, Digest)], is_pruned: bool) -> Vec<StoreError> {
    let tell = |entry: &Version, before: u64| StoreError::Corrupt {
        path: path(&entry.deployment, entry.number),
        reason: format!("an entry that does not follow version {before}"),
    };
    let mut problems = Vec::new();
    if let (Some((first, _)), Some((last, _))) = (entries.first(), entries.last())
        && first.previous.is_some()
        && !is_pruned
        // A prune that did not come to its end has begun to remove it.
        && !last.closed
    {
        problems.push(tell(first, first.number.saturating_sub(1)));
    }
    let broken = entries.windows(2).filter(|pair| pair[1].0.previous != Some(pair[0].1));
    problems.extend(broken.map(|pair| tell(&pair[1].0, pair[0].0.number)));
    problems
}
