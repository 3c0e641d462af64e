//! The comment of a pull request, through the REST interfaces of GitHub and GitLab.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{Response, StatusCode};

/// How often a request is tried.
const MAX_ATTEMPTS: u32 = 4;

/// The longest that a server may ask to wait, in all.
const MAX_WAIT: Duration = Duration::from_secs(90);

/// Comments are listed a hundred at a time, this many times at most.
const MAX_PAGES: usize = 50;

/// The most bytes of an answer.
const MAX_ANSWER: u64 = 32 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    GitHub,
    GitLab,
}

/// Where the comments of a pull request are.
pub(super) struct Forge {
    host: Host,
    agent: Agent,
    /// Of the list of comments.
    list: String,
    /// Of one comment, without its number.
    one: String,
    token: String,
}

/// What became of the comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commented {
    /// Whether it was there before.
    pub(super) updated: bool,
    pub(super) url: Option<String>,
    /// Whether the server took only a short form of it.
    pub(super) shortened: bool,
}

/// Why there is no comment; the token is never in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected to write a comment to the pull request, found {0}")]
pub(super) struct ForgeError(String);

enum Failure {
    /// The server does not allow it.
    Forbidden(String),
    /// It does not like what it got.
    Invalid(String),
    Other(String),
}

impl From<Failure> for ForgeError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Forbidden(words) | Failure::Invalid(words) | Failure::Other(words) => Self(words),
        }
    }
}

impl Forge {
    /// # Errors
    /// [`ForgeError`] if the address is not safe to send a token to.
    pub(super) fn new(
        host: Host,
        api: &str,
        repository: &str,
        number: u64,
        token: &str,
    ) -> Result<Self, ForgeError> {
        let is_loopback =
            ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].iter().any(|p| api.starts_with(p));
        if !api.starts_with("https://") && !is_loopback {
            return Err(ForgeError("an address of the API that is not https://".to_owned()));
        }
        let api = api.trim_end_matches('/');
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-%".contains(c);
        if repository.is_empty()
            || !repository.chars().all(is_plain)
            || repository.split('/').any(|part| part == "..")
        {
            return Err(ForgeError("no name of a repository".to_owned()));
        }
        let (list, one) = match host {
            Host::GitHub => {
                let issues = format!("{api}/repos/{repository}/issues");
                (format!("{issues}/{number}/comments"), format!("{issues}/comments"))
            }
            Host::GitLab => {
                let repository = repository.replace('/', "%2F");
                let notes = format!("{api}/projects/{repository}/merge_requests/{number}/notes");
                (notes.clone(), notes)
            }
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect could take the token elsewhere.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .user_agent(concat!("assetdiff/", env!("CARGO_PKG_VERSION")));
        Ok(Self { host, agent: config.build().into(), list, one, token: token.to_owned() })
    }

    /// Writes the comment, over the one with the same marker if there is one. If the server does not take it, a short
    /// form is tried.
    pub(super) fn comment(&self, marker: &str, body: &str, short: &str) -> Result<Commented, ForgeError> {
        let existing = self.find(marker)?;
        let written = match self.write(existing, body) {
            Err(Failure::Invalid(_)) => {
                self.write(existing, short).map(|(url, updated)| (url, updated, true))
            }
            other => other.map(|(url, updated)| (url, updated, false)),
        };
        let (url, updated, shortened) = written?;
        Ok(Commented { updated, url, shortened })
    }

    fn write(&self, existing: Option<u64>, body: &str) -> Result<(Option<String>, bool), Failure> {
        if let Some(id) = existing {
            let method = match self.host {
                Host::GitHub => "PATCH",
                Host::GitLab => "PUT",
            };
            match self.send(method, &format!("{}/{id}", self.one), Some(&json!({"body": body}))) {
                // It is somebody else's: ours stands below it.
                Err(Failure::Forbidden(_)) => {}
                answer => return answer.map(|answer| (url_of(&answer), true)),
            }
        }
        let answer = self.send("POST", &self.list, Some(&json!({"body": body})))?;
        Ok((url_of(&answer), false))
    }

