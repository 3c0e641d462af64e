//! What can be wrong with a set of definitions.

use std::fmt;

use crate::escape::excerpt;
use crate::key::AssetKey;
use crate::snapshot::{LimitError, ReadError};

/// One thing that is wrong with a set of definitions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A key is defined twice in one code location.
    #[error(
        "expected asset {} once {}, found it at positions {first} and {second}",
        short(key),
        place(code_location)
    )]
    DuplicateAsset {
        /// The key.
        key: AssetKey,
        /// The code location; `None` if none is stated.
        code_location: Option<String>,
        /// The position of one definition in the snapshot, counted from 0.
        first: usize,
        /// The position of the next.
        second: usize,
    },
    /// A definition names one upstream asset twice.
    #[error("expected asset {} to depend on {} once, found it twice", short(key), short(upstream))]
    DuplicateDependency {
        /// The asset.
        key: AssetKey,
        /// The upstream asset.
        upstream: AssetKey,
    },
    /// A definition has two checks of one name.
    #[error(
        "expected the checks of asset {} to have different names, found {:?} twice",
        short(key),
        excerpt(name)
    )]
    DuplicateCheck {
        /// The asset.
        key: AssetKey,
        /// The name of the check.
        name: String,
    },
    /// Assets depend on each other in a circle.
    #[error("expected no asset upstream of itself, found {}", arrows(path))]
    Cycle {
        /// A shortest circle through the first key, against the flow of data: each asset depends
        /// on the next one, and the last is the first again.
        path: Vec<AssetKey>,
    },
    /// A value cannot be told from another one once it is written, such as an aspect of
    /// [`extra`](crate::AssetDefinition::extra) with the name of a field.
    #[error(
        "expected asset {} to be the same after writing and reading it, found {}",
        short(key),
        excerpt(difference)
    )]
    NotWritable {
        /// The asset.
        key: AssetKey,
        /// What differs.
        difference: String,
    },
    /// The same of what stands around the definitions.
    #[error(
        "expected provenance and unknown members to be the same after writing and reading them, found {}",
        excerpt(difference)
    )]
    HeaderNotWritable {
        /// What differs.
        difference: String,
    },
}

/// The most problems that are shown, and the most assets of a circle.
const SHOWN: usize = 100;

fn short(key: &AssetKey) -> String {
    excerpt(&key.to_string()).into_owned()
}

fn place(code_location: &Option<String>) -> String {
    match code_location {
        Some(name) => format!("in code location {:?}", excerpt(name)),
        None => "in the snapshot".to_owned(),
    }
}

fn arrows(path: &[AssetKey]) -> String {
    let (shown, rest) = path.split_at(path.len().min(SHOWN));
    let mut keys: Vec<String> = shown.iter().map(short).collect();
    if let Some(last) = rest.last() {
        keys.extend((rest.len() > 1).then(|| format!("({} more)", rest.len() - 1)));
        keys.push(short(last));
    }
    keys.join(" -> ")
}

/// All that is wrong with a set of definitions, sorted; never empty. Shown are the first hundred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphError {
    /// The problems.
    pub problems: Vec<Problem>,
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [problem] => problem.fmt(f),
            problems => {
                write!(f, "found {} problems:", problems.len())?;
                problems.iter().take(SHOWN).try_for_each(|problem| write!(f, "\n- {problem}"))?;
                match problems.len().saturating_sub(SHOWN) {
                    0 => Ok(()),
                    more => write!(f, "\n- and {more} more"),
                }
            }
        }
    }
}

impl std::error::Error for GraphError {}

/// Why a JSON text is no asset graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The text is no snapshot.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The snapshot is no valid graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// There is more than is allowed.
    #[error(transparent)]
    Limit(#[from] LimitError),
}
