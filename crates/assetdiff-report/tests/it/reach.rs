//! Impacts, plans and explanations of keys, columns and partitions that try to be more than text.

use std::collections::BTreeMap;

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, Barrier, CodeVersion, Dependency, DiffOptions, ImpactPolicy,
    PartitionsDefinition, PlanOptions, Snapshot, StaticPartitions, diff, is_hidden,
};
use assetdiff_report::{TextStyle, dot, explanation, impact, mermaid, plan};

use crate::support::hostile::PAYLOADS;

fn graph(payload: &str, version: &str) -> AssetGraph {
    // A key holds no NUL.
    let payload = payload.replace('\0', "");
    let key = |name: &str| AssetKey::new([&payload, name]).unwrap();
    let keys = vec![payload.clone() + "a", payload.clone() + "b", payload.clone() + "c"];
    let changed = AssetDefinition {
        code_version: Some(CodeVersion { version: Some(version.to_owned()), ..CodeVersion::default() }),
        partitions: Some(PartitionsDefinition::Static(StaticPartitions { keys: keys.clone() })),
        ..AssetDefinition::new(key("changed"))
    };
    let reached = AssetDefinition {
        dependencies: vec![Dependency::new(key("changed"))],
        partitions: Some(PartitionsDefinition::Static(StaticPartitions { keys })),
        ..AssetDefinition::new(key("reached"))
    };
    AssetGraph::new(Snapshot { assets: vec![changed, reached], ..Snapshot::default() }).unwrap()
}

#[test]
fn nothing_from_a_snapshot_is_more_than_text() {
    let mut looked_at = 0;
    for payload in PAYLOADS {
        let (base, head) = (graph(payload, "1"), graph(payload, "2"));
        let changes = diff(&base, &head, &DiffOptions::default());
        let reached = head.keys().find(|key| key.name() == "reached").unwrap();
        let mut policy = ImpactPolicy::default();
        policy.now = Some("2024-03-15T12:00:00Z".parse().unwrap());
        policy.barriers = vec![Barrier { name: payload.to_string(), assets: [reached.clone()].into() }];
        policy.changed_partitions =
            BTreeMap::from([(head.keys().next().unwrap(), vec![payload.to_string()])]);
        let stopped = assetdiff::impact(&changes, &base, &head, &policy);
        policy.changed_partitions.clear();
        let all = assetdiff::impact(&changes, &base, &head, &policy);
        let explained = all.explain(&reached, 5).unwrap();
        let style = TextStyle { width: 80, ..TextStyle::default() };
        let texts = [
            impact(&stopped, Some(&changes), &style),
            impact(&all, None, &style),
            plan(&assetdiff::plan(&all, &base, &head, &PlanOptions::default()), &style),
            explanation(&explained, Some(&changes), &style),
            dot(&explained),
            mermaid(&explained),
        ];
        for text in &texts {
            assert!(!text.chars().any(|c| is_hidden(c) && c != '\n'), "{payload:?}\n{text}");
            assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{payload:?}\n{text}");
            assert!(!text.contains("##[") && !text.contains("##vso["), "{payload:?}\n{text}");
            looked_at += 1;
        }
        // In a picture a key is one quoted text: its nodes and edges are ours.
        let nodes = |text: &str, mark: &str| text.lines().filter(|line| line.starts_with(mark)).count();
        assert_eq!(nodes(&texts[4], "  n") - nodes(&texts[4], "  node "), 3, "{}", texts[4]);
        assert!(
            texts[4].lines().filter(|line| line.contains("label")).all(|line| line
                .replace("\\\"", "")
                .matches('"')
                .count()
                == 2)
        );
        assert_eq!(nodes(&texts[5], "  n"), 3, "{}", texts[5]);
        assert!(!texts[5].contains(['<', '`', '&']), "{}", texts[5]);
    }
    assert!(looked_at > 100);
}

/// Two assets reach different functions of one name.
#[test]
fn an_explanation_says_which_code_changed_and_by_which_chain() {
    let side = |fingerprint: &str| {
        let json = format!(
            r#"{{"format_version": "1.0",
                "provenance": {{"code_places": {{
                    "clean": {{"x{fingerprint}": ["lib/x.py:4"], "y": ["lib/y.py:9", "lib/z.py:2"]}},
                    "tidy": "lib/shop.py:3"}}}},
                "assets": [
                    {{"key": ["orders"], "code_version": {{"parts": {{
                        "tidy": {{"fingerprint": "1"}},
                        "clean": {{"fingerprint": "x{fingerprint}", "via": ["tidy"]}}}}}}}},
                    {{"key": ["sums"], "code_version": {{"parts": {{"clean": {{"fingerprint": "y"}}}}}},
                      "dependencies": [{{"key": ["orders"]}}]}}]}}"#
        );
        AssetGraph::from_json(json.as_bytes(), &assetdiff::Limits::default()).unwrap()
    };
    let (base, head) = (side("1"), side("2"));
    let changes = diff(&base, &head, &DiffOptions::default());
    let reached = assetdiff::impact(&changes, &base, &head, &ImpactPolicy::default());
    let style = TextStyle { width: 100, ..TextStyle::default() };
    let words = "clean (lib/x.py:4) changed, reached via tidy (lib/shop.py:3)";
    let explained = reached.explain(&"sums".parse().unwrap(), 5).unwrap();
    let told = explanation(&explained, Some(&changes), &style);
    assert!(told.contains(&format!("  orders  code_version\n     {words}\n  -> sums\n")), "{told}");
    let told = impact(&reached, Some(&changes), &style);
    assert!(told.contains(&format!("  orders  rebuild; code_version; {words}\n")), "{told}");
    let told = assetdiff_report::text(&changes, &style);
    assert!(told.contains("clean (lib/x.py:4)  changed, reached via tidy (lib/shop.py:3)\n"), "{told}");
    let sums = head.get(&"sums".parse().unwrap()).unwrap();
    let told = assetdiff_report::definition(&sums, Some(head.provenance()), &style);
    assert!(told.contains("clean (lib/y.py:9 or lib/z.py:2)"), "{told}");
}
