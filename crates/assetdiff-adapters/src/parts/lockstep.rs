//! Goes through two texts side by side and takes out the records that only one of them has.

use std::collections::HashMap;
use std::ops::Range;

use memchr::memmem::Finder;

/// The places of the records that have no equal in the other text, and of stretches that have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Unmatched {
    pub(crate) base: Vec<Range<usize>>,
    pub(crate) head: Vec<Range<usize>>,
    /// In head, in any order.
    pub(crate) matched: Vec<Range<usize>>,
}

/// So many records may be missing in a row on one side for the sides to find together again at once.
const WINDOW: usize = 16;

/// With so many records unmatched, and more than matched, the texts are formatted in different ways.
const TOO_MANY: usize = 4096;

/// Texts are compared in blocks of this size before the byte is looked for that differs.
const BLOCK: usize = 4096;

/// Two lists of records, each beginning where `start` stands; `None` if they have little in common.
///
/// Costs one comparison of the bytes that are the same in the same order, and a hash of each other record.
pub(crate) fn unmatched(base: &[u8], head: &[u8], start: &Finder<'_>) -> Option<Unmatched> {
    let mut found = Unmatched::default();
    let (mut b, mut h) = (0, 0);
    while b < base.len() && h < head.len() {
        let common = common_prefix(&base[b..], &head[h..]);
        if b + common == base.len() && h + common == head.len() {
            found.matched.push(h..head.len());
            (b, h) = (base.len(), head.len());
            break;
        }
        // What is the same up to the start of a record is the same record by record.
        let same = last_start(&base[b..b + common], start);
        if same > 0 {
            found.matched.push(h..h + same);
            (b, h) = (b + same, h + same);
        }
        let (olds, news) = (Records::of(base, b, start), Records::of(head, h, start));
        let (old, new) = together_again(base, &olds, head, &news).unwrap_or((1, 1));
        b = olds.pass(b, old, &mut found.base);
        h = news.pass(h, new, &mut found.head);
        if found.base.len() + found.head.len() > TOO_MANY && found.base.len() * 2 > b / 64 {
            let matched: usize = found.matched.iter().map(Range::len).sum();
            if matched < h / 2 {
                return None;
            }
        }
    }
    found.base.extend(all_records(base, b, start));
    found.head.extend(all_records(head, h, start));
    found.match_elsewhere(base, head);
    Some(found)
}

impl Unmatched {
    /// Pairs records that stand in another order.
    fn match_elsewhere(&mut self, base: &[u8], head: &[u8]) {
        let mut by_text: HashMap<&[u8], usize> = HashMap::with_capacity(self.head.len());
        for record in &self.head {
            *by_text.entry(record_text(head, record)).or_default() += 1;
        }
        let mut paired: HashMap<&[u8], usize> = HashMap::new();
        self.base.retain(|record| {
            let text = record_text(base, record);
            let left = by_text.get_mut(text).filter(|left| **left > 0);
            let is_paired = left.map(|left| *left -= 1).is_some();
            if is_paired {
                *paired.entry(text).or_default() += 1;
            }
            !is_paired
        });
        let matched = &mut self.matched;
        self.head.retain(|record| {
            let left = paired.get_mut(record_text(head, record)).filter(|left| **left > 0);
            let is_paired = left.map(|left| *left -= 1).is_some();
            if is_paired {
                matched.push(record.clone());
            }
            !is_paired
        });
    }
}

/// Returns the text of a record, without what separates it from the next.
pub(crate) fn record_text<'a>(text: &'a [u8], record: &Range<usize>) -> &'a [u8] {
    let text = text[record.clone()].trim_ascii();
    text.strip_suffix(b",").unwrap_or(text).trim_ascii_end()
}

/// The next records of a text, as many as are looked at for the sides to find together again.
struct Records(Vec<Range<usize>>);

impl Records {
    fn of(text: &[u8], at: usize, start: &Finder<'_>) -> Self {
        Self(all_records(text, at, start).take(WINDOW).collect())
    }

    /// Takes out the first ones; returns where the next one starts.
    fn pass(self, at: usize, count: usize, out: &mut Vec<Range<usize>>) -> usize {
        let passed = self.0.into_iter().take(count);
        passed.fold(at, |_, record| {
            out.push(record.clone());
            record.end
        })
    }
}

