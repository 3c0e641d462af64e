//! What holds for every graph and every pair of graphs.

use assetdiff::{AssetGraph, DiffOptions, diff};
use assetdiff_store::Reference;
use assetdiff_tests::strategies;
use proptest::prelude::*;

use crate::support::{name, open, push};

fn cases() -> ProptestConfig {
    let cases = std::env::var("ASSETDIFF_CASES").map_or(128, |text| text.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_graph_comes_back_and_every_stored_diff_is_that_of_the_graphs(
        (base, head) in strategies::pair(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let (base, head) = (AssetGraph::new(base).unwrap(), AssetGraph::new(head).unwrap());
        let mut what = push(0);
        what.redaction.credentials = false;
        store.push(&name("prod"), &base, &what).unwrap();
        store.push(&name("x"), &head, &what).unwrap();
        let find = |text: &str| store.find(&text.parse::<Reference>().unwrap()).unwrap();
        let (old, new) = (find("prod"), find("x"));
        prop_assert_eq!(&store.graph(&old).unwrap(), &base);
        prop_assert_eq!(&store.graph(&new).unwrap(), &head);
        let options = DiffOptions::default();
        prop_assert_eq!(store.diff(&old, &new, &options).unwrap(), diff(&base, &head, &options));
    }
}
