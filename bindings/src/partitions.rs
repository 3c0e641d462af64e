//! Partition keys, subsets of them, and what mappings and changes do to them.

use assetdiff::{MappingError, PartitionMapping, PartitionsDefinition, SubsetError, Timestamp};
use pyo3::exceptions::PyIndexError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};

use crate::convert::{from_python, to_python};
use crate::errors::AssetDiffError;

/// How many keys are made at a time for an iteration.
const PAGE: usize = 1024;

fn error(error: impl std::fmt::Display) -> PyErr {
    AssetDiffError::new_err(error.to_string())
}

fn mapping_of(mapping: Option<&Bound<'_, PyAny>>) -> PyResult<Option<PartitionMapping>> {
    mapping.map(|mapping| from_python("mapping", mapping)).transpose()
}

fn known(count: Option<u64>) -> PyResult<usize> {
    let count = count.ok_or_else(|| error(SubsetError::UnknownKeys))?;
    Ok(usize::try_from(count)?)
}

fn list<'py>(py: Python<'py>, subset: &assetdiff::PartitionSubset) -> PyResult<Bound<'py, PyList>> {
    let mut keys = Vec::new();
    subset.visit(|key| keys.push(PyString::new(py, key)));
    PyList::new(py, keys)
}

/// The partition keys of a definition at a time.
#[pyclass(frozen, eq, sequence, from_py_object, module = "assetdiff")]
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PartitionKeys(pub(crate) assetdiff::PartitionKeys);

#[pymethods]
impl PartitionKeys {
    #[new]
    fn new(py: Python<'_>, definition: &Bound<'_, PyAny>, now: &Bound<'_, PyAny>) -> PyResult<Self> {
        let definition: PartitionsDefinition = from_python("definition", definition)?;
        let now: Timestamp = from_python("now", now)?;
        py.detach(|| definition.at(&now)).map(Self).map_err(error)
    }

    #[staticmethod]
    fn unpartitioned() -> Self {
        Self(assetdiff::PartitionKeys::unpartitioned())
    }

    #[getter]
    fn count(&self) -> Option<u64> {
        self.0.len()
    }

    #[getter]
    fn is_partitioned(&self) -> bool {
        self.0.is_partitioned()
    }

    fn all(&self) -> PartitionSubset {
        PartitionSubset(self.0.all())
    }

    fn none(&self) -> PartitionSubset {
        PartitionSubset(self.0.none())
    }

    #[pyo3(signature = (keys, *, skip_unknown = false))]
    fn subset(&self, keys: Vec<String>, skip_unknown: bool) -> PyResult<PartitionSubset> {
        let (subset, unknown) = self.0.subset(keys);
        match unknown.first() {
            Some(key) if !skip_unknown => {
                Err(AssetDiffError::new_err(format!("expected partition keys that exist, found {key:?}")))
            }
            _ => Ok(PartitionSubset(subset)),
        }
    }

    fn to_list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        list(py, &self.0.all())
    }

    fn __len__(&self) -> PyResult<usize> {
        known(self.0.len())
    }

    fn __iter__(&self) -> KeyIterator {
        KeyIterator::of(self.0.all())
    }

    fn __contains__(&self, key: &str) -> bool {
        self.0.contains(key)
    }

    fn __getitem__(&self, position: isize) -> PyResult<String> {
        let place = if position < 0 {
            known(self.0.len())?.checked_add_signed(position)
        } else {
            Some(position as usize)
        };
        let key = place.and_then(|place| self.0.get(place as u64));
        key.ok_or_else(|| PyIndexError::new_err(position))
    }

    fn __repr__(&self) -> String {
        format!("<PartitionKeys: {}>", self.0.all())
    }

    fn __copy__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __deepcopy__<'py>(this: PyRef<'py, Self>, _memo: &Bound<'py, PyAny>) -> PyRef<'py, Self> {
        this
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let class = py.get_type::<Self>();
        if !self.0.is_partitioned() {
            return Ok((class.getattr(intern!(py, "unpartitioned"))?, PyTuple::empty(py)));
        }
        let (definition, now) = self.0.stated().ok_or_else(|| {
            let message = "expected the partition keys of a definition, found windows beyond them, which a mapping led to";
            AssetDiffError::new_err(message)
        })?;
        let arguments = (to_python(py, &definition)?, to_python(py, &now)?);
        Ok((class.into_any(), arguments.into_pyobject(py)?))
    }
}

/// Some of the partitions of an asset.
#[pyclass(frozen, eq, from_py_object, module = "assetdiff")]
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PartitionSubset(pub(crate) assetdiff::PartitionSubset);

#[pymethods]
impl PartitionSubset {
    #[getter]
    fn keys(&self) -> PartitionKeys {
        PartitionKeys(self.0.keys().clone())
    }

    #[getter]
    fn count(&self) -> Option<u64> {
        self.0.len()
    }

    #[getter]
    fn is_all(&self) -> bool {
        self.0.is_all()
    }

    #[pyo3(signature = (limit = None))]
    fn ranges(&self, limit: Option<usize>) -> Vec<(String, String, u64)> {
        let ranges = self.0.ranges().take(limit.unwrap_or(usize::MAX));
        ranges.map(|range| (range.first, range.last, range.count)).collect()
    }

