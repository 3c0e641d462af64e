//! Texts that are no snapshot, or one made to break the reader: an exact error and never a panic.

use assetdiff::{AssetGraph, Json, LimitKind, Limits, LoadError, ReadProblem, Snapshot};
use proptest::prelude::*;

use crate::build::{key, load, refused};

/// A snapshot of one asset with these members besides its key.
fn with(members: &str) -> String {
    format!("{{\"format_version\": \"1.0\", \"assets\": [\n  {{\"key\": [\"a\"], {members}}}]}}")
}

fn metadata(value: &str) -> String {
    with(&format!("\"metadata\": {{\"m\": {{\"type\": \"json\", \"value\": {value}}}}}"))
}

fn refused_bytes(bytes: &[u8]) -> String {
    AssetGraph::from_json(bytes, &Limits::default()).unwrap_err().to_string()
}

fn limited(text: &str, set: impl Fn(&mut Limits)) -> (LimitKind, String) {
    let mut limits = Limits::default();
    set(&mut limits);
    let error = AssetGraph::from_json(text.as_bytes(), &limits).unwrap_err();
    let LoadError::Read(read) = &error else { panic!("{error}") };
    let ReadProblem::Limit(limit) = &read.problem else { panic!("{error}") };
    (limit.kind, error.to_string())
}

#[test]
fn the_texts_of_these_tests_are_read_where_nothing_is_wrong() {
    assert_eq!(load(&with("\"group\": \"g\"")).unwrap().len(), 1);
    assert_eq!(load(&metadata("{}")).unwrap().len(), 1);
}

// Row 1: nesting.

#[test]
fn a_value_may_be_nested_as_deep_as_a_definition_and_no_deeper() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    // The definition, its metadata and the metadata value stand around it.
    assert!(load(&metadata(&nested(125))).is_ok());
    assert_eq!(
        limited(&metadata(&nested(126)), |_| {}),
        (
            LimitKind::Depth,
            "line 2, column 187: expected at most 128 nested lists and maps, found more".to_owned()
        )
    );
    for depth in [10_000, 1_000_000] {
        let error = "line 2, column 187: expected at most 128 nested lists and maps, found more";
        assert_eq!(refused(&metadata(&nested(depth))), error);
        assert_eq!(refused(&metadata(&"[".repeat(depth))), error);
    }
    assert_eq!(
        Json::parse(&nested(129)).unwrap_err().to_string(),
        "expected at most 128 nested arrays and objects, found more (byte 128)"
    );
    assert!(Json::parse(&nested(128)).is_ok());
}

