//! Where a store is: a folder, or a bucket.

use std::path::Path as FilePath;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutPayload};

use crate::error::StoreError;

/// How many requests are under way at once.
pub(crate) const CONCURRENCY: usize = 16;

/// Bytes that went to a store and came from it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes of objects written.
    pub written: u64,
    /// Bytes of objects read.
    pub read: u64,
}

pub(crate) struct Backend {
    store: Arc<dyn ObjectStore>,
    /// The folder, if it is one.
    pub(crate) folder: Option<std::path::PathBuf>,
    written: AtomicU64,
    read: AtomicU64,
}

/// What became of writing something that must not be there.
pub(crate) enum Created {
    Yes,
    AlreadyThere,
}

impl Backend {
    /// Opens a folder path, `file://`, or with the feature `cloud` `s3://`, `gs://` and `az://`, with the
    /// settings that a caller found in its environment (`AWS_ACCESS_KEY_ID`, …).
    pub(crate) fn open(place: &str, settings: &[(String, String)]) -> Result<Self, StoreError> {
        let error = |reason: String| StoreError::Url { url: without_user(place), reason };
        let scheme = place.split_once("://").map(|(scheme, _)| scheme);
        let (store, folder): (Arc<dyn ObjectStore>, _) = match scheme {
            None | Some("file") => {
                let folder = place.strip_prefix("file://").unwrap_or(place);
                let folder = FilePath::new(folder);
                std::fs::create_dir_all(folder).map_err(|e| error(e.to_string()))?;
                let store = LocalFileSystem::new_with_prefix(folder).map_err(|e| error(e.to_string()))?;
                (Arc::new(store.with_fsync(true)), Some(folder.to_owned()))
            }
            Some(scheme) if is_cloud(scheme) => {
                let url = url::Url::parse(place).map_err(|e| error(e.to_string()))?;
                let (store, below) = cloud(&url, settings).map_err(|e| error(e.to_string()))?;
                (Arc::new(PrefixStore::new(store, below)), None)
            }
            Some(_) => return Err(error("no such scheme".to_owned())),
        };
        Ok(Self { store, folder, written: AtomicU64::new(0), read: AtomicU64::new(0) })
    }

    pub(crate) fn traffic(&self) -> Traffic {
        Traffic { written: self.written.load(Ordering::Relaxed), read: self.read.load(Ordering::Relaxed) }
    }

    /// Writes an object, whole or not at all.
    pub(crate) async fn put(&self, path: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.written.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let put = self.store.put(&Path::from(path), PutPayload::from(bytes)).await;
        put.map(drop).map_err(|e| storage("write", path, &e))
    }

    /// Writes an object if there is none.
    pub(crate) async fn create(&self, path: &str, bytes: Vec<u8>) -> Result<Created, StoreError> {
        self.written.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let put = self.store.put_opts(&Path::from(path), bytes.into(), PutMode::Create.into()).await;
        match put {
            Ok(_) => Ok(Created::Yes),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(Created::AlreadyThere),
            Err(e) => Err(storage("write", path, &e)),
        }
    }

    /// Reads an object; `None` if there is none.
    pub(crate) async fn get(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = match self.store.get(&Path::from(path)).await {
            Ok(found) => found.bytes().await,
            Err(e) => Err(e),
        };
        match bytes {
            Ok(bytes) => {
                self.read.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                Ok(Some(bytes.to_vec()))
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(storage("read", path, &e)),
        }
    }

    /// Removes an object; it is no error if it is gone.
    pub(crate) async fn delete(&self, path: &str) -> Result<(), StoreError> {
        match self.store.delete(&Path::from(path)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(storage("remove", path, &e)),
        }
    }

    /// Lists the paths below a folder with their bytes, sorted.
    pub(crate) async fn list(&self, below: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let found: Result<Vec<ObjectMeta>, _> = self.store.list(Some(&Path::from(below))).try_collect().await;
        let found = match found {
            // A folder that vanishes while it is read is empty.
            Err(Error::NotFound { .. }) => Vec::new(),
            found => found.map_err(|e| storage("list", below, &e))?,
        };
        let mut paths: Vec<_> =
            found.into_iter().map(|meta| (meta.location.to_string(), meta.size)).collect();
        paths.sort();
        Ok(paths)
    }
}

/// Whether a scheme is one of object storage.
pub(crate) fn is_cloud(scheme: &str) -> bool {
    matches!(scheme, "s3" | "s3a" | "gs" | "az" | "azure" | "abfs" | "abfss")
}

/// The bucket of a URL, and the path in it.
type Place = (Box<dyn ObjectStore>, Path);

#[cfg(feature = "cloud")]
pub(crate) fn cloud(url: &url::Url, settings: &[(String, String)]) -> Result<Place, Error> {
    // One implementation of TLS for everything; it is there already if another store was opened.
    let _ = rustls::crypto::ring::default_provider().install_default();
    object_store::parse_url_opts(url, settings.iter().cloned())
}

#[cfg(not(feature = "cloud"))]
pub(crate) fn cloud(_: &url::Url, _: &[(String, String)]) -> Result<Place, Error> {
    Err(Error::Generic { store: "cloud", source: "this build has no object storage".into() })
}

/// A URL may hold a password.
fn without_user(place: &str) -> String {
    match (place.find("://"), place.rfind('@')) {
        (Some(start), Some(at)) if at > start => format!("{}://…{}", &place[..start], &place[at..]),
        _ => assetdiff::escape_hidden(place).into_owned(),
    }
}

fn storage(doing: &str, path: &str, error: &Error) -> StoreError {
    StoreError::Storage { doing: format!("{doing} {path} in the store"), reason: reason(error) }
}

/// The words of other crates go through many layers; the innermost says what happened.
pub(crate) fn reason(error: &Error) -> String {
    let mut reason = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let inner_words = inner.to_string();
        if !reason.contains(&inner_words) {
            reason = format!("{reason}: {inner_words}");
        }
        source = inner.source();
    }
    assetdiff::escape_hidden(&reason).into_owned()
}
