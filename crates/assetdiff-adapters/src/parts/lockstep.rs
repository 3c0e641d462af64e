//! Goes through two lists side by side and takes out the records that only one of them has.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::form::{Form, record_text};
use crate::both::both;

/// The places of the records that have no equal in the other text, and of stretches that have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Unmatched {
    pub(crate) base: Vec<Range<usize>>,
    pub(crate) head: Vec<Range<usize>>,
    /// In head, in any order.
    pub(crate) matched: Vec<Range<usize>>,
    /// Where the matched records start that the form told apart, sorted.
    pub(crate) starts: Vec<usize>,
    /// Where the lists end.
    pub(crate) base_end: usize,
    pub(crate) head_end: usize,
}

/// So many records ahead are compared one by one where the sides differ: mostly few were added, removed or changed.
const NEAR: usize = 16;

/// If none of those is the same, so many are looked up.
const FAR: [usize; 3] = [256, 2048, 16_384];

/// With so many records unmatched, and more than matched, the texts have little in common.
const TOO_MANY: usize = 32_768;

/// Smaller lists are not worth a second thread.
const LARGE: usize = 1 << 20;

/// Two lists of records; `None` if they have little in common, or cannot be told apart.
///
/// Costs one comparison of what is the same in the same order, and a hash of each other record; a large list
/// is halved for a second thread.
pub(crate) fn unmatched(base: &[u8], head: &[u8], form: &(impl Form + Sync)) -> Option<Unmatched> {
    let mut found = halves(base, head, form).or_else(|| in_step(base, head, form))?;
    let are_whole =
        |list: &[u8], records: &[Range<usize>]| records.iter().all(|record| form.is_whole(list, record));
    if !are_whole(&base[..found.base_end], &found.base) || !are_whole(&head[..found.head_end], &found.head) {
        return None;
    }
    found.match_elsewhere(base, head, form);
    Some(found)
}

fn halves(base: &[u8], head: &[u8], form: &(impl Form + Sync)) -> Option<Unmatched> {
    if base.len().min(head.len()) < LARGE {
        return None;
    }
    let (b, h) = form.middle(base, head)?;
    let first = || in_step(&base[..b], &head[..h], form);
    let (first, second) = both(first, || in_step(&base[b..], &head[h..], form));
    let mut found = first.filter(|first| (first.base_end, first.head_end) == (b, h))?;
    found.append(second?);
    Some(found)
}

fn in_step(base: &[u8], head: &[u8], form: &impl Form) -> Option<Unmatched> {
    let mut found = Unmatched::default();
    let (mut b, mut h, mut matched) = (0, 0, 0);
    loop {
        let known = found.starts.len();
        let (old, new) = form.same(&base[b..], &head[h..], &mut found.starts)?;
        found.starts[known..].iter_mut().for_each(|start| *start += h);
        if new > 0 {
            found.matched.push(h..h + new);
            (b, h, matched) = (b + old, h + new, matched + new);
        }
        if form.is_end(base, b) || form.is_end(head, h) {
            break;
        }
        let (mut olds, mut news) = (Ahead::new(base, b, form), Ahead::new(head, h, form));
        let (old, new) = together_again(&mut olds, &mut news);
        b = olds.pass(old, &mut found.base)?;
        h = news.pass(new, &mut found.head)?;
        if found.base.len() + found.head.len() > TOO_MANY && matched < h / 2 {
            return None;
        }
    }
    found.base.extend(form.records(base, b));
    found.head.extend(form.records(head, h));
    let end = |records: &[Range<usize>], reached: usize| {
        records.last().map_or(reached, |last| last.end.max(reached))
    };
    (found.base_end, found.head_end) = (end(&found.base, b), end(&found.head, h));
    // A record that cannot be told from what follows ends neither list.
    (form.is_end(base, found.base_end) && form.is_end(head, found.head_end)).then_some(found)
}

impl Unmatched {
    /// Appends what was found from the ends on.
    fn append(&mut self, next: Self) {
        let (b, h) = (self.base_end, self.head_end);
        let moved = |ranges: Vec<Range<usize>>, by: usize| {
            ranges.into_iter().map(move |range| range.start + by..range.end + by)
        };
        self.base.extend(moved(next.base, b));
        self.head.extend(moved(next.head, h));
        self.matched.extend(moved(next.matched, h));
        self.starts.extend(next.starts.into_iter().map(|start| start + h));
        (self.base_end, self.head_end) = (b + next.base_end, h + next.head_end);
    }

