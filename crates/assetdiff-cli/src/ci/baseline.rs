//! The version of the base that a branch is compared with.

use assetdiff::AssetGraph;
use assetdiff_store::{Store, StoreError, Version};

use super::git;
use super::situation::Situation;
/// The most versions that are looked at.
const MAX_VERSIONS: usize = 500;

/// How a baseline relates to where the branch and its base parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It is the snapshot of that commit.
    Exact,
    /// It is that of an ancestor, so many commits before.
    Ancestor(usize),
    /// It is the newest one; nothing says how it relates.
    Newest,
    /// There is none.
    Missing,
    /// The store cannot be read.
    Unreadable,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Ancestor(_) => "ancestor",
            Self::Newest => "newest",
            Self::Missing | Self::Unreadable => "missing",
        }
    }
}

pub(super) struct Baseline {
    pub(super) state: State,
    pub(super) version: Option<Version>,
    /// The newest version of the base.
    pub(super) current: Option<Version>,
}

/// The graphs to compare with.
#[derive(Default)]
pub(super) struct Graphs {
    /// Of the baseline.
    pub(super) version: Option<AssetGraph>,
    /// Of the newest version of the base, if that is another.
    pub(super) current: Option<AssetGraph>,
}

/// Finds the baseline, and reads its graphs.
pub(super) fn read(situation: &Situation, store: &Store) -> Result<(Baseline, Graphs), StoreError> {
    let baseline = find(situation, store)?;
    let Some(version) = &baseline.version else { return Ok((baseline, Graphs::default())) };
    let current = baseline.current.as_ref().filter(|current| current.number != version.number);
    let graphs = Graphs {
        version: Some(store.graph(version)?),
        current: current.map(|current| store.graph(current)).transpose()?,
    };
    Ok((baseline, graphs))
}

fn find(situation: &Situation, store: &Store) -> Result<Baseline, StoreError> {
    let missing = Baseline::none(State::Missing);
    let Some(current) = store.find_back(&situation.base, |version| !version.closed)? else {
        return Ok(missing);
    };
    if situation.is_base {
        return Ok(Baseline { state: State::Exact, version: Some(current.clone()), current: Some(current) });
    }
    let ancestors = situation.merge_base.as_deref().map(git::ancestors).unwrap_or_default();
    let mut nearest: Option<(usize, Version)> = None;
    let mut looked_at = 0;
    store.find_back(&situation.base, |version| {
        looked_at += 1;
        let commit = version.origin.commit.as_ref();
        let distance = commit.and_then(|commit| ancestors.iter().position(|ancestor| ancestor == commit));
        if let Some(distance) = distance.filter(|d| nearest.as_ref().is_none_or(|(best, _)| d < best)) {
            nearest = Some((distance, version.clone()));
        }
        distance == Some(0) || looked_at == MAX_VERSIONS
    })?;
    let (state, version) = match nearest {
        Some((0, version)) => (State::Exact, version),
        Some((distance, version)) => (State::Ancestor(distance), version),
        None => (State::Newest, current.clone()),
    };
    Ok(Baseline { state, version: Some(version), current: Some(current) })
}

impl Baseline {
    pub(super) fn none(state: State) -> Self {
        Self { state, version: None, current: None }
    }

    /// What to know of the baseline before reading on.
    pub(super) fn notes(&self, situation: &Situation) -> Vec<String> {
        let base = &situation.base;
        let name = self.version.as_ref().map(crate::deployment::version_name).unwrap_or_default();
        match self.state {
            State::Exact => Vec::new(),
            State::Ancestor(distance) => {
                let commits =
                    if distance == 1 { "1 commit".to_owned() } else { format!("{distance} commits") };
                vec![format!(
                    "Stale baseline: no snapshot of {base} was pushed at the commit where this branch parted; compared with {name}, {commits} before. What was merged between shows as this branch's."
                )]
            }
            State::Newest => {
                let why = match (&situation.merge_base, git::is_shallow()) {
                    (None, true) => "the checkout has too little history (fetch-depth: 0 fetches it)",
                    (None, false) => "it is not known where this branch parted",
                    (Some(_), _) => "no snapshot was pushed at a commit of its history",
                };
                vec![format!(
                    "Unknown baseline: {why}; compared with the newest version, {name}. What {base} changed meanwhile may show as this branch's."
                )]
            }
            State::Unreadable => vec![
                "No baseline: the store cannot be read by a pull request of a fork, which has no credentials for it, so nothing can be compared."
                    .to_owned(),
            ],
            State::Missing if situation.is_base => vec![format!("This is the first snapshot of {base}.")],
            State::Missing => vec![format!(
                "No baseline: {base} was never pushed, so nothing can be compared. Run assetdiff ci on its branch first."
            )],
        }
    }
}
