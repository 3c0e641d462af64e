//! An asset graph from whatever stands at a path.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use assetdiff::{
    AssetGraph, ChangeSet, ColumnarError, ColumnarSnapshot, DiffOptions, LimitError, LimitKind, Limits,
    LoadError, diff,
};
use assetdiff_arrow::{RowsError, parquet};

use crate::both::both;
use crate::file::{self, Contents, FileError};
use crate::{dagster, dbt, parts, remote};

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
    /// A columnar snapshot is damaged, or of another version.
    #[error("{}: {error}", name(path))]
    Columnar {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: ColumnarError,
    },
    /// A Parquet file holds no snapshot.
    #[error("{}: {error}", name(path))]
    Rows {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: RowsError,
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

/// Reads an asset graph from a snapshot in JSON, in columns or as Parquet, a dbt manifest, a dbt project or target
/// folder, or a Dagster repository's snapshot; `-` is standard input, and with the feature `cloud` `s3://`, `gs://` and
/// `az://` are object storage, with the settings that the environment has.
///
/// A columnar snapshot is verified and used as it lies in the file, which must not be overwritten in place
/// as long as the graph lives; of all others nothing is needed afterwards.
///
/// # Errors
/// [`SourceError`], which names the file and the place.
pub fn read(path: &Path, kind: SourceKind, limits: &Limits) -> Result<AssetGraph, SourceError> {
    let path = manifest_in(path)?;
    graph_of(file::contents(&path, limits)?, path, kind, limits)
}

fn graph_of(
    contents: Contents,
    path: PathBuf,
    kind: SourceKind,
    limits: &Limits,
) -> Result<AssetGraph, SourceError> {
    if is_columnar(contents.as_ref(), kind) {
        let graph = open_columnar(contents, &path, limits)?.into_graph();
        return graph.map_err(|error| SourceError::Columnar { path, error });
    }
    if matches!(kind, SourceKind::Auto | SourceKind::Snapshot) && parquet::looks_like(contents.as_ref()) {
        return parquet::read(contents, limits).map_err(|error| SourceError::Rows { path, error });
    }
    parse(contents.as_ref(), kind, limits).map_err(|error| SourceError::Load { path, error })
}

/// Returns what differs between two files, and reads of them only what it has to.
///
/// Columnar snapshots are compared as they lie, and if one of them is in object storage, only the parts of it are fetched
/// that differ. Of two snapshots in JSON, two dbt manifests and two Dagster
/// repositories, only the definitions are read whose text is not in both; in snapshots, white space between tokens
/// does not count, and in manifests what dbt writes anew each time, as `created_at`. What is the same in both is not
/// validated, [`ChangeSet::graphs`] is `None`, of the undefined upstreams only
/// those are listed that head does not define any more or is the first to name, and of Dagster's warnings only
/// those of what was read. All other inputs, those that have little in common, and those in which something is
/// wrong, are read whole, as by [`read_pair`], and compared.
///
/// # Errors
/// Those of [`read_pair`].
pub fn changes(
    base: &Path,
    head: &Path,
    kind: SourceKind,
    limits: &Limits,
    options: &DiffOptions,
) -> Result<ChangeSet, SourceError> {
    let (base, head) = (manifest_in(base)?, manifest_in(head)?);
    if let Some(changes) = remote::changes(&base, &head, kind, limits, options)? {
        return Ok(changes);
    }
    let (old, new) = both(|| file::contents(&base, limits), || file::contents(&head, limits));
    let (old, new) = (old?, new?);
    let are = |is: fn(&[u8], SourceKind) -> bool| is(old.as_ref(), kind) && is(new.as_ref(), kind);
    if are(is_columnar) {
        return columnar_changes(old, base, new, head, limits, options);
    }
    let few = match () {
        () if are(is_repository) => dagster::changes(old.as_ref(), new.as_ref(), limits, options),
        () if are(is_snapshot) => parts::changes(old.as_ref(), new.as_ref(), limits, options),
        () if are(is_manifest) => dbt::changes(old.as_ref(), new.as_ref(), limits, options),
        () => None,
    };
    if let Some(changes) = few {
        return Ok(changes);
    }
    let (base, head) = pair_of(old, base, new, head, kind, limits)?;
    Ok(diff(&base, &head, options))
}

fn columnar_changes(
    old: Contents,
    base: PathBuf,
    new: Contents,
    head: PathBuf,
    limits: &Limits,
    options: &DiffOptions,
) -> Result<ChangeSet, SourceError> {
    let old = open_columnar(old, &base, limits)?;
    let new = open_columnar(new, &head, limits)?;
    old.diff(&new, options).map_err(|error| {
        // Whichever of them is damaged, verifying tells.
        let path = if old.verify().is_err() { base } else { head };
        SourceError::Columnar { path, error }
    })
}

fn open_columnar(contents: Contents, path: &Path, limits: &Limits) -> Result<ColumnarSnapshot, SourceError> {
    let path = || path.to_owned();
    let snapshot = ColumnarSnapshot::open(contents);
    let snapshot = snapshot.map_err(|error| SourceError::Columnar { path: path(), error })?;
    let limit = limits.max_assets;
    if snapshot.len() as u64 > limit {
        let error = LimitError { kind: LimitKind::Assets, limit }.into();
        return Err(SourceError::Load { path: path(), error });
    }
    Ok(snapshot)
}

fn is_snapshot(bytes: &[u8], kind: SourceKind) -> bool {
    match kind {
        SourceKind::Snapshot => true,
        SourceKind::Auto => !dbt::looks_like_manifest(bytes) && !dagster::looks_like_repository(bytes),
        SourceKind::Dbt | SourceKind::Dagster => false,
    }
}

/// Returns whether both files are columnar snapshots, by their first bytes.
pub fn are_columnar(base: &Path, head: &Path) -> bool {
    let is_columnar = |path: &Path| {
        if remote::is_place(path) {
            return remote::is_columnar(path);
        }
        let mut first = [0; 8];
        let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
        let mut read = |path| File::open(path).and_then(|mut file| file.read_exact(&mut first));
        is_file && read(path).is_ok() && ColumnarSnapshot::looks_like(&first)
    };
    is_columnar(base) && is_columnar(head)
}

pub(crate) fn is_columnar(bytes: &[u8], kind: SourceKind) -> bool {
    matches!(kind, SourceKind::Auto | SourceKind::Snapshot) && ColumnarSnapshot::looks_like(bytes)
}

/// Writes a snapshot whole or not at all: in columns if the name ends in `.assets`, as Parquet if it ends in
/// `.parquet`, else in JSON, and compressed if it ends in `.zst` or `.gz` (`.assets.zst` is both); `-` is standard
/// output.
///
/// # Errors
/// Those of [`file::write`].
pub fn write(path: &Path, graph: &AssetGraph) -> Result<(), FileError> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let has_ending = |wanted| name.split('.').skip(1).any(|ending| ending == wanted);
    file::write(path, |out| match () {
        () if has_ending("assets") => graph.write_columns(out),
        () if has_ending("parquet") => parquet::write(graph, out),
        () => graph.write_json(out),
    })
}

