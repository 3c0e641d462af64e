//! Reading on two threads and with another repository gives what reading node by node does.

use assetdiff::{AssetGraph, ChangeSet, DiffOptions, JsonText, Limits, LoadError, diff};

use super::split::{Known, split};
use super::{changes, one_by_one, pair, parallel, quoted};

const KITCHEN: &str = include_str!("../../../../tests/fuzz/seeds/repository/kitchen.json");

/// A repository as its nodes and what stands before and behind them.
#[derive(Clone)]
struct Repository {
    nodes: Vec<String>,
    before: String,
    behind: String,
}

impl Repository {
    /// Returns the nodes of the kitchen, several times under different keys.
    fn large(times: usize) -> Self {
        let text = String::from_utf8(quoted(KITCHEN.as_bytes()).into_owned()).expect("it is text");
        // With the spaces that Dagster writes.
        let text = text.replace("\":", "\": ").replace(",\"", ", \"").replace("},{", "}, {");
        let parts = split(&text, &Limits::default(), Known::new(&[])).expect("it is as Dagster writes it");
        let (before, behind) = parts.around.split_once("\"external_asset_graph_data\": []").expect("a list");
        let renamed = |time: usize| {
            let path = format!("\"path\": [\"copy_{time}\", ");
            parts.nodes.iter().map(move |node| node.replace("\"path\": [", &path))
        };
        let copies = (1..times).flat_map(renamed);
        Self {
            nodes: parts.nodes.iter().map(|node| (*node).to_owned()).chain(copies).collect(),
            before: format!("{before}\"external_asset_graph_data\": ["),
            behind: format!("]{behind}"),
        }
    }

    fn text(&self) -> String {
        format!("{}{}{}", self.before, self.nodes.join(", "), self.behind)
    }
}

/// Numbers that look like chance and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

fn edit(repository: &mut Repository, chance: &mut Chance) {
    const STATIC: &str = "\"partitions_def_data\": {\"__class__\": \
        \"ExternalStaticPartitionsDefinitionData\", \"partition_keys\": [\"a\", \"b\"]}";
    let at = chance.below(repository.nodes.len());
    let most = [2, 30, 120][chance.below(3)];
    let count = chance.below(most).min(repository.nodes.len() - at);
    match chance.below(9) {
        0 => drop(repository.nodes.drain(at..at + count)),
        1 => {
            let new = repository.nodes[at..at + count].to_vec();
            let new = new.iter().map(|node| node.replace("\"path\": [", "\"path\": [\"new\", "));
            repository.nodes.splice(at..at, new.collect::<Vec<_>>());
        }
        2 => {
            repository.nodes[at] =
                repository.nodes[at].replacen("\"group_name\": \"", "\"group_name\": \"x", 1)
        }
        3 => repository.nodes.reverse(),
        4 => repository.nodes[at] = repository.nodes[at].replace("\"partitions_def_data\": null", STATIC),
        5 => repository.before = repository.before.replacen("\"blocking\": true", "\"blocking\": false", 1),
        6 => repository.nodes[at] = repository.nodes[at].replace(", \"", ",\n \""),
        7 => repository.nodes.push(repository.nodes[at].clone()),
        _ => {
            let node = &mut repository.nodes[at];
            let byte = chance.below(node.len());
            node.remove((0..=byte).rev().find(|&at| node.is_char_boundary(at)).unwrap_or(0));
        }
    }
}

fn outcome(graph: Result<AssetGraph, LoadError>) -> Result<String, String> {
    let mut json = Vec::new();
    let graph = graph.map_err(|error| error.to_string())?;
    graph.write_json(&mut json).map_err(|error| error.to_string())?;
    String::from_utf8(json).map_err(|error| error.to_string())
}

/// Asserts that what was found by reading little is what the graphs tell.
fn assert_few_tell(found: ChangeSet, base: &AssetGraph, head: &AssetGraph) {
    let mut expected = diff(base, head, &DiffOptions::default());
    expected.undefined_upstreams.retain(|upstream| upstream.was_defined || upstream.is_new);
    // Warnings are those of what was read.
    let (base, head) = (found.base.clone(), found.head.clone());
    assert_eq!(found, ChangeSet { graphs: None, base, head, ..expected });
}

/// Asserts that two repositories are read together as they are apart; returns which of them are right, and whether
/// their changes were found by reading little.
fn assert_alike(base: &str, head: &str, limits: &Limits) -> ([bool; 2], bool) {
    let (together_base, together_head) = pair(base.as_bytes(), head.as_bytes(), limits);
    let apart = |text: &str| outcome(one_by_one(&quoted(text.as_bytes()), None, limits));
    let found = changes(base.as_bytes(), head.as_bytes(), limits, &DiffOptions::default());
    let is_little = found.is_some();
    if let (Ok(old), Ok(new), Some(found)) = (&together_base, &together_head, found) {
        assert_few_tell(found, old, new);
    }
    let (base, head) = (apart(base), apart(head));
    assert_eq!(outcome(together_base), base);
    assert_eq!(outcome(together_head), head);
    ([base.is_ok(), head.is_ok()], is_little)
}

