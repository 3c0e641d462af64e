//! Dagster's selection language.
//!
//! `expr` is `not expr`, `expr and expr`, `expr or expr`, `*`, or something that can be traversed: an
//! attribute, a function or parentheses with `1+` before or `+1` behind. The older form, `++name*`,
//! is what the whole text may be where it is none of that.

use std::ops::Range;

use super::expression::{Affect, Attribute, Depth, Executable, Expression, Operation, PartitionsType};
use super::pattern::Pattern;
use super::{Language, MAX_NESTING, SelectionError, SelectionProblem};
use crate::diff::{BranchChange, ChangeKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    And,
    Or,
    Not,
    Star,
    Plus,
    Colon,
    Equal,
    Comma,
    Open,
    Close,
    Null,
    Digits(&'a str),
    Quoted(&'a str),
    /// A word without `*`, keywords among them.
    Word(&'a str),
    Wildcard(&'a str),
    End,
}

/// What a token is, and where it stands.
#[derive(Debug, Clone)]
struct Lexed<'a> {
    token: Token<'a>,
    span: Range<usize>,
}

/// Words that stand for themselves nowhere.
const KEYWORDS: [&str; 16] = [
    "key", "owner", "group", "tag", "kind", "is", "code_location", "status", "column", "table_name",
    "column_tag", "changed_in_branch", "partitions", "automation_type", "sinks", "roots",
];

/// Words that are attributes and can be values too.
const SOFT_KEYWORDS: [&str; 3] = ["sensor", "schedule", "job"];

const OPERAND: &str = r#"an attribute such as "key:", "sinks(", "roots(", "(", "not", "+" or "*""#;

/// Parses an expression, else a clause of the older form; if it is neither, tells about the first.
pub(super) fn parse(text: &str) -> Result<Expression, SelectionError> {
    let lexer = Lexer { text, at: 0 };
    let mut parser = Parser { lexer, stack: Vec::new(), out: Expression::default(), unanswerable: None };
    match parser.expression() {
        Ok(()) => parser.unanswerable.map_or(Ok(parser.out), Err),
        Err(error) => older_clause(text).ok_or(error),
    }
}

/// An operator that waits for its right side, or an open parenthesis.
enum Waiting {
    Not(Range<usize>),
    And(Range<usize>),
    Or(Range<usize>),
    Open { function: Option<Operation>, up: Option<Depth>, start: usize },
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    stack: Vec<Waiting>,
    out: Expression,
    /// The first of what is in the language but has no answer; told if all else is right.
    unanswerable: Option<SelectionError>,
}

impl<'a> Parser<'a> {
    fn expression(&mut self) -> Result<(), SelectionError> {
        loop {
            self.operand()?;
            if self.operators()? {
                return Ok(());
            }
        }
    }

    /// Reads up to the end of an operand, or to the start of one in parentheses, and on into it.
    fn operand(&mut self) -> Result<(), SelectionError> {
        loop {
            let Lexed { token, span } = self.next()?;
            let start = span.start;
            match token {
                Token::Not => self.wait(Waiting::Not(span.clone()), span)?,
                Token::Star => {
                    self.out.push(Operation::All, span);
                    return Ok(());
                }
                Token::Plus | Token::Digits(_) => {
                    let mut depth = Depth::Unlimited;
                    if let Token::Digits(digits) = token {
                        depth = Depth::of_digits(digits);
                        self.expect(Token::Plus, "\"+\"")?;
                    }
                    let next = self.next()?;
                    if self.traversable(next, Some(depth), start, "an attribute, a function or \"(\"")? {
                        return Ok(());
                    }
                }
                _ => {
                    if self.traversable(Lexed { token, span }, None, start, OPERAND)? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Reads an attribute with what is around it; returns false if a parenthesis was opened instead.
    fn traversable(
        &mut self,
        first: Lexed<'a>,
        up: Option<Depth>,
        start: usize,
        expected: &str,
    ) -> Result<bool, SelectionError> {
        let function = match first.token {
            Token::Open => None,
            Token::Word("sinks") => Some(Operation::Sinks),
            Token::Word("roots") => Some(Operation::Roots),
            Token::Word(word) => {
                let attribute = self.attribute(word, &first, expected)?;
                let span = start..self.lexer.at;
                self.out.push(Operation::Attribute(attribute), span);
                self.traversal(up, start)?;
                return Ok(true);
            }
            _ => return Err(self.unexpected(expected, &first)),
        };
        if function.is_some() {
            self.expect(Token::Open, "\"(\"")?;
        }
        self.wait(Waiting::Open { function, up, start }, first.span)?;
        Ok(false)
    }

    /// Reads a `+` behind what can be traversed, and adds the traversal.
    fn traversal(&mut self, up: Option<Depth>, start: usize) -> Result<(), SelectionError> {
        let mut down = None;
        if self.peek()?.token == Token::Plus {
            self.next()?;
            down = Some(Depth::Unlimited);
            if let Token::Digits(digits) = self.peek()?.token {
                self.next()?;
                down = Some(Depth::of_digits(digits));
            }
        }
        let traversal = match (up, down) {
            (None, None) => return Ok(()),
            (Some(up), None) => Operation::Upstream(up),
            (None, Some(down)) => Operation::Downstream(down),
            (Some(up), Some(down)) => Operation::UpAndDown { up, down },
        };
        self.out.push(traversal, start..self.lexer.at);
        Ok(())
    }

    /// Reads what follows an operand, up to the next one; returns whether that is the end.
    fn operators(&mut self) -> Result<bool, SelectionError> {
        loop {
            while let Some(Waiting::Not(span)) = self.stack.pop_if(|top| matches!(top, Waiting::Not(_))) {
                self.out.push(Operation::Not, span);
            }
            let next = self.next()?;
            let is_open = self.stack.iter().rev().any(|waiting| matches!(waiting, Waiting::Open { .. }));
            match next.token {
                Token::And => {
                    self.apply(false);
                    self.wait(Waiting::And(next.span.clone()), next.span)?;
                    return Ok(false);
                }
                Token::Or => {
                    self.apply(true);
                    self.wait(Waiting::Or(next.span.clone()), next.span)?;
                    return Ok(false);
                }
                Token::Close if is_open => {
                    self.apply(true);
                    if let Some(Waiting::Open { function, up, start }) = self.stack.pop() {
                        if let Some(function) = function {
                            self.out.push(function, start..next.span.end);
                        }
                        self.traversal(up, start)?;
                    }
                }
                Token::End if !is_open => {
                    self.apply(true);
                    return Ok(true);
                }
                _ => {
                    let end = if is_open { "\")\"" } else { "the end" };
                    let can_traverse = !matches!(self.out.operations.last(), Some(Operation::All))
                        && !matches!(
                            self.out.operations.last(),
                            Some(Operation::Upstream(_) | Operation::Downstream(_) | Operation::UpAndDown { .. })
                        );
                    let plus = if can_traverse { "\"+\" or " } else { "or " };
                    let comma = if can_traverse { ", " } else { " " };
                    let expected = format!("\"and\", \"or\"{comma}{plus}{end}");
                    return Err(self.unexpected(&expected, &next));
                }
            }
        }
    }

    /// Adds the operators that wait since the last open parenthesis and bind as tightly as `and`, or
    /// as `or`.
    fn apply(&mut self, with_or: bool) {
        loop {
            match self.stack.pop() {
                Some(Waiting::And(span)) => self.out.push(Operation::And, span),
                Some(Waiting::Or(span)) if with_or => self.out.push(Operation::Or, span),
                Some(other) => return self.stack.push(other),
                None => return,
            }
        }
    }

    fn wait(&mut self, waiting: Waiting, span: Range<usize>) -> Result<(), SelectionError> {
        if self.stack.len() >= MAX_NESTING {
            let problem = SelectionProblem::Limit { what: "levels of nesting", limit: MAX_NESTING };
            return Err(self.error(problem, span));
        }
        self.stack.push(waiting);
        Ok(())
    }

    fn next(&mut self) -> Result<Lexed<'a>, SelectionError> {
        self.lexer.next()
    }

    fn peek(&mut self) -> Result<Lexed<'a>, SelectionError> {
        let at = self.lexer.at;
        let token = self.lexer.next();
        self.lexer.at = at;
        token
    }

    fn expect(&mut self, token: Token<'_>, expected: &str) -> Result<(), SelectionError> {
        let found = self.next()?;
        if found.token == token { Ok(()) } else { Err(self.unexpected(expected, &found)) }
    }

    fn unexpected(&self, expected: &str, found: &Lexed<'_>) -> SelectionError {
        self.lexer.unexpected(expected, found)
    }

    fn error(&self, problem: SelectionProblem, span: Range<usize>) -> SelectionError {
        self.lexer.error(problem, span)
    }
}

/// The attributes.
impl<'a> Parser<'a> {
    fn attribute(
        &mut self,
        word: &str,
        first: &Lexed<'a>,
        expected: &str,
    ) -> Result<Attribute, SelectionError> {
        const OURS: [&str; 4] = ["affected", "changed", "distance", "removed"];
        let is_known =
            KEYWORDS.contains(&word) || SOFT_KEYWORDS.contains(&word) || OURS.contains(&word);
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
                let name = match self.value()? {
                    Some(name) => name,
                    // Dagster takes this for the older form, in which it is a text like any other.
                    None if word == "tag" => "<null>",
                    None => "",
                }
                .into();
                let mut value = Box::default();
                if self.peek()?.token == Token::Equal {
                    self.next()?;
                    value = self.value()?.unwrap_or_default().into();
                }
                if word == "tag" { Attribute::Tag { name, value } } else { Attribute::ColumnTag { name, value } }
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
        if let Token::Quoted(text) | Token::Word(text) = found.token {
            if let Some(item) = all.iter().copied().find(|item| name(*item) == text) {
                return Ok(item);
            }
        }
        let names: Vec<_> = all.iter().map(|item| name(*item)).collect();
        Err(self.unexpected(&format!("one of {}", names.join(", ")), &found))
    }
}

fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word) || SOFT_KEYWORDS.contains(&word)
}

#[derive(Clone)]
struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn next(&mut self) -> Result<Lexed<'a>, SelectionError> {
        let bytes = self.text.as_bytes();
        let run = |from: usize, is_in: &dyn Fn(u8) -> bool| {
            from + bytes[from..].iter().take_while(|byte| is_in(**byte)).count()
        };
        self.at = run(self.at, &|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        let start = self.at;
        let Some(first) = bytes.get(start) else {
            return Ok(Lexed { token: Token::End, span: start..start });
        };
        let (token, end) = match first {
            b'+' => (Token::Plus, start + 1),
            b':' => (Token::Colon, start + 1),
            b'=' => (Token::Equal, start + 1),
            b',' => (Token::Comma, start + 1),
            b'(' => (Token::Open, start + 1),
            b')' => (Token::Close, start + 1),
            b'0'..=b'9' => {
                let end = run(start, &|byte| byte.is_ascii_digit());
                (Token::Digits(&self.text[start..end]), end)
            }
            b'"' => {
                let end = run(start + 1, &|byte| !matches!(byte, b'"' | b'\\' | b'\r' | b'\n'));
                if bytes.get(end) != Some(&b'"') {
                    let found = self.text[end..].chars().next();
                    let end_of_found = end + found.map_or(0, char::len_utf8);
                    let problem = SelectionProblem::Syntax {
                        expected: "the closing quote of a text without \\ and line breaks".to_owned(),
                        found: found.map(String::from),
                    };
                    return Err(self.error(problem, end..end_of_found));
                }
                (Token::Quoted(&self.text[start + 1..end]), end + 1)
            }
            b'<' if self.text[start..].starts_with("<null>") => (Token::Null, start + "<null>".len()),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'*' => {
                let end = run(start, &|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'*'));
                (word(&self.text[start..end]), end)
            }
            _ => {
                let found = self.text[start..].chars().next().unwrap_or_default();
                let problem = SelectionProblem::Syntax {
                    expected: "a word, or quotes around a text with other characters".to_owned(),
                    found: Some(found.to_string()),
                };
                return Err(self.error(problem, start..start + found.len_utf8()));
            }
        };
        self.at = end;
        Ok(Lexed { token, span: start..end })
    }

    fn unexpected(&self, expected: &str, found: &Lexed<'_>) -> SelectionError {
        let text = &self.text[found.span.clone()];
        let found_text = (found.token != Token::End).then(|| text.to_owned());
        let problem = SelectionProblem::Syntax { expected: expected.to_owned(), found: found_text };
        self.error(problem, found.span.clone())
    }

    fn error(&self, problem: SelectionProblem, span: Range<usize>) -> SelectionError {
        SelectionError { problem, span, expression: self.text.into(), language: Language::Dagster }
    }
}

fn word(text: &str) -> Token<'_> {
    match text {
        "and" | "AND" => Token::And,
        "or" | "OR" => Token::Or,
        "not" | "NOT" => Token::Not,
        "*" => Token::Star,
        _ if text.contains('*') => Token::Wildcard(text),
        _ => Token::Word(text),
    }
}

