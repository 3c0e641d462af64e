//! Names of deployments, and what stands for a version of one.

use std::fmt;
use std::str::FromStr;

use assetdiff::{escape_hidden, is_hidden};
use serde::{Deserialize, Serialize};

/// The most bytes of a name: that of a branch name in Git hosts.
const MAX_NAME: usize = 255;

/// The name of a deployment, such as `prod` or `feature/orders`.
///
/// Any branch name of Git is one. A name is never a path in the store: what is written there is made of
/// a hash, so that no name leads out of it and no two names meet, also where file names have no case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeploymentName(String);

/// Why a text is no name of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a deployment's name, found {found}: {reason}")]
pub struct NameError {
    found: String,
    reason: &'static str,
}

impl DeploymentName {
    /// Returns the name of a text.
    ///
    /// # Errors
    /// [`NameError`] for an empty one, one longer than 255 bytes, hidden characters, white space at either end,
    /// `\`, `:`, and components that are empty, `.` or `..`.
    pub fn new(name: &str) -> Result<Self, NameError> {
        let error = |reason| {
            let found = escape_hidden(&name.chars().take(300).collect::<String>()).into_owned();
            NameError { found: format!("`{found}`"), reason }
        };
        if name.is_empty() {
            return Err(error("it is empty"));
        }
        if name.len() > MAX_NAME {
            return Err(error("it is longer than 255 bytes"));
        }
        if name.chars().any(is_hidden) {
            return Err(error("it holds a hidden character"));
        }
        if name.trim() != name {
            return Err(error("it begins or ends with white space"));
        }
        if name.contains(['\\', ':']) {
            return Err(error("it holds a backslash or a colon, which no branch name does"));
        }
        if name.split('/').any(|component| ["", ".", ".."].contains(&component)) {
            return Err(error("one of its components is empty, `.` or `..`"));
        }
        Ok(Self(name.to_owned()))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder of the deployment: a few letters for people, and a hash that tells names apart.
    pub(crate) fn folder(&self) -> String {
        let letters: String = self
            .0
            .chars()
            .take(32)
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
            .collect();
        let hash = blake3::hash(self.0.as_bytes()).to_hex();
        format!("{letters}-{}", &hash[..32])
    }
}

impl fmt::Display for DeploymentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DeploymentName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}

impl TryFrom<String> for DeploymentName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::new(&text)
    }
}

impl From<DeploymentName> for String {
    fn from(name: DeploymentName) -> Self {
        name.0
    }
}

/// Which version of a deployment is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionChoice {
    /// The newest one.
    Latest,
    /// The one of this number.
    Number(u64),
    /// The newest one of the commit that begins like this.
    Commit(String),
}

/// A version of a deployment: `NAME`, `NAME@3`, or `NAME@4f0c2a9` for that of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The deployment.
    pub name: DeploymentName,
    /// Its version.
    pub version: VersionChoice,
}

impl Reference {
    /// Returns the newest version of a deployment.
    pub fn latest(name: DeploymentName) -> Self {
        Self { name, version: VersionChoice::Latest }
    }
}

impl FromStr for Reference {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (name, version) = match text.rsplit_once('@') {
            Some((name, version)) if !version.is_empty() => match version.parse() {
                // A commit is written in at least seven digits.
                Ok(number) if version.len() < 7 => (name, VersionChoice::Number(number)),
                _ if version.len() >= 7 && version.bytes().all(|b| b.is_ascii_hexdigit()) => {
                    (name, VersionChoice::Commit(version.to_ascii_lowercase()))
                }
                _ => (text, VersionChoice::Latest),
            },
            _ => (text, VersionChoice::Latest),
        };
        Ok(Self { name: name.parse()?, version })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            VersionChoice::Latest => write!(f, "{}", self.name),
            VersionChoice::Number(number) => write!(f, "{}@{number}", self.name),
            VersionChoice::Commit(commit) => write!(f, "{}@{commit}", self.name),
        }
    }
}
