//! Short ways to stores and graphs.

use std::path::{Path, PathBuf};

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, CodeVersion, Dependency, MetadataValue, Snapshot, Timestamp,
};
use assetdiff_store::{DeploymentName, Push, Store};

pub(crate) fn open(folder: &Path) -> Store {
    Store::open(folder.to_str().unwrap(), &[]).unwrap()
}

pub(crate) fn name(text: &str) -> DeploymentName {
    text.parse().unwrap()
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_700_000_000 + seconds).unwrap()
}

pub(crate) fn push(seconds: i64) -> Push {
    Push::at(at(seconds))
}

pub(crate) fn graph(assets: impl IntoIterator<Item = AssetDefinition>) -> AssetGraph {
    let assets = assets.into_iter().collect();
    AssetGraph::new(Snapshot { assets, ..Snapshot::default() }).unwrap()
}

/// A graph of one asset in a group.
pub(crate) fn grouped(group: &str) -> AssetGraph {
    let key = AssetKey::new(["orders"]).unwrap();
    graph([AssetDefinition { group: Some(group.to_owned()), ..AssetDefinition::new(key) }])
}

/// The definitions of a project as dbt and Dagster make them: texts that look alike and hashes that do not.
pub(crate) fn project(assets: usize) -> Vec<AssetDefinition> {
    let key = |index: usize| {
        AssetKey::new(["analytics", &format!("domain_{:02}", index % 40), &format!("model_{index:05}")])
            .unwrap()
    };
    let definition = |index: usize| {
        let upstream = [index / 2, index / 3, index.saturating_sub(7)];
        let upstream =
            upstream.into_iter().filter(|&up| up < index).collect::<std::collections::BTreeSet<_>>();
        let source = format!(
            "with orders as (\n    select * from {{{{ ref('model_{index:05}_staging') }}}}\n)\nselect\n    id,\n    amount_{index} / 100.0 as amount,\n    created_at\nfrom orders\nwhere status = 'completed' and region = {index}\n"
        );
        let code = CodeVersion {
            version: Some(blake3_hex(index as u64)),
            source: Some(source),
            ..CodeVersion::default()
        };
        let text = |text: String| MetadataValue::Text(text);
        let metadata = [
            ("dagster/table_name", text(format!("warehouse.analytics.model_{index:05}"))),
            ("dagster_dbt/unique_id", text(format!("model.analytics.model_{index:05}"))),
            ("owner_note", text(format!("maintained by team {}", index % 17))),
        ];
        AssetDefinition {
            code_version: Some(code),
            dependencies: upstream.into_iter().map(|up| Dependency::new(key(up))).collect(),
            description: Some(format!("Model {index} of the analytics project, one row per order and day.")),
            group: Some(format!("domain_{:02}", index % 40)),
            kinds: ["dbt", "snowflake"].map(str::to_owned).into(),
            metadata: metadata.map(|(name, value)| (name.to_owned(), value)).into(),
            owners: [format!("team:team_{}", index % 17)].into(),
            tags: [("tier".to_owned(), ["gold", "silver"][index % 2].to_owned())].into(),
            ..AssetDefinition::new(key(index))
        }
    };
    (0..assets).map(definition).collect()
}

/// Changes the code of some assets all over a project.
pub(crate) fn edit(project: &mut [AssetDefinition], count: usize, seed: u64) {
    for index in 0..count as u64 {
        let at = (seed.wrapping_mul(7919) + index.wrapping_mul(0x9e37_79b9)) as usize % project.len();
        let code = project[at].code_version.as_mut().unwrap();
        code.version = Some(blake3_hex(seed ^ index << 32));
        code.source = Some(format!("{}-- edit {seed}\n", code.source.as_deref().unwrap_or_default()));
    }
}

fn blake3_hex(number: u64) -> String {
    blake3::hash(&number.to_le_bytes()).to_hex()[..40].to_owned()
}

/// Every file below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let list = if entry.file_type().unwrap().is_dir() { &mut folders } else { &mut found };
            list.push(entry.path());
        }
    }
    found.sort();
    found
}

pub(crate) fn bytes(folder: &Path) -> u64 {
    files(folder).iter().map(|file| file.metadata().unwrap().len()).sum()
}
