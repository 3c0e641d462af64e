//! How the records of two lists are told apart and compared.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem::{self, Finder};

use crate::scan::{end_of_string, end_of_value, is_space, space};

/// How the records of two lists are told apart and compared.
pub(crate) trait Form {
    /// Returns where the record ends that starts at `at`, with what separates it from the next one.
    fn end(&self, text: &[u8], at: usize) -> Option<usize>;

    /// Returns whether a list ends where a record could start.
    fn is_end(&self, text: &[u8], at: usize) -> bool;

    /// Returns how far two texts that start with records hold the same records; `starts` takes where those of
    /// head do, if that cannot be found out again.
    fn same(&self, base: &[u8], head: &[u8], starts: &mut Vec<usize>) -> Option<(usize, usize)>;

    /// Returns whether two records, without what separates them from the next ones, are the same.
    fn are_same(&self, base: &[u8], head: &[u8]) -> bool;

    /// Returns what the same records have in common.
    fn normal<'t>(&self, record: &'t [u8]) -> Cow<'t, [u8]>;

    /// Returns the matched record around some place, given the stretch of matched records in which it is.
    fn around(
        &self,
        text: &[u8],
        at: usize,
        stretch: &Range<usize>,
        starts: &[usize],
    ) -> Option<Range<usize>>;

    /// Returns where records start near the middle of two lists, the same in both: whoever reads up to there
    /// finds out whether they do.
    fn middle(&self, base: &[u8], head: &[u8]) -> Option<(usize, usize)>;

    /// Returns whether a record that only one text has is one of the list and not within another one, as far as the
    /// bytes around it tell.
    fn is_whole(&self, list: &[u8], record: &Range<usize>) -> bool {
        // The others are separated alike on both sides.
        is_separated(list, record.end - 1)
    }

    /// Returns the records of a list from one on that starts at `at`, as far as they can be told apart.
    fn records(&self, text: &[u8], mut at: usize) -> impl Iterator<Item = Range<usize>> {
        std::iter::from_fn(move || {
            let end = if self.is_end(text, at) { None } else { self.end(text, at) };
            end.map(|end| std::mem::replace(&mut at, end)..end)
        })
    }
}

/// Returns the text of a record, without what separates it from the next.
pub(crate) fn record_text<'a>(text: &'a [u8], record: &Range<usize>) -> &'a [u8] {
    let text = &text[record.clone()];
    let text = without_space_behind(&text[space(text, 0)..]);
    without_space_behind(text.strip_suffix(b",").unwrap_or(text))
}

fn without_space_behind(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&byte| !is_space(byte));
    &text[..end.map_or(0, |last| last + 1)]
}

/// Returns whether a list goes on with a comma behind a record whose last byte, or what separates it from the next
/// one, stands at `at`, and only if there is a next one.
fn is_separated(list: &[u8], at: usize) -> bool {
    let has_next = space(list, at + 1) < list.len();
    has_next == without_space_behind(&list[..=at]).ends_with(b",")
}

/// Texts are compared in blocks of this size before the byte is looked for that differs.
const BLOCK: usize = 4096;

/// The middle of the other list is looked for where it should be, and so far around, as a part of the list.
const AROUND: usize = 64;

/// So many records are looked for in the other list for a middle.
const TRIED: usize = 8;

const KEY: &[u8] = b"\"key\"";

/// Records that begin and end with texts that stand nowhere else, and are the same if their bytes are.
pub(crate) struct Lines<'s> {
    start: Finder<'s>,
    end: &'s [u8],
}

impl<'s> Lines<'s> {
    pub(crate) fn new(start: &'s [u8], end: &'s [u8]) -> Self {
        Self { start: Finder::new(start), end }
    }

    /// Returns where the last record starts in a text that begins with one.
    fn last_start(&self, text: &[u8]) -> usize {
        // Records are short: the last start is near the end.
        let mut window = 2 * BLOCK;
        loop {
            let from = text.len().saturating_sub(window);
            if let Some(found) = memmem::rfind(&text[from..], self.start.needle()) {
                return from + found;
            }
            if from == 0 {
                return 0;
            }
            window *= 4;
        }
    }
}

