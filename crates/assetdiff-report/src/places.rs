//! Where the parts of code stand, as the producers of the snapshots wrote it into their provenance.

use std::collections::BTreeMap;

use assetdiff::Provenance;
use serde::Deserialize;

/// The member of a provenance that says it. It is never compared, so a function that only moves is no change.
const CODE_PLACES: &str = "code_places";

/// Where parts of code stand in base and in head.
#[derive(Debug, Clone, Default)]
pub(crate) struct CodePlaces {
    base: BTreeMap<String, Places>,
    head: BTreeMap<String, Places>,
}

/// One place of all parts of a name, or those of the parts of each fingerprint.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Places {
    One(String),
    Each(BTreeMap<String, Vec<String>>),
}

/// On which side a part is looked for first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Base,
    Head,
}

impl CodePlaces {
    pub(crate) fn of([base, head]: [&Provenance; 2]) -> Self {
        let places = |provenance: &Provenance| {
            let places = provenance.extra.get(CODE_PLACES).map(|json| serde_json::from_str(json.as_str()));
            places.and_then(Result::ok).unwrap_or_default()
        };
        Self { base: places(base), head: places(head) }
    }

    /// Returns where a part stands, by its name and fingerprint; several places if parts that are the same share the
    /// name.
    pub(crate) fn get(&self, side: Side, name: &str, fingerprint: &str) -> Option<String> {
        let [first, second] = match side {
            Side::Base => [&self.base, &self.head],
            Side::Head => [&self.head, &self.base],
        };
        let place = |places: &BTreeMap<String, Places>| match places.get(name)? {
            Places::One(place) => Some(place.clone()),
            Places::Each(places) => places.get(fingerprint).map(|places| places.join(" or ")),
        };
        place(first).or_else(|| place(second))
    }
}
