//! What changes reach, what is to be made again, and why; the package shows them through classes of its own.

use std::sync::Arc;

use assetdiff::{Barrier, ChangeSet, Have, ImpactJson, ImpactPolicy, PlanOptions, Timestamp};
use assetdiff_adapters::commands::{Commands, asset_selection, tool_commands};
use assetdiff_report::{HtmlInput, HtmlStyle, TextStyle, ToolCommands, html, inline};
use pyo3::prelude::*;

use crate::changes::ChangeSetCore;
use crate::convert::to_python;
use crate::detached::detached;
use crate::errors::AssetDiffError;
use crate::graph::{AssetGraph, keys};
use crate::key::{AssetKey, KeyLike};

fn style(width: usize, color: bool) -> TextStyle {
    TextStyle { width: width.max(40), color, ..TextStyle::default() }
}

fn shown_commands((tool, all, each): assetdiff_adapters::commands::ToolCommands) -> ToolCommands {
    let Commands { commands, notes } = all;
    ToolCommands { tool: tool.to_owned(), commands, notes, each }
}

/// What a change set reaches.
#[pyclass(frozen, module = "assetdiff._core")]
pub(crate) struct ImpactCore {
    pub(crate) impact: Arc<assetdiff::Impact>,
    changes: Arc<ChangeSet>,
    pub(crate) base: AssetGraph,
    pub(crate) head: AssetGraph,
}

/// Follows the changes from base to head.
#[pyfunction]
#[pyo3(signature = (changes, base, head, *, max_distance, barriers, narrow_columns, now, changed_partitions))]
#[expect(clippy::too_many_arguments, reason = "one for each setting of the policy")]
pub(crate) fn impact(
    py: Python<'_>,
    changes: ChangeSetCore,
    base: AssetGraph,
    head: AssetGraph,
    max_distance: Option<u32>,
    barriers: Vec<(String, Vec<KeyLike>)>,
    narrow_columns: bool,
    now: Option<&str>,
    changed_partitions: Vec<(KeyLike, Vec<String>)>,
) -> PyResult<ImpactCore> {
    let mut policy = ImpactPolicy::default();
    policy.max_distance = max_distance;
    policy.narrow_columns = narrow_columns;
    let now =
        now.map(|now| now.parse::<Timestamp>().map_err(|error| AssetDiffError::new_err(error.to_string())));
    policy.now = now.transpose()?;
    for (name, assets) in barriers {
        let assets = assets.into_iter().map(KeyLike::key).collect::<PyResult<_>>()?;
        policy.barriers.push(Barrier { name, assets });
    }
    for (key, partitions) in changed_partitions {
        policy.changed_partitions.insert(key.key()?, partitions);
    }
    let size = head.graph.len() << 6;
    let (from, to) = (Arc::clone(&base.graph), Arc::clone(&head.graph));
    let of = Arc::clone(&changes.0);
    let impact = detached(py, size, move || assetdiff::impact(&of, &from, &to, &policy))?;
    Ok(ImpactCore { impact: Arc::new(impact), changes: changes.0, base, head })
}

