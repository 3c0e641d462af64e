//! Appending a version to a deployment.

use std::collections::BTreeSet;
use std::time::Duration;

use assetdiff::{AssetGraph, Timestamp};

use crate::error::StoreError;
use crate::log::{Draft, Origin, SnapshotBase, Version};
use crate::name::DeploymentName;
use crate::object::{Digest, Object};
use crate::redact::Redaction;
use crate::store::Store;
use crate::tree::{Encoded, encode};

/// How often a push is tried if others are quicker.
const MAX_ATTEMPTS: u32 = 64;

/// How often it is looked whether a prune has ended.
const PRUNE_LOOKS: u32 = 120;

/// What is pushed besides the graph.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Push {
    /// The time to note.
    pub at: Timestamp,
    /// The deployment to compare with; that of the version before, or the default, if not stated.
    pub base: Option<DeploymentName>,
    /// The deployment to compare with where nothing states one: that of the project; `prod` if `None`.
    pub default_base: Option<DeploymentName>,
    /// When the base's version is pinned; as at the version before if not stated.
    pub snapshot_base: Option<SnapshotBase>,
    /// The version to pin where one is pinned; the newest one if not stated.
    pub pin: Option<u64>,
    /// The commit, the branch and so on.
    pub origin: Origin,
    /// What is redacted before anything is written.
    pub redaction: Redaction,
}

impl Push {
    /// Returns a push at a time that states nothing else: the base is `prod`, and what looks like a credential is
    /// redacted.
    pub fn at(at: Timestamp) -> Self {
        Self {
            at,
            base: None,
            default_base: None,
            snapshot_base: None,
            pin: None,
            origin: Origin::default(),
            redaction: Redaction::default(),
        }
    }
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The new version.
    pub version: Version,
    /// How often another push was quicker.
    pub retries: u32,
    /// Whether the graph is that of the version before.
    pub unchanged: bool,
}

impl Store {
    /// Appends a graph to the log of a deployment, which is created if there is none or it is closed.
    ///
    /// Objects come first and the entry of the log last, so that a push that ends early leaves nothing that is
    /// read. Only objects that neither the version before nor the base has are written.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was appended, except where [`StoreError::PruneRunning`] says so.
    pub fn push(&self, name: &DeploymentName, graph: &AssetGraph, push: &Push) -> Result<Pushed, StoreError> {
        let Redacted { graph: redacted_graph, redacted } = self.redacted(graph, &push.redaction)?;
        let graph = redacted_graph.as_ref().unwrap_or(graph);
        let encoded = encode(graph)?;
        self.block_on(self.push_encoded(name, graph, &encoded, redacted, push))
    }

