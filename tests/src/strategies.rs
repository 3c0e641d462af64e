//! The generator as proptest strategies. They shrink by way of the bytes that it reads.

use std::fmt::Debug;

use arbitrary::{Result, Unstructured};
use assetdiff::{
    AssetDefinition, AssetKey, Json, MetadataValue, PartitionMapping, PartitionsDefinition, Snapshot,
};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any};

use crate::generate;

/// Returns the strategy of what a function makes of at most so many bytes.
fn of_bytes<T: Debug>(
    most: usize,
    generate: impl Fn(&mut Unstructured<'_>) -> Result<T> + Clone,
) -> impl Strategy<Value = T> + Clone {
    let bytes = vec(any::<u64>(), 0..=most.div_ceil(8));
    bytes.prop_filter_map("the generator cannot use these bytes", move |words| {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        generate(&mut Unstructured::new(&bytes)).ok()
    })
}

/// Asset keys.
pub fn key() -> impl Strategy<Value = AssetKey> + Clone {
    of_bytes(64, generate::key)
}

/// JSON values.
pub fn json() -> impl Strategy<Value = Json> + Clone {
    of_bytes(256, |u| generate::json(u, 5))
}

/// Metadata values of every type.
pub fn metadata_value() -> impl Strategy<Value = MetadataValue> + Clone {
    of_bytes(256, generate::metadata_value)
}

/// Partitions definitions of every type.
pub fn partitions() -> impl Strategy<Value = PartitionsDefinition> + Clone {
    of_bytes(256, |u| generate::partitions(u, 3))
}

/// Partition mappings of every type.
pub fn mapping() -> impl Strategy<Value = PartitionMapping> + Clone {
    of_bytes(256, |u| generate::mapping(u, 3))
}

/// Definitions in which any aspect may be stated.
pub fn definition() -> impl Strategy<Value = AssetDefinition> + Clone {
    of_bytes(1024, |u| {
        let key = generate::key(u)?;
        generate::definition(u, key, None, &[])
    })
}

/// Valid snapshots.
pub fn snapshot() -> impl Strategy<Value = Snapshot> + Clone {
    of_bytes(4096, generate::snapshot)
}

/// Two snapshots: mostly the second is the first with a few edits.
pub fn pair() -> impl Strategy<Value = (Snapshot, Snapshot)> + Clone {
    of_bytes(8192, generate::pair)
}

/// Three snapshots, each made from the one before by a few edits.
pub fn three() -> impl Strategy<Value = [Snapshot; 3]> + Clone {
    of_bytes(10_240, |u| {
        let (base, head) = generate::pair(u)?;
        let last = generate::edited(u, &head)?;
        Ok([base, head, last])
    })
}

/// A snapshot and two that were made from it apart from each other; half of the time they have some
/// edits in common.
pub fn branches() -> impl Strategy<Value = [Snapshot; 3]> + Clone {
    of_bytes(10_240, |u| {
        let parted = generate::snapshot(u)?;
        let common = if u.arbitrary()? { generate::edited(u, &parted)? } else { parted.clone() };
        let (base, head) = (generate::edited(u, &common)?, generate::edited(u, &common)?);
        Ok([parted, base, head])
    })
}

/// A valid snapshot and the same with everything that has no order listed in another one.
pub fn shuffled() -> impl Strategy<Value = (Snapshot, Snapshot)> + Clone {
    snapshot().prop_flat_map(|snapshot| {
        let shuffled = proptest::prelude::Just(snapshot.assets.clone()).prop_shuffle();
        shuffled.prop_map(move |mut assets| {
            for asset in &mut assets {
                asset.dependencies.reverse();
                asset.checks.reverse();
            }
            (snapshot.clone(), Snapshot { assets, ..snapshot.clone() })
        })
    })
}
