//! The tokens of Dagster's language.

use std::ops::Range;

use crate::select::{Language, SelectionError, SelectionProblem};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
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
pub(super) struct Lexed<'a> {
    pub(super) token: Token<'a>,
    pub(super) span: Range<usize>,
}

pub(super) struct Lexer<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl<'a> Lexer<'a> {
    /// Reads the next token.
    pub(super) fn next(&mut self) -> Result<Lexed<'a>, SelectionError> {
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
                let end =
                    run(start, &|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'*'));
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

    pub(super) fn unexpected(&self, expected: &str, found: &Lexed<'_>) -> SelectionError {
        let text = &self.text[found.span.clone()];
        let found_text = (found.token != Token::End).then(|| text.to_owned());
        let problem = SelectionProblem::Syntax { expected: expected.to_owned(), found: found_text };
        self.error(problem, found.span.clone())
    }

    pub(super) fn error(&self, problem: SelectionProblem, span: Range<usize>) -> SelectionError {
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
