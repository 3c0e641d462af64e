//! What differs between two stored graphs, read from the parts that differ.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{ChangeSet, DiffOptions, GraphBuilder, GraphPart, Limits, LoadError};

use crate::backend::Backend;
use crate::error::StoreError;
use crate::log::Version;
use crate::object::Digest;
use crate::tree::Manifest;

impl Backend {
    /// Costs what the definitions of chunks cost that differ.
    pub(crate) async fn diff(
        &self,
        base: &Version,
        head: &Version,
        options: &DiffOptions,
    ) -> Result<ChangeSet, StoreError> {
        let (old, new) = (self.manifest(base.snapshot).await?, self.manifest(head.snapshot).await?);
        let (old_chunks, new_chunks) = self.differing(&old.nodes, &new.nodes).await?;
        let old = self.graph_part(base, old, &old_chunks).await?;
        Ok(old.diff(&self.graph_part(head, new, &new_chunks).await?, options))
    }

    async fn graph_part(
        &self,
        version: &Version,
        manifest: Manifest,
        chunks: &[Digest],
    ) -> Result<GraphPart, StoreError> {
        let path = version.snapshot.path();
        let error = |error: LoadError| StoreError::Graph { path: path.clone(), error: Box::new(error) };
        let mut builder = GraphBuilder::new(Limits::default());
        for definition in self.part(chunks).await? {
            builder.push(definition).map_err(|limit| error(limit.into()))?;
        }
        let graph = builder.finish(version.provenance.clone(), BTreeMap::new());
        Ok(GraphPart {
            graph: graph.map_err(|e| error(e.into()))?,
            undefined: self.undefined(&manifest).await?.into_iter().collect(),
            fingerprint: manifest.fingerprint,
            assets: manifest.assets,
        })
    }

    /// The chunks that only one of two lists of nodes has, in order.
    async fn differing(
        &self,
        old: &[Digest],
        new: &[Digest],
    ) -> Result<(Vec<Digest>, Vec<Digest>), StoreError> {
        let only = |these: &[Digest], others: &[Digest]| -> Vec<Digest> {
            let others: BTreeSet<&Digest> = others.iter().collect();
            these.iter().filter(|digest| !others.contains(digest)).copied().collect()
        };
        let old_chunks = self.chunks_of(&only(old, new)).await?;
        let new_chunks = self.chunks_of(&only(new, old)).await?;
        Ok((only(&old_chunks, &new_chunks), only(&new_chunks, &old_chunks)))
    }
}
