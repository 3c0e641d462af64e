//! The rules of the project and its store, as the command finds them.

use std::path::{Path, PathBuf};

use assetdiff_project::{Config, ConfigError};
use assetdiff_store::{NameError, Store, StoreError};
use clap::Args;

use crate::output::Trouble;

/// The file that holds the rules.
pub(crate) const CONFIG: &str = "assetdiff.toml";

/// The most bytes that are read of it.
const MAX_BYTES: u64 = 1 << 20;

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
        let stated = self.store.clone();
        let stated =
            stated.or_else(|| std::env::var("ASSETDIFF_STORE").ok().filter(|place| !place.is_empty()));
        stated.or_else(|| config.store.clone()).unwrap_or_else(|| ".assetdiff".to_owned())
    }

    pub(crate) fn open(&self, config: &Config) -> Result<Store, Trouble> {
        let settings: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| ["AWS_", "GOOGLE_", "AZURE_"].iter().any(|prefix| name.starts_with(prefix)))
            .collect();
        Ok(Store::open(&self.place(config), &settings)?)
    }
}

/// Reads and checks the rules of a project.
pub(crate) fn read_config(path: &Path) -> Result<Config, Trouble> {
    let name = path.display().to_string();
    let trouble = |reason: String| Trouble::Message(format!("{name}: {reason}"));
    let size = std::fs::metadata(path).map_err(|e| trouble(e.to_string()))?.len();
    if size > MAX_BYTES {
        return Err(trouble(format!("expected at most {MAX_BYTES} bytes, found {size}")));
    }
    let bytes = std::fs::read(path).map_err(|e| trouble(e.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        trouble(format!("expected UTF-8, found another byte at {}", e.utf8_error().valid_up_to()))
    })?;
    Ok(Config::parse(&name, &text)?)
}