/// Returns the records of a text from one on that starts at `at`.
fn all_records<'t>(
    text: &'t [u8],
    mut at: usize,
    start: &'t Finder<'_>,
) -> impl Iterator<Item = Range<usize>> + 't {
    std::iter::from_fn(move || {
        (at < text.len()).then(|| {
            let next = start.find(&text[at + 1..]).map_or(text.len(), |found| at + 1 + found);
            std::mem::replace(&mut at, next)..next
        })
    })
}

/// Returns how many records to pass on each side for the next ones to be equal; the fewest.
fn together_again(base: &[u8], olds: &Records, head: &[u8], news: &Records) -> Option<(usize, usize)> {
    let texts = |text, records: &Records| -> Vec<_> {
        records.0.iter().map(|record| record_text(text, record)).collect()
    };
    let (olds, news) = (texts(base, olds), texts(head, news));
    let mut pairs = (1..olds.len() + news.len()).flat_map(|sum| (0..=sum).map(move |old| (old, sum - old)));
    pairs.find(|&(old, new)| olds.get(old).is_some_and(|text| news.get(new) == Some(text)))
}

/// Returns how many bytes two texts begin with alike.
fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK)).take_while(|(a, b)| a == b).count();
    let same = blocks * BLOCK;
    same + a[same..].iter().zip(&b[same..]).take_while(|(a, b)| a == b).count()
}

/// Returns where the last record starts in a text that begins with one.
fn last_start(text: &[u8], start: &Finder<'_>) -> usize {
    // Records are short: the last start is near the end.
    let mut window = 2 * BLOCK;
    loop {
        let from = text.len().saturating_sub(window);
        if let Some(found) = memchr::memmem::rfind(&text[from..], start.needle()) {
            return from + found;
        }
        if from == 0 {
            return 0;
        }
        window *= 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'a>(text: &'a str, records: &[Range<usize>]) -> Vec<&'a str> {
        records
            .iter()
            .map(|r| std::str::from_utf8(record_text(text.as_bytes(), r)).unwrap_or_default())
            .collect()
    }

    /// What only one of two lists has.
    fn only(base: &[&str], head: &[&str]) -> Option<(Vec<String>, Vec<String>)> {
        let [base, head] = [base, head]
            .map(|records| records.iter().map(|record| format!("\n#{record}")).collect::<Vec<_>>().join(","));
        let found = unmatched(base.as_bytes(), head.as_bytes(), &Finder::new("\n#"))?;
        let owned = |texts: Vec<&str>| texts.into_iter().map(|text| text[1..].to_owned()).collect();
        Some((owned(texts(&base, &found.base)), owned(texts(&head, &found.head))))
    }

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn records_that_only_one_side_has_are_taken_out() {
        let all = ["a", "b", "c", "d", "e"];
        assert_eq!(only(&all, &all), Some((vec![], vec![])));
        assert_eq!(only(&all, &["a", "b", "x", "d", "e"]), Some((strings(&["c"]), strings(&["x"]))));
        assert_eq!(only(&all, &["a", "b", "d", "e"]), Some((strings(&["c"]), vec![])));
        assert_eq!(only(&all, &["a", "b", "c", "n", "d", "e"]), Some((vec![], strings(&["n"]))));
        assert_eq!(only(&all, &["a", "b", "c", "d"]), Some((strings(&["e"]), vec![])));
        assert_eq!(only(&["a"], &all), Some((vec![], strings(&["b", "c", "d", "e"]))));
        assert_eq!(only(&all, &[]), Some((strings(&all), vec![])));
        assert_eq!(only(&["ab", "b"], &["a", "b"]), Some((strings(&["ab"]), strings(&["a"]))));
    }

    #[test]
    fn records_in_another_order_are_found() {
        assert_eq!(only(&["a", "b", "c"], &["c", "b", "a"]), Some((vec![], vec![])));
        assert_eq!(only(&["a", "a", "b"], &["b", "a"]), Some((strings(&["a"]), vec![])));
        let many: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let turned: Vec<&str> = many[50..].iter().chain(&many[..50]).copied().collect();
        assert_eq!(only(&many, &turned), Some((vec![], vec![])));
    }

    #[test]
    fn texts_without_anything_in_common_are_given_up() {
        let [base, head] = ["old", "new"]
            .map(|side| (0..10_000).map(|number| format!("{side}{number}")).collect::<Vec<_>>());
        let [base, head] = [&base, &head].map(|side| side.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(only(&base, &head), None);
    }
}
