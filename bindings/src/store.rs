//! Deployments; the package shows them through classes of its own.

use std::sync::Arc;

use assetdiff::{DiffOptions, SelectionError, Timestamp};
use assetdiff_project::Config;
use assetdiff_store::{
    Against, DeploymentName, Origin, Prune, Push, Reference, SnapshotBase, Store, StoreError,
};
use pyo3::prelude::*;

use crate::changes::ChangeSetCore;
use crate::convert::to_python;
use crate::detached::detached;
use crate::errors::{AssetDiffError, selection_error, store_error};
use crate::graph::AssetGraph;
use crate::project::ProjectCore;
use crate::three_way::ThreeWayCore;

/// Named deployments, with the rules of their project.
#[pyclass(frozen, module = "assetdiff._core")]
pub(crate) struct StoreCore {
    store: Arc<Store>,
    config: Arc<Config>,
}

/// What keeps two versions from being compared.
enum Trouble {
    Store(StoreError),
    Selection(SelectionError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<SelectionError> for Trouble {
    fn from(error: SelectionError) -> Self {
        Self::Selection(error)
    }
}

impl From<Trouble> for PyErr {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Store(error) => store_error(error),
            Trouble::Selection(error) => selection_error(error),
        }
    }
}

fn name(text: &str) -> PyResult<DeploymentName> {
    DeploymentName::new(text).map_err(|error| store_error(error.into()))
}

fn reference(text: &str) -> PyResult<Reference> {
    text.parse().map_err(|error: assetdiff_store::NameError| store_error(error.into()))
}

fn against(text: &str) -> PyResult<Against> {
    text.parse().map_err(|error: assetdiff_store::NameError| store_error(error.into()))
}

fn time(text: &str) -> PyResult<Timestamp> {
    text.parse().map_err(|error: assetdiff::ParseValueError| AssetDiffError::new_err(error.to_string()))
}

impl StoreCore {
    /// Works on the store, which may be far away.
    fn work<T: Send + 'static>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> PyResult<T> {
        let store = Arc::clone(&self.store);
        detached(py, usize::MAX, move || work(&store))?.map_err(store_error)
    }
}

#[pymethods]
impl StoreCore {
    #[staticmethod]
    fn open(
        py: Python<'_>,
        place: String,
        settings: Vec<(String, String)>,
        project: Option<ProjectCore>,
    ) -> PyResult<Self> {
        let open = move || Store::open(&place, &Store::settings(settings));
        let store = detached(py, usize::MAX, open)?.map_err(store_error)?;
        let config = project.map_or_else(Arc::default, |project| project.config);
        Ok(Self { store: Arc::new(store), config })
    }