impl Form for Lines<'_> {
    fn end(&self, text: &[u8], at: usize) -> Option<usize> {
        Some(self.start.find(&text[at + 1..]).map_or(text.len(), |found| at + 1 + found))
    }

    fn is_end(&self, text: &[u8], at: usize) -> bool {
        at >= text.len()
    }

    fn same(&self, base: &[u8], head: &[u8], _: &mut Vec<usize>) -> Option<(usize, usize)> {
        let common = common_prefix(base, head);
        if common == base.len() && common == head.len() {
            return Some((common, common));
        }
        // What is the same up to the start of a record is the same record by record.
        let same = self.last_start(&base[..common]);
        Some((same, same))
    }

    fn are_same(&self, base: &[u8], head: &[u8]) -> bool {
        base == head
    }

    fn is_whole(&self, list: &[u8], record: &Range<usize>) -> bool {
        let before = &list[..record.start];
        let follows =
            before.is_empty() || before.strip_suffix(b",").is_some_and(|text| text.ends_with(self.end));
        follows && record_text(list, record).ends_with(self.end) && is_separated(list, record.end - 1)
    }

    fn normal<'t>(&self, record: &'t [u8]) -> Cow<'t, [u8]> {
        Cow::Borrowed(record)
    }

    fn around(&self, text: &[u8], at: usize, stretch: &Range<usize>, _: &[usize]) -> Option<Range<usize>> {
        let start = stretch.start + self.last_start(&text[stretch.start..at]);
        let end = self.start.find(&text[at..stretch.end]).map_or(stretch.end, |found| at + found);
        Some(start..end)
    }

    fn middle(&self, base: &[u8], head: &[u8]) -> Option<(usize, usize)> {
        let middle = base.len() / 2;
        let window = window_of_middle(base, middle, head);
        let first = middle + self.start.find(&base[middle..])?;
        let found = |old: Range<usize>| {
            let new = memmem::find(&head[window.clone()], &base[old.clone()])?;
            Some((old.start, window.start + new))
        };
        self.records(base, first).take(TRIED).find_map(found)
    }
}

/// Records that are objects in any JSON text, and are the same if only white space tells them apart.
pub(crate) struct Tokens;

impl Form for Tokens {
    fn end(&self, text: &[u8], at: usize) -> Option<usize> {
        text.get(at).filter(|&&byte| byte == b'{')?;
        next_start(text, end_of_value(text, at)?)
    }

    fn is_end(&self, text: &[u8], at: usize) -> bool {
        matches!(text.get(at), None | Some(b']'))
    }

    fn same(&self, base: &[u8], head: &[u8], starts: &mut Vec<usize>) -> Option<(usize, usize)> {
        let (mut b, mut h) = (0, 0);
        while let Some((old, new)) = same_tokens(&base[b..], &head[h..]) {
            starts.push(h);
            (b, h) = (next_start(base, b + old)?, next_start(head, h + new)?);
        }
        Some((b, h))
    }

    fn are_same(&self, base: &[u8], head: &[u8]) -> bool {
        same_tokens(base, head) == Some((base.len(), head.len()))
    }

    fn normal<'t>(&self, record: &'t [u8]) -> Cow<'t, [u8]> {
        let mut normal = Vec::with_capacity(record.len());
        let mut at = 0;
        while at < record.len() {
            let end = match record[at] {
                b'"' => end_of_string(record, at).unwrap_or(record.len()),
                _ => at + 1,
            };
            normal.extend_from_slice(&record[at..end]);
            at = space(record, end);
            if !separates(record, end, at) {
                normal.push(b' ');
            }
        }
        Cow::Owned(normal)
    }

    fn around(&self, text: &[u8], at: usize, _: &Range<usize>, starts: &[usize]) -> Option<Range<usize>> {
        let start = *starts.get(starts.partition_point(|&start| start <= at).checked_sub(1)?)?;
        Some(start..self.end(text, start)?)
    }

    fn middle(&self, base: &[u8], head: &[u8]) -> Option<(usize, usize)> {
        let middle = base.len() / 2;
        let window = window_of_middle(base, middle, head);
        let olds: Vec<Range<usize>> = self.records(base, first_record(base, middle)?).take(TRIED).collect();
        let news = self.records(head, first_record(head, window.start)?);
        news.take_while(|new| new.start < window.end).find_map(|new| {
            let new_text = record_text(head, &new);
            let old = olds.iter().find(|old| self.are_same(record_text(base, old), new_text))?;
            Some((old.start, new.start))
        })
    }
}

