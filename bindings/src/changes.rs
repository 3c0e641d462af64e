//! Change sets; the package shows them through classes of its own.

use std::path::PathBuf;
use std::sync::Arc;

use assetdiff::{ChangeKind, ChangeSet, Comparison, DiffOptions, Limits};
use assetdiff_adapters::source::{self, SourceKind};
use assetdiff_report::{MarkdownStyle, TextStyle, markdown, text};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{IntoPyDict, PyDict};

use crate::convert::to_python;
use crate::detached::detached;
use crate::errors::{AssetDiffError, load_error, source_error};
use crate::graph::AssetGraph;
use crate::options::{Rules, ignore_error};
use crate::rows::ArrowRows;

/// What differs between two graphs.
#[pyclass(frozen, from_py_object, module = "assetdiff._core")]
#[derive(Clone)]
pub(crate) struct ChangeSetCore(pub(crate) Arc<ChangeSet>);

#[pymethods]
impl ChangeSetCore {
    #[staticmethod]
    fn from_json(py: Python<'_>, text: String) -> PyResult<Self> {
        let read = detached(py, text.len(), move || ChangeSet::from_json(&text))?;
        let read = read.map_err(|error| AssetDiffError::new_err(error.to_string()))?;
        Ok(Self(Arc::new(read)))
    }

    fn __eq__(&self, py: Python<'_>, other: &Self) -> PyResult<bool> {
        let (changes, others) = (Arc::clone(&self.0), Arc::clone(&other.0));
        detached(py, self.len() << 8, move || changes == others)
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        let changes = Arc::clone(&self.0);
        detached(py, self.len() << 8, move || changes.to_json())
    }

    #[pyo3(signature = (*, width, color))]
    fn to_text(&self, py: Python<'_>, width: usize, color: bool) -> PyResult<String> {
        let changes = Arc::clone(&self.0);
        let style = TextStyle { width: width.max(40), color, ..TextStyle::default() };
        detached(py, self.len() << 8, move || text(&changes, &style))
    }

    fn to_markdown(&self, py: Python<'_>) -> PyResult<String> {
        let changes = Arc::clone(&self.0);
        detached(py, self.len() << 8, move || markdown(&changes, &MarkdownStyle::default()))
    }

    /// The effects of a whole asset that was added or removed, by the name of the kind.
    fn effects_of(&self, kind: &str) -> PyResult<(&'static str, &'static str)> {
        let kind: ChangeKind = kind
            .parse()
            .map_err(|error: assetdiff::UnknownName| AssetDiffError::new_err(error.to_string()))?;
        let effects = self.0.effect_overrides.of_kind(kind);
        Ok((effects.own.as_str(), effects.downstream.as_str()))
    }

    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.summary())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn len(&self) -> usize {
        let ChangeSet { added, removed, renamed, moved, modified, .. } = &*self.0;
        added.len() + removed.len() + renamed.len() + moved.len() + modified.len()
    }

    fn invert(&self, py: Python<'_>) -> PyResult<Self> {
        let changes = Arc::clone(&self.0);
        let inverted = detached(py, self.len() << 8, move || ChangeSet::clone(&changes).invert())?;
        Ok(Self(Arc::new(inverted)))
    }

    fn apply(&self, py: Python<'_>, base: &AssetGraph) -> PyResult<AssetGraph> {
        let (changes, base) = (Arc::clone(&self.0), Arc::clone(&base.graph));
        let head = detached(py, base.len() << 8, move || changes.apply(&base))?;
        let head = head.map_err(|error| AssetDiffError::new_err(error.to_string()))?;
        Ok(AssetGraph { graph: Arc::new(head) })
    }

    fn to_arrow(&self) -> ArrowRows {
        ArrowRows::of_changes(&self.0)
    }
}

/// Fewer changes are read before anyone could interrupt it: in less than a tenth of a second.
const FEW: usize = 4096;

