//! The one door through which work leaves the interpreter.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// Work on less than this many bytes or assets is done before anyone could interrupt it.
const SHORT: usize = 1 << 16;

/// How often a long call looks whether it was interrupted.
const POLL: Duration = Duration::from_millis(50);

/// Does work of some size while other threads may use the interpreter.
///
/// # Errors
/// `KeyboardInterrupt` as soon as it comes; the work then ends by itself, and nobody sees its result.
pub(crate) fn detached<T: Send + 'static>(
    py: Python<'_>,
    size: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<T> {
    if size < SHORT {
        return Ok(py.detach(work));
    }
    let (sender, mut receiver) = mpsc::sync_channel(1);
    thread::Builder::new().name("assetdiff".to_owned()).spawn(move || {
        // Nobody listens any more after an interrupt.
        let _ = sender.send(work());
    })?;
    loop {
        let (received, back) = py.detach(move || (receiver.recv_timeout(POLL), receiver));
        match received {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("the engine stopped without a result"));
            }
        }
        receiver = back;
    }
}
