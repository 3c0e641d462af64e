//! What a selection says, whatever language it was written in.

use std::ops::Range;

use super::dbt::Method;
use super::pattern::Pattern;
use crate::diff::{BranchChange, ChangeKind};

/// An expression in postfix order: each operation takes its operands from those before it.
///
/// So nothing that reads, compares or drops an expression recurses, however deep it is nested.
#[derive(Debug, Clone, Default)]
pub(super) struct Expression {
    pub(super) operations: Vec<Operation>,
    /// Where each operation stands in the text.
    pub(super) spans: Vec<Range<usize>>,
}

impl Expression {
    pub(super) fn push(&mut self, operation: Operation, span: Range<usize>) {
        self.operations.push(operation);
        self.spans.push(span);
    }
}

impl PartialEq for Expression {
    /// Compares what is said, not where.
    fn eq(&self, other: &Self) -> bool {
        self.operations == other.operations
    }
}

impl Eq for Expression {}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operation {
    /// Everything: in Dagster's language what can be made, unless the scope says otherwise.
    All,
    /// What has an attribute.
    Attribute(Attribute),
    /// What one of dbt's methods names.
    Method(Method),
    /// A bare name in Dagster's language, with what is around it.
    Name {
        name: Box<str>,
        up: Depth,
        down: Depth,
    },
    Not,
    And,
    Or,
    Upstream(Depth),
    Downstream(Depth),
    UpAndDown {
        up: Depth,
        down: Depth,
    },
    /// dbt's `@`: what is downstream, and everything upstream of all that.
    Closure,
    Sinks,
    Roots,
}

/// How many steps a traversal goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Depth {
    Steps(u64),
    Unlimited,
}

impl Depth {
    pub(super) const NONE: Self = Self::Steps(0);

    /// Reads decimal digits; a number that is too large is no limit in any graph.
    pub(super) fn of_digits(digits: &str) -> Self {
        digits.parse().map_or(Self::Unlimited, Self::Steps)
    }

    /// Returns the digits as they are written beside a `+`.
    pub(super) fn digits(self) -> String {
        match self {
            Self::Steps(steps) => steps.to_string(),
            Self::Unlimited => String::new(),
        }
    }
}

/// An attribute in Dagster's language, or one of ours in it. `None` is `<null>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Attribute {
    Key(Pattern),
    Tag {
        name: Box<str>,
        value: Box<str>,
    },
    Owner(Option<Box<str>>),
    Group(Option<Pattern>),
    Kind(Option<Box<str>>),
    Is(Executable),
    Partitions(PartitionsType),
    CodeLocation(Option<Box<str>>),
    Column(Option<Box<str>>),
    ColumnTag {
        name: Box<str>,
        value: Box<str>,
    },
    TableName(Option<Box<str>>),
    Job(Box<str>),
    /// `None` is any change that Dagster has a word for.
    ChangedInBranch(Option<BranchChange>),
    /// `None` is any change at all.
    Changed(Option<ChangeKind>),
    Affected(Affect),
    Distance(u64),
    Removed(Pattern),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Executable {
    External,
    Materializable,
}

impl Executable {
    pub(super) const ALL: [Self; 2] = [Self::External, Self::Materializable];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::External => "external",
            Self::Materializable => "materializable",
        }
    }
}

/// The sorts of partitions definition that Dagster's language tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartitionsType {
    None,
    Static,
    Dynamic,
    Time,
    Multi,
}

impl PartitionsType {
    pub(super) const ALL: [Self; 5] = [Self::None, Self::Static, Self::Dynamic, Self::Time, Self::Multi];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Static => "static",
            Self::Dynamic => "dynamic",
            Self::Time => "time",
            Self::Multi => "multipartitions",
        }
    }
}

/// In which way an asset is affected by a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Affect {
    Any,
    Direct,
    Indirect,
    Recheck,
    Rebuild,
}

impl Affect {
    pub(super) const ALL: [Self; 5] = [Self::Any, Self::Direct, Self::Indirect, Self::Recheck, Self::Rebuild];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Direct => "direct",
            Self::Indirect => "indirect",
            Self::Recheck => "recheck",
            Self::Rebuild => "rebuild",
        }
    }
}

