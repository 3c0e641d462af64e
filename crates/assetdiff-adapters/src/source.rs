//! An asset graph from whatever stands at a path.

use std::path::{Path, PathBuf};

use assetdiff::{AssetGraph, Limits, LoadError};

use crate::file::{self, FileError};
use crate::{dagster, dbt};

/// What an input is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceKind {
    /// Found out by looking at it.
    #[default]
    Auto,
    /// A snapshot of assetdiff.
    Snapshot,
    /// A dbt manifest.
    Dbt,
    /// The serialised snapshot of a Dagster repository.
    Dagster,
}

/// Why there is no asset graph at a path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// What it holds is no asset graph.
    #[error("{}: {error}", name(path))]
    Load {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: LoadError,
    },
    /// A folder holds no manifest.
    #[error(
        "{}: expected a file, or a dbt folder with manifest.json or target/manifest.json, found a folder without",
        name(.0)
    )]
    NoManifest(PathBuf),
}

/// Where a dbt project keeps its manifest.
const MANIFESTS: [&str; 2] = ["manifest.json", "target/manifest.json"];

/// Reads an asset graph from a snapshot, a dbt manifest, a dbt project or target folder, or a Dagster
/// repository's snapshot;
/// `-` is standard input.
///
/// # Errors
/// [`SourceError`], which names the file and the place.
pub fn read(path: &Path, kind: SourceKind, limits: &Limits) -> Result<AssetGraph, SourceError> {
    let path = manifest_in(path)?;
    let bytes = file::read(&path, limits)?;
    parse(&bytes, kind, limits).map_err(|error| SourceError::Load { path, error })
}

/// Reads an asset graph from the text of a snapshot, a dbt manifest or a Dagster repository.
///
/// # Errors
/// [`LoadError`], which names the place.
pub fn parse(bytes: &[u8], kind: SourceKind, limits: &Limits) -> Result<AssetGraph, LoadError> {
    match kind {
        SourceKind::Dbt => dbt::graph(bytes, limits),
        SourceKind::Dagster => dagster::graph(bytes, None, limits),
        SourceKind::Auto if dbt::looks_like_manifest(bytes) => dbt::graph(bytes, limits),
        SourceKind::Auto if dagster::looks_like_repository(bytes) => dagster::graph(bytes, None, limits),
        SourceKind::Auto | SourceKind::Snapshot => AssetGraph::from_json(bytes, limits),
    }
}

/// Returns the manifest of a dbt project or target folder, or the path itself.
fn manifest_in(path: &Path) -> Result<PathBuf, SourceError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let manifests = MANIFESTS.map(|manifest| path.join(manifest));
    let found = manifests.into_iter().find(|manifest| manifest.is_file());
    found.ok_or_else(|| SourceError::NoManifest(path.to_owned()))
}

/// Returns how an input is called in messages.
pub fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}