    /// Pairs records that stand in another order.
    fn match_elsewhere(&mut self, base: &[u8], head: &[u8], form: &impl Form) {
        fn normal<'t>(form: &impl Form, text: &'t [u8], record: &Range<usize>) -> Cow<'t, [u8]> {
            form.normal(record_text(text, record))
        }
        let mut by_text: HashMap<Cow<'_, [u8]>, usize> = HashMap::with_capacity(self.head.len());
        for record in &self.head {
            *by_text.entry(normal(form, head, record)).or_default() += 1;
        }
        let mut paired: HashMap<Cow<'_, [u8]>, usize> = HashMap::new();
        self.base.retain(|record| {
            let text = normal(form, base, record);
            let left = by_text.get_mut(&text).filter(|left| **left > 0);
            let is_paired = left.map(|left| *left -= 1).is_some();
            if is_paired {
                *paired.entry(text).or_default() += 1;
            }
            !is_paired
        });
        if paired.is_empty() {
            return;
        }
        let Self { matched, starts, .. } = self;
        self.head.retain(|record| {
            let left = paired.get_mut(&normal(form, head, record)).filter(|left| **left > 0);
            let is_paired = left.map(|left| *left -= 1).is_some();
            if is_paired {
                matched.push(record.clone());
                starts.push(record.start);
            }
            !is_paired
        });
        starts.sort_unstable();
    }
}

/// The next records of a text, told apart when they are asked for.
struct Ahead<'t, F> {
    text: &'t [u8],
    form: &'t F,
    start: usize,
    records: Vec<Range<usize>>,
}

impl<'t, F: Form> Ahead<'t, F> {
    fn new(text: &'t [u8], start: usize, form: &'t F) -> Self {
        Self { text, form, start, records: Vec::new() }
    }

    /// Returns the text of a record, if there are so many.
    fn get(&mut self, index: usize) -> Option<&'t [u8]> {
        self.fill(index + 1);
        self.records.get(index).map(|record| record_text(self.text, record))
    }

    fn fill(&mut self, count: usize) {
        let missing = count.saturating_sub(self.records.len());
        let next = self.records.last().map_or(self.start, |last| last.end);
        self.records.extend(self.form.records(self.text, next).take(missing));
    }

    /// Returns what the first records have that are the same.
    fn normals(&mut self, count: usize) -> impl Iterator<Item = Cow<'t, [u8]>> {
        self.fill(count);
        let Self { text, form, records, .. } = self;
        records.iter().map(|record| form.normal(record_text(text, record)))
    }

    /// Takes out the first records; returns where the next one starts. `None` if there are not so many.
    fn pass(&mut self, count: usize, out: &mut Vec<Range<usize>>) -> Option<usize> {
        self.fill(count);
        let passed = self.records.get(..count)?;
        out.extend_from_slice(passed);
        Some(passed.last().map_or(self.start, |last| last.end))
    }
}

/// Returns how many records to pass on each side for the next ones to be the same: few, if that can be.
fn together_again<F: Form>(olds: &mut Ahead<'_, F>, news: &mut Ahead<'_, F>) -> (usize, usize) {
    for sum in 1..2 * NEAR - 1 {
        for old in sum.saturating_sub(NEAR - 1)..=sum.min(NEAR - 1) {
            let pair = olds.get(old).zip(news.get(sum - old));
            if pair.is_some_and(|(old, new)| olds.form.are_same(old, new)) {
                return (old, sum - old);
            }
        }
    }
    for count in FAR {
        let mut places = HashMap::new();
        for (place, record) in news.normals(count).enumerate() {
            places.entry(record).or_insert(place);
        }
        let pairs = olds.normals(count).enumerate();
        let pairs = pairs.filter_map(|(old, record)| Some((old, *places.get(&record)?)));
        let pairs = pairs.filter(|&pair| pair != (0, 0));
        if let Some(pair) = pairs.min_by_key(|(old, new)| old + new) {
            return pair;
        }
        if olds.records.len() < count && news.records.len() < count {
            break;
        }
    }
    (olds.records.len().max(1), news.records.len().max(1))
}

#[cfg(test)]
mod tests {
    use super::super::form::{Lines, Tokens};
    use super::*;

