//! The rules of the project and its store, as the command finds them.

use std::path::{Path, PathBuf};

use assetdiff::Limits;
use assetdiff_adapters::file;
use assetdiff_project::{Config, ConfigError};
use assetdiff_store::{NameError, Store, StoreError};
use clap::Args;

use crate::output::Trouble;

/// The file that holds the rules.
pub(crate) const CONFIG: &str = "assetdiff.toml";

/// Where the rules and the deployments are.
#[derive(Debug, Clone, Args)]
pub(crate) struct Project {
    /// The rules of the project; assetdiff.toml of the working directory if there is one.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where deployments are kept: a folder, s3://BUCKET/PREFIX, gs:// or az://.
    ///
    /// If not stated, ASSETDIFF_STORE, then the project's rules, then .assetdiff. Buckets take their credentials from
    /// the environment, by the names that their own tools use (AWS_ACCESS_KEY_ID, ...).
    #[arg(long, value_name = "PLACE")]
    pub(crate) store: Option<String>,
}

impl From<ConfigError> for Trouble {
    fn from(error: ConfigError) -> Self {
        Self::Message(error.to_string())
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Message(error.to_string())
    }
}

impl From<NameError> for Trouble {
    fn from(error: NameError) -> Self {
        Self::Message(error.to_string())
    }
}

impl Project {
    pub(crate) fn config(&self) -> Result<Config, Trouble> {
        match &self.config {
            Some(path) => read_config(path),
            None if Path::new(CONFIG).exists() => read_config(Path::new(CONFIG)),
            None => Ok(Config::default()),
        }
    }

    /// Where the store is.
    pub(crate) fn place(&self, config: &Config) -> String {
        config.store_place(self.store.as_deref(), std::env::var("ASSETDIFF_STORE").ok().as_deref())
    }

    pub(crate) fn open(&self, config: &Config) -> Result<Store, StoreError> {
        Store::open(&self.place(config), &settings())
    }

    /// Opens the store for somebody who may have no credentials for it.
    pub(crate) fn open_unsigned(&self, config: &Config) -> Result<Store, StoreError> {
        Store::open(&self.place(config), &Store::unsigned(settings()))
    }
}

fn settings() -> Vec<(String, String)> {
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Store::settings(environment)
}

/// Reads and checks the rules of a project.
pub(crate) fn read_config(path: &Path) -> Result<Config, Trouble> {
    let mut limits = Limits::default();
    limits.max_bytes = assetdiff_project::MAX_BYTES as u64;
    Ok(Config::parse_bytes(&path.display().to_string(), &file::read(path, &limits)?)?)
}
