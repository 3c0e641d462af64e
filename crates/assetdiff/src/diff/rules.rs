//! What a comparison leaves out, what it evens out first, and what it says of that.

use std::collections::BTreeSet;
use std::fmt;

use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;
use serde::{Deserialize, Serialize};

use super::kind::{Aspect, EffectOverrides};
use crate::json::Json;
use crate::key::AssetKey;

/// How two graphs are compared.
///
/// The default compares everything exactly and looks for renames.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct DiffOptions {
    /// Differences that are left out of the change set, and counted.
    pub ignore: Vec<IgnoreRule>,
    /// Texts that are evened out before they are compared.
    pub normalize: Vec<NormalizeRule>,
    /// What changes mean for data, where it is not the default.
    pub effects: EffectOverrides,
    /// Which renames are looked for.
    pub renames: Renames,
}

/// Which renames are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Renames {
    /// None: a renamed asset is removed and added.
    Off,
    /// An asset whose definition is the same under another key.
    Exact,
    /// Those, and an asset of which at least this share is the same, in percent.
    Similar {
        /// From 1 to 100.
        threshold: u8,
    },
}

impl Default for Renames {
    /// Similar by 60 percent.
    fn default() -> Self {
        Self::Similar { threshold: 60 }
    }
}

/// A pattern for names: `*` and `?` stay within a component, `**` crosses `/`.
#[derive(Clone)]
pub struct NameGlob(GlobMatcher);

/// A rule that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// The pattern for names is wrong.
    #[error("expected a glob pattern, found {pattern:?}: {reason}")]
    Glob {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The regular expression is wrong or too large.
    #[error("expected a regular expression, found {pattern:?}: {reason}")]
    Regex {
        /// The expression.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The JSON pointer is wrong.
    #[error("expected a JSON pointer that is empty or begins with /, found {0:?}")]
    Pointer(String),
    /// The text is no way of looking for renames.
    #[error("expected off, exact, or a number from 1 to 100, found {0:?}")]
    Renames(String),
    /// The text is no rule that evens out.
    #[error("expected [ASPECT[.ENTRY][ in KEYS]:]s/REGEX/REPLACEMENT/, found {0:?}")]
    Normalize(String),
    /// The rule's text is wrong.
    #[error(
        "expected an ignore rule such as `metadata.dagster/table_name in sales/**`, found {found:?}: {reason}"
    )]
    Text {
        /// The text.
        found: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl std::str::FromStr for Renames {
    type Err = RuleError;

    /// Reads `off`, `exact`, or the least similarity in percent.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        match text {
            "off" => Ok(Self::Off),
            "exact" => Ok(Self::Exact),
            _ => match text.trim_end_matches('%').parse() {
                Ok(threshold @ 1..=100) => Ok(Self::Similar { threshold }),
                _ => Err(RuleError::Renames(text.to_owned())),
            },
        }
    }
}

/// The most `{…}` groups that a pattern for names may have.
const MAX_ALTERNATIVES: usize = 32;

/// The most bytes that a pattern may have.
const MAX_PATTERN: usize = 4096;

impl NameGlob {
    /// Returns the pattern of a text.
    ///
    /// # Errors
    /// [`RuleError::Glob`] if it is wrong, longer than 4,096 bytes or has more than 32 groups of
    /// alternatives. Matching costs O(n).
    pub fn new(pattern: &str) -> Result<Self, RuleError> {
        let error = |reason: String| RuleError::Glob { pattern: pattern.to_owned(), reason };
        if pattern.len() > MAX_PATTERN {
            return Err(error(format!("it is longer than {MAX_PATTERN} bytes")));
        }
        // Deeper alternatives would overflow the matcher that they are compiled to.
        if pattern.matches('{').count() > MAX_ALTERNATIVES {
            return Err(error(format!("it has more than {MAX_ALTERNATIVES} groups of alternatives")));
        }
        let glob = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
        glob.map(|glob| Self(glob.compile_matcher())).map_err(|e| error(e.kind().to_string()))
    }

    /// Returns whether the pattern matches all of a name.
    pub fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

impl fmt::Debug for NameGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NameGlob({:?})", self.0.glob().glob())
    }
}

