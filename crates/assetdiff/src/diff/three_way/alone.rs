//! A change set without what the other side changed alike.

use std::collections::BTreeSet;

use super::Alike;
use crate::diff::change_set::{ChangeSet, Relocated};
use crate::diff::hide::{Difference, retain};
use crate::diff::modification::Modification;
use crate::key::AssetKey;

pub(super) fn without(mut set: ChangeSet, alike: &[Alike]) -> ChangeSet {
    let alike: BTreeSet<&Alike> = alike.iter().collect();
    let renames = set.renames();
    let is_alike = |key: &AssetKey, code_location: &Option<String>, part: Option<&Difference<'_>>| {
        let (key, code_location) = (key.clone(), code_location.clone());
        let aspect = part.map(|part| part.aspect);
        let entry = part.and_then(|part| part.entry).map(str::to_owned);
        alike.contains(&Alike { key, code_location, aspect, entry })
    };
    let narrow = |modification: &mut Modification, key: &AssetKey, code_location: &Option<String>| {
        retain(modification, &renames, &mut |part| !is_alike(key, code_location, Some(&part)));
    };
    set.added.retain(|d| !is_alike(&d.key, &d.code_location, None));
    set.removed.retain(|d| !is_alike(&d.key, &d.code_location, None));
    set.renamed.retain_mut(|Relocated { old, new: _, similarity: _, modification }| {
        narrow(modification, &old.key, &old.code_location);
        !is_alike(&old.key, &old.code_location, None) || !modification.is_empty()
    });
    set.moved.retain_mut(|Relocated { old, new: _, similarity: _, modification }| {
        narrow(modification, &old.key, &old.code_location);
        !modification.is_empty()
    });
    set.modified.retain_mut(|modified| {
        narrow(&mut modified.modification, &modified.key, &modified.code_location);
        !modified.modification.is_empty()
    });
    set
}
