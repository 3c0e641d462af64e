//! Names that try to be more than names.

use assetdiff_store::{DeploymentName, Reference, VersionChoice};

use crate::support::{files, grouped, open, push};

#[test]
fn names_of_branches_are_names_of_deployments() {
    for name in [
        "prod",
        "feature/orders",
        "renovate/node-20.x",
        "user@fix",
        "a b",
        "größe",
        "日本",
        "-x",
        "con",
        "nul.txt",
        "v1.2",
    ] {
        assert_eq!(DeploymentName::new(name).unwrap().as_str(), name);
    }
}

#[test]
fn what_could_be_a_path_out_of_the_store_is_no_name() {
    let long = "a".repeat(256);
    for name in [
        "",
        ".",
        "..",
        "../x",
        "a/../b",
        "/etc/passwd",
        "a//b",
        "a/",
        "C:\\x",
        "c:x",
        "\\\\host\\share",
        "a\0b",
        "a\nb",
        "\u{202e}x",
        "a\u{200b}b",
        " a",
        "a ",
        "\u{feff}a",
        "./a",
        "a/.",
        &long,
    ] {
        let error = DeploymentName::new(name).unwrap_err().to_string();
        assert!(error.starts_with("expected a deployment's name, found `"), "{error}");
        assert!(!error.chars().any(assetdiff::is_hidden), "{error:?}");
    }
}

#[test]
fn whatever_a_name_is_its_files_stay_below_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("store");
    let store = open(&inside);
    let names = [
        "con",
        "CON",
        "nul",
        "aux.txt",
        "．．／x",
        "~",
        "%2e%2e%2f",
        "a%00b",
        "$(touch x)",
        "`x`",
        "Größe",
        "Gro\u{308}ße",
    ];
    for name in names {
        store.push(&name.parse().unwrap(), &grouped(name), &push(0)).unwrap();
    }
    assert_eq!(store.list().unwrap().len(), names.len());
    for file in files(folder.path()) {
        let path = file.strip_prefix(&inside).unwrap().to_str().unwrap().to_owned();
        assert!(path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/.-_".contains(&b)), "{path}");
    }
}

#[test]
fn a_reference_is_a_name_with_a_version_or_a_commit() {
    let parse = |text: &str| text.parse::<Reference>().unwrap();
    assert_eq!(parse("prod").version, VersionChoice::Latest);
    assert_eq!(parse("prod@12").version, VersionChoice::Number(12));
    assert_eq!(parse("prod@4F0C2A9").version, VersionChoice::Commit("4f0c2a9".to_owned()));
    assert_eq!(parse("prod@1234567").version, VersionChoice::Commit("1234567".to_owned()));
    assert_eq!(parse("user@fix").name.as_str(), "user@fix");
    for text in ["prod", "prod@12", "prod@4f0c2a9"] {
        assert_eq!(parse(text).to_string(), text);
    }
}