/// Which differences a rule is about; an unstated part is about all.
#[derive(Debug, Clone, Default)]
pub struct RuleScope {
    /// The assets, by the text form of their keys.
    pub keys: Option<NameGlob>,
    /// The assets one by one, such as those that a selection selects.
    pub assets: Option<BTreeSet<AssetKey>>,
    /// The aspect.
    pub aspect: Option<Aspect>,
    /// The entries of the aspect: metadata and tag names, upstream keys, column and check names.
    pub entry: Option<NameGlob>,
}

impl RuleScope {
    fn covers(&self, key: &AssetKey, aspect: Aspect, entry: Option<&str>) -> bool {
        let Self { keys, assets, aspect: only, entry: entries } = self;
        only.is_none_or(|only| only == aspect)
            && assets.as_ref().is_none_or(|assets| assets.contains(key))
            && keys.as_ref().is_none_or(|glob| glob.matches(&key.to_string()))
            && entries.as_ref().is_none_or(|glob| entry.is_some_and(|name| glob.matches(name)))
    }
}

/// Leaves differences out of the change set.
///
/// As a text: `ASPECT[.ENTRY][#POINTER][ in KEYS]`, for example `metadata.dagster/code_references`,
/// `tags.team_* in sales/**`, `metadata.stats#/rows`, or `* in scratch/**` for whole assets.
#[derive(Debug, Clone, Default)]
pub struct IgnoreRule {
    /// How the rule is called where it is told what it left out.
    pub name: String,
    /// Which differences it is about.
    pub scope: RuleScope,
    /// Only what stands at this place of a JSON value.
    pub pointer: Option<String>,
}

impl IgnoreRule {
    /// Returns the rule of a text for some assets, such as those that a selection selects; `*` stands for all of
    /// what changed in them.
    ///
    /// # Errors
    /// As [`from_str`](std::str::FromStr::from_str).
    pub fn for_assets(text: &str, name: &str, assets: BTreeSet<AssetKey>) -> Result<Self, RuleError> {
        let rule = if text.trim() == "*" { Self::default() } else { text.parse::<Self>()? };
        Ok(Self { name: name.to_owned(), scope: RuleScope { assets: Some(assets), ..rule.scope }, ..rule })
    }
}

impl std::str::FromStr for IgnoreRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let error = |reason: String| RuleError::Text { found: text.to_owned(), reason };
        let (what, keys) = match text.rsplit_once(" in ") {
            Some((what, keys)) => (what.trim(), Some(NameGlob::new(keys.trim())?)),
            None => (text.trim(), None),
        };
        let (what, pointer) = match what.split_once('#') {
            Some((what, pointer)) => (what, Some(pointer.to_owned())),
            None => (what, None),
        };
        if let Some(pointer) = pointer.as_ref().filter(|p| !p.is_empty() && !p.starts_with('/')) {
            return Err(RuleError::Pointer(pointer.clone()));
        }
        let (aspect, entry) = match what.split_once('.') {
            Some((aspect, entry)) => (aspect, Some(NameGlob::new(entry)?)),
            None => (what, None),
        };
        let aspect = match aspect {
            "*" if keys.is_none() => return Err(error("`*` needs ` in KEYS`".to_owned())),
            "*" => None,
            name => Some(name.parse().map_err(|e: super::kind::UnknownName| error(e.to_string()))?),
        };
        Ok(Self { name: text.to_owned(), scope: RuleScope { keys, assets: None, aspect, entry }, pointer })
    }
}

/// Evens out texts before they are compared: what differs only in what the pattern matches is the same.
#[derive(Debug, Clone)]
pub struct NormalizeRule {
    /// How the rule is called where it is told what it evened out.
    pub name: String,
    /// Which texts it is about.
    pub scope: RuleScope,
    pattern: Regex,
    replacement: String,
}

impl NormalizeRule {
    /// Returns the rule that replaces what a regular expression matches (`$1` is its first group).
    ///
    /// # Errors
    /// [`RuleError::Regex`] if the expression is wrong, longer than 4,096 bytes or compiles to more
    /// than 1 MiB. Each match costs O(n); one that looks far ahead from many places can cost O(n²).
    pub fn new(name: &str, scope: RuleScope, pattern: &str, replacement: &str) -> Result<Self, RuleError> {
        let error = |reason: String| RuleError::Regex { pattern: pattern.to_owned(), reason };
        if pattern.len() > MAX_PATTERN {
            return Err(error(format!("it is longer than {MAX_PATTERN} bytes")));
        }
        let regex = regex::RegexBuilder::new(pattern).size_limit(1 << 20).nest_limit(64).build();
        Ok(Self {
            name: name.to_owned(),
            scope,
            pattern: regex.map_err(|e| error(e.to_string()))?,
            replacement: replacement.to_owned(),
        })
    }
}

