//! dbt's node selection: selectors such as `+tag:nightly,path:models/marts`.

mod node;
mod pattern;
mod resolve;

use std::fmt;
use std::ops::Range;

use super::expression::{Depth, Expression, Operation};
use super::{Language, SelectionError, SelectionProblem};

/// A method of dbt with its value, as `tag:nightly`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Method {
    pub(super) name: MethodName,
    /// What follows the name after dots, as `materialized` in `config.materialized:table`.
    pub(super) arguments: Vec<String>,
    pub(super) value: String,
    /// Whether the name is written.
    is_named: bool,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, arguments, value, is_named } = self;
        if *is_named {
            f.write_str(name.as_str())?;
            arguments.iter().try_for_each(|argument| write!(f, ".{argument}"))?;
            f.write_str(":")?;
        }
        f.write_str(value)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MethodName {
    Access,
    Config,
    Exposure,
    File,
    Fqn,
    Group,
    Metric,
    Package,
    Path,
    ResourceType,
    SavedQuery,
    SemanticModel,
    Source,
    State,
    Tag,
    Version,
}

impl MethodName {
    const ALL: [Self; 16] = [
        Self::Access,
        Self::Config,
        Self::Exposure,
        Self::File,
        Self::Fqn,
        Self::Group,
        Self::Metric,
        Self::Package,
        Self::Path,
        Self::ResourceType,
        Self::SavedQuery,
        Self::SemanticModel,
        Self::Source,
        Self::State,
        Self::Tag,
        Self::Version,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Config => "config",
            Self::Exposure => "exposure",
            Self::File => "file",
            Self::Fqn => "fqn",
            Self::Group => "group",
            Self::Metric => "metric",
            Self::Package => "package",
            Self::Path => "path",
            Self::ResourceType => "resource_type",
            Self::SavedQuery => "saved_query",
            Self::SemanticModel => "semantic_model",
            Self::Source => "source",
            Self::State => "state",
            Self::Tag => "tag",
            Self::Version => "version",
        }
    }
}

/// dbt's methods that nothing in a snapshot answers, and why.
const UNANSWERABLE: [(&str, &str); 6] = [
    ("result", RUNS),
    ("selector", "the selectors of a project's selectors.yml are not in its manifest in this form"),
    ("source_status", RUNS),
    ("test_name", TESTS),
    ("test_type", TESTS),
    ("unit_test", TESTS),
];

const RUNS: &str = "the results of runs are no part of a manifest";
const TESTS: &str = "tests are no assets here but checks of the assets that they test";

/// Values of `resource_type:`; `macro` is ours.
pub(super) const RESOURCE_TYPES: [&str; 12] = [
    "analysis",
    "exposure",
    "function",
    "macro",
    "metric",
    "model",
    "operation",
    "saved_query",
    "seed",
    "semantic_model",
    "snapshot",
    "source",
];

pub(super) fn parse(text: &str) -> Result<Expression, SelectionError> {
    let parser = Parser { text };
    let mut expression = Expression::default();
    let mut is_first = true;
    for (at, union) in pieces(text, ' ', 0).filter(|(_, piece)| !piece.is_empty()) {
        for (index, (at, selector)) in pieces(union, ',', at).enumerate() {
            parser.selector(selector, at, &mut expression)?;
            if index > 0 {
                expression.push(Operation::And, at..at);
            }
        }
        if !is_first {
            expression.push(Operation::Or, at..at);
        }
        is_first = false;
    }
    if is_first {
        return Err(parser.syntax("a selector such as \"tag:nightly\"", text.len()..text.len()));
    }
    Ok(expression)
}

/// Returns the pieces between separators, each with its place.
fn pieces(text: &str, separator: char, start: usize) -> impl Iterator<Item = (usize, &str)> {
    text.split(separator).scan(start, move |at, piece| {
        let place = *at;
        *at += piece.len() + separator.len_utf8();
        Some((place, piece))
    })
}

struct Parser<'a> {
    text: &'a str,
}

