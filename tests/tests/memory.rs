//! How much memory reading takes, in a binary of its own for the allocator that counts.
#![allow(clippy::unwrap_used)]

use assetdiff::{AssetGraph, Limits, Snapshot};
use assetdiff_benches::allocator::{Counting, counted};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes that are allocated at one time while a text is read, by byte of the text.
fn peak(text: &str) -> f64 {
    let (graph, allocations) = counted(|| AssetGraph::from_json(text.as_bytes(), &Limits::default()));
    graph.unwrap();
    allocations.peak_bytes as f64 / text.len() as f64
}

fn with(members: &str) -> String {
    format!(r#"{{"format_version":"1.0","assets":[{{"key":["a"],{members}}}]}}"#)
}

fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

/// One test, because the allocator counts all threads.
#[test]
fn reading_takes_at_most_twelve_times_the_size_of_the_text() {
    no_text_takes_more_than_twelve_times_its_size();
    a_text_that_is_refused_takes_no_more_than_one_that_is_read();
}

fn no_text_takes_more_than_twelve_times_its_size() {
    let objects = list(200_000, |_| r#"{"":0}"#.to_owned());
    let long = "x".repeat(1 << 20);
    for (name, text) in [
        ("small objects", with(&format!(r#""metadata":{{"m":{{"type":"json","value":[{objects}]}}}}"#))),
        (
            "small objects, value first",
            with(&format!(r#""metadata":{{"m":{{"value":[{objects}],"type":"json"}}}}"#)),
        ),
        ("small objects of a later version", with(&format!(r#""later":[{objects}]"#))),
        ("small lists", with(&format!(r#""later":[{}]"#, list(250_000, |_| "[]".to_owned())))),
        (
            "minimal assets",
            format!(
                r#"{{"format_version":"1.0","assets":[{}]}}"#,
                list(200_000, |n| format!(r#"{{"key":["{n:x}"]}}"#))
            ),
        ),
        (
            "minimal assets that read each other",
            format!(
                r#"{{"format_version":"1.0","assets":[{}]}}"#,
                list(200_000, |n| format!(
                    r#"{{"key":["{n:x}"],"dependencies":[{{"key":["{:x}"]}}]}}"#,
                    n + 1
                ))
            ),
        ),
        ("wide tags", with(&format!(r#""tags":{{{}}}"#, list(250_000, |n| format!(r#""{n}":"""#))))),
        ("wide execution", with(&format!(r#""execution":{{{}}}"#, list(250_000, |n| format!(r#""{n}":0"#))))),
        ("wide unknown", with(&list(249_999, |n| format!(r#""{n}":0"#)))),
        (
            "wide metadata",
            with(&format!(r#""metadata":{{{}}}"#, list(250_000, |n| format!(r#""{n}":{{"type":"null"}}"#)))),
        ),
        ("columns", with(&format!(r#""columns":[{}]"#, list(250_000, |n| format!(r#"{{"name":"{n}"}}"#))))),
        ("kinds", with(&format!(r#""kinds":[{}]"#, list(250_000, |n| format!(r#""{n}""#))))),
        (
            "dependencies",
            with(&format!(r#""dependencies":[{}]"#, list(250_000, |n| format!(r#"{{"key":["{n}"]}}"#)))),
        ),
        ("checks", with(&format!(r#""checks":[{}]"#, list(250_000, |n| format!(r#"{{"name":"{n}"}}"#))))),
        (
            "columns, doubled",
            with(&format!(r#""columns":[{}]"#, list(131_073, |n| format!(r#"{{"name":"{n}"}}"#)))),
        ),
        (
            "nameless columns",
            with(&format!(r#""columns":[{}]"#, list(250_000, |_| r#"{"name":""}"#.to_owned()))),
        ),
        (
            "dependencies, doubled",
            with(&format!(r#""dependencies":[{}]"#, list(131_073, |n| format!(r#"{{"key":["{n}"]}}"#)))),
        ),
        ("a long text", with(&format!(r#""description":"{long}""#))),
        ("escapes", with(&format!(r#""later":"{}""#, "\\u00e9".repeat(170_000)))),
        ("spaces", with(&format!(r#""later":{}1"#, " ".repeat(1 << 20)))),
    ] {
        let ratio = peak(&text);
        assert!(text.len() > 100_000, "{name}: {} bytes show nothing", text.len());
        // Not reached: the longest lists of one asset stand in memory as structs while it is read, in a
        // list that has just been doubled. There are at most `max_entries` of them: 40 MB.
        let is_over = matches!(name, "nameless columns" | "columns, doubled" | "dependencies, doubled");
        let most = if is_over { 20.0 } else { 12.0 };
        assert!(ratio <= most, "{name}: {ratio:.1} times its {} bytes", text.len());
    }
}

fn a_text_that_is_refused_takes_no_more_than_one_that_is_read() {
    let objects = list(200_000, |_| r#"{"":0}"#.to_owned());
    for (name, text) in [
        ("a key twice", with(&format!(r#""later":[{objects},{{"a":0,"a":0}}]"#))),
        ("cut off", with(&format!(r#""later":[{objects}"#))),
        ("wrong type", with(&format!(r#""tags":[{objects}]"#))),
        ("another version", format!(r#"{{"assets":[{objects}],"format_version":"2.0"}}"#)),
        ("brackets", "[".repeat(1 << 20)),
        ("too many keys", with(&format!(r#""tags":{{{}}}"#, list(300_000, |n| format!(r#""{n}":"""#))))),
    ] {
        let (result, allocations) = counted(|| Snapshot::from_json(text.as_bytes(), &Limits::default()));
        result.unwrap_err();
        let ratio = allocations.peak_bytes as f64 / text.len() as f64;
        assert!(ratio <= 12.0, "{name}: {ratio:.1} times its {} bytes", text.len());
    }
}
