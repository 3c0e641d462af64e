//! Who answers for what a change affects.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{AssetDefinition, AssetGraph, AssetKey, Impact, MetadataValue, escape_hidden};

/// The metadata in which dbt says where the source of an asset is.
const SOURCE_PATH: &str = "dbt.original_file_path";

fn affected<'a>(
    impact: &'a Impact,
    base: &'a AssetGraph,
    head: &'a AssetGraph,
) -> impl Iterator<Item = (AssetKey, Vec<AssetDefinition>)> + 'a {
    impact.assets().map(move |asset| {
        let graph = if head.contains(&asset.key) { head } else { base };
        let definitions = graph.definitions_of(&asset.key);
        (asset.key, definitions)
    })
}

/// Returns who answers for what is affected: each owner with the affected assets, by name.
pub fn review_owners(
    impact: &Impact,
    base: &AssetGraph,
    head: &AssetGraph,
) -> BTreeMap<String, Vec<AssetKey>> {
    let mut owners = BTreeMap::<String, Vec<AssetKey>>::new();
    for (key, definitions) in affected(impact, base, head) {
        let names: BTreeSet<String> =
            definitions.into_iter().flat_map(|definition| definition.owners).collect();
        for owner in names {
            owners.entry(owner).or_default().push(key.clone());
        }
    }
    owners
}

/// Returns the owners of what is affected as a CODEOWNERS file: a line per source file, by path, with its owners.
///
/// A team `team:NAME` becomes `@ORGANIZATION/NAME`. What a CODEOWNERS file cannot say, an asset whose source file is not known
/// or an owner that is neither an account, a team nor an e-mail address, is a comment at the end.
pub fn codeowners(
    impact: &Impact,
    base: &AssetGraph,
    head: &AssetGraph,
    organization: Option<&str>,
) -> String {
    let mut lines = BTreeMap::<String, BTreeSet<String>>::new();
    let mut comments = BTreeSet::new();
    for (key, definitions) in affected(impact, base, head) {
        for definition in definitions {
            let path = source_path(&definition);
            for owner in &definition.owners {
                let account = account(owner, organization);
                if let (Some(path), Some(account)) = (&path, &account) {
                    lines.entry(path.clone()).or_default().insert(account.clone());
                } else {
                    let owner = account.as_ref().unwrap_or(owner);
                    comments.insert(format!("# {key} {}\n", escape_hidden(owner)));
                }
            }
        }
    }
    let join = |owners: BTreeSet<String>| owners.into_iter().collect::<Vec<_>>().join(" ");
    let lines = lines.into_iter().map(|(path, owners)| format!("{path} {}\n", join(owners)));
    lines.chain(comments).collect()
}

/// The path of the source file as a pattern from the root of the repository.
fn source_path(definition: &AssetDefinition) -> Option<String> {
    let MetadataValue::Text(path) = definition.metadata.get(SOURCE_PATH)? else { return None };
    let is_plain = |c: char| !assetdiff::is_hidden(c) && !"*?[]!".contains(c);
    let path = path.replace('\\', "/");
    let path = path.trim_start_matches(['/', '.']);
    let is_path = !path.is_empty() && path.chars().all(is_plain);
    is_path.then(|| format!("/{}", path.replace(' ', "\\ ").replace('#', "\\#")))
}

/// How a host of Git names an owner; `None` if it has no name for it.
fn account(owner: &str, organization: Option<&str>) -> Option<String> {
    let is_word = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+/".contains(c))
    };
    if let Some(team) = owner.strip_prefix("team:") {
        return organization.filter(|_| is_word(team)).map(|organization| format!("@{organization}/{team}"));
    }
    match owner.split_once('@')? {
        ("", account) if is_word(account) => Some(owner.to_owned()),
        (user, host) if is_word(user) && is_word(host) => Some(owner.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use assetdiff::{DiffOptions, ImpactPolicy, Limits, diff, impact};

    use super::*;

    fn graph(assets: &str) -> AssetGraph {
        let json = format!(r#"{{"format_version": "1.0", "assets": [{assets}]}}"#);
        AssetGraph::from_json(json.as_bytes(), &Limits::default()).unwrap()
    }

    fn asset(key: &str, path: &str, owners: &str) -> String {
        let path = format!(r#"{{"dbt.original_file_path": {{"type": "text", "value": {path:?}}}}}"#);
        format!(r#"{{"key": [{key:?}], "owners": [{owners}], "metadata": {path}}}"#)
    }

    #[test]
    fn a_line_says_who_owns_a_source_file_and_a_comment_what_cannot_be_said() {
        let head = [
            asset("a", "models/a b.sql", r#""team:sales", "ann@example.com""#),
            asset("b", "models/a b.sql", r#""@bob""#),
            asset("c", "models/*.sql", r#""@bob""#),
            asset("d", "models/d.sql", r#""Data \n * @evil""#),
            asset("e", "models\\e.sql", r#""@o/e""#),
        ];
        let (base, head) = (graph(""), graph(&head.join(",")));
        let changes = diff(&base, &head, &DiffOptions::default());
        let impact = impact(&changes, &base, &head, &ImpactPolicy::default());
        let told = codeowners(&impact, &base, &head, Some("o"));
        let expected = "/models/a\\ b.sql @bob @o/sales ann@example.com\n/models/e.sql @o/e\n# c @bob\n# d Data \\u{a} * @evil\n";
        assert_eq!(told, expected);
        assert!(codeowners(&impact, &base, &head, None).contains("# a team:sales\n"));
    }
}