/// So far from some place in a list of objects there is another record.
const REACH: usize = 1 << 18;

/// Returns where a record starts behind some place in a list of objects that have a member `key`.
fn first_record(text: &[u8], from: usize) -> Option<usize> {
    // A quote within a string is escaped: this is the name of a member, of a record or of an object in one.
    let is_name = |at: &usize| {
        let before = without_space_behind(&text[..*at]).last();
        matches!(before, Some(b'{' | b',')) && text.get(space(text, at + KEY.len())) == Some(&b':')
    };
    let mut at = memmem::find_iter(&text[from..], KEY).map(|found| from + found).find(is_name)?;
    // Of all levels near it the outermost is that of the list.
    let end = text.len().min(at + REACH);
    let (mut depth, mut outermost, mut found) = (0_isize, 0, None);
    while at < end {
        match text[at] {
            b'"' => at = end_of_string(text, at)? - 1,
            b'{' | b'[' => {
                if depth == outermost && found.is_none() {
                    found = Some(at);
                }
                depth += 1;
            }
            b'}' | b']' => {
                depth -= 1;
                if depth < outermost {
                    (outermost, found) = (depth, None);
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Returns where two texts end that start with the same object, whatever white space they hold.
fn same_tokens(base: &[u8], head: &[u8]) -> Option<(usize, usize)> {
    let (mut b, mut h, mut depth) = (0, 0, 0_usize);
    loop {
        let (old, new) = (*base.get(b)?, *head.get(h)?);
        if old != new || old <= b' ' {
            let (old_end, new_end) = (space(base, b), space(head, h));
            if (old_end, new_end) == (b, h) || !separates(base, b, old_end) || !separates(head, h, new_end) {
                return None;
            }
            (b, h) = (old_end, new_end);
            continue;
        }
        let length = match old {
            b'"' => end_of_string(base, b)? - b,
            b'{' | b'[' => {
                depth += 1;
                1
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                1
            }
            _ => 1,
        };
        if length > 1 && base.get(b..b + length)? != head.get(h..h + length)? {
            return None;
        }
        (b, h) = (b + length, h + length);
        if depth == 0 {
            return Some((b, h));
        }
    }
}

/// Returns whether white space stands between tokens: within a number or word it is an error.
fn separates(text: &[u8], start: usize, end: usize) -> bool {
    let is_token = |at: usize| matches!(text.get(at), Some(b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"'));
    start == end || is_token(end) || start.checked_sub(1).is_some_and(is_token)
}

/// Returns where the next record starts behind one that ends at `at`, or the list ends.
fn next_start(text: &[u8], at: usize) -> Option<usize> {
    let at = space(text, at);
    match text.get(at)? {
        b',' => {
            let next = space(text, at + 1);
            matches!(text.get(next), None | Some(b'{')).then_some(next)
        }
        b']' => Some(at),
        _ => None,
    }
}

/// Where to look for the middle of one list in the other.
fn window_of_middle(base: &[u8], at: usize, head: &[u8]) -> Range<usize> {
    let expected = (at as u128 * head.len() as u128 / base.len().max(1) as u128) as usize;
    let around = head.len() / AROUND;
    expected.saturating_sub(around)..(expected + around).min(head.len())
}

/// Returns how many bytes two texts begin with alike.
fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK)).take_while(|(a, b)| a == b).count();
    let same = blocks * BLOCK;
    same + a[same..].iter().zip(&b[same..]).take_while(|(a, b)| a == b).count()
}
