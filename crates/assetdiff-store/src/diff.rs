//! What differs between two stored graphs, read from the parts that differ.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, ChangeSet, Dependency, DiffOptions, Fingerprints, GraphBuilder,
    Limits, LoadError, Provenance, UndefinedUpstream, diff,
};

use crate::backend::Backend;
use crate::error::StoreError;
use crate::log::Version;
use crate::object::Digest;
use crate::tree::Undefined;

impl Backend {
    /// A comparison needs the definitions that differ, and of the rest only which keys it depends on that are defined
    /// nowhere. So it is made of two small graphs, in which one more asset, the same in both, depends on those.
    pub(crate) async fn diff(
        &self,
        base: &Version,
        head: &Version,
        options: &DiffOptions,
    ) -> Result<ChangeSet, StoreError> {
        let (old, new) = (self.manifest(base.snapshot).await?, self.manifest(head.snapshot).await?);
        let (old_chunks, new_chunks) = self.differing(&old.nodes, &new.nodes).await?;
        let (old_assets, new_assets) = (self.part(&old_chunks).await?, self.part(&new_chunks).await?);
        let (old_undefined, new_undefined) = (self.undefined(&old).await?, self.undefined(&new).await?);
        let stub = stub([&old_assets, &new_assets], [&old_undefined, &new_undefined]);
        let old_part = part(&base.provenance, base.snapshot, old_assets, stub.clone())?;
        let new_part = part(&head.provenance, head.snapshot, new_assets, stub)?;
        let mut changes = diff(&old_part, &new_part, options);
        changes.graphs = Some(Fingerprints {
            base: old.fingerprint,
            head: new.fingerprint,
            base_assets: old.assets,
            head_assets: new.assets,
        });
        let named_before: BTreeSet<AssetKey> = old_undefined.into_iter().map(|(key, _)| key).collect();
        let undefined = new_undefined.into_iter().map(|(key, downstream)| UndefinedUpstream {
            // What base defines and head does not is in a chunk that differs.
            was_defined: old_part.contains(&key),
            is_new: !old_part.contains(&key) && !named_before.contains(&key),
            downstream,
            key,
        });
        changes.undefined_upstreams = undefined.collect();
        Ok(changes)
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

/// An asset that depends on everything that hangs in the air on either side; `None` if nothing does.
fn stub(assets: [&[AssetDefinition]; 2], undefined: [&Undefined; 2]) -> Option<AssetDefinition> {
    let keys: BTreeSet<&AssetKey> = undefined.into_iter().flatten().map(|(key, _)| key).collect();
    let taken: BTreeSet<&AssetKey> = assets.into_iter().flatten().map(|asset| &asset.key).collect();
    if keys.is_empty() {
        return None;
    }
    let free = (0_u64..).filter_map(|number| AssetKey::new(["assetdiff", "store", &number.to_string()]).ok());
    let key = free.into_iter().find(|key| !taken.contains(key) && !keys.contains(key))?;
    let dependencies = keys.into_iter().map(|key| Dependency::new(key.clone())).collect();
    Some(AssetDefinition { dependencies, ..AssetDefinition::new(key) })
}

fn part(
    provenance: &Provenance,
    snapshot: Digest,
    assets: Vec<AssetDefinition>,
    stub: Option<AssetDefinition>,
) -> Result<AssetGraph, StoreError> {
    let error = |error: LoadError| StoreError::Graph { path: snapshot.path(), error: Box::new(error) };
    let mut builder = GraphBuilder::new(Limits::default());
    for definition in assets.into_iter().chain(stub) {
        builder.push(definition).map_err(|limit| error(limit.into()))?;
    }
    builder.finish(provenance.clone(), BTreeMap::new()).map_err(|e| error(e.into()))
}
