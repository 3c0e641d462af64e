//! Where a pipeline runs, as its environment says.

use std::collections::BTreeMap;

use serde_json::Value;

/// The environment of the process.
pub(super) type Environment = BTreeMap<String, String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    GitHub,
    GitLab,
    Azure,
    Bitbucket,
    Buildkite,
    CircleCi,
    /// A checkout of Git, and nothing else.
    Git,
}

impl System {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::GitHub => "GitHub Actions",
            Self::GitLab => "GitLab CI",
            Self::Azure => "Azure Pipelines",
            Self::Bitbucket => "Bitbucket Pipelines",
            Self::Buildkite => "Buildkite",
            Self::CircleCi => "CircleCI",
            Self::Git => "git",
        }
    }

    /// Whether Markdown may hold pictures as Mermaid.
    pub(super) fn draws_mermaid(self) -> bool {
        !matches!(self, Self::Bitbucket | Self::Azure)
    }

    /// The most characters of a comment.
    pub(super) fn max_comment(self) -> usize {
        match self {
            Self::Bitbucket => 32_768,
            _ => 65_536,
        }
    }
}

/// What the environment says; what it does not say is found out from Git.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) system: System,
    pub(super) commit: Option<String>,
    pub(super) branch: Option<String>,
    /// The branch that the branch is merged into, or the main one.
    pub(super) base_branch: Option<String>,
    /// Whether this is about a branch that is to be merged.
    pub(super) pull_request: Option<u64>,
    /// Whether the branch is in another repository, whose names are not ours.
    pub(super) is_fork: bool,
    /// Whether the pull request has been closed or merged.
    pub(super) is_closed: bool,
    pub(super) author: Option<String>,
    /// The address of the run.
    pub(super) run: Option<String>,
    /// The repository (GitHub) or project (GitLab), as its API names it.
    pub(super) repository: Option<String>,
    /// The address of the API.
    pub(super) api: Option<String>,
}