impl Attribute {
    /// Returns the name with its colon.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Key(_) => "key:",
            Self::Tag { .. } => "tag:",
            Self::Owner(_) => "owner:",
            Self::Group(_) => "group:",
            Self::Kind(_) => "kind:",
            Self::Is(_) => "is:",
            Self::Partitions(_) => "partitions:",
            Self::CodeLocation(_) => "code_location:",
            Self::Column(_) => "column:",
            Self::ColumnTag { .. } => "column_tag:",
            Self::TableName(_) => "table_name:",
            Self::Job(_) => "job:",
            Self::ChangedInBranch(_) => "changed_in_branch:",
            Self::Changed(_) => "changed:",
            Self::Affected(_) => "affected:",
            Self::Distance(_) => "distance:",
            Self::Removed(_) => "removed:",
        }
    }

    /// Returns the attribute as it is written.
    fn text(&self) -> String {
        let name = self.name();
        match self {
            Self::Key(pattern) | Self::Removed(pattern) | Self::Group(Some(pattern)) => {
                format!("{name}\"{pattern}\"")
            }
            Self::Tag { name: tag, value } | Self::ColumnTag { name: tag, value } => {
                let value = if value.is_empty() { String::new() } else { format!("=\"{value}\"") };
                format!("{name}\"{tag}\"{value}")
            }
            Self::Owner(value)
            | Self::Kind(value)
            | Self::CodeLocation(value)
            | Self::Column(value)
            | Self::TableName(value) => match value {
                Some(value) => format!("{name}\"{value}\""),
                None => format!("{name}<null>"),
            },
            Self::Group(None) => format!("{name}<null>"),
            Self::Job(job) => format!("{name}\"{job}\""),
            Self::Is(executable) => format!("{name}{}", executable.as_str()),
            Self::Partitions(partitions) => format!("{name}{}", partitions.as_str()),
            Self::ChangedInBranch(change) => {
                format!("{name}{}", change.map_or("ANY", BranchChange::as_str))
            }
            Self::Changed(kind) => format!("{name}{}", kind.map_or("any", ChangeKind::as_str)),
            Self::Affected(affect) => format!("{name}{}", affect.as_str()),
            Self::Distance(distance) => format!("{name}{distance}"),
        }
    }
}

/// How tightly a text holds together when it becomes an operand.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Not,
    Traversal,
    #[default]
    Whole,
    /// What can stand beside a `+`.
    Traversable,
}

impl Expression {
    /// Writes the expression in Dagster's language.
    pub(super) fn to_dagster(&self) -> String {
        let mut operands: Vec<(String, Binding)> = Vec::new();
        for operation in &self.operations {
            let done = match operation {
                Operation::All => ("*".to_owned(), Binding::Whole),
                Operation::Attribute(attribute) => (attribute.text(), Binding::Traversable),
                Operation::Name { name, up, down } => (bare(name, *up, *down), Binding::Whole),
                Operation::Method(method) => (method.to_string(), Binding::Whole),
                Operation::Not => {
                    let operand = wrapped(operands.pop(), Binding::Not);
                    (format!("not {operand}"), Binding::Not)
                }
                Operation::And | Operation::Or => {
                    let (word, binding) = match operation {
                        Operation::And => (" and ", Binding::And),
                        _ => (" or ", Binding::Or),
                    };
                    // A chain without parentheses groups from the left.
                    let right = operands.pop();
                    let tighter = if binding == Binding::And { Binding::Not } else { Binding::And };
                    let right = wrapped(right, tighter);
                    let mut text = wrapped(operands.pop(), binding);
                    text.push_str(word);
                    text.push_str(&right);
                    (text, binding)
                }
                Operation::Upstream(depth) => {
                    (format!("{}+{}", depth.digits(), atom(operands.pop())), Binding::Traversal)
                }
                Operation::Downstream(depth) => {
                    (format!("{}+{}", atom(operands.pop()), depth.digits()), Binding::Traversal)
                }
                Operation::UpAndDown { up, down } => {
                    let operand = atom(operands.pop());
                    (format!("{}+{operand}+{}", up.digits(), down.digits()), Binding::Traversal)
                }
                Operation::Closure => (format!("@{}", atom(operands.pop())), Binding::Traversal),
                Operation::Sinks => (format!("sinks({})", inner(operands.pop())), Binding::Traversable),
                Operation::Roots => (format!("roots({})", inner(operands.pop())), Binding::Traversable),
            };
            operands.push(done);
        }
        inner(operands.pop())
    }
}

fn inner(operand: Option<(String, Binding)>) -> String {
    operand.unwrap_or_default().0
}

/// Returns an operand with parentheses if it holds together less tightly than it has to.
fn wrapped(operand: Option<(String, Binding)>, at_least: Binding) -> String {
    let (text, binding) = operand.unwrap_or_default();
    if binding < at_least { format!("({text})") } else { text }
}

fn atom(operand: Option<(String, Binding)>) -> String {
    wrapped(operand, Binding::Traversable)
}

/// Writes a bare name; the older form counts its steps by plus signs.
fn bare(name: &str, up: Depth, down: Depth) -> String {
    let steps = |depth: Depth| match depth {
        Depth::Steps(steps) => "+".repeat(usize::try_from(steps).unwrap_or_default()),
        Depth::Unlimited => "*".to_owned(),
    };
    format!("{}{name}{}", steps(up), steps(down))
}
