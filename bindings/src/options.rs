//! How two graphs are compared.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::convert::from_python;
use crate::errors::AssetDiffError;

/// How two graphs are compared, from the texts that the command takes.
#[pyclass(frozen, eq, hash, from_py_object, module = "assetdiff")]
#[derive(Clone)]
pub(crate) struct DiffOptions {
    pub(crate) options: assetdiff::DiffOptions,
    texts: Texts,
}

/// What the options were made of: they compare and are shown by it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Texts {
    ignore: Vec<String>,
    normalize: Vec<String>,
    presets: Vec<String>,
    renames: String,
    effects: String,
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
        signature = (*, ignore=Vec::new(), normalize=Vec::new(), presets=Vec::new(), renames=None, effects=None),
        text_signature = "(*, ignore=(), normalize=(), presets=(), renames=None, effects=None)"
    )]
    fn new(
        ignore: Vec<String>,
        normalize: Vec<String>,
        presets: Vec<String>,
        renames: Option<Bound<'_, PyAny>>,
        effects: Option<Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let mut options = assetdiff::DiffOptions::default();
        for rule in &ignore {
            options.ignore.push(rule.parse().map_err(error)?);
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
        Ok(Self { options, texts: Texts { ignore, normalize, presets, renames, effects } })
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

    fn __repr__(&self) -> String {
        let Texts { ignore, normalize, presets, renames, effects: _ } = &self.texts;
        format!(
            "DiffOptions(ignore={ignore:?}, normalize={normalize:?}, presets={presets:?}, renames={renames:?})"
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyDict>,))> {
        let Texts { ignore, normalize, presets, renames, effects } = &self.texts;
        let arguments = PyDict::new(py);
        arguments.set_item("ignore", ignore)?;
        arguments.set_item("normalize", normalize)?;
        arguments.set_item("presets", presets)?;
        arguments.set_item("renames", renames)?;
        if !effects.is_empty() {
            arguments.set_item("effects", crate::convert::loads(py, effects)?)?;
        }
        let plain = py.import(intern!(py, "assetdiff._plain"))?;
        Ok((plain.getattr(intern!(py, "diff_options"))?, (arguments,)))
    }
}
