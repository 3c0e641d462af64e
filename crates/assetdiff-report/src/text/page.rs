//! Lines of a given width, with colors.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthChar;

use crate::phrase::{Phrase, Span};
use crate::shown::{Shown, without_line_command};
use crate::style::TextStyle;

/// The fewest columns of a page.
const MIN_WIDTH: usize = 40;

/// What a piece of a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Plain,
    Strong,
    Quiet,
    Added,
    Removed,
    Changed,
}

impl Role {
    fn style(self) -> Style {
        let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Quiet => Style::new().dimmed(),
            Self::Added => color(AnsiColor::Green),
            Self::Removed => color(AnsiColor::Red),
            Self::Changed => color(AnsiColor::Yellow),
        }
    }
}

/// Pieces of a line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs(Vec<(Role, Cow<'static, str>)>);

impl Runs {
    pub(crate) fn ours(role: Role, text: impl Into<Cow<'static, str>>) -> Self {
        Self::default().and(role, text)
    }

    pub(crate) fn and(mut self, role: Role, text: impl Into<Cow<'static, str>>) -> Self {
        let text = text.into();
        match self.0.last_mut() {
            Some((last, before)) if *last == role => before.to_mut().push_str(&text),
            _ => self.0.push((role, text)),
        }
        self
    }

    pub(crate) fn and_shown(self, role: Role, text: &Shown) -> Self {
        self.and(role, text.as_str().to_owned())
    }

    /// Appends a phrase: what is theirs in the role, what is ours quiet beside it.
    pub(crate) fn and_phrase(self, role: Role, phrase: &Phrase) -> Self {
        let ours = if role == Role::Plain || role == Role::Quiet { role } else { Role::Quiet };
        phrase.spans().iter().fold(self, |runs, span| match span {
            Span::Ours(text) => runs.and(ours, text.clone()),
            Span::Theirs(text) => runs.and_shown(role, text),
        })
    }

    pub(crate) fn and_runs(self, next: Runs) -> Self {
        next.0.into_iter().fold(self, |runs, (role, text)| runs.and(role, text))
    }

    pub(crate) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| width(text)).sum()
    }
}

/// Returns the columns that a text takes; never fewer than a terminal gives it.
pub(crate) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char_width).sum() }
}

fn char_width(c: char) -> usize {
    // An emoji selector can make the character before it wider.
    if c == '\u{fe0f}' { 1 } else { c.width().unwrap_or(0) }
}

/// A report in the making.
pub(crate) struct Page {
    width: usize,
    color: bool,
    out: String,
}

impl Page {
    pub(crate) fn new(style: &TextStyle) -> Self {
        Self { width: style.width.max(MIN_WIDTH), color: style.color, out: String::new() }
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// Writes a line; what does not fit goes to lines that begin at the column `hang`.
    pub(crate) fn line(&mut self, indent: usize, hang: usize, runs: &Runs) {
        if indent + runs.width() <= self.width {
            self.write(indent, runs.0.iter().map(|(role, text)| (*role, &**text)));
            return;
        }
        let chars: Vec<(Role, char)> =
            runs.0.iter().flat_map(|(role, text)| text.chars().map(|c| (*role, c))).collect();
        let mut rest = &chars[..];
        let mut column = indent;
        while !rest.is_empty() {
            let (line, next) = split_line(rest, self.width.saturating_sub(column).max(16));
            let pieces = line.chunk_by(|(a, _), (b, _)| a == b);
            let pieces: Vec<(Role, String)> =
                pieces.map(|piece| (piece[0].0, piece.iter().map(|(_, c)| c).collect())).collect();
            self.write(column, pieces.iter().map(|(role, text)| (*role, text.as_str())));
            rest = next;
            column = hang;
        }
    }

    fn write<'t>(&mut self, indent: usize, pieces: impl Iterator<Item = (Role, &'t str)> + Clone) {
        let start = self.out.len();
        let plain: String = pieces.clone().map(|(_, text)| text).collect();
        let plain = plain.trim_end();
        let safe = without_line_command(plain);
        self.out.extend(std::iter::repeat_n(' ', indent));
        if !self.color || safe != plain {
            self.out.push_str(&safe);
        } else {
            let mut left = plain.len();
            for (role, text) in pieces {
                let text = &text[..text.len().min(left)];
                left -= text.len();
                self.push_styled(role, text);
            }
        }
        if plain.is_empty() {
            self.out.truncate(start);
        }
        self.out.push('\n');
    }

    fn push_styled(&mut self, role: Role, text: &str) {
        use std::fmt::Write as _;
        if text.trim().is_empty() || role == Role::Plain {
            self.out.push_str(text);
            return;
        }
        let style = role.style();
        // Writing to a string has no way to fail.
        let _ = write!(self.out, "{}{text}{}", style.render(), style.render_reset());
    }
}

/// A line as its characters, so that it can be split anywhere.
type Chars<'a> = &'a [(Role, char)];

/// Splits off what fits into a width: at a space in the second half if there is one.
fn split_line(chars: Chars<'_>, width: usize) -> (Chars<'_>, Chars<'_>) {
    let mut used = 0;
    let fits = chars.iter().take_while(|(_, c)| {
        used += char_width(*c);
        used <= width
    });
    let end = fits.count().max(1);
    if end == chars.len() {
        return (chars, &[]);
    }
    let is_space = |index: usize| chars[index].1 == ' ';
    let end = (end / 2..=end).rev().find(|&index| is_space(index)).unwrap_or(end);
    let next = chars[end..].iter().position(|(_, c)| *c != ' ').map_or(chars.len(), |skip| end + skip);
    (&chars[..end], &chars[next..])
}
