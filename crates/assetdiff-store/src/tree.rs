//! A graph as objects: records of definitions in chunks, the chunks in nodes, the nodes in a manifest.
//!
//! Where a chunk ends depends on the keys around it and on the size of their records, not on where it lies:
//! a changed definition changes its own chunk, perhaps the next one, one node and the manifest.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, Fingerprint, GraphBuilder, Json, Limits, LoadError, Provenance,
};
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, CONCURRENCY};
use crate::error::StoreError;
use crate::object::{Digest, Object};

/// The fewest bytes of records in a chunk but the last.
const MIN_CHUNK: usize = 5 << 10;

/// How many bytes of records beyond those there are in a chunk, in the mean.
const MEAN_BEYOND: usize = 5 << 10;

/// The fewest chunks of a node but the last, and how many there are beyond those in the mean.
const MIN_NODE: usize = 16;
const MEAN_NODE_BEYOND: u64 = 16;

/// What a graph is made of. Equal graphs have equal manifests.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format_version: String,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) assets: u64,
    pub(crate) nodes: Vec<Digest>,
    /// The keys that are depended on and not defined, each with who depends on it; `None` if there are none.
    pub(crate) undefined: Option<Digest>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) extra: BTreeMap<String, Json>,
}

/// Keys that are depended on and not defined, each with who depends on it.
pub(crate) type Undefined = Vec<(AssetKey, Vec<AssetKey>)>;

/// A graph, ready to be written.
pub(crate) struct Encoded {
    pub(crate) manifest: Object,
    pub(crate) undefined: Option<Object>,
    pub(crate) nodes: Vec<(Object, Vec<Object>)>,
}

/// A place in a stream of hashes at which to cut, once in `mean` times.
fn cuts(hash: &blake3::Hash, weight: u64, mean: u64) -> bool {
    let start: [u8; 8] = std::array::from_fn(|at| hash.as_bytes()[at]);
    // With a chance of weight / mean, which the hash decides.
    u128::from(u64::from_le_bytes(start)) * u128::from(mean) < u128::from(weight) << 64
}

fn json<T: Serialize>(value: &T) -> Vec<u8> {
    // Every type of ours can be written as JSON, and memory takes it.
    serde_json::to_vec(value).unwrap_or_default()
}

/// Returns the objects of a graph. Costs O(n) and holds them all in memory, compressed.
pub(crate) fn encode(graph: &AssetGraph) -> Result<Encoded, StoreError> {
    let mut nodes = Vec::new();
    let mut chunks: Vec<Object> = Vec::new();
    let mut records: Vec<u8> = Vec::new();
    let mut end_chunk = |records: &mut Vec<u8>, is_last: bool| -> Result<(), StoreError> {
        if !records.is_empty() {
            chunks.push(Object::new("definitions", records)?);
            records.clear();
        }
        let is_cut = chunks.len() >= MIN_NODE
            && chunks.last().is_some_and(|chunk| cuts(&blake3::hash(&chunk.digest.0), 1, MEAN_NODE_BEYOND));
        if (is_cut || is_last) && !chunks.is_empty() {
            let digests: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.digest.0).collect();
            nodes.push((Object::new("an index", &digests)?, std::mem::take(&mut chunks)));
        }
        Ok(())
    };
    let mut definitions = graph.definitions().peekable();
    let mut weight = 0;
    while let Some(definition) = definitions.next() {
        let record = json(&definition);
        weight += record.len() as u64;
        records.extend_from_slice(&record);
        records.push(b'\n');
        // A comparison of chunks needs all definitions of a key together.
        if definitions.peek().is_some_and(|next| next.key == definition.key) {
            continue;
        }
        let hash = blake3::hash(&json(&definition.key));
        if records.len() >= MIN_CHUNK && cuts(&hash, weight, MEAN_BEYOND as u64) {
            end_chunk(&mut records, false)?;
        }
        weight = 0;
    }
    end_chunk(&mut records, true)?;
    let undefined: Undefined =
        graph.undefined().into_iter().map(|key| (key.clone(), graph.downstream(&key))).collect();
    let undefined = match undefined.is_empty() {
        true => None,
        false => Some(Object::new("undefined upstreams", &json(&undefined))?),
    };
    let manifest = Manifest {
        format_version: "1.0".to_owned(),
        fingerprint: graph.fingerprint(),
        assets: graph.len() as u64,
        nodes: nodes.iter().map(|(node, _)| node.digest).collect(),
        undefined: undefined.as_ref().map(|object| object.digest),
        extra: graph.extra().clone(),
    };
    Ok(Encoded { manifest: Object::new("a manifest", &json(&manifest))?, undefined, nodes })
}

