//! The command as a user types it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const EMPTY: &str = r#"{"format_version": "1.0", "assets": []}"#;
const ONE: &str = r#"{"format_version": "1.0", "assets": [{"key": ["shop", "orders"], "group": "sales"}]}"#;
const OTHER: &str =
    r#"{"format_version": "1.0", "assets": [{"key": ["shop", "orders"], "group": "finance"}]}"#;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in [("empty.json", EMPTY), ("one.json", ONE), ("other.json", OTHER)] {
            folder.write(name, text.as_bytes());
        }
        folder
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_assetdiff"));
        command.current_dir(self.0.path()).args(arguments).env_remove("NO_COLOR").stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = names.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

/// Asserts that the command ended with trouble, and returns what it said.
fn trouble(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(stdout(output), "");
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn exit_codes_are_those_of_diff() {
    let folder = Folder::new();
    let code = |arguments: &[&str]| folder.run(arguments).status.code();
    assert_eq!(code(&["diff", "one.json", "one.json", "--exit-code"]), Some(0));
    assert_eq!(code(&["diff", "one.json", "other.json"]), Some(0));
    assert_eq!(code(&["diff", "one.json", "other.json", "--exit-code"]), Some(1));
    assert_eq!(code(&["diff", "one.json", "missing.json", "--exit-code"]), Some(2));
    assert_eq!(code(&["diff", "one.json", "other.json", "--exit-code", "--ignore", "group"]), Some(0));
    assert_eq!(code(&["--help"]), Some(0));
    assert_eq!(code(&["diff"]), Some(2));
}

#[test]
fn both_values_of_a_change_are_shown() {
    let folder = Folder::new();
    let output = folder.run(&["diff", "one.json", "other.json"]);
    let text = stdout(&output);
    assert!(text.contains("1 modified") && text.contains("shop/orders"), "{text}");
    assert!(text.contains("sales") && text.contains("finance"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colour where there is no terminal");
    let colored = folder.run(&["diff", "one.json", "other.json", "--color", "always"]);
    assert!(stdout(&colored).contains('\u{1b}'));
    let json = folder.run(&["diff", "one.json", "other.json", "--format", "json"]);
    assert!(stdout(&json).contains(r#""old": "sales""#));
    let markdown = folder.run(&["diff", "one.json", "other.json", "--format", "markdown"]);
    assert!(stdout(&markdown).starts_with("<!-- assetdiff -->"));
}

#[test]
fn standard_input_stands_for_one_side() {
    let folder = Folder::new();
    let mut child = folder
        .command(&["diff", "-", "other.json", "--exit-code"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(ONE.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = trouble(&folder.run(&["diff", "-", "-"]));
    assert_eq!(message, "assetdiff: expected one of BASE and HEAD to be a file, found - for both\n");
}

#[test]
fn compressed_files_are_read_and_written_by_their_ending() {
    let folder = Folder::new();
    folder.write("one.json.zst", &zstd::encode_all(ONE.as_bytes(), 1).unwrap());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(ONE.as_bytes()).unwrap();
    folder.write("one.json.gz", &gzip.finish().unwrap());
    for name in ["one.json.zst", "one.json.gz"] {
        assert_eq!(folder.run(&["diff", "one.json", name, "--exit-code"]).status.code(), Some(0), "{name}");
    }
    let manifest = root().join("examples/dbt/base.manifest.json");
    for name in ["shop.json", "shop.json.zst", "shop.json.gz"] {
        let output = folder.run(&["snapshot", "dbt", manifest.to_str().unwrap(), "-o", name]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let same = folder.run(&["diff", name, manifest.to_str().unwrap(), "--exit-code"]);
        assert_eq!(same.status.code(), Some(0), "{name}");
    }
    assert!(fs::read(folder.0.path().join("shop.json.zst")).unwrap().starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    assert!(fs::read(folder.0.path().join("shop.json.gz")).unwrap().starts_with(&[0x1f, 0x8b]));
}

#[test]
fn a_snapshot_is_shown_as_a_list_and_asset_by_asset() {
    let folder = Folder::new();
    let list = folder.run(&["show", "one.json"]);
    assert!(stdout(&list).contains("shop/orders"), "{list:?}");
    let asset = folder.run(&["show", "one.json", "shop/orders"]);
    assert!(stdout(&asset).contains("sales"), "{asset:?}");
    let message = trouble(&folder.run(&["show", "one.json", "store/orders"]));
    assert_eq!(
        message,
        "assetdiff: one.json: expected asset store/orders, found no such asset; did you mean shop/orders?\n"
    );
}

#[test]
fn a_dbt_folder_stands_for_its_manifest() {
    let folder = Folder::new();
    fs::create_dir_all(folder.0.path().join("project/target")).unwrap();
    let manifest = fs::read(root().join("examples/dbt/base.manifest.json")).unwrap();
    folder.write("project/target/manifest.json", &manifest);
    let output = folder.run(&["diff", "project", "project/target", "--exit-code"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    fs::create_dir(folder.0.path().join("void")).unwrap();
    assert_eq!(
        trouble(&folder.run(&["diff", "void", "one.json"])),
        "assetdiff: void: expected a file, or a dbt folder with manifest.json or target/manifest.json, \
         found a folder without\n"
    );
}

#[test]
fn dbt_state_selectors_name_unique_ids() {
    let folder = Folder::new();
    let [base, head] = ["base", "head"].map(|side| root().join(format!("examples/dbt/{side}.manifest.json")));
    let run = |selector: &str| {
        let sides = [base.to_str().unwrap(), head.to_str().unwrap()];
        folder.run(&["dbt-state", sides[0], sides[1], selector, "--without-indirect-tests"])
    };
    assert!(stdout(&run("state:new")).lines().any(|id| id == "model.jaffle.refunds"));
    let message = String::from_utf8(run("state:odd").stderr).unwrap();
    assert!(message.contains("expected one of state:new, state:old"), "{message}");
}

#[test]
fn bad_input_gets_one_sentence_with_the_file_and_the_place() {
    let folder = Folder::new();
    for (name, bytes, expected) in [
        ("void", &b""[..], "line 1, column 1: expected a JSON object, found an empty file"),
        ("half", br#"{"format_version": "1.0", "assets": [{"key""#, "line 1, column 43: expected more JSON, found the end of the file"),
        ("latin1", b"{\"format_version\": \"1.0\", \"assets\": [{\"key\": [\"\xe9\"]}]}", "line 1, column 48: expected UTF-8 text, found a byte that is not (byte 47)"),
        ("list", b"[]", "line 1, column 1: invalid type: sequence, expected a snapshot as an object with `format_version` and `assets`"),
        ("tags", br#"{"format_version": "1.0", "assets": [{"key": ["a"], "tags": {"b": 1}}]}"#, "line 1, column 67: invalid type: integer `1`, expected a string"),
        ("twice", br#"{"format_version": "1.0", "assets": [{"key": ["a"], "tags": {"b": "1", "b": "2"}}]}"#, "line 1, column 72: expected each key of an object once, found \"b\" again (first at line 1, column 62)"),
        ("next", br#"{"format_version": "2.0", "nodes": 1}"#, "line 1, column 1: expected format_version 1.0 or another 1.x, found \"2.0\": write the snapshot anew with this version of assetdiff, or use the version that wrote it"),
        ("cycle", br#"{"format_version": "1.0", "assets": [{"key": ["a"], "dependencies": [{"key": ["b"]}]}, {"key": ["b"], "dependencies": [{"key": ["a"]}]}]}"#, "expected no asset upstream of itself, found a -> b -> a"),
        ("dbt", br#"{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v7.json"}}"#, "line 1, column 14: expected a dbt manifest of schema v9 to v12, found \"https://schemas.getdbt.com/dbt/manifest/v7.json\": run `dbt parse` with dbt 1.5 to 1.12"),
    ] {
        folder.write(name, bytes);
        let message = trouble(&folder.run(&["diff", name, "one.json", "-o", "report"]));
        assert_eq!(message, format!("assetdiff: {name}: {expected}\n"));
    }
    assert!(!folder.names().contains(&"report".to_owned()));
}

#[test]
fn a_bomb_is_refused_while_it_is_decompressed() {
    let folder = Folder::new();
    let zeros = vec![b' '; 80 << 20];
    folder.write("bomb.json.zst", &zstd::encode_all(&zeros[..], 19).unwrap());
    let message = trouble(&folder.run(&["diff", "bomb.json.zst", "one.json"]));
    assert_eq!(
        message,
        "assetdiff: bomb.json.zst: expected at most 67108864 bytes after decompression, found more\n"
    );
    folder.write("damaged.json.gz", &[0x1f, 0x8b, 8, 0, 1, 2, 3]);
    let message = trouble(&folder.run(&["diff", "damaged.json.gz", "one.json"]));
    assert!(
        message.starts_with("assetdiff: damaged.json.gz: expected gzip data, found an error: "),
        "{message}"
    );
}

#[test]
fn limits_can_be_set_and_are_told() {
    let folder = Folder::new();
    let message = trouble(&folder.run(&["diff", "one.json", "one.json", "--limit", "assets=0"]));
    assert_eq!(message, "assetdiff: one.json: line 1, column 38: expected at most 0 assets, found more\n");
    let message = trouble(&folder.run(&["diff", "one.json", "one.json", "--limit", "bytes=10"]));
    assert_eq!(message, "assetdiff: one.json: expected at most 10 bytes, found more\n");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_file_is_told_and_not_waited_for() {
    let folder = Folder::new();
    let made = Command::new("mkfifo").arg(folder.0.path().join("pipe")).status().unwrap();
    assert!(made.success());
    let message = trouble(&folder.run(&["diff", "pipe", "one.json"]));
    assert_eq!(message, "assetdiff: pipe: expected a file, found a pipe, socket or device\n");
}

#[cfg(unix)]
#[test]
fn output_replaces_a_link_and_never_what_it_points_to() {
    let folder = Folder::new();
    let target = folder.write("precious", b"keep");
    std::os::unix::fs::symlink(&target, folder.0.path().join("link")).unwrap();
    let output = folder.run(&["diff", "one.json", "other.json", "-o", "link"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(fs::read(&target).unwrap(), b"keep");
    assert!(!fs::symlink_metadata(folder.0.path().join("link")).unwrap().is_symlink());
    let message = trouble(&folder.run(&["diff", "one.json", "other.json", "-o", "no/such/folder"]));
    assert!(message.starts_with("assetdiff: no/such/folder: cannot write: "), "{message}");
    assert!(!folder.names().iter().any(|name| name.starts_with(".assetdiff")));
}

#[cfg(unix)]
#[test]
fn a_process_that_is_killed_leaves_the_old_file_or_the_new_one() {
    let folder = Folder::new();
    let manifest = root().join("examples/dbt/base.manifest.json");
    let arguments = ["snapshot", "dbt", manifest.to_str().unwrap(), "-o", "shop.json"];
    assert_eq!(folder.run(&arguments).status.code(), Some(0));
    let whole = fs::read(folder.0.path().join("shop.json")).unwrap();
    let mut killed = 0;
    for microseconds in (0..40).map(|step| step * 1500) {
        let mut child = folder.command(&arguments).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_micros(microseconds));
        child.kill().unwrap();
        killed += usize::from(child.wait().unwrap().code().is_none());
        assert_eq!(fs::read(folder.0.path().join("shop.json")).unwrap(), whole);
    }
    assert!(killed > 0);
}

#[test]
fn hostile_names_reach_no_terminal_raw() {
    let folder = Folder::new();
    let evil = r#"{"format_version": "1.0", "assets": [{"key": ["\u001b[31m::error::x\u202e\r\n::set-output name=a::b"], "dependencies": [{"key": ["\u001b]0;x\u0007"]}, {"key": ["\u001b]0;x\u0007"]}]}]}"#;
    folder.write("evil\u{1b}[2J.json", evil.as_bytes());
    let output = folder.run(&["diff", "evil\u{1b}[2J.json", "one.json"]);
    let message = trouble(&output);
    let shown = message.replace('\n', "");
    assert!(!shown.chars().any(assetdiff::is_hidden), "{message:?}");
    folder.write("evil.json", evil.replace(r#", {"key": ["\u001b]0;x\u0007"]}"#, "").as_bytes());
    for format in ["text", "markdown"] {
        let output = folder.run(&["diff", "empty.json", "evil.json", "--format", format]);
        let text = stdout(&output);
        assert!(text.contains("u{1b}"), "{text}");
        assert!(!text.replace('\n', "").chars().any(assetdiff::is_hidden), "{text:?}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn commands_in_the_readme_print_what_it_shows() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    // What the commands write is not left in the repository.
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root().join("examples"), folder.path().join("examples")).unwrap();
    let mut run = 0;
    for block in readme.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for block in block.split("$ assetdiff ").skip(1) {
            let (arguments, shown) = block.split_once('\n').unwrap();
            let mut command = Command::new(env!("CARGO_BIN_EXE_assetdiff"));
            let output = command.current_dir(folder.path()).args(arguments.split(' ')).output().unwrap();
            assert!(output.status.success(), "{arguments}: {output:?}");
            let mut rest = stdout(&output);
            for line in shown.lines().filter(|line| *line != "...") {
                let at = rest.find(line).unwrap_or_else(|| panic!("{line:?} is not in\n{rest}"));
                rest = &rest[at + line.len()..];
            }
            run += 1;
        }
    }
    assert!(run > 3);
}

const CHAIN: &str = r#"{"format_version": "1.0", "assets": [
    {"key": ["raw"], "tags": {"pii": ""}}, {"key": ["orders\u001b"], "dependencies": [{"key": ["raw"]}]}]}"#;

#[test]
fn selected_assets_are_listed_a_key_a_line() {
    let folder = Folder::new();
    folder.write("chain.json", CHAIN.as_bytes());
    let select = |arguments: &[&str]| folder.run(&[&["select", "chain.json"], arguments].concat());
    assert_eq!(stdout(&select(&["tag:pii+"])), "orders\\u{1b}\nraw\n");
    assert_eq!(stdout(&select(&["sinks(*)"])), "orders\\u{1b}\n");
    assert_eq!(stdout(&select(&["changed_in_branch:NEW", "--base", "empty.json"])), "orders\\u{1b}\nraw\n");
    assert_eq!(stdout(&select(&["tag:pi?", "--language", "dbt"])), "raw\n");
    assert_eq!(stdout(&select(&["state:new,tag:pii", "--language", "dbt", "--base", "one.json"])), "raw\n");
}

#[test]
fn a_wrong_selection_is_trouble_with_carets_under_the_place() {
    let folder = Folder::new();
    assert_eq!(
        trouble(&folder.run(&["select", "one.json", "key:a and key:my-\u{1b}asset"])),
        "assetdiff: expected a word, or quotes around a text with other characters, found \"-\" at byte 16 of the selection\n  \
         key:a and key:my-\\u{1b}asset\n                  ^\n"
    );
    // It is told before anything is read.
    assert!(
        trouble(&folder.run(&["diff", "missing.json", "one.json", "--select", "("]))
            .contains("the end at byte 1")
    );
    assert!(trouble(&folder.run(&["select", "one.json", "removed:*"])).contains("a base graph"));
}

#[test]
fn a_diff_of_selected_assets_tells_what_it_leaves_out() {
    let folder = Folder::new();
    let diff = |selection: &str| {
        folder.run(&["diff", "one.json", "other.json", "--exit-code", "--select", selection])
    };
    let all = diff("group:sales");
    assert!(stdout(&all).contains("shop/orders") && !stdout(&all).contains("ignored"), "{all:?}");
    let none = diff("tag:x");
    assert_eq!(none.status.code(), Some(0));
    assert!(stdout(&none).contains("1 difference ignored by rules"), "{none:?}");
    assert!(stdout(&none).contains("--select tag:"), "{none:?}");
}

#[test]
fn columns_and_skipped_texts_are_compared_alike() {
    let folder = Folder::new();
    for name in ["one", "other"] {
        for ending in ["assets", "text.json"] {
            let (from, to) = (format!("{name}.json"), format!("{name}.{ending}"));
            let output = folder.run(&["snapshot", "convert", &from, "-o", &to]);
            assert_eq!(output.status.code(), Some(0), "{output:?}");
        }
    }
    let expected = folder.run(&["diff", "one.json", "other.json", "--exit-code"]);
    assert!(stdout(&expected).contains("sales"), "{expected:?}");
    let columns = folder.run(&["diff", "one.assets", "other.assets", "--exit-code"]);
    assert_eq!((stdout(&columns), columns.status.code()), (stdout(&expected), Some(1)));
    let mixed = folder.run(&["diff", "one.assets", "other.json", "--exit-code"]);
    assert_eq!(stdout(&mixed), stdout(&expected));
    let far = |name: &str| format!("file://{}", folder.0.path().join(name).display());
    for base in [far("one.assets"), far("one.json")] {
        let compared = folder.run(&["diff", &base, "other.assets", "--exit-code"]);
        assert_eq!((stdout(&compared), compared.status.code()), (stdout(&expected), Some(1)), "{base}");
    }
    let none = folder.run(&["diff", &far("none.assets"), "other.assets"]);
    assert!(
        trouble(&none).starts_with(&format!("assetdiff: {}: cannot read: ", far("none.assets"))),
        "{none:?}"
    );
    assert_eq!(none.status.code(), Some(2));
    let skipped =
        folder.run(&["diff", "one.text.json", "other.text.json", "--skip-equal", "--format", "json"]);
    assert!(
        stdout(&skipped).contains("finance") && stdout(&skipped).contains("\"graphs\": null"),
        "{skipped:?}"
    );
    let back = folder.run(&["snapshot", "convert", "one.assets", "-o", "-"]);
    assert_eq!(stdout(&back), fs::read_to_string(folder.0.path().join("one.text.json")).unwrap());

    let mut bytes = fs::read(folder.0.path().join("one.assets")).unwrap();
    bytes.truncate(bytes.len() - 9);
    folder.write("cut.assets", &bytes);
    assert_eq!(
        trouble(&folder.run(&["diff", "cut.assets", "other.assets"])),
        "assetdiff: cut.assets: expected a columnar snapshot, found one whose end is missing: copy or write it again\n"
    );
}
