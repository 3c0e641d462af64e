//! Where two JSON values differ, down to the place.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::Json;

/// One place where two JSON values differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonChange {
    /// The place as a JSON pointer (RFC 6901); empty for the whole value.
    pub pointer: String,
    /// What stood there before; `None` if nothing did.
    pub old: Option<Json>,
    /// What stands there now; `None` if nothing does.
    pub new: Option<Json>,
}

impl Json {
    /// Returns the places where two values differ, in the order of the values.
    ///
    /// Objects are compared by key and arrays by index; anything else that differs is one change.
    /// Costs O(d n) for values of n bytes nested d deep, and only what differs is looked into.
    ///
    /// ```
    /// use assetdiff::Json;
    ///
    /// let old = Json::parse(r#"{"rows": 1, "by": ["a"]}"#)?;
    /// let new = Json::parse(r#"{"rows": 1.0, "by": ["a", "b"]}"#)?;
    /// let places: Vec<_> = old.changes_to(&new).into_iter().map(|c| c.pointer).collect();
    /// assert_eq!(places, ["/by/1", "/rows"]);
    /// # Ok::<(), assetdiff::JsonError>(())
    /// ```
    pub fn changes_to(&self, new: &Json) -> Vec<JsonChange> {
        let mut changes = Vec::new();
        collect(&self.0, &new.0, &mut String::new(), &mut changes);
        changes
    }

    /// Returns the value without what stands at a JSON pointer; unchanged if nothing does.
    ///
    /// The empty pointer names the whole value, of which `null` is left. An array element that is
    /// taken out moves the later ones up.
    pub fn without(&self, pointer: &str) -> Json {
        if pointer.is_empty() {
            return Json::null();
        }
        let Some(path) = pointer.strip_prefix('/') else { return self.clone() };
        let steps: Vec<String> =
            path.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
        remove(&self.0, &steps).unwrap_or_else(|| self.clone())
    }
}

impl Json {
    /// Returns the value with every text in it (not the keys) replaced.
    pub(crate) fn map_texts(&self, replace: &dyn Fn(&str) -> String) -> Json {
        match level(&self.0) {
            Level::Object(members) => {
                Json::object(members.into_iter().map(|(k, v)| (k, owned(v).map_texts(replace))))
            }
            Level::Array(items) => Json::array(items.into_iter().map(|v| owned(v).map_texts(replace))),
            Level::Scalar if self.as_str().starts_with('"') => {
                let text: String = serde_json::from_str(self.as_str()).unwrap_or_default();
                Json::from(replace(&text).as_str())
            }
            Level::Scalar => self.clone(),
        }
    }
}

/// What stands one level below a value.
enum Level<'a> {
    Object(BTreeMap<Cow<'a, str>, &'a RawValue>),
    Array(Vec<&'a RawValue>),
    Scalar,
}

fn level(raw: &RawValue) -> Level<'_> {
    match raw.get().as_bytes().first() {
        Some(b'{') => serde_json::from_str(raw.get()).map_or(Level::Scalar, Level::Object),
        Some(b'[') => serde_json::from_str(raw.get()).map_or(Level::Scalar, Level::Array),
        _ => Level::Scalar,
    }
}

fn owned(raw: &RawValue) -> Json {
    Json(raw.to_owned())
}

fn collect(old: &RawValue, new: &RawValue, pointer: &mut String, changes: &mut Vec<JsonChange>) {
    if old.get() == new.get() {
        return;
    }
    let mut at = |step: &str, old: Option<&RawValue>, new: Option<&RawValue>| {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        match (old, new) {
            (Some(old), Some(new)) => collect(old, new, pointer, changes),
            _ => changes.push(JsonChange {
                pointer: pointer.clone(),
                old: old.map(owned),
                new: new.map(owned),
            }),
        }
        pointer.truncate(length);
    };
    match (level(old), level(new)) {
        (Level::Object(old), Level::Object(mut new)) => {
            let mut steps: BTreeMap<_, _> =
                old.into_iter().map(|(key, value)| (key.clone(), (Some(value), new.remove(&key)))).collect();
            steps.extend(new.into_iter().map(|(key, value)| (key, (None, Some(value)))));
            for (key, (old, new)) in steps {
                at(&key, old, new);
            }
        }
        (Level::Array(old), Level::Array(new)) => {
            for index in 0..old.len().max(new.len()) {
                at(&index.to_string(), old.get(index).copied(), new.get(index).copied());
            }
        }
        _ => changes.push(JsonChange {
            pointer: pointer.clone(),
            old: Some(owned(old)),
            new: Some(owned(new)),
        }),
    }
}

fn remove(raw: &RawValue, steps: &[String]) -> Option<Json> {
    let (step, rest) = steps.split_first()?;
    match level(raw) {
        Level::Object(mut members) => {
            let inner = *members.get(step.as_str())?;
            if rest.is_empty() {
                members.remove(step.as_str());
                return Some(Json::object(members.into_iter().map(|(k, v)| (k, owned(v)))));
            }
            let replaced = remove(inner, rest)?;
            Some(Json::object(
                members
                    .into_iter()
                    .map(|(k, v)| if k == step.as_str() { (k, replaced.clone()) } else { (k, owned(v)) }),
            ))
        }
        Level::Array(mut items) => {
            let index = step.parse().ok().filter(|&index: &usize| index < items.len())?;
            if rest.is_empty() {
                items.remove(index);
                return Some(Json::array(items.into_iter().map(owned)));
            }
            let replaced = remove(items[index], rest)?;
            let items = items.into_iter().enumerate();
            Some(Json::array(items.map(|(i, v)| if i == index { replaced.clone() } else { owned(v) })))
        }
        Level::Scalar => None,
    }
}
