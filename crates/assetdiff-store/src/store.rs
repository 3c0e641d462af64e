//! A store of deployments.

use std::future::Future;

use assetdiff::{AssetGraph, ChangeSet, DiffOptions, Timestamp};
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, Created, Traffic};
use crate::error::StoreError;
use crate::log::{Draft, Version};
use crate::name::{DeploymentName, NameError, Reference, VersionChoice};

/// What a store says of itself.
#[derive(Serialize, Deserialize)]
struct Header {
    format_version: String,
    /// What the fingerprints of redacted values are keyed by.
    salt: String,
    /// The hash of both.
    digest: String,
}

pub(crate) const HEADER: &str = "store.json";

const FORMAT: &str = "1.0";

/// Named deployments, each a log of snapshots, in a folder or in object storage.
///
/// One may be used by many threads and processes at once.
pub struct Store {
    pub(crate) backend: Backend,
    pub(crate) salt: [u8; 32],
    runtime: tokio::runtime::Runtime,
}

/// What a deployment is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// The version of its base that was pinned, or the current one if none was.
    Pinned,
    /// The current version of its base.
    Current,
    /// Any version of any deployment.
    Version(Reference),
}

impl std::str::FromStr for Against {
    type Err = NameError;

    /// Reads `pinned`, `current` or the name of any version.
    fn from_str(text: &str) -> Result<Self, NameError> {
        Ok(match text {
            "pinned" => Self::Pinned,
            "current" => Self::Current,
            other => Self::Version(other.parse()?),
        })
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

/// Returns 32 hexadecimal digits that nobody can guess.
pub(crate) fn random_hex() -> Result<String, StoreError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| StoreError::Storage {
        doing: "get random bytes from the system".to_owned(),
        reason: e.to_string(),
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Store {
    /// Opens the store at a place, and makes one where there is none: the path of a folder, or with the feature `cloud`
    /// `s3://bucket/prefix`, `gs://…` and `az://…`, whose settings have the names of environment variables
    /// (`AWS_ACCESS_KEY_ID`, …) and are given by the caller.
    ///
    /// # Errors
    /// [`StoreError`] if the place is none, does not answer, or holds a store of a later version.
    pub fn open(place: &str, settings: &[(String, String)]) -> Result<Self, StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| StoreError::Storage {
            doing: "start the store's threads".to_owned(),
            reason: e.to_string(),
        })?;
        let backend = Backend::open(place, settings)?;
        let salt = runtime.block_on(salt(&backend))?;
        Ok(Self { backend, salt, runtime })
    }

    /// Returns those variables of an environment that are settings of a bucket, for [`Store::open`]: what begins with
    /// `AWS_`, `GOOGLE_` or `AZURE_` and is not empty.
    pub fn settings(environment: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
        let is_setting = |(name, value): &(String, String)| {
            !value.is_empty() && ["AWS_", "GOOGLE_", "AZURE_"].iter().any(|start| name.starts_with(start))
        };
        environment.into_iter().filter(is_setting).collect()
    }

    /// Returns settings by which requests are not signed, if these hold no credentials: what everybody may read can be
    /// read, and everything else is refused at once.
    pub fn unsigned(mut settings: Vec<(String, String)>) -> Vec<(String, String)> {
        let is_secret = |name: &str| {
            ["KEY", "TOKEN", "SECRET", "CREDENTIALS", "SERVICE_ACCOUNT"]
                .iter()
                .any(|part| name.contains(part))
        };
        if !settings.iter().any(|(name, _)| is_secret(name)) {
            let skip = ["AWS", "GOOGLE", "AZURE"]
                .map(|cloud| (format!("{cloud}_SKIP_SIGNATURE"), "true".to_owned()));
            settings.extend(skip);
        }
        settings
    }

    /// Returns the bytes of objects that went to the store and came from it since it was opened.
    pub fn traffic(&self) -> Traffic {
        self.backend.traffic()
    }

    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Returns the newest version of each deployment, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list(&self) -> Result<Vec<Version>, StoreError> {
        self.block_on(async {
            let mut newest = std::collections::BTreeMap::new();
            for (path, _) in self.backend.list("deployments").await? {
                if let (Some((folder, _)), Some(_)) = (path.rsplit_once('/'), crate::log::number_of(&path)) {
                    newest.insert(folder.to_owned(), path.clone());
                }
            }
            let mut versions = Vec::new();
            for path in newest.into_values() {
                versions.extend(self.backend.entry(&path).await?.map(|(version, _)| version));
            }
            versions.sort_by(|a, b| a.deployment.cmp(&b.deployment));
            Ok(versions)
        })
    }

    /// Returns the versions of a deployment, the newest first.
    ///
    /// # Errors
    /// [`StoreError::NoDeployment`] if there is none; [`StoreError`].
    pub fn log(&self, name: &DeploymentName) -> Result<Vec<Version>, StoreError> {
        self.block_on(async {
            let numbers = self.backend.numbers(name).await?;
            if numbers.is_empty() {
                return Err(StoreError::NoDeployment { name: name.to_string() });
            }
            let mut versions = Vec::new();
            for number in numbers.into_iter().rev() {
                versions.extend(self.backend.version(name, number).await?);
            }
            Ok(versions)
        })
    }

    /// Returns the first version of a deployment, from the newest back, that a function does not pass over; `None` if there
    /// is none. Reads no further.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn find_back(
        &self,
        name: &DeploymentName,
        is_meant: impl FnMut(&Version) -> bool,
    ) -> Result<Option<Version>, StoreError> {
        self.block_on(async {
            let numbers = self.backend.numbers(name).await?;
            self.backend.find_back(name, numbers, is_meant).await
        })
    }

