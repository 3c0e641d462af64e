//! Single files in object storage, of which parts can be read.

use std::future::Future;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use assetdiff::RangeRead;
use object_store::{Error, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt, coalesce_ranges};

use crate::backend;

/// What lies between two ranges is fetched with them if it is no more: about what a connection brings while another
/// request would be answered.
const GAP: u64 = 128 << 10;

/// A file in object storage: at `s3://bucket/path`, `gs://…` or `az://…` with the feature `cloud`, or at `file:///path`.
///
/// All that is read of it is of one version: if it is replaced in the meantime, reading fails.
///
/// ```
/// use assetdiff::{AssetGraph, DiffOptions, Limits, RangedSnapshot};
/// use assetdiff_store::RemoteFile;
///
/// let folder = tempfile::tempdir()?;
/// let stored = |name: &str, json: &str| -> Result<RemoteFile, Box<dyn std::error::Error>> {
///     let path = folder.path().join(name);
///     AssetGraph::from_json(json.as_bytes(), &Limits::default())?.write_columns(std::fs::File::create(&path)?)?;
///     Ok(RemoteFile::open(&format!("file://{}", path.display()), &[])?)
/// };
/// let base = stored("base.assets", r#"{"format_version": "1.0", "assets": [{"key": ["a"]}]}"#)?;
/// let head = stored("head.assets", r#"{"format_version": "1.0", "assets": []}"#)?;
/// let (base, head) = (RangedSnapshot::open(base)?, RangedSnapshot::open(head)?);
/// let changes = base.diff(&head, &DiffOptions::default(), &Limits::default())?;
/// assert_eq!(changes.summary().removed, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RemoteFile {
    store: Arc<dyn ObjectStore>,
    meta: ObjectMeta,
    runtime: tokio::runtime::Runtime,
    read: AtomicU64,
}

impl RemoteFile {
    /// Returns whether a text is the place of a remote file, by its scheme.
    pub fn is_place(text: &str) -> bool {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        scheme.is_some_and(|scheme| scheme == "file" || backend::is_cloud(scheme))
    }

    /// Finds a file, with the [settings](crate::Store::settings) that a caller found in its environment.
    ///
    /// # Errors
    /// [`io::Error`] if there is none or the storage refuses.
    pub fn open(place: &str, settings: &[(String, String)]) -> io::Result<Self> {
        let url = url::Url::parse(place).map_err(io::Error::other)?;
        let found = match url.scheme() {
            "file" => object_store::parse_url(&url),
            scheme if backend::is_cloud(scheme) => backend::cloud(&url, settings),
            _ => return Err(io::Error::other("expected s3://, gs://, az:// or file://")),
        };
        let (store, path) = found.map_err(io_error)?;
        let store: Arc<dyn ObjectStore> = store.into();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let meta = runtime.block_on(store.head(&path)).map_err(io_error)?;
        Ok(Self { store, meta, runtime, read: AtomicU64::new(0) })
    }

    /// Reads the whole file.
    ///
    /// # Errors
    /// [`io::Error`] if the storage refuses, or if the file is another one by now.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        let bytes = self.runtime.block_on(self.get(GetOptions::new())).map_err(io_error)?;
        Ok(bytes.into())
    }

    /// Returns how many bytes were read of it.
    pub fn traffic(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Reads of the version that was found.
    fn get(&self, options: GetOptions) -> impl Future<Output = Result<bytes::Bytes, Error>> + Send + '_ {
        let mut options = options;
        options.if_match.clone_from(&self.meta.e_tag);
        async move {
            let bytes = self.store.get_opts(&self.meta.location, options).await?.bytes().await?;
            self.read.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            Ok(bytes)
        }
    }
}

impl RangeRead for RemoteFile {
    type Part = bytes::Bytes;

    fn size(&self) -> u64 {
        self.meta.size
    }

    fn read_ranges(&self, ranges: &[Range<u64>]) -> io::Result<Vec<bytes::Bytes>> {
        // No storage has a range without bytes.
        let wanted: Vec<_> = ranges.iter().filter(|range| !range.is_empty()).cloned().collect();
        let fetch = |range: Range<u64>| self.get(GetOptions::new().with_range(Some(range)));
        let fetched = self.runtime.block_on(coalesce_ranges(&wanted, fetch, GAP)).map_err(io_error)?;
        let mut fetched = fetched.into_iter();
        let mut part = |range: &Range<u64>| if range.is_empty() { None } else { fetched.next() };
        Ok(ranges.iter().map(|range| part(range).unwrap_or_default()).collect())
    }
}

impl std::fmt::Debug for RemoteFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RemoteFile({}, {} bytes)", self.meta.location, self.meta.size)
    }
}

fn io_error(error: Error) -> io::Error {
    let kind = match &error {
        Error::NotFound { .. } => io::ErrorKind::NotFound,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => io::ErrorKind::PermissionDenied,
        Error::Precondition { .. } => {
            return io::Error::other("it was replaced while it was read: try again");
        }
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, backend::reason(&error))
}
