//! Many at once, and some that are killed.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use assetdiff_store::{Prune, Reference};

use crate::support::{at, edit, graph, grouped, name, open, project, push};

const STORE: &str = "ASSETDIFF_TEST_STORE";
const SEED: &str = "ASSETDIFF_TEST_SEED";

#[test]
fn sixteen_pushers_to_one_deployment_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let acknowledged: Vec<(u64, u32, usize)> = std::thread::scope(|scope| {
        let pushers: Vec<_> = (0..16)
            .map(|pusher| {
                let folder = folder.path();
                scope.spawn(move || {
                    let store = open(folder);
                    let pushes = (0..4).map(|turn| {
                        let group = pusher * 4 + turn;
                        let pushed =
                            store.push(&name("prod"), &grouped(&group.to_string()), &push(0)).unwrap();
                        (pushed.version.number, pushed.retries, group)
                    });
                    pushes.collect::<Vec<_>>()
                })
            })
            .collect();
        pushers.into_iter().flat_map(|pusher| pusher.join().unwrap()).collect()
    });
    let store = open(folder.path());
    assert_eq!(store.log(&name("prod")).unwrap().len(), 64);
    let retries: u32 = acknowledged.iter().map(|(_, retries, _)| retries).sum();
    println!("{retries} retries");
    for (number, _, group) in acknowledged {
        let version = store.find(&format!("prod@{number}").parse::<Reference>().unwrap()).unwrap();
        assert_eq!(store.graph(&version).unwrap(), grouped(&group.to_string()));
    }
    assert_eq!(store.verify().unwrap().problems.len(), 0);
}

#[test]
fn sixteen_pushers_to_many_deployments_beside_prunes_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let base = project(200);
    open(folder.path()).push(&name("prod"), &graph(base.clone()), &push(0)).unwrap();
    std::thread::scope(|scope| {
        for pusher in 0..16_u64 {
            let (folder, base) = (folder.path(), &base);
            scope.spawn(move || {
                let store = open(folder);
                for turn in 0..3 {
                    let mut assets = base.clone();
                    edit(&mut assets, 2, pusher * 10 + turn);
                    let deployment = name(&format!("feature/{pusher}"));
                    let pushed = store.push(&deployment, &graph(assets.clone()), &push(0)).unwrap();
                    assert_eq!(store.graph(&pushed.version).unwrap(), graph(assets));
                    // The last one stays open.
                    if turn < 2 {
                        store.close(&deployment, at(0)).unwrap();
                    }
                }
            });
        }
        scope.spawn(|| {
            let store = open(folder.path());
            for _ in 0..6 {
                let mut prune = Prune::at(at(0));
                prune.closed_for = 0;
                store.prune(&prune).unwrap();
                std::thread::sleep(Duration::from_millis(30));
            }
        });
    });
    let store = open(folder.path());
    let found = store.verify().unwrap();
    assert_eq!(found.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(store.list().unwrap().len(), 17);
}

/// What the killed process does: push one graph after another, and say so after each.
#[test]
#[ignore = "run by the tests that kill it"]
fn pusher() {
    let store = open(std::env::var(STORE).unwrap().as_ref());
    let seed: u64 = std::env::var(SEED).unwrap().parse().unwrap();
    for turn in 0.. {
        let mut assets = project(40);
        edit(&mut assets, 5, seed * 1000 + turn);
        let pushed = store.push(&name("prod"), &graph(assets), &push(0));
        match pushed {
            Ok(pushed) => println!("\nacknowledged {} {}", pushed.version.number, pushed.version.fingerprint),
            Err(error) => {
                println!("\nrefused {error}");
                return;
            }
        }
    }
}

fn spawn(folder: &std::path::Path, seed: u64, before: &str) -> std::process::Child {
    let exe = std::env::current_exe().unwrap();
    let line = format!(r#"{before} exec "$0" --exact pushers::pusher --ignored --nocapture"#);
    let mut command = Command::new("sh");
    command.args(["-c", &line]).arg(exe).env(STORE, folder).env(SEED, seed.to_string());
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills pushers at random points; returns how many pushes were acknowledged.
fn kill_at_random(points: u64) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<(u64, String)> = Vec::new();
    for point in 0..points {
        let started = Instant::now();
        let mut child = spawn(folder.path(), point, "");
        // Spread over the time that starting and a few pushes take.
        let wait = 20 + point.wrapping_mul(0x9e37_79b9) % 580;
        std::thread::sleep(Duration::from_millis(wait).saturating_sub(started.elapsed()));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            if let Some((number, fingerprint)) =
                line.strip_prefix("acknowledged ").and_then(|rest| rest.split_once(' '))
            {
                // A line that the kill cut is no acknowledgement.
                if fingerprint.len() == 32 {
                    acknowledged.push((number.parse().unwrap(), fingerprint.to_owned()));
                }
            }
        }
    }
    let store = open(folder.path());
    let found = store.verify().unwrap();
    assert_eq!(found.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), [""; 0]);
    for (number, fingerprint) in &acknowledged {
        let version = store.find(&format!("prod@{number}").parse::<Reference>().unwrap()).unwrap();
        assert_eq!(version.fingerprint.to_string(), *fingerprint);
        assert_eq!(store.graph(&version).unwrap().fingerprint().to_string(), *fingerprint);
    }
    acknowledged.len()
}

#[test]
fn a_pusher_that_is_killed_loses_nothing_that_it_acknowledged() {
    let acknowledged = kill_at_random(24);
    println!("{acknowledged} acknowledged");
    assert!(acknowledged > 0, "no push came to its end: the test saw nothing");
}

#[test]
#[ignore = "takes minutes: make store-long"]
fn five_hundred_killed_pushers_lose_nothing_that_they_acknowledged() {
    let acknowledged = kill_at_random(500);
    println!("{acknowledged} acknowledged");
    assert!(acknowledged > 100, "{acknowledged}");
}

#[cfg(unix)]
#[test]
fn a_storage_that_takes_no_more_bytes_refuses_the_push_and_keeps_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let before = store.push(&name("prod"), &grouped("kept"), &push(0)).unwrap();
    // No file may be larger than this: writing ends in the middle of one, as on a full disk.
    let output = spawn(folder.path(), 1, "trap '' XFSZ; ulimit -f 1;").wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("\nrefused expected to write objects/"), "{told}");
    assert!(told.contains("try again once the storage works"), "{told}");
    assert!(!told.contains("acknowledged"), "{told}");
    assert_eq!(store.find(&"prod".parse::<Reference>().unwrap()).unwrap(), before.version);
    assert_eq!(store.graph(&before.version).unwrap(), grouped("kept"));
    assert_eq!(store.verify().unwrap().problems.len(), 0);
}
