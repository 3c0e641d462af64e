//! The store in object storage, against a server on loopback that `make store-s3` or `make store-azure` starts.
#![cfg(feature = "cloud")]
#![allow(clippy::unwrap_used, missing_docs)]

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, DiffOptions, Limits, RangeRead, RangedSnapshot, Snapshot,
    Timestamp, diff,
};
use assetdiff_store::{Against, Prune, Push, Reference, RemoteFile, Store};
use object_store::ObjectStoreExt;

fn open(below: &str) -> Store {
    let place = std::env::var("ASSETDIFF_TEST_STORE").expect("run by make store-s3 or make store-azure");
    Store::open(&format!("{place}/{below}"), &Store::settings(std::env::vars())).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_700_000_000 + seconds).unwrap()
}

fn grouped(assets: usize, group: &str) -> AssetGraph {
    let asset = |index: usize| AssetDefinition {
        group: Some(group.to_owned()),
        ..AssetDefinition::new(AssetKey::new(["orders", &index.to_string()]).unwrap())
    };
    AssetGraph::new(Snapshot { assets: (0..assets).map(asset).collect(), ..Snapshot::default() }).unwrap()
}

fn find(store: &Store, text: &str) -> assetdiff_store::Version {
    store.find(&text.parse::<Reference>().unwrap()).unwrap()
}

#[test]
#[ignore = "needs a server: make store-s3, make store-azure"]
fn every_operation_works_as_in_a_folder() {
    let store = open("operations");
    let (base, head) = (grouped(700, "a"), grouped(700, "b"));
    store.push(&"prod".parse().unwrap(), &base, &Push::at(at(0))).unwrap();
    store.push(&"feature/x".parse().unwrap(), &head, &Push::at(at(1))).unwrap();
    let store = open("operations");
    let version = find(&store, "feature/x");
    assert_eq!(store.graph(&version).unwrap(), head);
    let against = store.base_of(&version, &Against::Pinned).unwrap();
    let options = DiffOptions::default();
    assert_eq!(store.diff(&against, &version, &options).unwrap(), diff(&base, &head, &options));
    assert_eq!(store.list().unwrap().len(), 2);
    store.close(&"feature/x".parse().unwrap(), at(2)).unwrap();
    let pruned = store.prune(&Prune::at(at(8 * 24 * 3600))).unwrap();
    assert!(pruned.objects > 0, "{pruned:?}");
    assert_eq!(store.list().unwrap().len(), 1);
    assert_eq!(store.graph(&find(&store, "prod")).unwrap(), base);
    assert_eq!(store.verify().unwrap().problems.len(), 0);
}

#[test]
#[ignore = "needs a server: make store-s3, make store-azure"]
fn sixteen_pushers_to_one_deployment_lose_nothing() {
    let acknowledged: Vec<(u64, String)> = std::thread::scope(|scope| {
        let pushers: Vec<_> = (0..16)
            .map(|pusher| {
                scope.spawn(move || {
                    let group = pusher.to_string();
                    let pushed = open("pushers")
                        .push(&"prod".parse().unwrap(), &grouped(3, &group), &Push::at(at(0)))
                        .unwrap();
                    (pushed.version.number, group)
                })
            })
            .collect();
        pushers.into_iter().map(|pusher| pusher.join().unwrap()).collect()
    });
    let store = open("pushers");
    assert_eq!(store.log(&"prod".parse().unwrap()).unwrap().len(), 16);
    for (number, group) in acknowledged {
        assert_eq!(store.graph(&find(&store, &format!("prod@{number}"))).unwrap(), grouped(3, &group));
    }
    assert_eq!(store.verify().unwrap().problems.len(), 0);
}

#[test]
#[ignore = "needs a server: make store-s3, make store-azure"]
fn a_server_that_is_not_there_is_told() {
    let settings = [
        ("aws_endpoint", "http://127.0.0.1:9"),
        ("aws_allow_http", "true"),
        ("aws_access_key_id", "a-key"),
        ("aws_secret_access_key", "a-secret"),
        ("aws_region", "us-east-1"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let error = Store::open("s3://bucket/x", &settings).unwrap_err().to_string();
    assert!(error.starts_with("expected to read store.json in the store, found "), "{error}");
    assert!(error.ends_with("; try again once the storage works"), "{error}");
    assert!(!error.contains("a-secret"), "{error}");
}

/// Writes a file beside the stores.
fn written(name: &str, bytes: Vec<u8>) -> String {
    let place = format!("{}/{name}", std::env::var("ASSETDIFF_TEST_STORE").unwrap());
    let (store, path) =
        object_store::parse_url_opts(&place.parse().unwrap(), Store::settings(std::env::vars())).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(store.put(&path, bytes.into())).unwrap();
    place
}

fn columns(graph: &AssetGraph) -> Vec<u8> {
    let mut file = Vec::new();
    graph.write_columns(&mut file).unwrap();
    file
}

#[test]
#[ignore = "needs a server: make store-s3, make store-azure"]
fn of_columnar_files_the_parts_that_differ_are_fetched() {
    let settings = Store::settings(std::env::vars());
    let base = grouped(30_000, "a");
    let mut assets = base.to_snapshot().assets;
    assets[12_345].group = Some("b".to_owned());
    assets.remove(500);
    let head = AssetGraph::new(Snapshot { assets, ..Snapshot::default() }).unwrap();
    let places =
        [("base.assets", &base), ("head.assets", &head)].map(|(name, graph)| written(name, columns(graph)));
    let [old, new] = places.each_ref().map(|place| RemoteFile::open(place, &settings).unwrap());
    let (sizes, parts) = (old.size() + new.size(), [0..8, 64..64, 40..100, 8..9]);
    let read: Vec<_> = old.read_ranges(&parts).unwrap().iter().map(|part| part.len()).collect();
    assert_eq!(read, [8, 0, 60, 1]);
    let (old, new) = (RangedSnapshot::open(old).unwrap(), RangedSnapshot::open(new).unwrap());
    let options = DiffOptions::default();
    let changes = old.diff(&new, &options, &Limits::default()).unwrap();
    assert_eq!(changes, diff(&base, &head, &options));
    let traffic = old.file().traffic() + new.file().traffic();
    assert!(traffic * 4 < sizes, "{traffic} of {sizes}");

    // All that is read of a file is of one version.
    written("base.assets", columns(&head));
    let error = old.diff(&new, &options, &Limits::default()).unwrap_err();
    assert_eq!(error.to_string(), "base: cannot read: it was replaced while it was read: try again");
    let error = RemoteFile::open(&places[0].replace("base", "none"), &settings).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}
