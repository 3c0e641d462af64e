//! Pull requests of forks, which have no credentials for the store.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

use crate::project::{Project, branched, on_github};

/// A bucket whose objects are the files of a folder, or that nobody may read; nobody may write to it. Returns its address.
fn bucket(folder: Option<PathBuf>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            thread::spawn(move || serve(stream, folder.as_deref()));
        }
    });
    format!("http://{address}")
}

fn serve(mut stream: TcpStream, folder: Option<&Path>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    assert!(!headers.iter().any(|header| header.to_lowercase().starts_with("authorization")), "{headers:?}");
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let answer = match (method, folder) {
        ("GET", Some(folder)) if query.contains("list-type=2") => {
            let prefix = query.split('&').find_map(|pair| pair.strip_prefix("prefix=")).unwrap_or_default();
            Ok(listed(folder, &prefix.replace("%2F", "/")))
        }
        ("GET", Some(folder)) => {
            fs::read(folder.join(path.trim_start_matches("/bucket/team/"))).map_err(|_| "404 Not Found")
        }
        _ => Err("403 Forbidden"),
    };
    let (status, body) = match answer {
        Ok(body) => ("200 OK", body),
        Err(status) => (status, Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nlast-modified: Fri, 15 Mar 2024 12:00:00 GMT\r\netag: \"x\"\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

fn listed(folder: &Path, prefix: &str) -> Vec<u8> {
    let mut out = "<ListBucketResult><Name>bucket</Name><IsTruncated>false</IsTruncated>".to_owned();
    let mut folders = vec![folder.to_owned()];
    let mut keys = Vec::new();
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).unwrap().flatten() {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => keys.push(entry.path().strip_prefix(folder).unwrap().display().to_string()),
            }
        }
    }
    keys.sort();
    for key in keys.iter().map(|key| format!("team/{key}")).filter(|key| key.starts_with(prefix)) {
        out.push_str(&format!(
            "<Contents><Key>{key}</Key><LastModified>2024-03-15T12:00:00.000Z</LastModified><ETag>\"x\"</ETag><Size>1</Size></Contents>"
        ));
    }
    (out + "</ListBucketResult>").into_bytes()
}

const RULES: &str = "[[policy]]\nname = \"groups stay\"\nselect = 'changed_in_branch:ANY and group:a'\n";

/// A pull request of a fork, whose secrets are empty, as GitHub hands them over.
fn fork(address: &str) -> Project {
    let mut project = branched(RULES, r#""group": "a""#, r#""group": "b", "code_version": {"version": "2"}"#);
    on_github(&mut project, "http://127.0.0.1:9", "");
    let event = project.path("event.json");
    let text = fs::read_to_string(&event).unwrap().replacen("o/r", "fork/r", 1);
    fs::write(&event, text).unwrap();
    let variables = [
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", address),
        ("AWS_ALLOW_HTTP", "true"),
    ];
    project.environment.extend(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
    project
}

#[test]
fn a_fork_that_may_not_read_the_store_still_gets_the_summary() {
    let project = fork(&bucket(None));
    let run = project.ci_at("s3://bucket/team", "--json ../result.json");
    assert_eq!(run.code, 0, "{}{}", run.out, run.told);
    assert!(
        run.told.contains("the store is not for pull requests of forks: expected to read store.json"),
        "{}",
        run.told
    );
    let summary = project.read("summary.md");
    let told = "> ⚠️ **No baseline:** the store cannot be read by a pull request of a fork, which has no credentials for it, so nothing can be compared.\n";
    assert!(summary.contains(told), "{summary}");
    assert!(summary.contains("## Asset changes of pull/7 against prod"), "{summary}");
    let result: serde_json::Value = serde_json::from_str(&project.read("result.json")).unwrap();
    assert_eq!(
        (&result["baseline"]["state"], &result["pushed"]),
        (&"missing".into(), &serde_json::Value::Null)
    );
}

#[test]
fn a_fork_that_may_read_the_store_is_compared_and_gated_and_not_kept() {
    let mut project = fork("");
    let address = bucket(Some(project.path("store")));
    project.environment.push(("AWS_ENDPOINT_URL".to_owned(), address));
    let run = project.ci_at("s3://bucket/team", "");
    assert_eq!(run.code, 3, "{}{}", run.out, run.told);
    let summary = project.read("summary.md");
    assert!(
        summary.contains("> ⚠️ **Not kept:** a pull request of a fork may not write to the store.\n"),
        "{summary}"
    );
    assert!(summary.contains("baseline `prod@1`"), "{summary}");
    assert!(summary.contains("❌ error `groups stay`"), "{summary}");
}

#[test]
fn a_store_that_cannot_be_read_is_trouble_for_everybody_else() {
    let mut project = fork(&bucket(None));
    on_github(&mut project, "http://127.0.0.1:9", "");
    let endpoint = bucket(None);
    let variables = [
        ("AWS_SKIP_SIGNATURE", "true"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", &endpoint),
        ("AWS_ALLOW_HTTP", "true"),
    ];
    project.environment.extend(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let run = project.ci_at("s3://bucket/team", "");
    assert_eq!(run.code, 2, "{}{}", run.out, run.told);
    assert!(run.told.contains("expected to read store.json in the store, found"), "{}", run.told);
}