    fn within(&self, keys: &PartitionKeys) -> PyResult<Self> {
        self.0.within(&keys.0).map(Self).map_err(error)
    }

    fn to_list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        list(py, &self.0)
    }

    fn __or__(&self, other: &Self) -> PyResult<Self> {
        self.0.union(&other.0).map(Self).map_err(error)
    }

    fn __and__(&self, other: &Self) -> PyResult<Self> {
        self.0.intersection(&other.0).map(Self).map_err(error)
    }

    fn __sub__(&self, other: &Self) -> PyResult<Self> {
        self.0.difference(&other.0).map(Self).map_err(error)
    }

    fn __bool__(&self) -> bool {
        !self.0.is_empty()
    }

    fn __len__(&self) -> PyResult<usize> {
        known(self.0.len())
    }

    fn __iter__(&self) -> KeyIterator {
        KeyIterator::of(self.0.clone())
    }

    fn __contains__(&self, key: &str) -> bool {
        self.0.contains(key)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<PartitionSubset: {}>", self.0)
    }

    fn __copy__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __deepcopy__<'py>(this: PyRef<'py, Self>, _memo: &Bound<'py, PyAny>) -> PyRef<'py, Self> {
        this
    }

    /// As its keys and the names of what is in it or of what is not, whichever is less.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let rest = self.0.keys().all().difference(&self.0).map_err(error)?;
        let is_less = match (rest.len(), self.0.len()) {
            (Some(rest), Some(some)) => rest < some,
            (rest, _) => rest.is_some(),
        };
        let names = list(py, if is_less { &rest } else { &self.0 })?;
        let again = py.import(intern!(py, "assetdiff._plain"))?.getattr(intern!(py, "partition_subset"))?;
        Ok((again, (self.keys(), names, is_less).into_pyobject(py)?))
    }
}

/// Keys one by one, made a page at a time.
#[pyclass]
pub(crate) struct KeyIterator {
    subset: assetdiff::PartitionSubset,
    place: u64,
    page: std::vec::IntoIter<String>,
}

impl KeyIterator {
    fn of(subset: assetdiff::PartitionSubset) -> Self {
        Self { subset, place: 0, page: Vec::new().into_iter() }
    }
}

#[pymethods]
impl KeyIterator {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&mut self) -> Option<String> {
        if self.page.len() == 0 {
            let page: Vec<String> = self.subset.iter_from(self.place).take(PAGE).collect();
            self.place += page.len() as u64;
            self.page = page.into_iter();
        }
        self.page.next()
    }
}

/// What differs between the partition keys of two sides.
#[pyclass(frozen, eq, module = "assetdiff")]
#[derive(PartialEq, Eq)]
pub(crate) struct PartitionsDelta(assetdiff::PartitionsDelta);

#[pymethods]
impl PartitionsDelta {
    #[getter]
    fn added(&self) -> PartitionSubset {
        PartitionSubset(self.0.added.clone())
    }

    #[getter]
    fn removed(&self) -> PartitionSubset {
        PartitionSubset(self.0.removed.clone())
    }

    #[getter]
    fn kept(&self) -> PartitionSubset {
        PartitionSubset(self.0.kept.clone())
    }

    #[getter]
    fn same_meaning(&self) -> bool {
        self.0.same_meaning
    }

    #[getter]
    fn is_equivalent(&self) -> bool {
        self.0.is_equivalent
    }

    #[getter]
    fn is_safe(&self) -> bool {
        self.0.is_safe()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<PartitionsDelta: {}>", self.0)
    }
}

/// Returns the upstream partitions that some partitions of a dependent read: those that exist and the others.
#[pyfunction]
pub(crate) fn upstream_partitions(
    py: Python<'_>,
    mapping: Option<&Bound<'_, PyAny>>,
    downstream: &PartitionSubset,
    upstream: &PartitionKeys,
) -> PyResult<(PartitionSubset, PartitionSubset)> {
    let mapping = mapping_of(mapping)?;
    let read = py.detach(|| assetdiff::upstream_partitions(mapping.as_ref(), &downstream.0, &upstream.0));
    let read = read.map_err(|found: MappingError| error(found))?;
    Ok((PartitionSubset(read.existing), PartitionSubset(read.nonexistent)))
}

/// Returns the partitions of a dependent that read some of the upstream partitions.
#[pyfunction]
pub(crate) fn downstream_partitions(
    py: Python<'_>,
    mapping: Option<&Bound<'_, PyAny>>,
    upstream: &PartitionSubset,
    downstream: &PartitionKeys,
) -> PyResult<PartitionSubset> {
    let mapping = mapping_of(mapping)?;
    let readers =
        py.detach(|| assetdiff::downstream_partitions(mapping.as_ref(), &upstream.0, &downstream.0));
    readers.map(PartitionSubset).map_err(error)
}

/// Returns what a change of partitions does to the keys.
#[pyfunction]
pub(crate) fn compare_partitions(
    py: Python<'_>,
    base: &PartitionKeys,
    head: &PartitionKeys,
) -> PyResult<PartitionsDelta> {
    py.detach(|| assetdiff::compare_partitions(&base.0, &head.0)).map(PartitionsDelta).map_err(error)
}
