//! Removing what nobody needs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use assetdiff::Timestamp;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::backend::{CONCURRENCY, Created};
use crate::error::StoreError;
use crate::log::{self, Version};
use crate::name::DeploymentName;
use crate::object::{Digest, seal, unseal};
use crate::store::Store;

/// How often a prune begins anew because something was missing.
const ATTEMPTS: u32 = 8;

/// What a prune removes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Prune {
    /// The time; ages are counted up to it.
    pub at: Timestamp,
    /// Deployments that are closed for this many seconds are removed.
    pub closed_for: u64,
    /// Deployments without a push for this many seconds are closed; none if `None`.
    pub idle_for: Option<u64>,
    /// Deployments that are never closed or removed.
    pub keep: BTreeSet<DeploymentName>,
    /// Only tell what would be removed.
    pub dry_run: bool,
    /// End a prune that did not come to its end.
    pub force: bool,
}

impl Prune {
    /// Returns a prune of what is closed for a week at a time; `prod` is kept.
    pub fn at(at: Timestamp) -> Self {
        Self {
            at,
            closed_for: 7 * 24 * 3600,
            idle_for: None,
            keep: DeploymentName::new("prod").into_iter().collect(),
            dry_run: false,
            force: false,
        }
    }
}

/// What a prune removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Deployments that were closed because nobody pushed to them.
    pub closed: Vec<DeploymentName>,
    /// Deployments that were removed.
    pub removed: Vec<DeploymentName>,
    /// Objects that nothing named.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Store {
    /// Closes deployments that are idle, removes those that are closed for long, and then the objects that nothing names.
    ///
    /// A push that goes on meanwhile notices it and writes again what was removed under it. One prune runs at a time.
    ///
    /// # Errors
    /// [`StoreError::PruneRunning`] if another one did not end; [`StoreError`].
    pub fn prune(&self, prune: &Prune) -> Result<Pruned, StoreError> {
        self.block_on(self.prune_async(prune))
    }

    async fn prune_async(&self, prune: &Prune) -> Result<Pruned, StoreError> {
        let mut pruned = Pruned::default();
        let logs = self.logs().await?;
        let mut kept = Vec::new();
        let mut removed = Vec::new();
        for entries in logs.into_values() {
            let Some((newest, _)) = entries.last() else { continue };
            let age = seconds_between(&newest.at, &prune.at);
            let is_kept = prune.keep.contains(&newest.deployment);
            if !is_kept && newest.closed && age >= prune.closed_for {
                pruned.removed.push(newest.deployment.clone());
                removed.push(entries);
                continue;
            }
            if !is_kept && !newest.closed && prune.idle_for.is_some_and(|idle| age >= idle) {
                pruned.closed.push(newest.deployment.clone());
                if !prune.dry_run {
                    self.backend.close(&newest.deployment, prune.at).await?;
                }
            }
            kept.push(entries);
        }
        if prune.dry_run {
            let unused = self.unused(kept.iter().flatten()).await?;
            (pruned.objects, pruned.bytes) = count(&unused);
            return Ok(pruned);
        }
        for attempt in 0.. {
            let marker = self.begin_prune(prune).await?;
            let unused = self.remove(&std::mem::take(&mut removed)).await;
            // Pushes go on whatever came of it: they write again what they name.
            self.backend.create(&format!("{marker}.end"), Vec::new()).await?;
            match unused {
                // A push whose objects the prune before took writes them again, which it does when none is running.
                Err(error) if error.is_missing() && attempt < ATTEMPTS => {}
                unused => {
                    (pruned.objects, pruned.bytes) = unused?;
                    break;
                }
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Ok(pruned)
    }

    /// Removes logs, and then the objects that nothing names; returns how many and their bytes.
    async fn remove(&self, logs: &[Vec<(Version, Digest)>]) -> Result<(u64, u64), StoreError> {
        // From here on every push waits or notices; what it appended before is seen now.
        for (version, _) in logs.iter().filter_map(|entries| entries.last()) {
            // What says that there are entries goes before they do.
            self.backend.delete(&log::newest_path(&log::folder(&version.deployment))).await?;
        }
        for (version, _) in logs.iter().flatten() {
            // The newest entry, which says that it is closed, goes last.
            self.backend.delete(&log::path(&version.deployment, version.number)).await?;
        }
        let logs = self.logs().await?;
        let unused = self.unused(logs.values().flatten()).await?;
        let deletes = unused.iter().map(|(path, _)| self.backend.delete(path));
        stream::iter(deletes).buffer_unordered(CONCURRENCY).try_collect::<()>().await?;
        self.remove_leavings()?;
        Ok(count(&unused))
    }

    /// How many prunes have ended, and when the one began that has not.
    pub(crate) async fn prunes(&self) -> Result<(usize, Option<String>), StoreError> {
        let paths: BTreeSet<String> =
            self.backend.list("prunes").await?.into_iter().map(|(p, _)| p).collect();
        let begun: Vec<&String> = paths.iter().filter(|path| path.ends_with(".begin")).collect();
        let running = begun.iter().find(|path| !paths.contains(&path.replace(".begin", ".end")));
        let running = match running {
            None => None,
            Some(path) => {
                let sealed = self.backend.get(path).await?.unwrap_or_default();
                let at = unseal(&sealed).map_or(&[][..], |(at, _)| at);
                Some(assetdiff::escape_hidden(&String::from_utf8_lossy(at)).into_owned())
            }
        };
        Ok((begun.len() - usize::from(running.is_some()), running))
    }

    async fn begin_prune(&self, prune: &Prune) -> Result<String, StoreError> {
        let paths = self.backend.list("prunes").await?;
        let (_, running) = self.prunes().await?;
        if let Some(began) = running {
            if !prune.force {
                return Err(StoreError::PruneRunning { began });
            }
            for (path, _) in &paths {
                if path.ends_with(".begin") {
                    self.backend.create(&path.replace(".begin", ".end"), Vec::new()).await?;
                }
            }
        }
        let number = paths.iter().filter(|(path, _)| path.ends_with(".begin")).count() + 1;
        let marker = format!("prunes/{number:010}");
        let at = serde_json::to_string(&prune.at).unwrap_or_default();
        match self.backend.create(&format!("{marker}.begin"), seal(at.as_bytes())).await? {
            Created::Yes => Ok(marker),
            Created::AlreadyThere => Err(StoreError::PruneRunning { began: at }),
        }
    }

    /// All entries of all logs, by folder.
    async fn logs(&self) -> Result<BTreeMap<String, Vec<(Version, Digest)>>, StoreError> {
        let paths: Vec<String> = (self.backend.list("deployments").await?.into_iter())
            .map(|(path, _)| path)
            .filter(|path| log::number_of(path).is_some())
            .collect();
        let entries = paths.iter().map(|path| self.backend.entry(path));
        let entries: Vec<_> = stream::iter(entries).buffered(CONCURRENCY).try_collect().await?;
        let mut logs = BTreeMap::<String, Vec<(Version, Digest)>>::new();
        for (path, entry) in paths.iter().zip(entries) {
            if let (Some(entry), Some((folder, _))) = (entry, path.rsplit_once('/')) {
                logs.entry(folder.to_owned()).or_default().push(entry);
            }
        }
        Ok(logs)
    }

    /// The objects that no version names.
    async fn unused(
        &self,
        named: impl Iterator<Item = &(Version, Digest)>,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let snapshots: BTreeSet<Digest> = named.map(|(version, _)| version.snapshot).collect();
        let mut used = BTreeSet::new();
        for snapshot in snapshots {
            used.extend(self.backend.reach(snapshot).await?);
        }
        let all = self.backend.list("objects").await?;
        Ok(all
            .into_iter()
            .filter(|(path, _)| Digest::of_path(path).is_none_or(|d| !used.contains(&d)))
            .collect())
    }

    /// Removes what writers that were killed left in a folder: half-written files, which nothing reads.
    fn remove_leavings(&self) -> Result<(), StoreError> {
        let Some(folder) = &self.backend.folder else { return Ok(()) };
        let mut folders = ["objects", "deployments", "newest"].map(|name| folder.join(name)).to_vec();
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let is_staged =
                    name.rsplit_once('#').is_some_and(|(_, n)| n.bytes().all(|b| b.is_ascii_digit()));
                let is_old = |age: std::time::Duration| age.as_secs() > 24 * 3600;
                let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|m| m.elapsed().ok());
                if entry.file_type().is_ok_and(|t| t.is_dir()) {
                    folders.push(entry.path());
                } else if is_staged && age.is_some_and(is_old) {
                    let _ = std::fs::remove_file(entry.path());
                }
            }
        }
        Ok(())
    }
}

fn count(unused: &[(String, u64)]) -> (u64, u64) {
    (unused.len() as u64, unused.iter().map(|(_, bytes)| bytes).sum())
}

/// The seconds from one time to another; none if a clock went back.
fn seconds_between(from: &Timestamp, to: &Timestamp) -> u64 {
    let nanoseconds = to.unix_nanoseconds().saturating_sub(from.unix_nanoseconds());
    u64::try_from(nanoseconds / 1_000_000_000).unwrap_or(0)
}