#[test]
fn nesting_is_limited_wherever_it_stands() {
    let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let multi = (0..10_000)
        .fold("null".to_owned(), |inner, _| format!(r#"{{"type":"multi","value":{{"d":{inner}}}}}"#));
    for text in [
        with(&format!("\"later\": {nested}")),
        with(&format!("\"execution\": {{\"x\": {nested}}}")),
        with(&format!("\"partitions\": {multi}")),
        with(&format!("\"partitions\": {{\"value\": {nested}, \"type\": \"static\"}}")),
        with(&format!("\"tags\": {nested}")),
        format!("{{\"later\": {nested}, \"format_version\": \"1.0\", \"assets\": []}}"),
        nested.clone(),
    ] {
        let (kind, error) = limited(&text, |_| {});
        assert_eq!(kind, LimitKind::Depth, "{error}");
    }
}

#[test]
fn nested_partitions_are_read_and_dropped_as_deep_as_they_may_be() {
    let multi = |depth: usize| {
        (0..depth).fold(r#"{"type":"static","value":{"keys":[]}}"#.to_owned(), |inner, _| {
            format!(r#"{{"type":"multi","value":{{"d":{inner}}}}}"#)
        })
    };
    let deep = load(&with(&format!("\"partitions\": {}", multi(62)))).unwrap();
    assert_eq!(AssetGraph::new(deep.to_snapshot()).unwrap(), deep);
    assert!(load(&with(&format!("\"partitions\": {}", multi(63)))).is_err());
}

// Row 2: sizes.

#[test]
fn more_than_a_limit_allows_is_refused_where_it_begins() {
    let two = r#"{"format_version": "1.0", "assets": [{"key": ["a"]},
        {"key": ["b"], "dependencies": [{"key": ["x"]}, {"key": ["y"]}]}]}"#;
    assert_eq!(
        limited(two, |limits| limits.max_bytes = 99),
        (LimitKind::Bytes, "line 1, column 1: expected at most 99 bytes, found more".to_owned())
    );
    assert_eq!(
        limited(two, |limits| limits.max_assets = 1),
        (LimitKind::Assets, "line 2, column 9: expected at most 1 assets, found more".to_owned())
    );
    assert_eq!(
        limited(two, |limits| limits.max_dependencies = 1),
        (LimitKind::Dependencies, "line 2, column 9: expected at most 1 dependencies, found more".to_owned())
    );
    assert_eq!(
        limited(two, |limits| limits.max_entries = 1),
        (
            LimitKind::Entries,
            "line 2, column 9: expected at most 1 entries in one list or map of an asset, found more"
                .to_owned()
        )
    );
    let long = with(&format!("\"description\": \"{}\"", "x".repeat(1 << 20)));
    assert!(load(&long).is_ok());
    let longer = with(&format!("\"description\": \"{}\"", "x".repeat((1 << 20) + 1)));
    assert_eq!(
        limited(&longer, |_| {}),
        (
            LimitKind::TextBytes,
            "line 2, column 33: expected at most 1048576 bytes in one text of an asset, found more"
                .to_owned()
        )
    );
}

