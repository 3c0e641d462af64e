//! The attributes of Dagster's language, and ours.

use super::Parser;
use super::lexer::{Lexed, Token};
use crate::diff::{BranchChange, ChangeKind};
use crate::select::expression::{Affect, Attribute, Executable, PartitionsType};
use crate::select::pattern::Pattern;
use crate::select::{SelectionError, SelectionProblem};

/// Words that stand for themselves nowhere.
const KEYWORDS: [&str; 16] = [
    "key",
    "owner",
    "group",
    "tag",
    "kind",
    "is",
    "code_location",
    "status",
    "column",
    "table_name",
    "column_tag",
    "changed_in_branch",
    "partitions",
    "automation_type",
    "sinks",
    "roots",
];

/// Words that are attributes and can be values too.
const SOFT_KEYWORDS: [&str; 3] = ["sensor", "schedule", "job"];

impl<'a> Parser<'a> {
    /// Reads what follows the name of an attribute.
    pub(super) fn attribute(
        &mut self,
        word: &str,
        first: &Lexed<'a>,
        expected: &str,
    ) -> Result<Attribute, SelectionError> {
        const OURS: [&str; 4] = ["affected", "changed", "distance", "removed"];
        let is_known = KEYWORDS.contains(&word) || SOFT_KEYWORDS.contains(&word) || OURS.contains(&word);
        if !is_known {
            return Err(self.unexpected(expected, first));
        }
        self.expect(Token::Colon, "\":\"")?;
        let start = first.span.start;
        Ok(match word {
            "key" => Attribute::Key(self.key_value()?),
            "removed" if self.peek()?.token == Token::Star => {
                self.next()?;
                Attribute::Removed(Pattern::new("*"))
            }
            "removed" => Attribute::Removed(self.key_value()?),
            "tag" | "column_tag" => {
                let peeked = self.peek()?;
                let Some(name) = self.value()? else {
                    return Err(self.unexpected("the name of a tag", &peeked));
                };
                let name = name.into();
                let mut value = Box::default();
                if self.peek()?.token == Token::Equal {
                    self.next()?;
                    value = self.value()?.unwrap_or_default().into();
                }
                if word == "tag" {
                    Attribute::Tag { name, value }
                } else {
                    Attribute::ColumnTag { name, value }
                }
            }
            "owner" => Attribute::Owner(self.value()?.map(Into::into)),
            "group" => Attribute::Group(self.value()?.filter(|group| !group.is_empty()).map(Pattern::new)),
            "kind" => Attribute::Kind(self.value()?.map(Into::into)),
            "is" => Attribute::Is(self.one_of(&Executable::ALL, Executable::as_str)?),
            "partitions" => {
                let peeked = self.peek()?;
                if peeked.token == Token::Null {
                    self.next()?;
                    Attribute::Partitions(PartitionsType::None)
                } else {
                    Attribute::Partitions(self.one_of(&PartitionsType::ALL, PartitionsType::as_str)?)
                }
            }
            "code_location" => Attribute::CodeLocation(self.value()?.map(Into::into)),
            "column" => Attribute::Column(self.value()?.map(Into::into)),
            "table_name" => Attribute::TableName(self.value()?.map(Into::into)),
            "job" => match self.value()? {
                Some(job) => Attribute::Job(job.into()),
                None => Attribute::Job(Box::default()),
            },
            "changed_in_branch" => {
                let kinds: Vec<_> =
                    [None].into_iter().chain(BranchChange::ALL.iter().copied().map(Some)).collect();
                Attribute::ChangedInBranch(
                    self.one_of(&kinds, |kind| kind.map_or("ANY", BranchChange::as_str))?,
                )
            }
            "changed" => {
                let kinds: Vec<_> =
                    [None].into_iter().chain(ChangeKind::ALL.iter().copied().map(Some)).collect();
                Attribute::Changed(self.one_of(&kinds, |kind| kind.map_or("any", ChangeKind::as_str))?)
            }
            "affected" => Attribute::Affected(self.one_of(&Affect::ALL, Affect::as_str)?),
            "distance" => {
                let found = self.next()?;
                match found.token {
                    Token::Digits(digits) => Attribute::Distance(digits.parse().unwrap_or(u64::MAX)),
                    _ => return Err(self.unexpected("a number of steps", &found)),
                }
            }
            unanswerable => {
                self.value()?;
                let reason = match unanswerable {
                    "status" => "the state of runs and materializations is no part of a definition",
                    "automation_type" => "Dagster does not publish which assets it counts to which type",
                    _ => "snapshots hold no schedules and sensors",
                };
                let problem = SelectionProblem::Unanswerable {
                    asked: format!("{unanswerable}:"),
                    reason: reason.to_owned(),
                };
                let error = self.error(problem, start..self.lexer.at);
                self.unanswerable.get_or_insert(error);
                Attribute::Key(Pattern::new(""))
            }
        })
    }

    fn key_value(&mut self) -> Result<Pattern, SelectionError> {
        let found = self.next()?;
        match found.token {
            Token::Quoted(text) | Token::Wildcard(text) => Ok(Pattern::new(text)),
            Token::Word(text) if !is_keyword(text) => Ok(Pattern::new(text)),
            _ => Err(self.unexpected("a key, a pattern such as \"a*\", or either in quotes", &found)),
        }
    }

    /// Reads a value; `None` is `<null>`.
    fn value(&mut self) -> Result<Option<&'a str>, SelectionError> {
        let found = self.next()?;
        match found.token {
            Token::Null => Ok(None),
            Token::Quoted(text) => Ok(Some(text)),
            Token::Word(text) if !is_keyword(text) || SOFT_KEYWORDS.contains(&text) => Ok(Some(text)),
            Token::Word(_) => Err(self.unexpected("a value; words of the language need quotes", &found)),
            Token::Wildcard(_) => Err(self.unexpected("a value; one with \"*\" needs quotes", &found)),
            _ => Err(self.unexpected("a word, a text in quotes or <null>", &found)),
        }
    }

    fn one_of<T: Copy>(&mut self, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, SelectionError> {
        let found = self.next()?;
        if let Token::Quoted(text) | Token::Word(text) = found.token
            && let Some(item) = all.iter().copied().find(|item| name(*item) == text)
        {
            return Ok(item);
        }
        let names: Vec<_> = all.iter().map(|item| name(*item)).collect();
        Err(self.unexpected(&format!("one of {}", names.join(", ")), &found))
    }
}

fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word) || SOFT_KEYWORDS.contains(&word)
}
