//! What Git knows of the checkout.

use std::path::Path;
use std::process::{Command, Stdio};

/// The most ancestors that are looked at.
pub(super) const MAX_ANCESTORS: usize = 5000;

/// Runs Git and returns what it wrote; `None` if it did not do it, for whatever reason.
fn git(arguments: &[&str]) -> Option<Vec<u8>> {
    let mut command = Command::new("git");
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null());
    // What a branch holds must not choose the programs that Git runs.
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
    let output = command.output().ok()?;
    output.status.success().then_some(output.stdout)
}

fn line(arguments: &[&str]) -> Option<String> {
    let line = String::from_utf8(git(arguments)?).ok()?.trim().to_owned();
    (!line.is_empty()).then_some(line)
}

/// The commit that a name stands for.
pub(super) fn commit(name: &str) -> Option<String> {
    // A name that begins with a dash would be an option.
    let name = (!name.starts_with('-')).then_some(name)?;
    line(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")])
}

/// The branch that is checked out, if one is.
pub(super) fn branch() -> Option<String> {
    line(&["symbolic-ref", "--short", "--quiet", "HEAD"])
}

/// The commit at which a branch stands, on the remote if that is known.
pub(super) fn branch_commit(branch: &str) -> Option<String> {
    let names = [format!("refs/remotes/origin/{branch}"), format!("refs/heads/{branch}")];
    names.iter().find_map(|name| commit(name))
}

/// Where two commits parted.
pub(super) fn merge_base(one: &str, other: &str) -> Option<String> {
    line(&["merge-base", one, other])
}

/// A commit and those before it, the newest first.
pub(super) fn ancestors(commit: &str) -> Vec<String> {
    let count = format!("--max-count={MAX_ANCESTORS}");
    let listed = git(&["rev-list", &count, commit]).unwrap_or_default();
    String::from_utf8_lossy(&listed).lines().map(str::to_owned).collect()
}

/// The content of a file at a commit; `None` if it is not there. The path is from the working directory.
pub(super) fn file_at(commit: &str, path: &Path) -> Option<Vec<u8>> {
    let path = path.to_str().filter(|path| !path.starts_with('/'))?;
    git(&["show", &format!("{commit}:./{path}")])
}

/// Whether the history is cut off.
pub(super) fn is_shallow() -> bool {
    line(&["rev-parse", "--is-shallow-repository"]).as_deref() == Some("true")
}