    /// The number of the comment that begins with the marker.
    fn find(&self, marker: &str) -> Result<Option<u64>, Failure> {
        for page in 1..=MAX_PAGES {
            let answer = self.send("GET", &format!("{}?per_page=100&page={page}", self.list), None)?;
            let comments =
                answer.as_array().ok_or_else(|| Failure::Other("no list of comments".to_owned()))?;
            let ours = comments.iter().find(|comment| {
                comment["body"].as_str().is_some_and(|body| body.lines().next() == Some(marker))
            });
            if let Some(id) = ours.and_then(|comment| comment["id"].as_u64()) {
                return Ok(Some(id));
            }
            if comments.len() < 100 {
                return Ok(None);
            }
        }
        Err(Failure::Other(format!("more than {} comments", MAX_PAGES * 100)))
    }

    fn send(&self, method: &str, url: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let mut waited = Duration::ZERO;
        let mut attempt = 1;
        loop {
            let answer = self.send_once(method, url, body);
            let (pause, words) = match answer {
                Ok(mut response) => {
                    let status = response.status();
                    if status.is_success() {
                        let text = response.body_mut().with_config().limit(MAX_ANSWER).read_to_string();
                        let text = text.map_err(|e| Failure::Other(e.to_string()))?;
                        return serde_json::from_str(&text)
                            .map_err(|_| Failure::Other("an answer that is no JSON".to_owned()));
                    }
                    let pause = retry_after(&response);
                    let is_limited = status == StatusCode::TOO_MANY_REQUESTS
                        || status == StatusCode::FORBIDDEN && pause.is_some();
                    let said = said_by(&mut response);
                    if !is_limited && !status.is_server_error() {
                        return Err(refused(status, &said));
                    }
                    (pause, format!("{status}{said}"))
                }
                // A request that changes something is sent again only if it surely did nothing.
                Err(error)
                    if method == "GET"
                        || matches!(error, ureq::Error::ConnectionFailed | ureq::Error::HostNotFound) =>
                {
                    (None, error.to_string())
                }
                Err(error) => return Err(Failure::Other(error.to_string())),
            };
            let pause = pause.unwrap_or(Duration::from_millis(500 << attempt));
            waited += pause;
            if attempt == MAX_ATTEMPTS || waited > MAX_WAIT {
                return Err(Failure::Other(format!("{words}, {attempt} times")));
            }
            std::thread::sleep(pause);
            attempt += 1;
        }
    }

    fn send_once(
        &self,
        method: &str,
        url: &str,
        body: Option<&Value>,
    ) -> Result<Response<ureq::Body>, ureq::Error> {
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        request = match self.host {
            Host::GitHub => request
                .header("authorization", format!("Bearer {}", self.token))
                .header("accept", "application/vnd.github+json")
                .header("x-github-api-version", "2022-11-28"),
            Host::GitLab => request.header("private-token", &self.token),
        };
        match body {
            None => self.agent.run(request.body(())?),
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string())?)
            }
        }
    }
}

fn url_of(answer: &Value) -> Option<String> {
    answer["html_url"].as_str().map(str::to_owned)
}

/// What the server asks to wait.
fn retry_after(response: &Response<ureq::Body>) -> Option<Duration> {
    let seconds = response.headers().get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The server's own words, if they are few.
fn said_by(response: &mut Response<ureq::Body>) -> String {
    let text = response.body_mut().with_config().limit(64 << 10).read_to_string().unwrap_or_default();
    let message = serde_json::from_str::<Value>(&text).ok().and_then(|json| {
        let message = json.get("message").or_else(|| json.get("error"))?;
        Some(message.as_str().map_or_else(|| message.to_string(), str::to_owned))
    });
    message.map_or_else(String::new, |message| {
        let short: String = message.chars().take(200).collect();
        format!(" ({})", assetdiff::escape_hidden(&short))
    })
}

fn refused(status: StatusCode, said: &str) -> Failure {
    match status.as_u16() {
        401 => Failure::Forbidden(format!("401: the token is not valid{said}")),
        403 => Failure::Forbidden(format!(
            "403: the token may not write comments{said}; on GitHub give the job `permissions: pull-requests: write`"
        )),
        404 => Failure::Other(format!(
            "404: no such repository or pull request, or the token may not see it{said}"
        )),
        400 | 413 | 422 => {
            Failure::Invalid(format!("{}: the server does not take the comment{said}", status.as_u16()))
        }
        _ => Failure::Other(format!("{status}{said}")),
    }
}