/// Reads a clause of the older form: a bare name with `+` for each step or `*` for all of them around
/// it, or a tag that the grammar cannot spell.
fn older_clause(text: &str) -> Option<Expression> {
    // Python's idea of white space.
    let is_space = |c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c);
    let span = 0..text.len();
    let mut expression = Expression::default();
    if let Some(tag) = text.strip_prefix("tag:") {
        let (name, value) = tag.split_once('=').unwrap_or((tag, ""));
        let is_plain = |text: &str| text.chars().all(is_of_name);
        if name.is_empty() || !is_plain(name) || !is_plain(value) {
            return None;
        }
        let tag = Attribute::Tag { name: name.into(), value: value.into() };
        expression.push(Operation::Attribute(tag), span);
        return Some(expression);
    }
    let clause = text.trim_matches(is_space);
    let name_start = clause.find(is_of_name)?;
    let (before, rest) = clause.split_at(name_start);
    let name_end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
    let (name, after) = rest.split_at(name_end);
    let up = before.strip_prefix('*').unwrap_or(before);
    let down = after.strip_suffix('*').unwrap_or(after);
    if [up, down].iter().any(|part| part.bytes().any(|byte| byte != b'+')) {
        return None;
    }
    let depth = |whole: &str| {
        if whole.contains('*') { Depth::Unlimited } else { Depth::Steps(whole.len() as u64) }
    };
    let (up, down) = (depth(before), depth(after));
    expression.push(Operation::Name { name: name.into(), up, down }, span);
    Some(expression)
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() && !is_mark(c) || matches!(c, '.' | '/' | '_' | '-' | '?' | '[' | ']')
}

/// Whether a character is alphabetic only as a mark on others, which Python does not count.
fn is_mark(c: char) -> bool {
    use std::sync::LazyLock;
    static MARK: LazyLock<Option<regex::Regex>> = LazyLock::new(|| regex::Regex::new(r"^[\p{M}\p{S}]").ok());
    !c.is_ascii() && MARK.as_ref().is_some_and(|mark| mark.is_match(c.encode_utf8(&mut [0; 4])))
}
