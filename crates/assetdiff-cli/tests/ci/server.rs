//! A server that keeps comments as GitHub and GitLab do, and fails where it is told to.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What a request is answered with instead of what it asks for.
#[derive(Clone)]
pub(crate) struct Failure {
    /// The method that it is for.
    pub(crate) method: &'static str,
    pub(crate) status: u16,
    pub(crate) header: &'static str,
    pub(crate) body: &'static str,
}

#[derive(Default)]
pub(crate) struct State {
    /// Number and body of each comment.
    pub(crate) comments: Vec<(u64, String)>,
    /// Method and path of each request.
    pub(crate) requests: Vec<String>,
    pub(crate) failures: VecDeque<Failure>,
    /// The values of the headers that hold a token.
    pub(crate) tokens: Vec<String>,
}

pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) state: Arc<Mutex<State>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &shared);
            }
        });
        Self { url, state }
    }

    pub(crate) fn comments(&self) -> Vec<String> {
        self.state.lock().unwrap().comments.iter().map(|(_, body)| body.clone()).collect()
    }

    pub(crate) fn fail(&self, failures: &[Failure]) {
        self.state.lock().unwrap().failures.extend(failures.iter().cloned());
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().requests)
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let (method, path) = {
        let mut words = line.split_whitespace();
        (words.next().unwrap().to_owned(), words.next().unwrap().to_owned())
    };
    let mut length = 0;
    let mut state = state.lock().unwrap();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let header = header.trim();
        let Some((name, value)) = header.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "authorization" | "private-token" => state.tokens.push(value.trim().to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    state.requests.push(format!("{method} {path}"));
    let failure = state.failures.front().filter(|failure| failure.method == method).cloned();
    if let Some(Failure { status, header, body, .. }) = failure {
        state.failures.pop_front();
        return respond(&mut stream, status, header, body);
    }
    let text = |body: &[u8]| -> String {
        let json: Value = serde_json::from_slice(body).unwrap();
        json["body"].as_str().unwrap().to_owned()
    };
    let shown =
        |id: u64, body: &str| json!({"id": id, "body": body, "html_url": format!("https://host/c/{id}")});
    let route = path.split('?').next().unwrap();
    let is_list = route == "/repos/o/r/issues/7/comments" || route == "/projects/42/merge_requests/7/notes";
    let one = ["/repos/o/r/issues/comments/", "/projects/42/merge_requests/7/notes/"];
    let one = one.iter().find_map(|prefix| route.strip_prefix(prefix)).and_then(|id| id.parse::<u64>().ok());
    match (method.as_str(), is_list, one) {
        ("GET", true, _) => {
            let page: usize = path.rsplit_once("&page=").map_or(1, |(_, page)| page.parse().unwrap());
            let all = state.comments.iter().skip((page - 1) * 100).take(100);
            let list: Vec<Value> = all.map(|(id, body)| shown(*id, body)).collect();
            respond(&mut stream, 200, "", &json!(list).to_string());
        }
        ("POST", true, _) => {
            let body = text(&body);
            if body.encode_utf16().count() > 65_536 {
                return respond(&mut stream, 422, "", r#"{"message": "Validation Failed"}"#);
            }
            let id = state.comments.len() as u64 + 1000;
            state.comments.push((id, body.clone()));
            respond(&mut stream, 201, "", &shown(id, &body).to_string());
        }
        ("PATCH" | "PUT", false, Some(id)) => {
            let body = text(&body);
            let comment = state.comments.iter_mut().find(|(other, _)| *other == id);
            match comment {
                Some(comment) => {
                    comment.1 = body.clone();
                    respond(&mut stream, 200, "", &shown(id, &body).to_string());
                }
                None => respond(&mut stream, 404, "", r#"{"message": "Not Found"}"#),
            }
        }
        _ => respond(&mut stream, 404, "", r#"{"message": "Not Found"}"#),
    }
}

fn respond(stream: &mut TcpStream, status: u16, header: &str, body: &str) {
    let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 {status} Told\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{header}connection: close\r\n\r\n{body}"
    );
}