    fn texts<'a>(text: &'a str, records: &[Range<usize>]) -> Vec<&'a str> {
        records
            .iter()
            .map(|r| std::str::from_utf8(record_text(text.as_bytes(), r)).unwrap_or_default())
            .collect()
    }

    /// The records that only one of two lists has.
    type Only = Option<(Vec<String>, Vec<String>)>;

    fn found(base: &str, head: &str, form: &(impl Form + Sync)) -> Only {
        let found = unmatched(base.as_bytes(), head.as_bytes(), form)?;
        let named = |text, records: &[Range<usize>]| -> Vec<String> {
            let names = texts(text, records).into_iter().map(|text| text.replace([' ', '\n'], ""));
            names.map(|text| text.trim_matches(['#', '{', '"', '}', ':', '1']).to_owned()).collect()
        };
        Some((named(base, &found.base), named(head, &found.head)))
    }

    /// What only one of two lists has, whichever way it is found.
    fn only(base: &[&str], head: &[&str]) -> Only {
        let [old, new] = [base, head]
            .map(|records| records.iter().map(|record| format!("\n#{record}")).collect::<Vec<_>>().join(","));
        let by_lines = found(&old, &new, &Lines::new(b"\n#", b""));
        let objects = |records: &[&str], space: &str| {
            let objects = records.iter().map(|record| format!("{{{space}\"{record}\"{space}:1}}{space}"));
            objects.collect::<Vec<_>>().join(&format!(",{space}")) + "]"
        };
        for [old, new] in [["", " "], [" ", "\n  "], ["", ""]] {
            let by_tokens = found(&objects(base, old), &objects(head, new), &Tokens);
            assert_eq!(by_tokens, by_lines, "{old:?} {new:?}");
        }
        by_lines
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
    fn many_that_stand_together_are_passed() {
        let all: Vec<String> = (0..2000).map(|number| format!("x{number}_")).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let without = [&all[..100], &all[900..]].concat();
        assert_eq!(only(&all, &without), Some((strings(&all[100..900]), vec![])));
        assert_eq!(only(&without, &all), Some((vec![], strings(&all[100..900]))));
        let base: Vec<u8> =
            without.iter().flat_map(|name| format!("{{\"{name}\":1}},").into_bytes()).collect();
        let head: Vec<u8> = all.iter().flat_map(|name| format!("{{\"{name}\":1 }},").into_bytes()).collect();
        let found = in_step(&base, &head, &Tokens).unwrap_or_default();
        assert_eq!((found.base.len(), found.head.len()), (0, 800));
    }

    #[test]
    fn texts_without_anything_in_common_are_given_up() {
        let [base, head] = ["old", "new"]
            .map(|side| (0..20_000).map(|number| format!("{side}{number}")).collect::<Vec<_>>());
        let [base, head] = [&base, &head].map(|side| side.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(only(&base, &head).is_none());
    }

    #[test]
    fn white_space_counts_only_where_it_means_something() {
        let only = |base: &str, head: &str| found(&format!("{base}]"), &format!("{head}]"), &Tokens);
        let same = Some((vec![], vec![]));
        assert_eq!(only(r#"{"a":[1,2,"x y"]}"#, "{ \"a\" :\n\t[ 1,2 , \"x y\" ] } "), same);
        for (base, head) in [
            (r#"{"a":"x y"}"#, r#"{"a":"xy"}"#),
            (r#"{"a":12}"#, r#"{"a":1 2}"#),
            (r#"{"a":1 2}"#, r#"{"a":12}"#),
            (r#"{"a":tr ue}"#, r#"{"a":true}"#),
            (r#"{"a":1}"#, r#"{"a":1.0}"#),
            (r#"{"a":"\u0041"}"#, r#"{"a":"A"}"#),
            (r#"{"a":[1]}"#, r#"{"a":[1,1]}"#),
            (r#"{"a":"\""}"#, r#"{"a":"\"\""}"#),
        ] {
            let found = only(base, head).unwrap_or_default();
            assert_eq!((found.0.len(), found.1.len()), (1, 1), "{base} {head}");
        }
        for broken in ["{\"a\":1", "{\"a\":1},,{\"b\":1}", "1", "{\"a\":\"}", "}"] {
            assert_eq!(only(broken, r#"{"b":1}"#), None, "{broken}");
            assert_eq!(only(r#"{"b":1}"#, broken), None, "{broken}");
        }
    }

    #[test]
    fn large_lists_are_halved_at_a_record() {
        let record = |number: usize, space: &str| {
            let inner = (0..8).map(|up| format!("{{{space}\"key\":{space}[\"a{}\"]}}", number * 7 + up));
            let inner = inner.collect::<Vec<_>>().join(",");
            format!(
                r#"{{"checks":[],{space}"key":["a{number}"],{space}"on":[{inner}],"text":"{{\"key\": [\"a\"]}}\\"}}"#
            )
        };
        let list = |space: &str, skipped: usize| {
            let records =
                (0..20_000).filter(|number| number % 1000 != skipped).map(|number| record(number, space));
            records.collect::<Vec<_>>().join(",") + "]"
        };
        let (base, head) = (list("", 3), list("  ", 5));
        let (b, h) = Tokens.middle(base.as_bytes(), head.as_bytes()).unwrap_or_default();
        assert!(base[b..].starts_with(r#"{"checks""#) && head[h..].starts_with(r#"{"checks""#), "{b} {h}");
        let found = unmatched(base.as_bytes(), head.as_bytes(), &Tokens).unwrap_or_default();
        let whole = in_step(base.as_bytes(), head.as_bytes(), &Tokens).unwrap_or_default();
        assert_eq!(Unmatched { matched: whole.matched.clone(), ..found.clone() }, whole);
        assert_eq!((found.base.len(), found.head.len(), found.starts.len()), (20, 20, 20_000 - 40));
        assert_eq!((found.base_end, found.head_end), (base.len() - 1, head.len() - 1));
    }
}