    async fn push_encoded(
        &self,
        name: &DeploymentName,
        graph: &AssetGraph,
        encoded: &Encoded,
        redacted: u64,
        push: &Push,
    ) -> Result<Pushed, StoreError> {
        let mut retries = 0;
        let mut prunes = self.wait_for_prunes().await?;
        // What was written since the last prune need not be written again.
        let mut written: BTreeSet<Digest> = BTreeSet::new();
        loop {
            let latest = self.backend.latest(name).await?;
            let open = latest.as_ref().map(|(version, _)| version).filter(|version| !version.closed);
            let before = open.and_then(|open| open.base.as_ref());
            let base_name = match push.base.as_ref().or(before).or(push.default_base.as_ref()) {
                Some(base) => base.clone(),
                None => DeploymentName::new("prod")?,
            };
            let base_name = Some(base_name).filter(|base| base != name);
            let base = match &base_name {
                Some(base) => self.backend.latest(base).await?.map(|(version, _)| version),
                None => None,
            };
            let before = open.or(base.as_ref());
            let objects: Vec<&Object> = self.missing(encoded, before).await?;
            let objects: Vec<&Object> =
                objects.into_iter().filter(|object| !written.contains(&object.digest)).collect();
            written.extend(objects.iter().map(|object| object.digest));
            self.backend.put_objects(objects).await?;
            if self.wait_for_prunes().await? != prunes {
                prunes = self.wait_for_prunes().await?;
                written = self.put_all(encoded).await?;
            }
            let snapshot_base =
                push.snapshot_base.or(open.map(|open| open.snapshot_base)).unwrap_or_default();
            let current = base.as_ref().filter(|base| !base.closed).map(|base| base.number);
            let current = push.pin.filter(|_| current.is_some()).or(current);
            let pinned_base = match snapshot_base {
                SnapshotBase::Never => None,
                SnapshotBase::OnUpdate => current,
                SnapshotBase::OnCreate => match open {
                    Some(open) if open.base == base_name && open.pinned_base.is_some() => open.pinned_base,
                    _ => current,
                },
            };
            let unchanged = open.is_some_and(|open| open.snapshot == encoded.manifest.digest);
            let draft = Draft {
                at: push.at,
                closed: false,
                fingerprint: graph.fingerprint(),
                assets: graph.len() as u64,
                provenance: graph.provenance().clone(),
                origin: push.origin.clone(),
                base: base_name,
                pinned_base,
                snapshot_base,
                redacted,
                snapshot: encoded.manifest.digest,
                id: crate::store::random_hex()?,
            };
            match self.backend.append(name, latest.as_ref(), draft).await? {
                Some(version) => {
                    // A prune that began before the entry was there may have taken objects that it names.
                    while self.wait_for_prunes().await? != prunes {
                        prunes = self.wait_for_prunes().await?;
                        self.put_all(encoded).await?;
                    }
                    return Ok(Pushed { version, retries, unchanged });
                }
                None if retries + 1 == MAX_ATTEMPTS => {
                    return Err(StoreError::Contended { name: name.to_string(), attempts: MAX_ATTEMPTS });
                }
                None => retries += 1,
            }
        }
    }

    /// The objects that a version does not have. Reads only the nodes that differ.
    async fn missing<'e>(
        &self,
        encoded: &'e Encoded,
        before: Option<&Version>,
    ) -> Result<Vec<&'e Object>, StoreError> {
        let Some(before) = before else { return Ok(encoded.objects().collect()) };
        if before.snapshot == encoded.manifest.digest {
            return Ok(Vec::new());
        }
        let manifest = match self.backend.manifest(before.snapshot).await {
            // A prune took it, and its own push has not yet written it again.
            Err(error) if error.is_missing() => return Ok(encoded.objects().collect()),
            manifest => manifest?,
        };
        let ours: BTreeSet<Digest> = encoded.nodes.iter().map(|(node, _)| node.digest).collect();
        let theirs: Vec<Digest> =
            manifest.nodes.iter().copied().filter(|node| !ours.contains(node)).collect();
        let mut there: BTreeSet<Digest> = self.backend.chunks_of(&theirs).await?.into_iter().collect();
        there.extend(&manifest.nodes);
        there.extend(manifest.undefined);
        let nodes = encoded.nodes.iter().filter(|(node, _)| !there.contains(&node.digest));
        let objects = nodes.flat_map(|(node, chunks)| chunks.iter().chain([node]));
        let objects = objects.chain(&encoded.undefined).chain([&encoded.manifest]);
        Ok(objects.filter(|object| !there.contains(&object.digest)).collect())
    }

    async fn put_all(&self, encoded: &Encoded) -> Result<BTreeSet<Digest>, StoreError> {
        self.backend.put_objects(encoded.objects().collect()).await?;
        Ok(encoded.objects().map(|object| object.digest).collect())
    }

    /// Waits until no prune is running; returns how many have been.
    async fn wait_for_prunes(&self) -> Result<usize, StoreError> {
        for look in 0.. {
            let (ended, running) = self.prunes().await?;
            match running {
                None => return Ok(ended),
                Some(began) if look == PRUNE_LOOKS => return Err(StoreError::PruneRunning { began }),
                Some(_) => tokio::time::sleep(Duration::from_millis(500)).await,
            }
        }
        Ok(0)
    }

    fn redacted(&self, graph: &AssetGraph, redaction: &Redaction) -> Result<Redacted, StoreError> {
        let (graph, redacted) = redaction.apply(graph, &self.salt)?;
        Ok(Redacted { graph, redacted })
    }
}

struct Redacted {
    graph: Option<AssetGraph>,
    redacted: u64,
}