    /// Returns the version that a reference means.
    ///
    /// # Errors
    /// [`StoreError::NoDeployment`], [`StoreError::NoVersion`]; [`StoreError`].
    pub fn find(&self, reference: &Reference) -> Result<Version, StoreError> {
        self.block_on(self.backend.find(reference))
    }

    /// Returns the graph of a version; it is the one that was pushed, or an error.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if anything of it is not as it was written; [`StoreError`].
    pub fn graph(&self, version: &Version) -> Result<AssetGraph, StoreError> {
        self.block_on(self.backend.graph(version.snapshot, version.provenance.clone()))
    }

    /// Returns the version that a deployment is compared with.
    ///
    /// # Errors
    /// [`StoreError::NoDeployment`] if it has no base or that was never pushed; [`StoreError`].
    pub fn base_of(&self, version: &Version, against: &Against) -> Result<Version, StoreError> {
        let base = || {
            let name = version.base.clone();
            name.ok_or_else(|| StoreError::NoDeployment {
                name: format!("the base of {}", version.deployment),
            })
        };
        let reference = match against {
            Against::Version(reference) => reference.clone(),
            Against::Current => Reference::latest(base()?),
            Against::Pinned => Reference {
                name: base()?,
                version: version.pinned_base.map_or(VersionChoice::Latest, VersionChoice::Number),
            },
        };
        self.find(&reference)
    }

    /// Returns what differs between two versions, as [`assetdiff::diff`] of their graphs does.
    ///
    /// Reads the index and the parts that differ, not the graphs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn diff(
        &self,
        base: &Version,
        head: &Version,
        options: &DiffOptions,
    ) -> Result<ChangeSet, StoreError> {
        self.block_on(self.backend.diff(base, head, options))
    }

    /// Notes that a deployment is closed; returns the entry. One that is closed stays so, without a new entry.
    ///
    /// # Errors
    /// [`StoreError::NoDeployment`] if there is none; [`StoreError`].
    pub fn close(&self, name: &DeploymentName, at: Timestamp) -> Result<Version, StoreError> {
        self.block_on(self.backend.close(name, at))
    }
}

impl Backend {
    pub(crate) async fn close(&self, name: &DeploymentName, at: Timestamp) -> Result<Version, StoreError> {
        loop {
            let Some(latest) = self.latest(name).await? else {
                return Err(StoreError::NoDeployment { name: name.to_string() });
            };
            if latest.0.closed {
                return Ok(latest.0);
            }
            let version = latest.0.clone();
            let draft = Draft {
                at,
                closed: true,
                fingerprint: version.fingerprint,
                assets: version.assets,
                provenance: version.provenance,
                origin: version.origin,
                base: version.base,
                pinned_base: version.pinned_base,
                snapshot_base: version.snapshot_base,
                redacted: version.redacted,
                snapshot: version.snapshot,
                id: random_hex()?,
            };
            if let Some(closed) = self.append(name, Some(&latest), draft).await? {
                return Ok(closed);
            }
        }
    }
}

/// Reads the store's salt; the first to come makes it.
async fn salt(backend: &Backend) -> Result<[u8; 32], StoreError> {
    let text = match backend.get(HEADER).await? {
        Some(text) => text,
        None => {
            let salt = random_hex()? + &random_hex()?;
            let text = header(salt);
            match backend.create(HEADER, text.clone()).await? {
                Created::Yes => text,
                Created::AlreadyThere => backend.get(HEADER).await?.unwrap_or_default(),
            }
        }
    };
    read_header(&text)
}

fn header(salt: String) -> Vec<u8> {
    let digest = blake3::hash(format!("{FORMAT} {salt}").as_bytes()).to_hex().to_string();
    let header = Header { format_version: FORMAT.to_owned(), salt, digest };
    serde_json::to_vec_pretty(&header).unwrap_or_default()
}

/// Returns the salt of a header. All bytes of one of our version are known.
pub(crate) fn read_header(text: &[u8]) -> Result<[u8; 32], StoreError> {
    let corrupt = |reason: String| StoreError::Corrupt { path: HEADER.to_owned(), reason };
    let read: Header = serde_json::from_slice(text).map_err(|e| corrupt(e.to_string()))?;
    if !read.format_version.starts_with("1.") {
        return Err(StoreError::Version { found: read.format_version });
    }
    let digest = blake3::hash(format!("{} {}", read.format_version, read.salt).as_bytes());
    if read.digest != digest.to_hex().as_str()
        || read.format_version == FORMAT && text != header(read.salt.clone())
    {
        return Err(corrupt("a salt that does not match its hash".to_owned()));
    }
    let salt = blake3::Hash::from_hex(&read.salt).map_err(|e| corrupt(e.to_string()))?;
    Ok(*salt.as_bytes())
}
