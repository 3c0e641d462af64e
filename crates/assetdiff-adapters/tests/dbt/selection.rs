//! Selections in dbt's language against what real dbt selected, recorded in `tests/dbt/recorded`.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{AssetGraph, Selection};
use assetdiff_adapters::select;

use crate::recorded::{self, Answer};

fn select_ids(text: &str, base: &AssetGraph, head: &AssetGraph) -> Result<BTreeSet<String>, String> {
    let selection = Selection::parse_dbt(text).map_err(|error| error.to_string())?;
    let selected =
        select::in_scope(head, Some(base), None, |scope| selection.resolve(scope).map(|s| s.keys()));
    let keys = selected.map_err(|error| error.to_string())?;
    Ok(keys.iter().map(|key| key.components().collect::<Vec<_>>().join(".")).collect())
}

#[test]
fn selections_name_the_assets_that_dbt_names() {
    let graphs = recorded::graphs("1.11");
    let answers: BTreeMap<String, BTreeMap<String, Answer>> =
        serde_json::from_slice(&std::fs::read(recorded::folder("1.11").join("selections.json")).unwrap())
            .unwrap();
    let (mut compared, mut found) = (0, 0);
    let mut unknown = Vec::new();
    for (edit, answers) in &answers {
        for (selector, answer) in answers {
            compared += 1;
            let ours = select_ids(selector, &graphs["base"], &graphs[edit]);
            let is_test = |id: &&String| id.starts_with("test.") || id.starts_with("unit_test.");
            let difference = match (answer, ours) {
                (Answer::Ids(theirs), Ok(ours)) => {
                    let theirs: BTreeSet<String> = theirs.iter().filter(|id| !is_test(id)).cloned().collect();
                    found += ours.len();
                    // `dbt ls` lists no hooks, whatever selects them.
                    let ours: BTreeSet<String> =
                        ours.into_iter().filter(|id| !id.starts_with("operation.")).collect();
                    let minus = theirs.difference(&ours).map(|id| format!("-{id}"));
                    minus.chain(ours.difference(&theirs).map(|id| format!("+{id}"))).collect::<Vec<_>>()
                }
                (Answer::Stopped { error }, Err(_)) => {
                    assert!(!error.is_empty());
                    continue;
                }
                // dbt warns of an unknown method and selects nothing.
                (Answer::Ids(theirs), Err(error)) => vec![format!("{} ids, we say {error}", theirs.len())],
                (Answer::Stopped { error }, Ok(ours)) => vec![format!("{error}, we say {ours:?}")],
            };
            if !difference.is_empty() {
                unknown.push(format!("{edit} {selector}: {difference:?}"));
            }
        }
    }
    assert!(compared > 200 && found > 800, "only {compared} answers with {found} ids were compared");
    assert!(unknown.is_empty(), "{} of {compared} differ:\n{}", unknown.len(), unknown.join("\n"));
    println!("{compared} answers of dbt compared");
}
