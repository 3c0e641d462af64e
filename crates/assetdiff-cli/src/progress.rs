//! A sign of life for what takes longer than a second, on a terminal only.

use std::io::{IsTerminal, stderr};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::ProgressBar;

/// Shows what is being done until it is dropped.
pub(crate) struct Progress {
    /// Taken and dropped to say that it is over.
    over: Option<Sender<()>>,
    shown: Option<JoinHandle<()>>,
}

impl Progress {
    pub(crate) fn new(doing: &'static str) -> Self {
        if !stderr().is_terminal() {
            return Self { over: None, shown: None };
        }
        let (over, wait) = channel::<()>();
        let shown = thread::spawn(move || {
            if wait.recv_timeout(Duration::from_secs(1)) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                let bar = ProgressBar::new_spinner().with_message(doing);
                bar.enable_steady_tick(Duration::from_millis(120));
                let _ = wait.recv();
                bar.finish_and_clear();
            }
        });
        Self { over: Some(over), shown: Some(shown) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.over.take());
        if let Some(shown) = self.shown.take() {
            let _ = shown.join();
        }
    }
}
