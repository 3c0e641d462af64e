//! What can go wrong with a store.

use assetdiff::{LimitError, LoadError};

use crate::name::NameError;

/// Why a store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The place is none that a store can be at.
    #[error("expected a folder, s3://, gs:// or az:// for a store, found {url}: {reason}")]
    Url {
        /// The place.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The name is wrong.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The storage did not do its part; nothing that was acknowledged is lost.
    #[error("expected to {doing}, found {reason}; try again once the storage works")]
    Storage {
        /// What was to be done.
        doing: String,
        /// What the storage said.
        reason: String,
    },
    /// Something in the store is not what was written.
    #[error(
        "expected {path} as it was written, found {reason}; restore it from a backup, or push its deployments again"
    )]
    Corrupt {
        /// Where it stands in the store.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The store was written by a later version.
    #[error("expected a store of format_version 1, found {found}; install a newer assetdiff")]
    Version {
        /// Its version.
        found: String,
    },
    /// There is no such deployment.
    #[error("expected a deployment, found none called {name}; push one, or see assetdiff deployment list")]
    NoDeployment {
        /// The name.
        name: String,
    },
    /// The deployment has no such version.
    #[error("expected a version of a deployment, found no {reference}; see assetdiff deployment log")]
    NoVersion {
        /// What was asked for.
        reference: String,
    },
    /// Others were always quicker.
    #[error("expected to append to the log of {name}, found another push first {attempts} times; push again")]
    Contended {
        /// The deployment.
        name: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// A prune is running, or has ended before its time.
    #[error(
        "expected no prune beside a push, found one that began at {began}; wait for it, or if none runs any more, run assetdiff deployment prune --force"
    )]
    PruneRunning {
        /// When it began.
        began: String,
    },
    /// A definition or a list is too large to be kept.
    #[error("expected at most {limit} bytes in one object of the store, found {found} for {what}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// The limit.
        limit: u64,
        /// Its bytes.
        found: u64,
    },
    /// What is stored makes no valid graph any more.
    #[error("{path}: {error}")]
    Graph {
        /// Where it stands in the store.
        path: String,
        /// What is wrong with it.
        error: Box<LoadError>,
    },
    /// The snapshot holds more than is allowed.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// What is to be redacted cannot be.
    #[error(transparent)]
    Redact(#[from] crate::redact::RedactError),
}

/// What is found where nothing is.
pub(crate) const MISSING: &str = "nothing";

impl StoreError {
    /// Returns the name of what is wrong, such as `no_deployment`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Url { .. } => "url",
            Self::Name(_) => "name",
            Self::Storage { .. } => "storage",
            Self::Corrupt { .. } => "corrupt",
            Self::Version { .. } => "version",
            Self::NoDeployment { .. } => "no_deployment",
            Self::NoVersion { .. } => "no_version",
            Self::Contended { .. } => "contended",
            Self::PruneRunning { .. } => "prune_running",
            Self::TooLarge { .. } => "too_large",
            Self::Graph { .. } => "graph",
            Self::Limit(_) => "limit",
            Self::Redact(_) => "redact",
        }
    }

    /// Whether an object is not there.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Corrupt { reason, .. } if reason == MISSING)
    }
}