    /// The new version, how often another push was quicker, and whether the graph is that of the version before.
    #[pyo3(signature = (deployment, graph, *, at, base, snapshot_base, commit, branch, pull_request, author))]
    #[expect(clippy::too_many_arguments, reason = "one for each thing that can be stated")]
    fn push<'py>(
        &self,
        py: Python<'py>,
        deployment: &str,
        graph: AssetGraph,
        at: &str,
        base: Option<&str>,
        snapshot_base: Option<&str>,
        commit: Option<String>,
        branch: Option<String>,
        pull_request: Option<String>,
        author: Option<String>,
    ) -> PyResult<(Bound<'py, PyAny>, u32, bool)> {
        let deployment = name(deployment)?;
        let mut push = Push::at(time(at)?);
        push.base = base.map(name).transpose()?;
        push.default_base = Some(self.config.base.clone());
        push.snapshot_base =
            snapshot_base.map(str::parse::<SnapshotBase>).transpose().map_err(AssetDiffError::new_err)?;
        push.origin = Origin { commit, branch, pull_request, author };
        push.redaction = self.config.redaction.clone();
        let pushed = self.work(py, move |store| store.push(&deployment, &graph.graph, &push))?;
        Ok((to_python(py, &pushed.version)?, pushed.retries, pushed.unchanged))
    }

    fn diff(&self, py: Python<'_>, head: &str, against: &str) -> PyResult<ChangeSetCore> {
        let (head, against) = (reference(head)?, self::against(against)?);
        let (store, config) = (Arc::clone(&self.store), Arc::clone(&self.config));
        let work = move || -> Result<_, Trouble> {
            let head = store.find(&head)?;
            let base = store.base_of(&head, &against)?;
            let options: DiffOptions = match config.options_for_all() {
                Some(options) => options,
                None => config.diff_options(&store.graph(&base)?, &store.graph(&head)?)?,
            };
            Ok(store.diff(&base, &head, &options)?)
        };
        Ok(ChangeSetCore(Arc::new(detached(py, usize::MAX, work)??)))
    }

    fn diff3(&self, py: Python<'_>, head: &str) -> PyResult<ThreeWayCore> {
        let head = reference(head)?;
        let (store, config) = (Arc::clone(&self.store), Arc::clone(&self.config));
        let work = move || -> Result<_, Trouble> {
            let head = store.find(&head)?;
            let merge_base = store.graph(&store.base_of(&head, &Against::Pinned)?)?;
            let base = store.graph(&store.base_of(&head, &Against::Current)?)?;
            let head = store.graph(&head)?;
            Ok(assetdiff::diff3(&merge_base, &base, &head, &config.diff_options(&base, &head)?))
        };
        Ok(ThreeWayCore(Arc::new(detached(py, usize::MAX, work)??)))
    }

    fn list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.work(py, Store::list)?)
    }

    fn log<'py>(&self, py: Python<'py>, deployment: &str) -> PyResult<Bound<'py, PyAny>> {
        let deployment = name(deployment)?;
        to_python(py, &self.work(py, move |store| store.log(&deployment))?)
    }

    fn find<'py>(&self, py: Python<'py>, version: &str) -> PyResult<Bound<'py, PyAny>> {
        let version = reference(version)?;
        to_python(py, &self.work(py, move |store| store.find(&version))?)
    }

    fn base_of<'py>(&self, py: Python<'py>, version: &str, against: &str) -> PyResult<Bound<'py, PyAny>> {
        let (version, against) = (reference(version)?, self::against(against)?);
        let base = self.work(py, move |store| store.base_of(&store.find(&version)?, &against))?;
        to_python(py, &base)
    }

    fn show(&self, py: Python<'_>, version: &str) -> PyResult<AssetGraph> {
        let version = reference(version)?;
        let graph = self.work(py, move |store| store.graph(&store.find(&version)?))?;
        Ok(AssetGraph { graph: Arc::new(graph) })
    }

    fn close<'py>(&self, py: Python<'py>, deployment: &str, at: &str) -> PyResult<Bound<'py, PyAny>> {
        let (deployment, at) = (name(deployment)?, time(at)?);
        to_python(py, &self.work(py, move |store| store.close(&deployment, at))?)
    }

    /// The deployments that were closed and removed, the objects that were removed, and their bytes.
    #[pyo3(signature = (*, at, closed_for, idle_for, keep, dry_run, force))]
    #[expect(clippy::too_many_arguments, reason = "one for each thing that can be stated")]
    fn prune(
        &self,
        py: Python<'_>,
        at: &str,
        closed_for: u64,
        idle_for: Option<u64>,
        keep: Vec<String>,
        dry_run: bool,
        force: bool,
    ) -> PyResult<(Vec<String>, Vec<String>, u64, u64)> {
        let mut prune = Prune::at(time(at)?);
        (prune.closed_for, prune.idle_for) = (closed_for, idle_for);
        (prune.dry_run, prune.force) = (dry_run, force);
        prune.keep.insert(self.config.base.clone());
        for deployment in &keep {
            prune.keep.insert(name(deployment)?);
        }
        let pruned = self.work(py, move |store| store.prune(&prune))?;
        let names = |names: Vec<DeploymentName>| names.into_iter().map(String::from).collect();
        Ok((names(pruned.closed), names(pruned.removed), pruned.objects, pruned.bytes))
    }

    /// How many deployments, versions, objects and bytes there are, and what is wrong.
    fn verify(&self, py: Python<'_>) -> PyResult<(u64, u64, u64, u64, Vec<String>)> {
        let found = self.work(py, Store::verify)?;
        let problems = found.problems.iter().map(ToString::to_string).collect();
        Ok((found.deployments, found.versions, found.objects, found.bytes, problems))
    }

    fn traffic(&self) -> (u64, u64) {
        let traffic = self.store.traffic();
        (traffic.written, traffic.read)
    }
}
