//! The macros that code reaches: directly, and through other macros.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use assetdiff::{CodePart, Fingerprint, ReadError};

use super::manifest::{Fields, Manifest};

/// A macro's text and the macros that it calls.
#[derive(PartialEq)]
pub(super) struct Macro {
    pub(super) fingerprint: String,
    calls: Vec<String>,
}

/// The macros of a manifest by unique id.
pub(super) struct Macros(BTreeMap<String, Macro>);

impl Macros {
    pub(super) fn read(manifest: &Manifest<'_>) -> Result<Self, ReadError> {
        let mut macros = BTreeMap::new();
        for entry in manifest.section("macros") {
            let mut node = manifest.node(entry)?;
            let text: String = node.fields.take("macro_sql")?.unwrap_or_default();
            let calls = called_macros(&mut node.fields.take_fields("depends_on")?)?;
            let fingerprint = Fingerprint::of(text.as_bytes()).to_string();
            macros.insert(node.id.into_owned(), Macro { fingerprint, calls });
        }
        Ok(Self(macros))
    }

    /// Returns the macros that are reached from these, each with a shortest way to it.
    pub(super) fn reached(&self, direct: &[String]) -> BTreeMap<String, CodePart> {
        let mut reached = BTreeMap::new();
        let mut queue: VecDeque<(&String, Vec<String>)> = direct.iter().map(|id| (id, Vec::new())).collect();
        while let Some((id, via)) = queue.pop_front() {
            // A macro that the manifest does not hold has no text that could change.
            let Some(found) = self.0.get(id) else { continue };
            if reached.contains_key(id) {
                continue;
            }
            let calls_via: Vec<String> = via.iter().chain([id]).cloned().collect();
            queue.extend(found.calls.iter().map(|call| (call, calls_via.clone())));
            reached.insert(id.clone(), CodePart { fingerprint: found.fingerprint.clone(), via });
        }
        reached
    }

    /// Returns the macros that differ from those of another manifest, or reach one that does.
    pub(super) fn differing<'m>(&'m self, other: &'m Self) -> HashSet<&'m str> {
        let ids = self.0.keys().chain(other.0.keys());
        let mut queue: Vec<&str> =
            ids.filter(|id| self.0.get(*id) != other.0.get(*id)).map(String::as_str).collect();
        if queue.is_empty() {
            return HashSet::new();
        }
        let mut callers: HashMap<&str, Vec<&str>> = HashMap::new();
        for (id, found) in self.0.iter().chain(&other.0) {
            found.calls.iter().for_each(|call| callers.entry(call).or_default().push(id));
        }
        let mut differing = HashSet::new();
        while let Some(id) = queue.pop() {
            if differing.insert(id) {
                queue.extend(callers.get(id).into_iter().flatten());
            }
        }
        differing
    }
}

/// Takes the macros out of a `depends_on` object.
pub(super) fn called_macros(depends_on: &mut Fields<'_>) -> Result<Vec<String>, ReadError> {
    let mut ids: Vec<String> = depends_on.take("macros")?.unwrap_or_default();
    ids.sort();
    ids.dedup();
    Ok(ids)
}
