//! The comment, as the servers of GitHub and GitLab take it.

use std::time::{Duration, Instant};

use crate::project::{Project, Run, branched, on_github};
use crate::server::{Failure, Server};

const MARKER: &str = "<!-- assetdiff ci: assetdiff -->";

fn changed() -> Project {
    branched("", r#""group": "a""#, r#""group": "b""#)
}

fn failure(method: &'static str, status: u16, header: &'static str, body: &'static str) -> Failure {
    Failure { method, status, header, body }
}

/// Runs the pipeline of a pull request on GitHub; the token is never in what it says.
fn pipeline(server: &Server) -> Run {
    let mut project = changed();
    on_github(&mut project, &server.url, "a-secret-token");
    let run = project.ci("");
    assert!(!run.out.contains("a-secret-token") && !run.told.contains("a-secret-token"));
    run
}

#[test]
fn one_comment_is_written_and_then_updated() {
    let server = Server::start();
    let mut project = changed();
    on_github(&mut project, &server.url, "a-secret-token");
    let run = project.ci("");
    assert_eq!((run.code, run.told.as_str()), (0, "assetdiff: comment written: https://host/c/1000\n"));
    let list = "GET /repos/o/r/issues/7/comments?per_page=100&page=1";
    assert_eq!(server.requests(), [list, "POST /repos/o/r/issues/7/comments"]);
    let run = project.ci("");
    assert_eq!(run.told, "assetdiff: comment updated: https://host/c/1000\n");
    assert_eq!(server.requests(), [list, "PATCH /repos/o/r/issues/comments/1000"]);
    let comments = server.comments();
    assert_eq!(comments.len(), 1);
    assert!(comments[0].starts_with(MARKER), "{}", comments[0]);
    assert!(comments[0].contains("[Run](https://host/o/r/actions/runs/99)"), "{}", comments[0]);
    assert_eq!(server.state.lock().unwrap().tokens[0], "Bearer a-secret-token");
}

#[test]
fn comments_of_several_projects_stand_side_by_side() {
    let server = Server::start();
    let mut project = changed();
    on_github(&mut project, &server.url, "t");
    project.ci("--comment-id shop");
    project.ci("--comment-id web--x>");
    project.ci("--comment-id shop");
    let comments = server.comments();
    assert_eq!(comments.len(), 2);
    assert!(comments[0].starts_with("<!-- assetdiff ci: shop -->\n"));
    assert!(comments[1].starts_with("<!-- assetdiff ci: web-x -->\n"));
}

#[test]
fn the_comment_is_found_on_a_later_page() {
    let server = Server::start();
    for id in 0..250 {
        let body =
            if id == 230 { format!("{MARKER}\nold") } else { format!("a comment that quotes\n{MARKER}") };
        server.state.lock().unwrap().comments.push((id, body));
    }
    assert!(pipeline(&server).told.starts_with("assetdiff: comment updated"));
    assert_eq!(server.requests().len(), 4);
    assert_eq!(server.comments().len(), 250);
    assert!(!server.comments()[230].contains("old"));
}

#[test]
fn gitlab_is_spoken_to_in_its_own_words() {
    let server = Server::start();
    let mut project = changed();
    project.set(&[
        ("GITLAB_CI", "true"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_PROJECT_ID", "42"),
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "42"),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "feature/x"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("CI_PROJECT_ID", "42"),
        ("CI_API_V4_URL", &server.url),
        ("CI_JOB_URL", "https://host/jobs/1"),
        ("GITLAB_TOKEN", "t"),
    ]);
    assert!(project.ci("").told.contains("comment written"));
    assert!(project.ci("").told.contains("comment updated"));
    let requests = server.requests();
    assert_eq!(requests[1], "POST /projects/42/merge_requests/7/notes");
    assert_eq!(requests[3], "PUT /projects/42/merge_requests/7/notes/1000");
    assert_eq!(server.state.lock().unwrap().tokens[0], "t");
}

#[test]
fn a_token_that_may_not_is_told_and_fails_nothing() {
    let server = Server::start();
    server.fail(&[failure("POST", 403, "", r#"{"message": "Resource not accessible by integration"}"#)]);
    let run = pipeline(&server);
    assert_eq!(run.code, 0);
    let expected = "assetdiff: expected to write a comment to the pull request, found 403: the token may not write comments (Resource not accessible by integration); on GitHub give the job `permissions: pull-requests: write`\n";
    assert_eq!(run.told, expected);
}

#[test]
fn a_comment_of_somebody_else_is_left_alone() {
    let server = Server::start();
    server.state.lock().unwrap().comments.push((5, format!("{MARKER}\nforged")));
    server.fail(&[failure("PATCH", 403, "", "{}")]);
    assert!(pipeline(&server).told.contains("comment written"));
    assert_eq!(server.comments()[0], format!("{MARKER}\nforged"));
    assert_eq!(server.comments().len(), 2);
}

#[test]
fn a_repository_that_is_not_there_is_told() {
    let server = Server::start();
    server.fail(&[failure("GET", 404, "", r#"{"message": "Not Found"}"#)]);
    let run = pipeline(&server);
    assert_eq!(run.code, 0);
    let expected = "found 404: no such repository or pull request, or the token may not see it (Not Found)\n";
    assert!(run.told.ends_with(expected), "{}", run.told);
}

#[test]
fn a_comment_that_is_not_taken_is_written_in_a_short_form() {
    let server = Server::start();
    server.fail(&[failure("POST", 422, "", r#"{"message": "Validation Failed"}"#)]);
    let run = pipeline(&server);
    let expected = "assetdiff: comment written, in a short form: the server did not take the whole: https://host/c/1000\n";
    assert_eq!(run.told, expected);
    assert!(server.comments()[0].len() < 4_000);
}

#[test]
fn a_server_that_asks_to_wait_is_waited_for() {
    let server = Server::start();
    server.fail(&[failure("GET", 429, "retry-after: 2", "{}"), failure("POST", 403, "retry-after: 1", "{}")]);
    let started = Instant::now();
    assert!(pipeline(&server).told.contains("comment written"));
    assert!(started.elapsed() >= Duration::from_secs(3));
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_server_that_asks_to_wait_too_long_is_given_up() {
    let server = Server::start();
    server.fail(&[failure("GET", 429, "retry-after: 3600", "{}")]);
    let started = Instant::now();
    let run = pipeline(&server);
    assert_eq!(run.code, 0);
    assert!(run.told.contains("found 429"), "{}", run.told);
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_server_with_trouble_is_asked_again() {
    let server = Server::start();
    server.fail(&[failure("GET", 502, "", "<html>"), failure("POST", 503, "", "{}")]);
    assert!(pipeline(&server).told.contains("comment written"));
    server.fail(&[500; 4].map(|status| failure("GET", status, "", "{}")));
    assert!(pipeline(&server).told.contains("found 500 Internal Server Error, 4 times"));
}

#[test]
fn a_server_that_is_not_there_fails_nothing() {
    let mut project = changed();
    on_github(&mut project, "http://127.0.0.1:9", "a-secret-token");
    let run = project.ci("");
    assert_eq!(run.code, 0);
    assert!(run.told.starts_with("assetdiff: expected to write a comment"), "{}", run.told);
}

#[test]
fn a_token_goes_nowhere_without_tls() {
    let mut project = changed();
    on_github(&mut project, "http://example.com", "a-secret-token");
    let expected = "assetdiff: expected to write a comment to the pull request, found an address of the API that is not https://\n";
    assert_eq!(project.ci("").told, expected);
}

#[test]
fn a_fork_without_a_token_still_gets_the_summary() {
    let server = Server::start();
    let mut project = changed();
    on_github(&mut project, &server.url, "");
    let run = project.ci("");
    let expected = "assetdiff: no comment: GITHUB_TOKEN is not set, as in pull requests of forks; the summary has everything\n";
    assert_eq!((run.code, run.told.as_str()), (0, expected));
    assert_eq!(server.requests(), [""; 0]);
    assert!(project.read("summary.md").contains("1 modified"));
}

#[test]
fn a_dry_run_shows_the_comment_and_changes_nothing() {
    let server = Server::start();
    let mut project = changed();
    on_github(&mut project, &server.url, "t");
    let before = project.assetdiff("deployment list").out;
    let run = project.ci("--dry-run");
    assert!(run.out.starts_with(MARKER), "{}", run.out);
    assert!(run.told.contains("would write the comment to pull request 7"), "{}", run.told);
    assert_eq!(project.assetdiff("deployment list").out, before);
    assert_eq!(server.requests(), [""; 0]);
}
