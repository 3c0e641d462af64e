//! Has a Dagster project's own Python load it and write its snapshot.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};

use assetdiff::Limits;
use assetdiff_adapters::source::{self, SourceKind};

use crate::Host;
use crate::arguments::{SnapshotDagster, Written};
use crate::output::Trouble;
use crate::progress::Progress;

/// Runs `assetdiff snapshot dagster`.
pub(crate) fn run(arguments: &SnapshotDagster, host: &Host) -> Result<u8, Trouble> {
    let progress = Progress::new("loading the project");
    let folder = tempfile::tempdir().map_err(|error| trouble("temporary folder", &error))?;
    let written = folder.path().join("snapshot.json");
    let python = arguments.python.as_ref().or(host.python.as_ref());
    let python = python.map_or(OsStr::new("python3"), |python| python.as_os_str());
    let status = Command::new(python)
        .args(["-m", "assetdiff.dagster"])
        .args(options(arguments, &written))
        .stdin(Stdio::null())
        // What the project prints while it is loaded is not the snapshot.
        .stdout(std::io::stderr())
        .status()
        .map_err(|error| trouble(&python.to_string_lossy(), &error))?;
    match status.code() {
        Some(0) => {}
        // It has told why.
        Some(2) => return Err(Trouble::Told),
        _ => {
            return Err(Trouble::Message(format!(
                "{}: expected a snapshot, found {status}",
                python.display()
            )));
        }
    }
    let graph = source::read(&written, SourceKind::Snapshot, &Limits::default())?;
    drop(progress);
    source::write(&arguments.written.output, &graph)?;
    Ok(0)
}

fn trouble(what: &str, error: &std::io::Error) -> Trouble {
    Trouble::Message(format!("{what}: cannot run: {error}"))
}

/// The options of `python -m assetdiff.dagster`, which are the same.
fn options(arguments: &SnapshotDagster, output: &Path) -> Vec<OsString> {
    let SnapshotDagster {
        module_name,
        python_file,
        workspace,
        working_directory,
        attribute,
        location,
        root,
        code_versions,
        written: Written { output: _, deployment, commit },
        python: _,
    } = arguments;
    let mut options = vec!["--output".into(), output.into()];
    let mut add = |name: &str, value: Option<&OsStr>| {
        options.extend(value.into_iter().flat_map(|value| [name.into(), value.to_owned()]));
    };
    add("--module-name", module_name.as_ref().map(OsStr::new));
    add("--python-file", python_file.as_ref().map(|path| path.as_os_str()));
    add("--workspace", workspace.as_ref().map(|path| path.as_os_str()));
    add("--working-directory", working_directory.as_ref().map(|path| path.as_os_str()));
    add("--attribute", attribute.as_ref().map(OsStr::new));
    add("--location", location.as_ref().map(OsStr::new));
    add("--root", root.as_ref().map(|path| path.as_os_str()));
    add("--code-versions", code_versions.as_ref().map(OsStr::new));
    add("--deployment", deployment.as_ref().map(OsStr::new));
    add("--commit", commit.as_ref().map(OsStr::new));
    options
}
