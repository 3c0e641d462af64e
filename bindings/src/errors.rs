//! Errors of the engine as those of the package.

use assetdiff::{GraphError, LimitError, LoadError, Problem, ReadError, ReadProblem, SelectionError};
use assetdiff_adapters::source::SourceError;
use assetdiff_arrow::RowsError;
use assetdiff_project::ConfigError;
use assetdiff_store::StoreError;
use pyo3::prelude::*;

mod imported {
    pyo3::import_exception!(assetdiff.errors, AssetDiffError);
    pyo3::import_exception!(assetdiff.errors, ConfigError);
    pyo3::import_exception!(assetdiff.errors, SelectionError);
    pyo3::import_exception!(assetdiff.errors, SnapshotError);
    pyo3::import_exception!(assetdiff.errors, StoreError);
}

pub(crate) use imported::AssetDiffError;

/// What is wrong with a snapshot, as keyword arguments of the package's `Problem`.
#[derive(Debug, Default, IntoPyObject)]
pub(crate) struct ProblemFields {
    kind: &'static str,
    message: String,
    key: Option<Vec<String>>,
    line: Option<usize>,
    column: Option<usize>,
}

pub(crate) struct SnapshotError;

impl SnapshotError {
    fn of(message: String, problems: Vec<ProblemFields>) -> PyErr {
        imported::SnapshotError::new_err((message, problems))
    }

    /// An error about data that has no lines.
    pub(crate) fn of_message(message: String) -> PyErr {
        let problem = ProblemFields { kind: "format", message: message.clone(), ..Default::default() };
        Self::of(message, vec![problem])
    }
}

pub(crate) fn read_error(error: ReadError, prefix: &str) -> PyErr {
    let kind = match error.problem {
        ReadProblem::NotUtf8 { .. } | ReadProblem::ByteOrderMark => "encoding",
        ReadProblem::DuplicateKey { .. } => "duplicate_member",
        ReadProblem::Version { .. } => "version",
        ReadProblem::Limit(_) => "limit",
        _ => "format",
    };
    let problem = ProblemFields {
        kind,
        message: error.problem.to_string(),
        key: None,
        line: Some(error.line),
        column: Some(error.column),
    };
    SnapshotError::of(format!("{prefix}{error}"), vec![problem])
}

fn graph_error(error: &GraphError, prefix: &str) -> PyErr {
    let problems = error.problems.iter().map(|problem| {
        let (kind, key) = match problem {
            Problem::DuplicateAsset { key, .. } => ("duplicate_asset", Some(key)),
            Problem::DuplicateDependency { key, .. } => ("duplicate_dependency", Some(key)),
            Problem::DuplicateCheck { key, .. } => ("duplicate_check", Some(key)),
            Problem::Cycle { path } => ("cycle", path.first()),
            Problem::NotWritable { key, .. } => ("not_writable", Some(key)),
            _ => ("other", None),
        };
        let key = key.map(|key| key.components().map(str::to_owned).collect());
        ProblemFields { kind, message: problem.to_string(), key, line: None, column: None }
    });
    SnapshotError::of(format!("{prefix}{error}"), problems.collect())
}

fn limit_error(error: &LimitError, prefix: &str) -> PyErr {
    let message = format!("{prefix}{error}");
    SnapshotError::of(message.clone(), vec![ProblemFields { kind: "limit", message, ..Default::default() }])
}

/// The error of a graph that cannot be made; `prefix` says of which.
pub(crate) fn load_error(error: LoadError, prefix: &str) -> PyErr {
    match error {
        LoadError::Read(error) => read_error(error, prefix),
        LoadError::Graph(error) => graph_error(&error, prefix),
        LoadError::Limit(error) => limit_error(&error, prefix),
        other => SnapshotError::of_message(format!("{prefix}{other}")),
    }
}

pub(crate) fn selection_error(error: SelectionError) -> PyErr {
    // Python counts characters.
    let before = error.expression.get(..error.position()).unwrap_or_default();
    imported::SelectionError::new_err((error.pointed(), before.chars().count(), error.is_syntax()))
}

/// The error of rows that are no graph; `prefix` says where they come from.
pub(crate) fn rows_error(error: RowsError, prefix: &str) -> PyErr {
    match error {
        RowsError::Load(error) => load_error(error, prefix),
        error => SnapshotError::of_message(format!("{prefix}{error}")),
    }
}

pub(crate) fn source_error(error: SourceError) -> PyErr {
    match error {
        SourceError::Load { path, error } => {
            load_error(error, &format!("{}: ", assetdiff_adapters::source::name(&path)))
        }
        SourceError::Rows { path, error } => {
            rows_error(error, &format!("{}: ", assetdiff_adapters::source::name(&path)))
        }
        error @ SourceError::Columnar { .. } => SnapshotError::of_message(error.to_string()),
        other => AssetDiffError::new_err(other.to_string()),
    }
}

pub(crate) fn config_error(error: ConfigError) -> PyErr {
    imported::ConfigError::new_err((error.to_string(), error.file, error.line, error.column))
}

pub(crate) fn store_error(error: StoreError) -> PyErr {
    imported::StoreError::new_err((error.to_string(), error.kind()))
}