#[pymethods]
impl ImpactCore {
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.impact.summary())
    }

    fn len(&self) -> usize {
        self.impact.assets().len()
    }

    fn get<'py>(&self, py: Python<'py>, key: KeyLike) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.impact.get(&key.key()?))
    }

    fn assets<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.impact.assets().collect::<Vec<_>>())
    }

    fn stops<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.impact.stops())
    }

    fn spared<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.impact.spared())
    }

    fn causes<'py>(&self, py: Python<'py>, key: KeyLike, max: usize) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.impact.causes(&key.key()?, max))
    }

    fn shortest_path<'py>(&self, py: Python<'py>, key: KeyLike) -> PyResult<Bound<'py, PyAny>> {
        Ok(keys(py, self.impact.shortest_path(&key.key()?))?.into_any())
    }

    fn explain(&self, py: Python<'_>, key: KeyLike, max_paths: usize) -> PyResult<Option<ExplanationCore>> {
        let (impact, key) = (Arc::clone(&self.impact), key.key()?);
        let explanation = detached(py, self.len() << 8, move || impact.explain(&key, max_paths))?;
        let changes = Arc::clone(&self.changes);
        Ok(explanation.map(|explanation| ExplanationCore { explanation, changes }))
    }

    fn plan(&self, py: Python<'_>, have: Vec<(KeyLike, Option<Vec<String>>)>) -> PyResult<PlanCore> {
        let mut options = PlanOptions::default();
        for (key, partitions) in have {
            options.have.insert(key.key()?, partitions.map_or(Have::All, Have::Partitions));
        }
        let (impact, size) = (Arc::clone(&self.impact), self.head.graph.len() << 6);
        let (base, head) = (Arc::clone(&self.base.graph), Arc::clone(&self.head.graph));
        let plan = detached(py, size, move || assetdiff::plan(&impact, &base, &head, &options))?;
        Ok(PlanCore(Arc::new(plan)))
    }

    fn to_json(&self, py: Python<'_>, max_causes: usize) -> PyResult<String> {
        let impact = Arc::clone(&self.impact);
        let mut options = ImpactJson::default();
        options.max_causes = max_causes;
        detached(py, self.len() << 8, move || impact.to_json(&options))
    }

    /// The HTML report of the changes that it was made from; with a height, as a frame for a notebook.
    #[pyo3(signature = (changes, *, title, max_assets, height))]
    fn to_html(
        &self,
        py: Python<'_>,
        changes: &ChangeSetCore,
        title: Option<String>,
        max_assets: usize,
        height: Option<u32>,
    ) -> PyResult<String> {
        let (impact, changes) = (Arc::clone(&self.impact), Arc::clone(&changes.0));
        let (base, head) = (Arc::clone(&self.base.graph), Arc::clone(&self.head.graph));
        let work = move || {
            let plan = assetdiff::plan(&impact, &base, &head, &PlanOptions::default());
            let mut input = HtmlInput::new(&changes, &base, &head);
            input.impact = Some(&impact);
            input.plan = Some(&plan);
            let producer = head.provenance().producer.as_deref();
            input.commands = tool_commands(&plan, producer).into_iter().map(shown_commands).collect();
            let page = html(&input, &HtmlStyle { title, max_assets, ..HtmlStyle::default() });
            height.map(|height| inline(&page, height)).unwrap_or(page)
        };
        detached(py, self.head.graph.len() << 8, work)
    }

    #[pyo3(signature = (*, width, color))]
    fn to_text(&self, py: Python<'_>, width: usize, color: bool) -> PyResult<String> {
        let (impact, changes) = (Arc::clone(&self.impact), Arc::clone(&self.changes));
        let show = move || assetdiff_report::impact(&impact, Some(&changes), &style(width, color));
        detached(py, self.len() << 8, show)
    }
}

/// Why an asset is affected.
#[pyclass(frozen, module = "assetdiff._core")]
pub(crate) struct ExplanationCore {
    explanation: assetdiff::Explanation,
    changes: Arc<ChangeSet>,
}

#[pymethods]
impl ExplanationCore {
    fn to_json(&self) -> String {
        self.explanation.to_json()
    }

    #[pyo3(signature = (*, width, color))]
    fn to_text(&self, width: usize, color: bool) -> String {
        assetdiff_report::explanation(&self.explanation, Some(&self.changes), &style(width, color))
    }

    fn to_dot(&self) -> String {
        assetdiff_report::dot(&self.explanation)
    }

    fn to_mermaid(&self) -> String {
        assetdiff_report::mermaid(&self.explanation)
    }
}

/// What is to be made again.
#[pyclass(frozen, module = "assetdiff._core")]
pub(crate) struct PlanCore(Arc<assetdiff::Plan>);

#[pymethods]
impl PlanCore {
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.summary())
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        let plan = Arc::clone(&self.0);
        detached(py, plan.summary().assets << 6, move || plan.to_json())
    }

    #[pyo3(signature = (*, width, color))]
    fn to_text(&self, width: usize, color: bool) -> String {
        assetdiff_report::plan(&self.0, &style(width, color))
    }

    fn reused(&self) -> Vec<(AssetKey, &'static str)> {
        let reason = |reason| match reason {
            assetdiff::ReuseReason::Identical => "identical",
            _ => "same_data",
        };
        self.0.reused().map(|reused| (AssetKey(reused.key), reason(reused.reason))).collect()
    }

    /// The commands and notes of a tool.
    fn commands(&self, tool: &str, more: Vec<String>) -> PyResult<(Vec<String>, Vec<String>)> {
        let Commands { commands, notes } = match tool {
            "dagster" => Commands::dagster(&self.0, &more),
            "dbt" => Commands::dbt(&self.0, &more),
            other => {
                let message = format!("expected the tool \"dagster\" or \"dbt\", found {other:?}");
                return Err(AssetDiffError::new_err(message));
            }
        };
        Ok((commands, notes))
    }

    fn asset_selection(&self) -> String {
        asset_selection(self.0.assets().map(|asset| &asset.key))
    }
}