impl std::str::FromStr for NormalizeRule {
    type Err = RuleError;

    /// Reads `[ASPECT[.ENTRY][ in KEYS]:]s/REGEX/REPLACEMENT/`; another character may stand for the slash.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        let error = || RuleError::Normalize(text.to_owned());
        let (scope, substitution) = match text.strip_prefix('s').filter(|_| text.starts_with("s/")) {
            Some(substitution) => (None, substitution),
            None => text.split_once(":s").map(|(scope, rest)| (Some(scope), rest)).ok_or_else(error)?,
        };
        let separator = substitution.chars().next().ok_or_else(error)?;
        let parts: Vec<&str> = substitution.split(separator).collect();
        let [_, pattern, replacement, ""] = parts[..] else { return Err(error()) };
        let scope = scope.map(|scope| scope.parse::<IgnoreRule>()).transpose()?;
        Self::new(text, scope.map(|rule| rule.scope).unwrap_or_default(), pattern, replacement)
    }
}

/// A difference that rules left out of the change set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Suppressed {
    /// The asset.
    pub key: AssetKey,
    /// Its code location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_location: Option<String>,
    /// The aspect; `None` if the whole asset was added, removed or renamed, or all its changes are
    /// left out together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aspect: Option<Aspect>,
    /// The entry of the aspect, if it has entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// The names of the rules that did it together.
    pub rules: Vec<String>,
}

/// The rules of a comparison, in the order in which they act.
pub(super) struct Rules<'o>(&'o DiffOptions);

impl<'o> Rules<'o> {
    pub(super) fn new(options: &'o DiffOptions) -> Self {
        Self(options)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.ignore.is_empty() && self.0.normalize.is_empty()
    }

    /// Returns the rule that leaves out a whole asset.
    pub(super) fn hiding_asset(&self, key: &AssetKey) -> Option<Vec<String>> {
        let hides = |rule: &&IgnoreRule| {
            let IgnoreRule { name: _, scope: RuleScope { keys, assets, aspect, entry }, pointer } = rule;
            let whole = aspect.is_none() && entry.is_none() && pointer.is_none();
            whole
                && (keys.is_some() || assets.is_some())
                && keys.as_ref().is_none_or(|glob| glob.matches(&key.to_string()))
                && assets.as_ref().is_none_or(|assets| assets.contains(key))
        };
        self.0.ignore.iter().find(hides).map(|rule| vec![rule.name.clone()])
    }

    /// Returns the names of the rules under which two values of an entry are the same, if they are.
    pub(super) fn hiding(
        &self,
        key: &AssetKey,
        aspect: Aspect,
        entry: Option<&str>,
        old: Option<Json>,
        new: Option<Json>,
    ) -> Option<Vec<String>> {
        let mut names = Vec::new();
        let (mut old, mut new) = (old, new);
        let mut replace = |name: &str, even: &dyn Fn(&Json) -> Json| {
            let evened = (old.as_ref().map(even), new.as_ref().map(even));
            if evened != (old.clone(), new.clone()) {
                names.push(name.to_owned());
                (old, new) = evened;
            }
            old == new
        };
        for rule in self.0.normalize.iter().filter(|rule| rule.scope.covers(key, aspect, entry)) {
            let even = |json: &Json| {
                json.map_texts(&|text| rule.pattern.replace_all(text, &rule.replacement).into_owned())
            };
            if replace(&rule.name, &even) {
                return Some(names);
            }
        }
        for rule in self.0.ignore.iter().filter(|rule| rule.scope.covers(key, aspect, entry)) {
            match &rule.pointer {
                None => {
                    names.push(rule.name.clone());
                    return Some(names);
                }
                Some(pointer) => {
                    let place = format!("{}{pointer}", value_prefix(aspect));
                    if replace(&rule.name, &|json| json.without(&place)) {
                        return Some(names);
                    }
                }
            }
        }
        None
    }
}

/// Where the value that a pointer is about stands in an entry's JSON form.
fn value_prefix(aspect: Aspect) -> &'static str {
    // A metadata value is written as `{"type": …, "value": …}`.
    if aspect == Aspect::Metadata { "/value" } else { "" }
}
