//! Looking whether everything is there, as it was written.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::StoreError;
use crate::log::{self, Version};
use crate::object::{Digest, unseal};
use crate::store::{HEADER, Store, read_header};

/// What is in a store.
#[derive(Debug, Default)]
pub struct Verified {
    /// Deployments.
    pub deployments: u64,
    /// Entries of their logs.
    pub versions: u64,
    /// Objects.
    pub objects: u64,
    /// The bytes of everything.
    pub bytes: u64,
    /// Everything that is wrong, in the order of the paths.
    pub problems: Vec<StoreError>,
}

impl Store {
    /// Reads everything in the store and compares it with its name and its fingerprint.
    ///
    /// # Errors
    /// [`StoreError::Storage`] if the storage does not answer. What is wrong with the content is in the result.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        self.block_on(self.verify_async())
    }

    async fn verify_async(&self) -> Result<Verified, StoreError> {
        let mut found = Verified::default();
        let mut problems = BTreeMap::<String, StoreError>::new();
        for problem in self.wrong_header().await?.into_iter().chain(self.wrong_prunes().await?) {
            problems.insert(problem.to_string(), problem);
        }
        let mut logs = BTreeMap::<String, Vec<(Version, Digest)>>::new();
        for (path, bytes) in self.backend.list("deployments").await? {
            found.bytes += bytes;
            match self.backend.entry(&path).await {
                Ok(Some(entry)) => {
                    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                    logs.entry(folder.to_owned()).or_default().push(entry);
                }
                Ok(None) => {}
                Err(error @ StoreError::Storage { .. }) => return Err(error),
                Err(error) => drop(problems.insert(path, error)),
            }
        }
        let objects = self.backend.list("objects").await?;
        found.objects = objects.len() as u64;
        for (path, bytes) in &objects {
            found.bytes += bytes;
            let problem = match Digest::of_path(path) {
                Some(digest) => self.backend.object(digest).await.err(),
                None => {
                    let reason = "a file that is no object".to_owned();
                    Some(StoreError::Corrupt { path: path.clone(), reason })
                }
            };
            match problem {
                None => {}
                Some(error @ StoreError::Storage { .. }) => return Err(error),
                Some(error) => drop(problems.insert(path.clone(), error)),
            }
        }
        let there: BTreeSet<Digest> = objects.iter().filter_map(|(path, _)| Digest::of_path(path)).collect();
        found.deployments = logs.len() as u64;
        for problem in self.wrong_newest(&logs).await? {
            problems.insert(problem.to_string(), problem);
        }
        let mut snapshots = BTreeMap::new();
        let is_pruned = self.prunes().await?.0 > 0;
        for entries in logs.values() {
            found.versions += entries.len() as u64;
            for problem in log::check_chain(entries, is_pruned) {
                problems.insert(problem.to_string(), problem);
            }
            for (version, _) in entries {
                snapshots.insert(version.snapshot, version.clone());
            }
        }
        let mut whole = BTreeSet::new();
        for (snapshot, version) in &snapshots {
            let reached = match self.backend.reach(*snapshot).await {
                Ok(reached) => reached,
                Err(error @ StoreError::Storage { .. }) => return Err(error),
                Err(error) => {
                    problems.entry(snapshot.path()).or_insert(error);
                    continue;
                }
            };
            for missing in reached.difference(&there) {
                let reason = format!("nothing, and {}@{} needs it", version.deployment, version.number);
                let error = StoreError::Corrupt { path: missing.path(), reason };
                problems.entry(missing.path()).or_insert(error);
            }
            whole.insert(*snapshot);
        }
        // What is whole by its parts is read once more as a graph: the newest version of each deployment.
        for (version, _) in logs.values().filter_map(|entries| entries.last()) {
            if problems.is_empty() && whole.remove(&version.snapshot) {
                match self.backend.graph(version.snapshot, version.provenance.clone()).await {
                    Ok(graph) if graph.fingerprint() == version.fingerprint => {}
                    Ok(_) => {
                        let path = log::path(&version.deployment, version.number);
                        let reason = "another fingerprint than its graph has".to_owned();
                        problems.insert(path.clone(), StoreError::Corrupt { path, reason });
                    }
                    Err(error @ StoreError::Storage { .. }) => return Err(error),
                    Err(error) => drop(problems.insert(version.snapshot.path(), error)),
                }
            }
        }
        found.problems = problems.into_values().collect();
        Ok(found)
    }

    /// What is wrong with what the store says of itself.
    async fn wrong_header(&self) -> Result<Option<StoreError>, StoreError> {
        let text = self.backend.get(HEADER).await?.unwrap_or_default();
        let corrupt =
            |reason: &str| StoreError::Corrupt { path: HEADER.to_owned(), reason: reason.to_owned() };
        Ok(match read_header(&text) {
            Err(error) => Some(error),
            Ok(salt) if salt != self.salt => Some(corrupt("another salt than when it was opened")),
            Ok(_) => None,
        })
    }

    /// What is wrong with the notes of prunes. One that has begun last and not ended may be running.
    async fn wrong_prunes(&self) -> Result<Vec<StoreError>, StoreError> {
        let mut problems = Vec::new();
        let paths: Vec<String> =
            self.backend.list("prunes").await?.into_iter().map(|(path, _)| path).collect();
        let begun = paths.iter().filter(|path| path.ends_with(".begin")).count();
        let expected = |number: usize| format!("prunes/{number:010}");
        let all: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
        let mut wrong = |path: String, reason: &str| {
            problems.push(StoreError::Corrupt { path, reason: reason.to_owned() });
        };
        for number in 1..=begun {
            let [begin, end] = ["begin", "end"].map(|what| format!("{}.{what}", expected(number)));
            if !all.contains(begin.as_str()) {
                wrong(begin.clone(), "nothing");
            } else if let Some(bytes) = self.backend.get(&begin).await?
                && let Err(reason) = unseal(&bytes)
            {
                wrong(begin.clone(), reason);
            }
            if number < begun && !all.contains(end.as_str()) {
                wrong(end, "nothing, and a later prune began");
            }
        }
        for path in &paths {
            let is_begin = path.ends_with(".begin");
            let has_begun =
                path.strip_suffix(".end").is_some_and(|stem| all.contains(format!("{stem}.begin").as_str()));
            if !is_begin && !has_begun {
                wrong(path.clone(), "a file that is no prune's");
            } else if !is_begin && self.backend.get(path).await?.is_some_and(|bytes| !bytes.is_empty()) {
                wrong(path.clone(), "something, and nothing was written there");
            }
        }
        Ok(problems)
    }

    /// The logs whose newest entry is gone.
    async fn wrong_newest(
        &self,
        logs: &BTreeMap<String, Vec<(Version, Digest)>>,
    ) -> Result<Vec<StoreError>, StoreError> {
        let mut problems = Vec::new();
        for (path, _) in self.backend.list("newest").await? {
            let folder = path.replacen("newest/", "deployments/", 1);
            match self.backend.noted_newest(&path).await {
                Ok(noted) => {
                    let newest =
                        logs.get(&folder).and_then(|log| log.last()).map_or(0, |(last, _)| last.number);
                    if let Some(noted) = noted.filter(|&noted| noted > newest) {
                        let path = log::path_in(&folder, noted);
                        problems.push(StoreError::Corrupt {
                            path,
                            reason: "nothing, and it was acknowledged".to_owned(),
                        });
                    }
                }
                Err(error @ StoreError::Corrupt { .. }) => problems.push(error),
                Err(error) => return Err(error),
            }
        }
        Ok(problems)
    }
}