impl Encoded {
    pub(crate) fn objects(&self) -> impl Iterator<Item = &Object> {
        let nodes = self.nodes.iter().flat_map(|(node, chunks)| chunks.iter().chain([node]));
        nodes.chain(&self.undefined).chain([&self.manifest])
    }
}

impl Backend {
    pub(crate) async fn manifest(&self, digest: Digest) -> Result<Manifest, StoreError> {
        let content = self.object(digest).await?;
        let corrupt = |reason: String| StoreError::Corrupt { path: digest.path(), reason };
        let manifest: Manifest = serde_json::from_slice(&content).map_err(|e| corrupt(e.to_string()))?;
        if !manifest.format_version.starts_with("1.") {
            return Err(StoreError::Version { found: manifest.format_version });
        }
        Ok(manifest)
    }

    /// The chunks of nodes, in order.
    pub(crate) async fn chunks_of(&self, nodes: &[Digest]) -> Result<Vec<Digest>, StoreError> {
        let mut chunks = Vec::new();
        for (content, node) in self.objects(nodes).await?.into_iter().zip(nodes) {
            let (digests, rest) = content.as_chunks::<32>();
            if !rest.is_empty() {
                let reason = "an index with half a name".to_owned();
                return Err(StoreError::Corrupt { path: node.path(), reason });
            }
            chunks.extend(digests.iter().map(|digest| Digest(*digest)));
        }
        Ok(chunks)
    }

    pub(crate) async fn undefined(&self, manifest: &Manifest) -> Result<Undefined, StoreError> {
        let Some(digest) = manifest.undefined else { return Ok(Vec::new()) };
        let content = self.object(digest).await?;
        let corrupt =
            |e: serde_json::Error| StoreError::Corrupt { path: digest.path(), reason: e.to_string() };
        serde_json::from_slice(&content).map_err(corrupt)
    }

    /// Reads a whole graph and makes sure that it is the one that was written.
    pub(crate) async fn graph(
        &self,
        digest: Digest,
        provenance: Provenance,
    ) -> Result<AssetGraph, StoreError> {
        let manifest = self.manifest(digest).await?;
        let chunks = self.chunks_of(&manifest.nodes).await?;
        let error = |error: LoadError| StoreError::Graph { path: digest.path(), error: Box::new(error) };
        let mut builder = GraphBuilder::new(Limits::default());
        for batch in chunks.chunks(CONCURRENCY * 4) {
            for definition in self.part(batch).await? {
                builder.push(definition).map_err(|limit| error(limit.into()))?;
            }
        }
        let graph = builder.finish(provenance, manifest.extra).map_err(|e| error(e.into()))?;
        if graph.fingerprint() != manifest.fingerprint {
            let reason = format!("definitions with the fingerprint {}", graph.fingerprint());
            return Err(StoreError::Corrupt { path: digest.path(), reason });
        }
        Ok(graph)
    }

    /// Reads the definitions of some chunks.
    pub(crate) async fn part(&self, chunks: &[Digest]) -> Result<Vec<AssetDefinition>, StoreError> {
        let mut assets = Vec::new();
        for (content, chunk) in self.objects(chunks).await?.into_iter().zip(chunks) {
            for record in content.split(|&byte| byte == b'\n').filter(|record| !record.is_empty()) {
                let corrupt =
                    |e: serde_json::Error| StoreError::Corrupt { path: chunk.path(), reason: e.to_string() };
                assets.push(serde_json::from_slice(record).map_err(corrupt)?);
            }
        }
        Ok(assets)
    }

    /// The objects that a manifest names, itself included.
    pub(crate) async fn reach(&self, digest: Digest) -> Result<BTreeSet<Digest>, StoreError> {
        let manifest = self.manifest(digest).await?;
        let mut reached: BTreeSet<Digest> = self.chunks_of(&manifest.nodes).await?.into_iter().collect();
        reached.extend(manifest.nodes);
        reached.extend(manifest.undefined);
        reached.insert(digest);
        Ok(reached)
    }
}
