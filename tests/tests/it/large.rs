//! Graphs that are large enough to be compared in several threads, if the feature `rayon` is on.

use assetdiff::{AssetGraph, Comparison, DiffOptions, Limits, Renames, diff};

use crate::build::with_renames;

const COUNT: usize = 140_000;

fn name(number: usize) -> String {
    format!("a{number:06}")
}

/// The graph of the assets that are there, with those regrouped that are moved, and of further definitions.
fn graph(is_there: impl Fn(usize) -> bool, is_moved: impl Fn(usize) -> bool, further: &[&str]) -> AssetGraph {
    let assets = (0..COUNT).filter(|&number| is_there(number)).map(|number| {
        let group = if is_moved(number) { "moved" } else { "g" };
        format!(r#"{{"key": ["{}"], "group": "{group}"}}"#, name(number))
    });
    let assets: Vec<String> = assets.chain(further.iter().map(ToString::to_string)).collect();
    let json = format!(r#"{{"format_version": "1.0", "assets": [{}]}}"#, assets.join(","));
    AssetGraph::from_json(json.as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn large_graphs_differ_as_each_of_their_assets_does() {
    let options = with_renames(Renames::Off);
    // Around the middle, where the work is split, each of the three comes first once.
    for shift in 0..3 {
        let near_middle = |number: usize| (number + shift + 3).wrapping_sub(COUNT / 2);
        let in_base = |number: usize| number % 1000 != 3 && near_middle(number) != 4;
        let in_head = |number: usize| number % 1000 != 7 && near_middle(number) != 3;
        let is_moved = |number: usize| number.is_multiple_of(13) || near_middle(number) == 5;
        // Where one asset has two definitions, no asset has the number of its definition.
        let twice = [r#"{"key": ["b"], "code_location": "x"}"#, r#"{"key": ["b"], "code_location": "y"}"#];
        let further = if shift == 2 { &twice[..] } else { &[] };
        let (base, head) = (graph(in_base, |_| false, further), graph(in_head, is_moved, further));
        let keys = |is_wanted: &dyn Fn(usize) -> bool| -> Vec<String> {
            (0..COUNT).filter(|&number| is_wanted(number)).map(name).collect()
        };
        let changes = diff(&base, &head, &options);
        let removed: Vec<String> = changes.removed.iter().map(|asset| asset.key.to_string()).collect();
        let added: Vec<String> = changes.added.iter().map(|asset| asset.key.to_string()).collect();
        let modified: Vec<String> = changes.modified.iter().map(|asset| asset.key.to_string()).collect();
        assert_eq!(removed, keys(&|n| in_base(n) && !in_head(n)));
        assert_eq!(added, keys(&|n| !in_base(n) && in_head(n)));
        assert_eq!(modified, keys(&|n| in_base(n) && in_head(n) && is_moved(n)));
        assert!(changes.modified.iter().all(|asset| asset.modification.group.is_some()));
        assert_eq!(Comparison::new(&base, &head).len(), changes.changes().len());
        assert!(diff(&base, &base, &DiffOptions::default()).is_empty());
    }
}
