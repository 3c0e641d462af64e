//! How two graphs are compared.

use assetdiff::{AssetGraph, IgnoreRule, Language};
use assetdiff_adapters::select::{Ignore, IgnoreError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::convert::from_python;
use crate::errors::{AssetDiffError, selection_error};
use crate::project::ProjectCore;

/// How two graphs are compared, from the texts that the command takes.
#[pyclass(frozen, eq, hash, from_py_object, module = "assetdiff")]
#[derive(Clone)]
pub(crate) struct DiffOptions {
    /// All but the ignore rules, which may be for the assets that a selection selects in the graphs.
    options: assetdiff::DiffOptions,
    ignore: Vec<Ignore>,
    language: Language,
    texts: Texts,
}

impl DiffOptions {
    fn for_graphs(
        &self,
        base: &AssetGraph,
        head: &AssetGraph,
    ) -> Result<assetdiff::DiffOptions, IgnoreError> {
        let rules = self.ignore.iter().map(|ignore| ignore.for_graphs(self.language, base, head));
        Ok(self.with(rules.collect::<Result<_, _>>()?))
    }

    fn for_all(&self) -> Option<assetdiff::DiffOptions> {
        self.ignore.iter().map(Ignore::for_all).collect::<Option<_>>().map(|rules| self.with(rules))
    }

    fn with(&self, mut rules: Vec<IgnoreRule>) -> assetdiff::DiffOptions {
        let mut options = self.options.clone();
        rules.append(&mut options.ignore);
        options.ignore = rules;
        options
    }
}

/// What two graphs are compared by: options, or the rules of a project.
#[derive(FromPyObject, Clone)]
#[expect(clippy::large_enum_variant, reason = "one lives for a call")]
pub(crate) enum Rules {
    Options(DiffOptions),
    Project(ProjectCore),
}

impl Rules {
    /// Returns the options for two graphs.
    pub(crate) fn for_graphs(
        &self,
        base: &AssetGraph,
        head: &AssetGraph,
    ) -> Result<assetdiff::DiffOptions, IgnoreError> {
        match self {
            Self::Options(options) => options.for_graphs(base, head),
            Self::Project(project) => Ok(project.config.diff_options(base, head)?),
        }
    }

    /// Returns the options, if no rule is for selected assets.
    pub(crate) fn for_all(&self) -> Option<assetdiff::DiffOptions> {
        match self {
            Self::Options(options) => options.for_all(),
            Self::Project(project) => project.config.options_for_all(),
        }
    }
}

/// Returns the exception for a rule, or its selection, that cannot be used.
pub(crate) fn ignore_error(error: IgnoreError) -> PyErr {
    match error {
        IgnoreError::Rule(error) => AssetDiffError::new_err(error.to_string()),
        IgnoreError::Selection(error) => selection_error(error),
    }
}

/// What the options were made of: they compare and are shown by it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Texts {
    ignore: Vec<String>,
    normalize: Vec<String>,
    presets: Vec<String>,
    renames: String,
    effects: String,
    language: String,
}

impl PartialEq for DiffOptions {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl std::hash::Hash for DiffOptions {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.texts.hash(state);
    }
}

fn error(error: impl std::fmt::Display) -> PyErr {
    AssetDiffError::new_err(error.to_string())
}

#[pymethods]
impl DiffOptions {
    #[new]
    #[pyo3(
        signature = (
            *, ignore=Vec::new(), normalize=Vec::new(), presets=Vec::new(), renames=None, effects=None,
            language="dagster".to_owned()
        ),
        text_signature = "(*, ignore=(), normalize=(), presets=(), renames=None, effects=None, language='dagster')"
    )]
    fn new(
        ignore: Vec<String>,
        normalize: Vec<String>,
        presets: Vec<String>,
        renames: Option<Bound<'_, PyAny>>,
        effects: Option<Bound<'_, PyDict>>,
        language: String,
    ) -> PyResult<Self> {
        let mut options = assetdiff::DiffOptions::default();
        let parsed: Language = language.parse().map_err(error)?;
        let mut rules = Vec::new();
        for text in &ignore {
            let rule: Ignore = text.parse().map_err(error)?;
            // What is no selection is told now; what the graphs cannot answer, when there are graphs.
            rule.selection(parsed).map_err(selection_error)?;
            rules.push(rule);
        }
        for rule in &normalize {
            options.normalize.push(rule.parse().map_err(error)?);
        }
        let renames = renames
            .map_or_else(|| Ok("60".to_owned()), |renames| Ok::<_, PyErr>(renames.str()?.to_string()))?;
        options.renames = renames.parse().map_err(error)?;
        let effects_text = effects.as_ref().map(|effects| crate::convert::dumps(effects)).transpose()?;
        if let Some(effects) = &effects {
            let data = PyDict::new(effects.py());
            data.set_item(intern!(effects.py(), "kinds"), effects)?;
            options.effects = from_python("effects", &data)?;
        }
        for preset in &presets {
            match preset.as_str() {
                "dbt" => assetdiff_adapters::dbt::preset(&mut options).map_err(error)?,
                other => return Err(error(format!("expected the preset \"dbt\", found {other:?}"))),
            }
        }
        let effects = effects_text.unwrap_or_default();
        let texts = Texts { ignore, normalize, presets, renames, effects, language };
        Ok(Self { options, ignore: rules, language: parsed, texts })
    }

    #[getter]
    fn ignore<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.texts.ignore)
    }

    #[getter]
    fn normalize<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.texts.normalize)
    }

    #[getter]
    fn presets<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.texts.presets)
    }

    #[getter]
    fn renames(&self) -> &str {
        &self.texts.renames
    }

    #[getter]
    fn effects<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let Texts { effects, .. } = &self.texts;
        crate::convert::loads(py, if effects.is_empty() { "{}" } else { effects })
    }

    #[getter]
    fn language(&self) -> &str {
        &self.texts.language
    }

    fn __repr__(&self) -> String {
        let Texts { ignore, normalize, presets, renames, effects: _, language: _ } = &self.texts;
        format!(
            "DiffOptions(ignore={ignore:?}, normalize={normalize:?}, presets={presets:?}, renames={renames:?})"
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyDict>,))> {
        let Texts { ignore, normalize, presets, renames, effects, language } = &self.texts;
        let arguments = PyDict::new(py);
        arguments.set_item("ignore", ignore)?;
        arguments.set_item("normalize", normalize)?;
        arguments.set_item("presets", presets)?;
        arguments.set_item("renames", renames)?;
        arguments.set_item("language", language)?;
        if !effects.is_empty() {
            arguments.set_item("effects", crate::convert::loads(py, effects)?)?;
        }
        let plain = py.import(intern!(py, "assetdiff._plain"))?;
        Ok((plain.getattr(intern!(py, "diff_options"))?, (arguments,)))
    }
}
