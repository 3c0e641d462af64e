//! Deployments: named logs of asset graphs, in a folder or in object storage.
//!
//! ```
//! use assetdiff::{AssetGraph, DiffOptions, Limits, Timestamp};
//! use assetdiff_store::{Against, DeploymentName, Push, Reference, Store};
//!
//! let folder = tempfile::tempdir()?;
//! let store = Store::open(folder.path().to_str().unwrap(), &[])?;
//! let graph = |group: &str| {
//!     let json = format!(
//!         r#"{{"format_version": "1.0", "assets": [{{"key": ["orders"], "group": "{group}"}}]}}"#
//!     );
//!     AssetGraph::from_json(json.as_bytes(), &Limits::default())
//! };
//! let push = Push::at(Timestamp::from_unix_seconds(1_700_000_000)?);
//! store.push(&"prod".parse()?, &graph("sales")?, &push)?;
//! store.push(&"feature/finance".parse()?, &graph("finance")?, &push)?;
//!
//! let head = store.find(&"feature/finance".parse::<Reference>()?)?;
//! let base = store.base_of(&head, &Against::Current)?;
//! assert_eq!(store.diff(&base, &head, &DiffOptions::default())?.modified.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Objects are named by the hash of their bytes, never change and are verified when they are read. A log is
//! only appended to, by creating an entry that is not there: of two that push at once, one is told and tries
//! again.

mod backend;
mod diff;
mod error;
mod log;
mod name;
mod object;
mod prune;
mod push;
mod redact;
mod remote;
mod store;
mod tree;
mod verify;

pub use backend::Traffic;
pub use error::StoreError;
pub use log::{Origin, SnapshotBase, Version};
pub use name::{DeploymentName, NameError, Reference, VersionChoice};
pub use prune::{Prune, Pruned};
pub use push::{Push, Pushed};
pub use redact::{RedactError, RedactRule, Redaction};
pub use remote::RemoteFile;
pub use store::{Against, Store};
pub use verify::Verified;