#[test]
fn a_snapshot_may_have_many_assets_and_one_asset_not_too_many_entries() {
    let keys = |count: usize| (0..count).map(|n| format!("\"{n}\":\"\"")).collect::<Vec<_>>().join(",");
    assert!(load(&with(&format!("\"tags\": {{{}}}", keys(250_000)))).is_ok());
    let (kind, error) = limited(&with(&format!("\"tags\": {{{}}}", keys(250_001))), |_| {});
    assert_eq!(kind, LimitKind::Entries);
    assert!(error.starts_with("line 2, column 26: expected at most 250000 entries"), "{error}");
    let assets: Vec<String> = (0..300_000).map(|n| format!("{{\"key\":[\"{n}\"]}}")).collect();
    let many = format!(r#"{{"format_version":"1.0","assets":[{}]}}"#, assets.join(","));
    assert_eq!(load(&many).unwrap().len(), 300_000);
}

#[test]
fn a_snapshot_with_too_many_unknown_members_is_refused() {
    let members = |count: usize| (0..count).map(|n| format!("\"x{n}\": 1, ")).collect::<String>();
    let text = |count| format!("{{{}\"format_version\": \"1.0\", \"assets\": []}}", members(count));
    assert!(load(&text(64)).is_ok());
    assert_eq!(
        refused(&text(65)),
        "line 1, column 636: expected at most 64 members of a snapshot that this version does not know, found more"
    );
}

// Row 4: duplicates.

#[test]
fn a_key_that_stands_twice_is_refused_with_both_places() {
    let twice = |key: &str, first: &str, second: &str| {
        format!("{second}: expected each key of an object once, found \"{key}\" again (first at {first})")
    };
    for (text, expected) in [
        (
            "{\"format_version\": \"1.0\",\n\"format_version\": \"2.0\", \"assets\": []}".to_owned(),
            twice("format_version", "line 1, column 2", "line 2, column 1"),
        ),
        (
            "{\"format_version\": \"1.0\", \"assets\": [],\n \"assets\": []}".to_owned(),
            twice("assets", "line 1, column 27", "line 2, column 2"),
        ),
        (
            "{\"later\": 1, \"later\": 2, \"format_version\": \"1.0\", \"assets\": []}".to_owned(),
            twice("later", "line 1, column 2", "line 1, column 14"),
        ),
        (
            "{\"provenance\": {\"x\": 1, \"x\": 1}, \"format_version\": \"1.0\", \"assets\": []}".to_owned(),
            twice("x", "line 1, column 17", "line 1, column 25"),
        ),
        (
            with("\n\"group\": \"g\", \"group\": \"h\""),
            twice("group", "line 3, column 1", "line 3, column 15"),
        ),
        (with("\n\"key\": [\"b\"]"), twice("key", "line 2, column 4", "line 3, column 1")),
        (with("\n\"x.y\": 1, \"x.y\": 1"), twice("x.y", "line 3, column 1", "line 3, column 11")),
        (
            with("\n\"tags\": {\"t\": \"1\", \"t\": \"1\"}"),
            twice("t", "line 3, column 10", "line 3, column 20"),
        ),
        (
            with("\n\"tags\": {\"t\": \"1\", \"\\u0074\": \"1\"}"),
            twice("t", "line 3, column 10", "line 3, column 20"),
        ),
        (
            with("\n\"metadata\": {\"m\": {\"type\": \"null\"}, \"m\": {\"type\": \"null\"}}"),
            twice("m", "line 3, column 14", "line 3, column 37"),
        ),
        (
            with("\n\"metadata\": {\"m\": {\"type\": \"null\", \"type\": \"null\"}}"),
            twice("type", "line 3, column 20", "line 3, column 36"),
        ),
        (metadata("\n{\"a\": {\"b\": 1, \"b\": 2}}"), twice("b", "line 3, column 8", "line 3, column 16")),
        (
            metadata("\n[[{\"b\": 1, \"c\": 0, \"b\": 1}]]"),
            twice("b", "line 3, column 4", "line 3, column 20"),
        ),
        (
            with("\n\"metadata\": {\"m\": {\"type\": \"custom.x\", \"value\": {\"a\": 1, \"a\": 1}}}"),
            twice("a", "line 3, column 50", "line 3, column 58"),
        ),
        (
            with(
                "\n\"metadata\": {\"m\": {\"type\": \"column_lineage\", \"value\": {\"a\": [], \"a\": []}}}",
            ),
            twice("a", "line 3, column 56", "line 3, column 65"),
        ),
        (
            with(
                "\n\"partitions\": {\"value\": {\"d\": {\"type\": \"x\"}, \"d\": {\"type\": \"x\"}}, \"type\": \"multi\"}",
            ),
            twice("d", "line 3, column 26", "line 3, column 46"),
        ),
        (
            with(
                "\n\"code_version\": {\"parts\": {\"p\": {\"fingerprint\": \"\"}, \"p\": {\"fingerprint\": \"\"}}}",
            ),
            twice("p", "line 3, column 28", "line 3, column 54"),
        ),
        (
            with(
                "\n\"dependencies\": [{\"key\": [\"b\"], \"mapping\": {\"type\": \"static\", \"value\": {\"k\": [], \"k\": []}}}]",
            ),
            twice("k", "line 3, column 73", "line 3, column 82"),
        ),
        (
            with("\n\"columns\": [{\"name\": \"c\", \"tags\": {\"t\": \"\", \"t\": \"\"}}]"),
            twice("t", "line 3, column 36", "line 3, column 45"),
        ),
        (with("\n\"execution\": {\"e\": 1, \"e\": 1}"), twice("e", "line 3, column 15", "line 3, column 23")),
    ] {
        assert_eq!(refused(&text), expected, "{text}");
        assert_eq!(
            Snapshot::from_json(text.as_bytes(), &Limits::default()).unwrap_err().to_string(),
            expected
        );
    }
}

// Row 5: numbers.

#[test]
fn numbers_are_compared_by_their_digits_and_never_as_floats() {
    let differ = |old: &str, new: &str| load(&metadata(old)).unwrap() != load(&metadata(new)).unwrap();
    for (old, new) in [
        ("18446744073709551615", "18446744073709551616"),
        ("18446744073709551616", "18446744073709551617"),
        ("123456789012345678901234567890", "123456789012345678901234567891"),
        ("1e400", "2e400"),
        ("0.1", "0.10000000000000001"),
        ("1", "1.0"),
        ("0", "-0"),
        ("0.0", "-0.0"),
    ] {
        assert!(differ(old, new), "{old} and {new}");
    }
    for (old, new) in [("1.0", "1.00"), ("1e2", "100.0"), ("10E-1", "1.0"), ("1e400", "10e399")] {
        assert!(!differ(old, new), "{old} and {new}");
    }
}

#[test]
fn typed_numbers_are_exact_as_well() {
    let typed = |kind: &str, value: &str| {
        with(&format!("\"metadata\": {{\"m\": {{\"type\": \"{kind}\", \"value\": {value}}}}}"))
    };
    let int = |value: &str| load(&typed("int", value)).unwrap();
    assert_ne!(int("18446744073709551616"), int("18446744073709551617"));
    let float = |value: &str| load(&typed("float", value)).unwrap();
    assert_eq!(float("1"), float("1.0"));
    assert_eq!(float("\"NaN\""), float("\"NaN\""));
    assert_ne!(float("\"Infinity\""), float("\"-Infinity\""));
    assert_ne!(float("1e400"), float("\"Infinity\""));
    assert_eq!(refused(&typed("int", "1.5")), "line 2, column 64: expected a whole number, found \"1.5\"");
    assert_eq!(
        refused(&typed("float", "\"nan\"")),
        "line 2, column 68: expected a number, \"NaN\", \"Infinity\" or \"-Infinity\", found \"\\\"nan\\\"\""
    );
    assert_eq!(
        refused(&with("\"backfill\": {\"max_partitions_per_run\": 18446744073709551616}")),
        "line 2, column 76: invalid type: floating point `1.8446744073709552e+19`, expected u64"
    );
    assert_eq!(
        refused(&with("\"backfill\": {\"max_partitions_per_run\": -1}")),
        "line 2, column 58: invalid value: integer `-1`, expected u64"
    );
    assert_eq!(
        refused(&metadata("1e1000000000000001")),
        "line 2, column 62: expected an exponent within 10^15, found a larger one"
    );
    assert_eq!(refused(&metadata("-")), "line 2, column 63: expected JSON, found an error: invalid number");
}

// Row 6: no numbers.

#[test]
fn nan_and_infinity_are_no_json() {
    for literal in ["NaN", "Infinity", "-Infinity", "nan"] {
        let error = refused(&metadata(literal));
        let expected = if literal.starts_with('-') { "invalid number" } else { "expected" };
        assert!(error.starts_with("line 2, column 6") && error.contains(expected), "{literal}: {error}");
    }
}

// Row 7: characters.

#[test]
fn bytes_that_are_no_utf_8_are_refused_with_their_place() {
    for bad in [&b"\xff"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"] {
        let mut text = with("\"group\": \"").into_bytes();
        text.truncate(text.len() - 3);
        text.extend_from_slice(bad);
        let error = refused_bytes(&text);
        assert_eq!(error, "line 2, column 28: expected UTF-8 text, found a byte that is not (byte 65)");
    }
}

#[test]
fn half_a_surrogate_pair_is_refused() {
    for half in ["\\ud800", "\\udc00", "\\ud800x", "\\ud800\\ud800"] {
        let error = refused(&metadata(&format!("\"{half}\"")));
        assert_eq!(error, "line 2, column 62: expected a pair of surrogates, found half of one", "{half}");
        let error = refused(&with(&format!("\"group\": \"{half}\"")));
        assert_eq!(error, "line 2, column 27: expected a pair of surrogates, found half of one", "{half}");
    }
    assert!(load(&metadata("\"\\ud83d\\ude00\"")).is_ok());
}

#[test]
fn nul_is_refused_raw_and_escaped() {
    for (text, place) in [
        (with("\"group\": \"\\u0000\""), "line 2, column 28"),
        (with("\"group\": \"\0\""), "line 2, column 28"),
        (with("\"group\": \"\\\\\\u0000\""), "line 2, column 30"),
        (metadata("{\"\\u0000\": 1}"), "line 2, column 64"),
        (with("\"later\": \"\\u0000\""), "line 2, column 28"),
    ] {
        let error = refused(&text);
        assert!(
            error.starts_with(&format!("{place}: expected text without NUL characters, found one")),
            "{error}"
        );
    }
    // A backslash and a text, which is no escape.
    assert!(load(&with("\"group\": \"\\\\u0000\"")).is_ok());
}

#[test]
fn a_byte_order_mark_and_an_empty_file_are_told_as_such() {
    assert_eq!(
        refused("\u{feff}{}"),
        "line 1, column 1: expected JSON, found a byte order mark: save the file as UTF-8 without one"
    );
    for empty in ["", " ", "\n\t "] {
        assert_eq!(refused(empty), "line 1, column 1: expected a JSON object, found an empty file");
    }
}

#[test]
fn texts_that_look_alike_stay_different() {
    let composed =
        load(r#"{"format_version": "1.0", "assets": [{"key": ["\u00e9"]}, {"key": ["e\u0301"]}]}"#).unwrap();
    assert_eq!(composed.len(), 2);
    assert!(composed.contains(&key("e\u{301}")) && composed.contains(&key("\u{e9}")));
}

#[test]
fn control_characters_must_be_escaped() {
    assert_eq!(
        refused(&with("\"group\": \"\n\"")),
        "line 3, column 1: expected JSON, found an error: control character (\\u0000-\\u001F) found while parsing a string"
    );
}

// Row 18: versions.

#[test]
fn another_major_version_is_told_whatever_else_the_file_holds() {
    let other = |version: &str| {
        format!(
            "line 1, column 1: expected format_version 1.0 or another 1.x, found \"{version}\": write the snapshot \
             anew with this version of assetdiff, or use the version that wrote it"
        )
    };
    for text in [
        r#"{"format_version": "2.0"}"#,
        r#"{"format_version": "2.0", "assets": {"a": [1, 2]}, "key": 7}"#,
        r#"{"assets": {"a": [1, 2]}, "format_version": "2.0"}"#,
        r#"{"assets": [{"key": "a"}], "format_version": "2.0"}"#,
        r#"{"assets": [], "provenance": 3, "format_version": "2.0"}"#,
        r#"{"format_version": "2.0", "assets": [{"key": ["a"]}]}"#,
    ] {
        assert_eq!(refused(text), other("2.0"), "{text}");
    }
    for version in ["", "1", "1.", "1.x", "1.+5", "1.0.0", "01.0", "0.9", "v1.0", " 1.0", "10.0"] {
        let text = format!(r#"{{"format_version": "{version}", "assets": []}}"#);
        assert_eq!(refused(&text), other(version));
    }
}

#[test]
fn a_list_is_no_snapshot_of_any_version() {
    assert_eq!(
        refused(r#"["2.0"]"#),
        "line 1, column 1: invalid type: sequence, expected a snapshot as an object with `format_version` and `assets`"
    );
}

#[test]
fn errors_quote_no_more_than_people_read() {
    let version = format!(r#"{{"format_version": "{}"}}"#, "9".repeat(1 << 16));
    assert!(refused(&version).contains("… (65536 bytes)"), "{:.700}", refused(&version));
    let names = (0..5_000)
        .map(|n| format!(r#"{{"key": ["{n}"], "dependencies": [{{"key": ["{}"]}}]}}"#, (n + 1) % 5_000));
    let circle =
        format!(r#"{{"format_version": "1.0", "assets": [{}]}}"#, names.collect::<Vec<_>>().join(","));
    let error = refused(&circle);
    assert!(error.ends_with("-> 99 -> (4900 more) -> 0"), "{:.2000}", error);
}

#[test]
fn both_ways_of_reading_keep_the_limits() {
    let text = r#"{"format_version": "1.0", "assets": [
        {"key": ["a"]}, {"key": ["b"], "dependencies": [{"key": ["a"]}, {"key": ["c"]}]}]}"#;
    let mut few = Limits::default();
    few.max_assets = 1;
    let mut lonely = Limits::default();
    lonely.max_dependencies = 1;
    for (limits, limit) in [(few, "1 assets"), (lonely, "1 dependencies")] {
        let expected = format!("line 2, column 25: expected at most {limit}, found more");
        assert_eq!(AssetGraph::from_json(text.as_bytes(), &limits).unwrap_err().to_string(), expected);
        assert_eq!(Snapshot::from_json(text.as_bytes(), &limits).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_missing_version_or_list_is_told() {
    assert_eq!(
        refused(r#"{"assets": []}"#),
        "line 1, column 1: expected a member `format_version`, found none"
    );
    assert_eq!(refused(r#"{"format_version": "1.0"}"#), "line 1, column 25: missing field `assets`");
    assert_eq!(
        refused(r#"{"format_version": 1.0, "assets": []}"#),
        "line 1, column 22: invalid type: floating point `1.0`, expected a string"
    );
}

#[test]
fn later_minor_versions_are_read_with_what_they_added() {
    let text =
        r#"{"format_version": "1.4294967296", "assets": [{"key": ["a"], "later": {"x": 1}}], "also": []}"#;
    let snapshot = Snapshot::from_json(text.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(snapshot.assets[0].extra["later"].as_str(), r#"{"x":1}"#);
    assert_eq!(snapshot.extra["also"].as_str(), "[]");
}

// What is of the wrong form.

#[test]
fn what_is_of_the_wrong_form_is_told_with_its_place() {
    for (text, expected) in [
        (
            "[]".to_owned(),
            "line 1, column 1: invalid type: sequence, expected a snapshot as an object with `format_version` and `assets`",
        ),
        (
            "null".to_owned(),
            "line 1, column 4: invalid type: null, expected a snapshot as an object with `format_version` and `assets`",
        ),
        ("{".to_owned(), "line 1, column 1: expected more JSON, found the end of the file"),
        ("{\"a\" 1}".to_owned(), "line 1, column 6: expected JSON, found an error: expected `:`"),
        (with("\"group\": 1"), "line 2, column 27: invalid type: integer `1`, expected a string"),
        (with("\"group\": \"g\",}"), "line 2, column 31: expected JSON, found an error: trailing comma"),
        (with("\"tags\": {\"t\": 1}"), "line 2, column 32: invalid type: integer `1`, expected a string"),
        (with("\"tags\": null"), "line 2, column 29: invalid type: null, expected an object"),
        (with("\"kinds\": \"dbt\""), "line 2, column 31: invalid type: string \"dbt\", expected a sequence"),
        (
            with("\"metadata\": {\"m\": 1}"),
            "line 2, column 36: invalid type: integer `1`, expected a typed metadata value as an object with `type` and `value`",
        ),
        (with("\"metadata\": {\"m\": {\"value\": 1}}"), "line 2, column 47: missing field `type`"),
        (
            with("\"metadata\": {\"m\": {\"type\": \"int\"}}"),
            "line 2, column 50: expected a whole number, found \"null\"",
        ),
        (
            with("\"metadata\": {\"m\": {\"type\": \"text\", \"value\": 1, \"x\": 2}}"),
            "line 2, column 62: invalid type: integer `1`, expected a string",
        ),
        (
            with("\"code_version\": {\"hash\": \"x\"}"),
            "line 2, column 40: unknown field `hash`, expected one of `parts`, `source`, `version`",
        ),
        (with("\"dependencies\": [{\"mapping\": null}]"), "line 2, column 51: missing field `key`"),
        (
            "{\"format_version\": \"1.0\", \"assets\": [{}]}".to_owned(),
            "line 1, column 39: missing field `key`",
        ),
        (
            "{\"format_version\": \"1.0\", \"assets\": [{\"key\": []}]}".to_owned(),
            "line 1, column 47: expected an asset key with at least one component, found none",
        ),
        (
            "{\"format_version\": \"1.0\", \"assets\": [{\"key\": \"a\"}]}".to_owned(),
            "line 1, column 48: invalid type: string \"a\", expected an asset key as a list of strings",
        ),
        (
            "{\"format_version\": \"1.0\", \"assets\": [1]}".to_owned(),
            "line 1, column 38: invalid type: integer `1`, expected an asset definition",
        ),
        (
            "{\"format_version\": \"1.0\", \"assets\": []} x".to_owned(),
            "line 1, column 41: expected JSON, found an error: trailing characters",
        ),
    ] {
        assert_eq!(refused(&text), expected, "{text}");
    }
}

/// A small snapshot with a bit of everything.
const SMALL: &str = r#"{"format_version": "1.0", "provenance": {"commit": "é"}, "assets": [
  {"key": ["a", "b"], "tags": {"t": "\u00e9\\"}, "group": "g", "asset_type": "external"},
  {"key": ["c"], "dependencies": [{"key": ["a", "b"], "mapping": {"type": "all", "value": null}}],
   "metadata": {"m": {"type": "json", "value": {"x": [1, -2.5e3, true, null]}}, "t": {"type": "timestamp", "value": "2024-01-01T00:00:00Z"}},
   "partitions": {"type": "multi", "value": {"d": {"type": "static", "value": {"keys": ["k"]}}}}}], "later": {"z": 0}}"#;

#[test]
fn a_snapshot_that_is_cut_off_anywhere_is_refused() {
    assert_eq!(load(SMALL).unwrap().len(), 2);
    for end in 0..SMALL.len() {
        let error = AssetGraph::from_json(&SMALL.as_bytes()[..end], &Limits::default()).unwrap_err();
        assert!(error.position().is_some(), "{end}: {error}");
    }
}

#[test]
fn no_changed_byte_makes_the_reader_panic_and_what_it_reads_is_valid() {
    let mut read = 0;
    for at in 0..SMALL.len() {
        let mut bytes = SMALL.as_bytes().to_vec();
        let replaced =
            [0, b' ', b'"', b'\\', b'0', b'9', b'-', b'{', b'}', b'[', b']', b',', b':', b'e', 0x80, 0xff];
        let flipped = (0..8).map(|bit| bytes[at] ^ (1 << bit));
        for byte in flipped.collect::<Vec<_>>().into_iter().chain(replaced) {
            bytes[at] = byte;
            if let Ok(graph) = AssetGraph::from_json(&bytes, &Limits::default()) {
                let again =
                    AssetGraph::from_json(&graph.to_snapshot().to_json(), &Limits::default()).unwrap();
                assert_eq!(again, graph);
                read += 1;
            }
        }
    }
    assert!(read > 100, "only {read} of the changed texts were read at all");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(AssetGraph::from_json(&bytes, &Limits::default()).is_err());
    }

    #[test]
    fn no_json_like_text_makes_the_reader_panic(
        text in r#"\{("format_version": "1.0"|"assets": \[|"key": |\["a"\]|[\[\]{}",:0-9\\eu.-]|null|true| ){0,40}"#,
    ) {
        let _ = load(&text);
        let _ = Json::parse(&text);
    }
}