#[test]
fn two_repositories_are_read_alike_together_and_apart_whatever_was_edited() {
    let original = Repository::large(20);
    let mut chance = Chance(7);
    let (mut right, mut wrong, mut little) = (0, 0, 0);
    for _ in 0..60 {
        let mut sides = [original.clone(), original.clone()];
        for side in &mut sides {
            (0..chance.below(4)).for_each(|_| edit(side, &mut chance));
        }
        let (are_right, is_little) = assert_alike(&sides[0].text(), &sides[1].text(), &Limits::default());
        right += are_right.iter().filter(|is_right| **is_right).count();
        little += usize::from(is_little);
        wrong += are_right.iter().filter(|is_right| !**is_right).count();
    }
    assert!(
        right > 30 && wrong > 10 && little > 20,
        "{right} right, {wrong} wrong, {little} by reading little"
    );
}

#[test]
fn what_both_have_is_found_and_read_once() {
    let base = Repository::large(20);
    let mut head = base.clone();
    head.nodes.drain(10..100);
    head.nodes[0] = head.nodes[0].replacen("\"group_name\": \"", "\"group_name\": \"x", 1);
    let (base, head) = (base.text(), head.text());
    let known = split(&base, &Limits::default(), Known::new(&[])).expect("it is as Dagster writes it").nodes;
    let known: Vec<&[u8]> = known.iter().map(|node| node.as_bytes()).collect();
    let same = split(&head, &Limits::default(), Known::new(&known)).expect("so is this").same;
    // Until the gap is noticed, what follows it is read again.
    assert!(same.iter().filter(|same| same.is_none()).count() <= 65, "{same:?}");
    assert!(same.iter().enumerate().all(|(at, same)| same.is_none_or(|same| same == at || same == at + 90)));
    let text = |text: &'static str| JsonText::unchecked(text.as_bytes(), &Limits::default()).expect("text");
    let (base, head): (&'static str, &'static str) = (base.leak(), head.leak());
    assert!(parallel::pair(text(base), text(head), &Limits::default()).is_some());
}

#[test]
fn an_upstream_that_is_split_anew_changes_the_mapping_of_a_node_that_is_the_same() {
    let node = |name: &str, partitions: &str, upstream: &str| {
        format!(
            "{{\"asset_key\": {{\"path\": [\"{name}\"]}}, \"dependencies\": [{upstream}], \
             \"partitions_def_data\": {partitions}}}"
        )
    };
    let edge = "{\"upstream_asset_key\": {\"path\": [\"up\"]}}";
    let split = "{\"__class__\": \"ExternalStaticPartitionsDefinitionData\", \"partition_keys\": [\"a\"]}";
    let repository = |up: &str| {
        format!("{{\"external_asset_graph_data\": [{}, {}]}}", node("up", up, ""), node("down", "null", edge))
    };
    let (base, head) = (repository("null"), repository(split));
    assert_eq!(assert_alike(&base, &head, &Limits::default()).0, [true; 2]);
    assert_eq!(assert_alike(&head, &base, &Limits::default()).0, [true; 2]);
    let (_, head) = pair(base.as_bytes(), head.as_bytes(), &Limits::default());
    assert!(outcome(head).expect("it is right").contains("inferred_mapping"));
}

#[test]
fn limits_hold_for_both_sides() {
    let (small, large) = (Repository::large(1).text(), Repository::large(3).text());
    let mut assets = Limits::default();
    assets.max_assets = 20;
    assert_eq!(assert_alike(&small, &large, &assets).0, [true, false]);
    assert_eq!(assert_alike(&large, &small, &assets).0, [false, true]);
    let mut texts = Limits::default();
    texts.max_text_bytes = 10;
    assert_eq!(assert_alike(&small, &large, &texts).0, [false, false]);
    let mut entries = Limits::default();
    entries.max_entries = 4;
    assert_eq!(assert_alike(&small, &large, &entries).0, [false, false]);
}

#[test]
fn an_edited_node_is_all_that_is_read() {
    let changes_of = |sides: &[Repository; 2]| {
        let [base, head] = sides.each_ref().map(Repository::text);
        changes(base.as_bytes(), head.as_bytes(), &Limits::default(), &DiffOptions::default())
    };
    let mut sides = [Repository::large(20), Repository::large(20)];
    let has_group = |node: &&mut String| node.contains("\"group_name\": \"");
    let edited = sides[1].nodes.iter_mut().find(has_group).expect("some have a group");
    *edited = edited.replacen("\"group_name\": \"", "\"group_name\": \"x", 1);
    let found = changes_of(&sides).expect("it is enough");
    assert_eq!((found.modified.len(), found.changes().len()), (1, 1));
    // Nothing else was looked at: in another node something is wrong on both sides.
    for side in &mut sides {
        let whole = side.nodes.iter_mut().rfind(|node| node.contains("\"partitions_def_data\": null"));
        let node = whole.expect("some have no partitions");
        *node =
            node.replacen("\"partitions_def_data\": null", "\"partitions_def_data\": null, \"owners\": 7", 1);
    }
    assert_eq!(changes_of(&sides), Some(found));
}