/// Reads the two sides of a comparison at the same time, each as [`read`] does.
///
/// What two snapshots in JSON, dbt manifests or Dagster repositories have in common is read once.
///
/// # Errors
/// [`SourceError`] of base, or else of head.
pub fn read_pair(
    base: &Path,
    head: &Path,
    kind: SourceKind,
    limits: &Limits,
) -> Result<(AssetGraph, AssetGraph), SourceError> {
    let (base, head) = (manifest_in(base)?, manifest_in(head)?);
    let (old, new) = both(|| file::contents(&base, limits), || file::contents(&head, limits));
    pair_of(old?, base, new?, head, kind, limits)
}

fn pair_of(
    old: Contents,
    base: PathBuf,
    new: Contents,
    head: PathBuf,
    kind: SourceKind,
    limits: &Limits,
) -> Result<(AssetGraph, AssetGraph), SourceError> {
    if let Some((old, new)) = graphs_of(old.as_ref(), new.as_ref(), kind, limits) {
        let old = old.map_err(|error| SourceError::Load { path: base, error })?;
        return Ok((old, new.map_err(|error| SourceError::Load { path: head, error })?));
    }
    let (old, new) = both(|| graph_of(old, base, kind, limits), || graph_of(new, head, kind, limits));
    Ok((old?, new?))
}

/// Reads both sides of a comparison from their texts at the same time, each as [`parse`] does.
///
/// # Errors
/// Those of [`parse`], for each of the two.
pub fn parse_pair(
    base: &[u8],
    head: &[u8],
    kind: SourceKind,
    limits: &Limits,
) -> (Result<AssetGraph, LoadError>, Result<AssetGraph, LoadError>) {
    graphs_of(base, head, kind, limits)
        .unwrap_or_else(|| both(|| parse(base, kind, limits), || parse(head, kind, limits)))
}

type Loaded = Result<AssetGraph, LoadError>;

/// Reads what two texts of one kind have in common once; `None` if each must be read for itself.
fn graphs_of(base: &[u8], head: &[u8], kind: SourceKind, limits: &Limits) -> Option<(Loaded, Loaded)> {
    let are = |is: fn(&[u8], SourceKind) -> bool| is(base, kind) && is(head, kind);
    if are(is_repository) {
        return Some(dagster::pair(base, head, limits));
    }
    let graphs = match () {
        () if are(is_snapshot) => parts::pair(base, head, limits),
        () if are(is_manifest) => dbt::pair(base, head, limits),
        () => None,
    };
    graphs.map(|(base, head)| (Ok(base), Ok(head)))
}

fn is_manifest(text: &[u8], kind: SourceKind) -> bool {
    match kind {
        SourceKind::Dbt => true,
        SourceKind::Auto => dbt::looks_like_manifest(text),
        SourceKind::Snapshot | SourceKind::Dagster => false,
    }
}

fn is_repository(text: &[u8], kind: SourceKind) -> bool {
    match kind {
        SourceKind::Dagster => true,
        SourceKind::Auto => !dbt::looks_like_manifest(text) && dagster::looks_like_repository(text),
        SourceKind::Snapshot | SourceKind::Dbt => false,
    }
}

/// Reads an asset graph from the text of a snapshot, a dbt manifest or a Dagster repository; columnar
/// snapshots are [opened](ColumnarSnapshot::open), not parsed.
///
/// # Errors
/// [`LoadError`], which names the place.
pub fn parse(bytes: &[u8], kind: SourceKind, limits: &Limits) -> Result<AssetGraph, LoadError> {
    match kind {
        SourceKind::Dbt => dbt::graph(bytes, limits),
        SourceKind::Dagster => dagster::graph(bytes, None, limits),
        SourceKind::Auto if is_manifest(bytes, kind) => dbt::graph(bytes, limits),
        SourceKind::Auto if is_repository(bytes, kind) => dagster::graph(bytes, None, limits),
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