impl Place {
    /// Finds out where this runs. The event is the content of the file that GitHub describes its event in.
    pub(super) fn of(environment: &Environment, event: Option<&Value>) -> Self {
        let get = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
        let is = |name: &str| get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let number = |name: &str| get(name).and_then(|value| value.parse().ok());
        let short = |name: &str| get(name).map(|branch| without_ref(&branch));
        let system = if is("GITHUB_ACTIONS") {
            System::GitHub
        } else if is("GITLAB_CI") {
            System::GitLab
        } else if is("TF_BUILD") {
            System::Azure
        } else if get("BITBUCKET_BUILD_NUMBER").is_some() {
            System::Bitbucket
        } else if is("BUILDKITE") {
            System::Buildkite
        } else if is("CIRCLECI") {
            System::CircleCi
        } else {
            System::Git
        };
        let mut place = Self {
            system,
            commit: None,
            branch: None,
            base_branch: None,
            pull_request: None,
            is_fork: false,
            is_closed: false,
            author: None,
            run: None,
            repository: None,
            api: None,
        };
        match system {
            System::GitHub => {
                let text = |pointer: &str| {
                    event.and_then(|event| event.pointer(pointer)?.as_str()).map(str::to_owned)
                };
                place.pull_request =
                    event.and_then(|event| event.pointer("/pull_request/number").and_then(Value::as_u64));
                let repositories =
                    ["head", "base"].map(|side| text(&format!("/pull_request/{side}/repo/full_name")));
                place.is_fork = place.pull_request.is_some() && repositories[0] != repositories[1];
                place.commit = text("/pull_request/head/sha").or_else(|| get("GITHUB_SHA"));
                place.branch = get("GITHUB_HEAD_REF").or_else(|| get("GITHUB_REF_NAME"));
                place.base_branch = get("GITHUB_BASE_REF").or_else(|| text("/repository/default_branch"));
                place.is_closed =
                    place.pull_request.is_some() && text("/action").as_deref() == Some("closed");
                place.author = text("/pull_request/user/login").or_else(|| get("GITHUB_ACTOR"));
                place.repository = get("GITHUB_REPOSITORY");
                place.api = get("GITHUB_API_URL");
                place.run = match (get("GITHUB_SERVER_URL"), &place.repository, get("GITHUB_RUN_ID")) {
                    (Some(server), Some(repository), Some(run)) => {
                        Some(format!("{server}/{repository}/actions/runs/{run}"))
                    }
                    _ => None,
                };
            }
            System::GitLab => {
                place.pull_request = number("CI_MERGE_REQUEST_IID");
                let projects =
                    ["SOURCE_PROJECT_ID", "PROJECT_ID"].map(|name| get(&format!("CI_MERGE_REQUEST_{name}")));
                place.is_fork = place.pull_request.is_some() && projects[0] != projects[1];
                place.commit = get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").or_else(|| get("CI_COMMIT_SHA"));
                place.branch =
                    get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME").or_else(|| get("CI_COMMIT_REF_NAME"));
                place.base_branch =
                    get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME").or_else(|| get("CI_DEFAULT_BRANCH"));
                place.author = get("GITLAB_USER_LOGIN");
                place.repository = get("CI_PROJECT_ID");
                place.api = get("CI_API_V4_URL");
                place.run = get("CI_JOB_URL");
            }
            System::Azure => {
                place.pull_request = number("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER")
                    .or_else(|| number("SYSTEM_PULLREQUEST_PULLREQUESTID"));
                place.commit =
                    get("SYSTEM_PULLREQUEST_SOURCECOMMITID").or_else(|| get("BUILD_SOURCEVERSION"));
                place.branch =
                    short("SYSTEM_PULLREQUEST_SOURCEBRANCH").or_else(|| short("BUILD_SOURCEBRANCH"));
                place.base_branch = short("SYSTEM_PULLREQUEST_TARGETBRANCH");
                place.author = get("BUILD_REQUESTEDFOR");
                place.run =
                    match (get("SYSTEM_COLLECTIONURI"), get("SYSTEM_TEAMPROJECT"), get("BUILD_BUILDID")) {
                        (Some(server), Some(project), Some(build)) => {
                            Some(format!("{server}{project}/_build/results?buildId={build}"))
                        }
                        _ => None,
                    };
            }
            System::Bitbucket => {
                place.pull_request = number("BITBUCKET_PR_ID");
                place.commit = get("BITBUCKET_COMMIT");
                place.branch = get("BITBUCKET_BRANCH");
                place.base_branch = get("BITBUCKET_PR_DESTINATION_BRANCH");
                place.run = match (get("BITBUCKET_GIT_HTTP_ORIGIN"), get("BITBUCKET_BUILD_NUMBER")) {
                    (Some(origin), Some(build)) => Some(format!("{origin}/pipelines/results/{build}")),
                    _ => None,
                };
            }
            System::Buildkite => {
                place.pull_request = number("BUILDKITE_PULL_REQUEST");
                place.commit = get("BUILDKITE_COMMIT").filter(|commit| commit != "HEAD");
                place.branch = get("BUILDKITE_BRANCH");
                place.base_branch = get("BUILDKITE_PULL_REQUEST_BASE_BRANCH")
                    .or_else(|| get("BUILDKITE_PIPELINE_DEFAULT_BRANCH"));
                place.author = get("BUILDKITE_BUILD_AUTHOR");
                place.run = get("BUILDKITE_BUILD_URL");
            }
            System::CircleCi => {
                place.pull_request = get("CIRCLE_PULL_REQUEST")
                    .and_then(|address| address.rsplit_once('/').and_then(|(_, number)| number.parse().ok()));
                place.commit = get("CIRCLE_SHA1");
                place.branch = get("CIRCLE_BRANCH");
                place.author = get("CIRCLE_USERNAME");
                place.run = get("CIRCLE_BUILD_URL");
            }
            System::Git => {}
        }
        place
    }
}

