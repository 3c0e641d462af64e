//! Dagster's selection language.
//!
//! `expr` is `not expr`, `expr and expr`, `expr or expr`, `*`, or something that can be traversed: an
//! attribute, a function or parentheses with `1+` before or `+1` behind. The older form, `++name*`,
//! is what the whole text may be where it is none of that.

mod attribute;
mod lexer;
mod older;

use std::ops::Range;

use super::expression::{Depth, Expression, Operation};
use super::{MAX_NESTING, SelectionError, SelectionProblem};
use lexer::{Lexed, Lexer, Token};

const OPERAND: &str = r#"an attribute such as "key:", "sinks(", "roots(", "(", "not", "+" or "*""#;

/// Parses an expression, else a clause of the older form; if it is neither, tells about the first.
pub(super) fn parse(text: &str) -> Result<Expression, SelectionError> {
    let lexer = Lexer { text, at: 0 };
    let mut parser = Parser { lexer, stack: Vec::new(), out: Expression::default(), unanswerable: None };
    match parser.expression() {
        Ok(()) => parser.unanswerable.map_or(Ok(parser.out), Err),
        Err(error) => older::clause(text).ok_or(error),
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
                            Some(
                                Operation::Upstream(_)
                                    | Operation::Downstream(_)
                                    | Operation::UpAndDown { .. }
                            )
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
