//! What is compared with what, put together from the command line, the environment and Git.

use assetdiff_project::Config;
use assetdiff_store::DeploymentName;
use serde_json::Value;

use super::place::{Environment, Place, System};
use super::{Ci, git};
use crate::output::Trouble;

/// The most bytes of GitHub's description of its event.
const MAX_EVENT: u64 = 32 << 20;

pub(super) struct Situation {
    pub(super) system: System,
    pub(super) deployment: DeploymentName,
    pub(super) base: DeploymentName,
    /// Whether this is the base deployment itself.
    pub(super) is_base: bool,
    pub(super) branch: Option<String>,
    pub(super) base_branch: Option<String>,
    pub(super) commit: Option<String>,
    /// Where the base branch stands.
    pub(super) base_commit: Option<String>,
    /// Where the branch and its base parted.
    pub(super) merge_base: Option<String>,
    pub(super) pull_request: Option<u64>,
    /// Whether the branch is in another repository, which has no credentials of ours.
    pub(super) is_fork: bool,
    pub(super) is_closed: bool,
    pub(super) author: Option<String>,
    pub(super) run: Option<String>,
    pub(super) repository: Option<String>,
    pub(super) api: Option<String>,
}

impl Situation {
    pub(super) fn of(arguments: &Ci, environment: &Environment, config: &Config) -> Result<Self, Trouble> {
        let event = environment.get("GITHUB_EVENT_PATH").and_then(|path| event(path));
        let place = Place::of(environment, event.as_ref());
        let base = arguments.base.clone().unwrap_or_else(|| config.base.clone());
        let branch = arguments.branch.clone().or(place.branch).or_else(git::branch);
        let commit = arguments.commit.clone().or(place.commit).or_else(|| git::commit("HEAD"));
        let pull_request = arguments.pull_request.or(place.pull_request);
        let base_branch = arguments.base_branch.clone().or(place.base_branch).or_else(main_branch);
        // A pull request is never the base, whatever its branch is called in the repository that it comes from.
        let is_base = pull_request.is_none()
            && match &arguments.deployment {
                Some(deployment) => *deployment == base,
                None => branch.is_some() && branch == base_branch,
            };
        let deployment = match (&arguments.deployment, &branch, pull_request) {
            (Some(deployment), _, _) => deployment.clone(),
            _ if is_base => base.clone(),
            (None, Some(branch), None) => DeploymentName::new(branch)?,
            (None, branch, Some(number)) => {
                let named =
                    branch.as_ref().filter(|_| !place.is_fork).map(|branch| DeploymentName::new(branch));
                match named.transpose()?.filter(|name| *name != base) {
                    Some(name) => name,
                    None => DeploymentName::new(&format!("pull/{number}"))?,
                }
            }
            (None, None, None) => {
                return Err(Trouble::Message(
                    "expected a branch or --deployment, found a checkout without a branch".to_owned(),
                ));
            }
        };
        let base_commit = match (is_base, &base_branch) {
            (false, Some(branch)) => git::branch_commit(branch),
            _ => None,
        };
        // What is checked out is what the snapshot is made of; on GitHub that is the merge with the base.
        let head = git::commit("HEAD").or_else(|| commit.clone());
        let merge_base = match (&base_commit, &head) {
            (Some(base), Some(head)) => git::merge_base(base, head),
            _ => None,
        };
        Ok(Self {
            system: place.system,
            deployment,
            base,
            is_base,
            branch,
            base_branch,
            commit,
            base_commit,
            merge_base,
            pull_request,
            is_fork: place.is_fork,
            is_closed: place.is_closed,
            author: place.author,
            run: place.run,
            repository: place.repository,
            api: place.api,
        })
    }
}

fn main_branch() -> Option<String> {
    ["main", "master"].into_iter().find(|branch| git::branch_commit(branch).is_some()).map(str::to_owned)
}

fn event(path: &str) -> Option<Value> {
    let size = std::fs::metadata(path).ok()?.len();
    let text = (size <= MAX_EVENT).then(|| std::fs::read(path).ok())??;
    serde_json::from_slice(&text).ok()
}