fn without_ref(branch: &str) -> String {
    branch.strip_prefix("refs/heads/").unwrap_or(branch).to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn place(variables: &[(&str, &str)], event: Option<&str>) -> Place {
        let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let event: Option<Value> = event.map(|event| serde_json::from_str(event).unwrap());
        Place::of(&environment.collect(), event.as_ref())
    }

    fn told(place: &Place) -> (System, Option<u64>, Option<&str>, Option<&str>, Option<&str>) {
        let text = Option::as_deref;
        (place.system, place.pull_request, text(&place.branch), text(&place.base_branch), text(&place.commit))
    }

    #[test]
    fn a_branch_of_another_repository_is_known() {
        let event = |head: &str| {
            format!(
                r#"{{"pull_request": {{"number": 1, "head": {{"repo": {head}}}, "base": {{"repo": {{"full_name": "o/r"}}}}}}}}"#
            )
        };
        let is_fork = |head: &str| place(&[("GITHUB_ACTIONS", "true")], Some(&event(head))).is_fork;
        assert!(!is_fork(r#"{"full_name": "o/r"}"#));
        assert!(is_fork(r#"{"full_name": "other/r"}"#));
        // The repository may be gone by now.
        assert!(is_fork("null"));
    }

    #[test]
    fn every_system_is_known_by_its_variables() {
        let github = place(
            &[
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_SHA", "merge"),
                ("GITHUB_HEAD_REF", "x"),
                ("GITHUB_BASE_REF", "main"),
            ],
            Some(r#"{"action": "synchronize", "pull_request": {"number": 7, "head": {"sha": "abc"}}}"#),
        );
        assert_eq!(told(&github), (System::GitHub, Some(7), Some("x"), Some("main"), Some("abc")));
        assert!(!github.is_closed);
        let closed = place(
            &[("GITHUB_ACTIONS", "true")],
            Some(r#"{"action": "closed", "pull_request": {"number": 7}}"#),
        );
        assert!(closed.is_closed);
        let push = place(
            &[
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_SHA", "abc"),
                ("GITHUB_REF_NAME", "main"),
                ("GITHUB_HEAD_REF", ""),
            ],
            Some(r#"{"repository": {"default_branch": "main"}}"#),
        );
        assert_eq!(told(&push), (System::GitHub, None, Some("main"), Some("main"), Some("abc")));
        let gitlab = place(
            &[
                ("GITLAB_CI", "true"),
                ("CI_MERGE_REQUEST_IID", "3"),
                ("CI_COMMIT_SHA", "abc"),
                ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "x"),
                ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ],
            None,
        );
        assert_eq!(told(&gitlab), (System::GitLab, Some(3), Some("x"), Some("main"), Some("abc")));
        let azure = place(
            &[
                ("TF_BUILD", "True"),
                ("SYSTEM_PULLREQUEST_PULLREQUESTID", "4"),
                ("SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/feature/x"),
                ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
                ("SYSTEM_PULLREQUEST_SOURCECOMMITID", "abc"),
            ],
            None,
        );
        assert_eq!(told(&azure), (System::Azure, Some(4), Some("feature/x"), Some("main"), Some("abc")));
        let bitbucket = place(
            &[
                ("BITBUCKET_BUILD_NUMBER", "1"),
                ("BITBUCKET_PR_ID", "5"),
                ("BITBUCKET_BRANCH", "x"),
                ("BITBUCKET_PR_DESTINATION_BRANCH", "main"),
                ("BITBUCKET_COMMIT", "abc"),
            ],
            None,
        );
        assert_eq!(told(&bitbucket), (System::Bitbucket, Some(5), Some("x"), Some("main"), Some("abc")));
        let buildkite = place(
            &[
                ("BUILDKITE", "true"),
                ("BUILDKITE_PULL_REQUEST", "false"),
                ("BUILDKITE_BRANCH", "main"),
                ("BUILDKITE_PIPELINE_DEFAULT_BRANCH", "main"),
                ("BUILDKITE_COMMIT", "HEAD"),
            ],
            None,
        );
        assert_eq!(told(&buildkite), (System::Buildkite, None, Some("main"), Some("main"), None));
        let circle = place(
            &[
                ("CIRCLECI", "true"),
                ("CIRCLE_PULL_REQUEST", "https://host/o/r/pull/6"),
                ("CIRCLE_BRANCH", "x"),
                ("CIRCLE_SHA1", "abc"),
            ],
            None,
        );
        assert_eq!(told(&circle), (System::CircleCi, Some(6), Some("x"), None, Some("abc")));
        assert_eq!(told(&place(&[], None)), (System::Git, None, None, None, None));
    }
}