/// Reads the differences in the caller's thread if they are few: a thread of its own has to be given new memory,
/// which takes longer.
pub(crate) fn if_few<T: Send + 'static>(
    py: Python<'_>,
    base: &AssetGraph,
    head: &AssetGraph,
    read: impl FnOnce(Comparison<'_>) -> T + Send + 'static,
) -> PyResult<Option<T>> {
    let (base, head) = (base.clone(), head.clone());
    detached(py, 0, move || {
        let comparison = Comparison::new(&base.graph, &head.graph);
        (comparison.len() < FEW).then(|| read(comparison))
    })
}

/// Compares two graphs.
#[pyfunction]
#[pyo3(signature = (base, head, options=None))]
pub(crate) fn diff(
    py: Python<'_>,
    base: AssetGraph,
    head: AssetGraph,
    options: Option<Rules>,
) -> PyResult<ChangeSetCore> {
    if options.is_none() {
        let few = if_few(py, &base, &head, |comparison| comparison.change_set(&DiffOptions::default()))?;
        if let Some(changes) = few {
            return Ok(ChangeSetCore(Arc::new(changes)));
        }
    }
    let work = move || {
        let options = options.map(|options| options.for_graphs(&base.graph, &head.graph)).transpose()?;
        Ok(assetdiff::diff(&base.graph, &head.graph, &options.unwrap_or_default()))
    };
    let changes = detached(py, usize::MAX, work)?.map_err(ignore_error)?;
    Ok(ChangeSetCore(Arc::new(changes)))
}

/// Compares two files and reads of them only what it has to.
#[pyfunction]
#[pyo3(signature = (base, head, options=None))]
pub(crate) fn diff_files(
    py: Python<'_>,
    base: PathBuf,
    head: PathBuf,
    options: Option<Rules>,
) -> PyResult<ChangeSetCore> {
    let for_all = match &options {
        Some(options) => options.for_all(),
        None => Some(DiffOptions::default()),
    };
    let Some(for_all) = for_all else {
        // A rule for selected assets asks for the graphs.
        let read = move || source::read_pair(&base, &head, SourceKind::Auto, &Limits::default());
        let (base, head) = detached(py, usize::MAX, read)?.map_err(source_error)?;
        return diff(py, AssetGraph { graph: Arc::new(base) }, AssetGraph { graph: Arc::new(head) }, options);
    };
    let work = move || source::changes(&base, &head, SourceKind::Auto, &Limits::default(), &for_all);
    let changes = detached(py, usize::MAX, work)?.map_err(source_error)?;
    Ok(ChangeSetCore(Arc::new(changes)))
}

/// Compares two JSON texts, snapshots or dbt manifests, and returns the JSON of the change set.
#[pyfunction]
pub(crate) fn diff_json(py: Python<'_>, base: PyBackedBytes, head: PyBackedBytes) -> PyResult<String> {
    let size = base.len().max(head.len());
    let work = move || {
        let (base, head) = source::parse_pair(&base, &head, SourceKind::Auto, &Limits::default());
        let base = base.map_err(|error| (error, "base: "))?;
        let head = head.map_err(|error| (error, "head: "))?;
        Ok(assetdiff::diff(&base, &head, &DiffOptions::default()).to_json())
    };
    detached(py, size, work)?.map_err(|(error, side)| load_error(error, side))
}

/// The words of Dagster by kind of change, in the order of Dagster's own enum.
#[pyfunction]
pub(crate) fn branch_changes(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let word_of = |kind: &ChangeKind| Some((kind.in_branch()?, kind.as_str()));
    let mut words: Vec<_> = ChangeKind::ALL.iter().filter_map(word_of).collect();
    words.sort();
    words.into_iter().map(|(word, kind)| (kind, word.as_str())).into_py_dict(py)
}

/// Returns the names of all kinds of change, in order.
#[pyfunction]
pub(crate) fn kind_names() -> Vec<&'static str> {
    ChangeKind::ALL.iter().map(|kind| kind.as_str()).collect()
}
