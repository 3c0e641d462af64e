//! A scratch repository with a project in it, and its pipeline.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

pub(crate) struct Project {
    folder: TempDir,
    /// Further variables of the pipeline.
    pub(crate) environment: Vec<(String, String)>,
}

/// What a run of the pipeline did.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) told: String,
}

impl Project {
    /// A repository with a branch `main` and no commit.
    pub(crate) fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap(), environment: Vec::new() };
        fs::create_dir(project.path("repo")).unwrap();
        project.git("init --quiet --initial-branch main");
        project
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path("repo")).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.folder.path());
        for (name, value) in [("NAME", "Ann"), ("EMAIL", "ann@example.com"), ("DATE", "2024-03-15T12:00:00Z")]
        {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        command
    }

    pub(crate) fn git(&self, line: &str) -> String {
        let output = self.command("git").args(line.split_whitespace()).output().unwrap();
        assert!(output.status.success(), "git {line}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path("repo").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Commits everything; returns the commit.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git("add --all");
        self.git(&format!("commit --quiet --allow-empty --message {message}"));
        self.git("rev-parse HEAD")
    }

    pub(crate) fn set(&mut self, variables: &[(&str, &str)]) {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.environment = variables.collect();
    }

    /// Runs `assetdiff ci` with the store beside the repository.
    pub(crate) fn ci(&self, line: &str) -> Run {
        self.ci_at(self.path("store").to_str().unwrap(), line)
    }

    /// Runs `assetdiff ci` with a store anywhere.
    pub(crate) fn ci_at(&self, store: &str, line: &str) -> Run {
        let mut command = self.command(env!("CARGO_BIN_EXE_assetdiff"));
        command.arg("ci").args(["--store", store, "--now", "2024-03-15T12:00:00Z"]);
        command.args(line.split_whitespace()).envs(self.environment.iter().cloned());
        told(&command.output().unwrap())
    }

    /// Runs a script with the command on its path.
    pub(crate) fn shell(&self, shell: &str, script: &str) -> Run {
        let binaries = Path::new(env!("CARGO_BIN_EXE_assetdiff")).parent().unwrap();
        let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
        let mut command = self.command(shell);
        command.args(["-eu", "-c", script]).env("PATH", path).envs(self.environment.iter().cloned());
        told(&command.output().unwrap())
    }

    pub(crate) fn assetdiff(&self, line: &str) -> Run {
        let mut command = self.command(env!("CARGO_BIN_EXE_assetdiff"));
        command.args(line.split_whitespace()).env("ASSETDIFF_STORE", self.path("store"));
        told(&command.output().unwrap())
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }
}

fn told(output: &Output) -> Run {
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout.clone()).unwrap(),
        told: String::from_utf8(output.stderr.clone()).unwrap(),
    }
}

/// A snapshot of two assets, of which the first has these members.
pub(crate) fn snapshot(members: &str) -> String {
    format!(
        r#"{{"format_version": "1.0", "assets": [
            {{"key": ["orders"], "owners": ["team:sales"], {members}}},
            {{"key": ["report"], "dependencies": [{{"key": ["orders"]}}], "owners": ["team:finance"]}}]}}"#
    )
}

/// A project of a snapshot file with rules, pushed as `prod` from `main`, with the branch `feature/x` checked out.
pub(crate) fn branched(rules: &str, base: &str, head: &str) -> Project {
    let project = Project::new();
    project
        .write("assetdiff.toml", &format!("[adapter]\ntool = \"snapshot\"\npath = \"assets.json\"\n{rules}"));
    // The adapter is a table: what stands before it is of the file.
    project.write("assets.json", &snapshot(base));
    project.commit("base");
    let run = project.ci("");
    assert_eq!(run.code, 0, "{}{}", run.out, run.told);
    project.git("checkout --quiet -b feature/x");
    project.write("assets.json", &snapshot(head));
    project.commit("change");
    project
}

/// The variables of a pull request on GitHub.
pub(crate) fn on_github(project: &mut Project, api: &str, token: &str) {
    let event = project.path("event.json");
    let repository = r#""repo": {"full_name": "o/r"}"#;
    let text = format!(
        r#"{{"action": "synchronize", "pull_request": {{"number": 7, "user": {{"login": "ann"}}, "head": {{{repository}}}, "base": {{{repository}}}}}}}"#
    );
    fs::write(&event, text).unwrap();
    let files = ["summary.md", "output.txt"].map(|name| project.path(name));
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let variables = [
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("GITHUB_EVENT_PATH", path(&event)),
        ("GITHUB_HEAD_REF", "feature/x".to_owned()),
        ("GITHUB_BASE_REF", "main".to_owned()),
        ("GITHUB_REPOSITORY", "o/r".to_owned()),
        ("GITHUB_SERVER_URL", "https://host".to_owned()),
        ("GITHUB_RUN_ID", "99".to_owned()),
        ("GITHUB_API_URL", api.to_owned()),
        ("GITHUB_STEP_SUMMARY", path(&files[0])),
        ("GITHUB_OUTPUT", path(&files[1])),
        ("GITHUB_TOKEN", token.to_owned()),
    ];
    project.environment = variables.map(|(name, value)| (name.to_owned(), value)).to_vec();
}
