//! How reports look.

use assetdiff::Provenance;

use crate::places::CodePlaces;

/// How a report for a terminal or a log looks.
///
/// ```
/// use assetdiff_report::TextStyle;
///
/// let style = TextStyle { width: 80, color: true, ..TextStyle::default() };
/// assert_eq!(style.max_value, 240);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextStyle {
    /// The columns of the terminal: longer lines are wrapped. Fewer than 40 count as 40.
    pub width: usize,
    /// Whether to use ANSI colors.
    pub color: bool,
    /// The most characters of one value; the rest is cut, and its length told.
    pub max_value: usize,
    /// The most lines of the diff of one text.
    pub max_diff_lines: usize,
    /// The most entries of one list: the facts of an aspect, partition keys, upstream keys.
    pub max_entries: usize,
    /// The equal lines around each difference of two texts.
    pub context_lines: usize,
}

impl Default for TextStyle {
    /// 100 columns, no color, values of 240 characters, 40 lines of a diff, 40 entries.
    fn default() -> Self {
        Self {
            width: 100,
            color: false,
            max_value: 240,
            max_diff_lines: 40,
            max_entries: 40,
            context_lines: 2,
        }
    }
}

/// How a report in Markdown looks.
///
/// ```
/// use assetdiff_report::MarkdownStyle;
///
/// assert_eq!(MarkdownStyle::default().max_chars, 65_536);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkdownStyle {
    /// The most characters of the whole report, each counted as its UTF-16 code units, which is
    /// never fewer than the characters: a report that fits here fits however the host counts.
    ///
    /// The heading and the totals are always kept: the shortest report is these few hundred.
    pub max_chars: usize,
    /// The heading; `Asset changes` if `None`.
    pub title: Option<String>,
    /// The most characters of one value; the rest is cut, and its length told.
    pub max_value: usize,
    /// The most lines of the diff of one text.
    pub max_diff_lines: usize,
    /// The most entries of one list: the facts of an aspect, partition keys, upstream keys.
    pub max_entries: usize,
    /// The equal lines around each difference of two texts.
    pub context_lines: usize,
}

impl Default for MarkdownStyle {
    /// 65,536 characters (a comment on GitHub), values of 240, 40 lines of a diff, 20 entries.
    fn default() -> Self {
        Self {
            max_chars: 65_536,
            title: None,
            max_value: 240,
            max_diff_lines: 40,
            max_entries: 20,
            context_lines: 3,
        }
    }
}

/// How much of each thing is shown.
#[derive(Debug, Clone)]
pub(crate) struct Detail {
    pub(crate) max_value: usize,
    pub(crate) max_diff_lines: usize,
    pub(crate) max_entries: usize,
    pub(crate) context_lines: usize,
    pub(crate) code_places: CodePlaces,
}

impl TextStyle {
    pub(crate) fn detail(&self) -> Detail {
        let Self { width: _, color: _, max_value, max_diff_lines, max_entries, context_lines } = *self;
        Detail::new(max_value, max_diff_lines, max_entries, context_lines)
    }
}

impl MarkdownStyle {
    pub(crate) fn detail(&self) -> Detail {
        let Self { max_chars: _, title: _, max_value, max_diff_lines, max_entries, context_lines } = *self;
        Detail::new(max_value, max_diff_lines, max_entries, context_lines)
    }
}

impl Detail {
    pub(crate) fn new(
        max_value: usize,
        max_diff_lines: usize,
        max_entries: usize,
        context_lines: usize,
    ) -> Self {
        Self { max_value, max_diff_lines, max_entries, context_lines, code_places: CodePlaces::default() }
            .at_least_one()
    }

    fn at_least_one(self) -> Self {
        Self {
            max_value: self.max_value.max(8),
            max_diff_lines: self.max_diff_lines.max(1),
            max_entries: self.max_entries.max(1),
            ..self
        }
    }

    /// Notes where parts of code stand in base and head.
    pub(crate) fn with_places(mut self, provenances: [&Provenance; 2]) -> Self {
        self.code_places = CodePlaces::of(provenances);
        self
    }
}