impl Parser<'_> {
    /// Reads `@`, or `2+` before and `+2` behind, around a method.
    fn selector(&self, selector: &str, at: usize, out: &mut Expression) -> Result<(), SelectionError> {
        let whole = at..at + selector.len();
        let (is_closure, rest) = match selector.strip_prefix('@') {
            Some(rest) => (true, rest),
            None => (false, selector),
        };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (up, rest) = match rest[digits..].strip_prefix('+') {
            Some(after) => (Some(depth(&rest[..digits])), after),
            None => (None, rest),
        };
        let (down, body) = match rest.rsplit_once('+') {
            Some((before, digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                (Some(depth(digits)), before)
            }
            _ => (None, rest),
        };
        let body_at = at + (selector.len() - rest.len());
        if is_closure && down.is_some() {
            let behind = body_at + body.len();
            return Err(self.syntax(
                "the end of a selector with \"@\", which takes no \"+\" behind it",
                behind..at + selector.len(),
            ));
        }
        let method = self.method(body, body_at)?;
        out.push(Operation::Method(method), whole.clone());
        let traversal = match (is_closure, up, down) {
            (true, ..) => Operation::Closure,
            (false, None, None) => return Ok(()),
            (false, Some(up), None) => Operation::Upstream(up),
            (false, None, Some(down)) => Operation::Downstream(down),
            (false, Some(up), Some(down)) => Operation::UpAndDown { up, down },
        };
        out.push(traversal, whole);
        Ok(())
    }

    fn method(&self, body: &str, at: usize) -> Result<Method, SelectionError> {
        let named = body.split_once(':').filter(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
        });
        let place = at..at + body.len();
        let Some((full_name, value)) = named else {
            if body.is_empty() {
                return Err(self.syntax("a selector such as \"tag:nightly\"", place));
            }
            let name = default_method(body);
            let method = Method { name, arguments: Vec::new(), value: body.to_owned(), is_named: false };
            return self.checked(method, at, place);
        };
        let mut parts = full_name.split('.');
        let name = parts.next().unwrap_or_default();
        let name_place = at..at + full_name.len();
        if let Some((_, reason)) = UNANSWERABLE.iter().find(|(method, _)| *method == name) {
            let problem =
                SelectionProblem::Unanswerable { asked: format!("{name}:"), reason: (*reason).to_owned() };
            return Err(self.error(problem, place));
        }
        let Some(name) = MethodName::ALL.into_iter().find(|method| method.as_str() == name) else {
            let names = MethodName::ALL.map(MethodName::as_str).join(", ");
            return Err(self.syntax(&format!("one of the methods {names}"), name_place));
        };
        let arguments = parts.map(str::to_owned).collect();
        let method = Method { name, arguments, value: value.to_owned(), is_named: true };
        self.checked(method, at + full_name.len() + 1, place)
    }

    /// Makes sure that the value is one that the method takes.
    fn checked(
        &self,
        method: Method,
        value_at: usize,
        place: Range<usize>,
    ) -> Result<Method, SelectionError> {
        let value = &method.value;
        let value_place = value_at..value_at + value.len();
        let one_of = |names: &[&str]| {
            if names.contains(&&**value) {
                return Ok(());
            }
            Err(self.syntax(&format!("one of {}", names.join(", ")), value_place.clone()))
        };
        let at_most = |parts: usize, form: &str| {
            if value.split('.').count() <= parts {
                Ok(())
            } else {
                Err(self.syntax(form, value_place.clone()))
            }
        };
        match method.name {
            MethodName::ResourceType if ["test", "unit_test"].contains(&&**value) => {
                let problem = SelectionProblem::Unanswerable {
                    asked: format!("resource_type:{value}"),
                    reason: TESTS.to_owned(),
                };
                return Err(self.error(problem, place));
            }
            MethodName::ResourceType => one_of(&RESOURCE_TYPES)?,
            MethodName::Version => one_of(&["latest", "none", "old", "prerelease"])?,
            MethodName::Source => at_most(3, "a source as SOURCE, SOURCE.TABLE or PACKAGE.SOURCE.TABLE")?,
            MethodName::Exposure
            | MethodName::Metric
            | MethodName::SemanticModel
            | MethodName::SavedQuery => {
                at_most(2, "a name as NAME or PACKAGE.NAME")?;
            }
            MethodName::Config => {
                let unknown = ["alias", "database", "docs", "freshness", "schema"];
                let Some(first) = method.arguments.first() else {
                    return Err(
                        self.syntax("the name of a setting, as in \"config.materialized:table\"", place)
                    );
                };
                if unknown.contains(&first.as_str()) {
                    let problem = SelectionProblem::Unanswerable {
                        asked: format!("config.{first}:"),
                        reason: "snapshots keep what a setting of the relation or its docs comes to, not where it was set".to_owned(),
                    };
                    return Err(self.error(problem, place));
                }
            }
            MethodName::Path if value.starts_with('/') || value.is_empty() => {
                return Err(self.syntax("a path relative to the project", value_place));
            }
            MethodName::Path => {
                if let Err(reason) = pattern::path_glob(value) {
                    return Err(self.syntax(&format!("a glob pattern ({reason})"), value_place));
                }
            }
            MethodName::Access
            | MethodName::File
            | MethodName::Fqn
            | MethodName::Group
            | MethodName::Package
            | MethodName::State
            | MethodName::Tag => {}
        }
        Ok(method)
    }

    fn syntax(&self, expected: &str, span: Range<usize>) -> SelectionError {
        let found = Some(self.text[span.clone()].to_owned()).filter(|found| !found.is_empty());
        self.error(SelectionProblem::Syntax { expected: expected.to_owned(), found }, span)
    }

    fn error(&self, problem: SelectionProblem, span: Range<usize>) -> SelectionError {
        SelectionError { problem, span, expression: self.text.into(), language: Language::Dbt }
    }
}

fn depth(digits: &str) -> Depth {
    if digits.is_empty() { Depth::Unlimited } else { Depth::of_digits(digits) }
}

/// What a value without a method is, by its look.
fn default_method(value: &str) -> MethodName {
    let lower = value.to_lowercase();
    if value.contains('/') {
        MethodName::Path
    } else if [".sql", ".py", ".csv"].iter().any(|ending| lower.ends_with(ending)) {
        MethodName::File
    } else {
        MethodName::Fqn
    }
}

/// Writes an expression that this language can say: unions of intersections.
pub(super) fn to_dbt(expression: &Expression) -> String {
    let mut operands: Vec<String> = Vec::new();
    for operation in &expression.operations {
        let mut pop = || operands.pop().unwrap_or_default();
        let done = match operation {
            Operation::Method(method) => method.to_string(),
            Operation::And | Operation::Or => {
                let separator = if *operation == Operation::And { ',' } else { ' ' };
                let (right, mut left) = (pop(), pop());
                left.push(separator);
                left.push_str(&right);
                left
            }
            Operation::Upstream(up) => format!("{}+{}", up.digits(), pop()),
            Operation::Downstream(down) => format!("{}+{}", pop(), down.digits()),
            Operation::UpAndDown { up, down } => format!("{}+{}+{}", up.digits(), pop(), down.digits()),
            Operation::Closure => format!("@{}", pop()),
            // Nothing else is in this language.
            Operation::All
            | Operation::Attribute(_)
            | Operation::Name { .. }
            | Operation::Not
            | Operation::Sinks
            | Operation::Roots => continue,
        };
        operands.push(done);
    }
    operands.pop().unwrap_or_default()
}
