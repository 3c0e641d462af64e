//! The rules of a project, and what they say of a change; the package shows them through classes of its own.

use std::path::PathBuf;
use std::sync::Arc;

use assetdiff::{Limits, PlanOptions, plan};
use assetdiff_adapters::file;
use assetdiff_project::{Config, MAX_BYTES, PolicyReport, ResultPlace, evaluate, junit, sarif};
use pyo3::prelude::*;

use crate::changes::ChangeSetCore;
use crate::convert::{json, to_python};
use crate::detached::detached;
use crate::errors::{AssetDiffError, config_error, selection_error};
use crate::impact::ImpactCore;

/// The rules of a project.
#[pyclass(frozen, from_py_object, module = "assetdiff._core")]
#[derive(Clone)]
pub(crate) struct ProjectCore {
    pub(crate) config: Arc<Config>,
}

/// Whether a change keeps the policies of a project.
#[pyclass(frozen, module = "assetdiff._core")]
pub(crate) struct PolicyReportCore(Arc<PolicyReport>);

#[pymethods]
impl ProjectCore {
    #[staticmethod]
    fn parse(text: &str, name: &str) -> PyResult<Self> {
        Ok(Self { config: Arc::new(Config::parse(name, text).map_err(config_error)?) })
    }

    /// The rules of a file, and its text.
    #[staticmethod]
    fn read(path: PathBuf) -> PyResult<(Self, String)> {
        let mut limits = Limits::default();
        limits.max_bytes = MAX_BYTES as u64;
        let bytes = file::read(&path, &limits).map_err(|error| AssetDiffError::new_err(error.to_string()))?;
        let config = Config::parse_bytes(&path.display().to_string(), &bytes).map_err(config_error)?;
        Ok((Self { config: Arc::new(config) }, String::from_utf8_lossy(&bytes).into_owned()))
    }

    #[getter]
    fn base(&self) -> &str {
        self.config.base.as_str()
    }

    #[getter]
    fn policies(&self) -> Vec<&str> {
        self.config.policies.iter().map(|policy| policy.name.as_str()).collect()
    }

    fn store_place(&self, stated: Option<&str>, environment: Option<&str>) -> String {
        self.config.store_place(stated, environment)
    }

    fn check_policies(
        &self,
        py: Python<'_>,
        changes: &ChangeSetCore,
        impact: &ImpactCore,
    ) -> PyResult<PolicyReportCore> {
        let (config, changes, impact_of) =
            (Arc::clone(&self.config), Arc::clone(&changes.0), Arc::clone(&impact.impact));
        let (base, head) = (Arc::clone(&impact.base.graph), Arc::clone(&impact.head.graph));
        let work = move || {
            let plan = plan(&impact_of, &base, &head, &PlanOptions::default());
            evaluate(&config.policies, &base, &head, &changes, &impact_of, &plan)
        };
        let report = detached(py, impact.head.graph.len() << 8, work)?.map_err(selection_error)?;
        Ok(PolicyReportCore(Arc::new(report)))
    }
}

#[pymethods]
impl PolicyReportCore {
    fn results<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.results)
    }

    fn has_error(&self) -> bool {
        self.0.has_error()
    }

    fn to_json(&self) -> PyResult<String> {
        json(&*self.0)
    }

    fn to_sarif(&self, file: String) -> String {
        sarif(&self.0, &ResultPlace { file, link: None }, env!("CARGO_PKG_VERSION"))
    }

    fn to_junit(&self) -> String {
        junit(&self.0)
    }
}
