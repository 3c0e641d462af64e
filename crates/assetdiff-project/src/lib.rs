//! The rules of a project: what `assetdiff.toml` says, and the policies that changes are measured by.
//!
//! ```
//! use assetdiff_project::Config;
//!
//! let config = Config::parse("assetdiff.toml", r#"
//!     [[policy]]
//!     name = "gold stays"
//!     select = 'changed_in_branch:REMOVED and tag:tier=gold'
//! "#)?;
//! assert_eq!(config.policies[0].name, "gold stays");
//! # Ok::<(), assetdiff_project::ConfigError>(())
//! ```
//!
//! The crate reads no files, no clock and no environment, and prints nothing.

mod config;
mod error;
mod owners;
mod policy;
mod raw;
mod sarif;

pub use config::{Adapter, Config, IgnoreEntry, MAX_BYTES, Preset, Tool};
pub use error::ConfigError;
pub use owners::{codeowners, review_owners};
pub use policy::{BrokenBy, Level, Limit, Policy, PolicyAsset, PolicyReport, PolicyResult, evaluate};
#[cfg(feature = "schema")]
pub use raw::config_schema;
pub use sarif::{ResultPlace, junit, sarif};
