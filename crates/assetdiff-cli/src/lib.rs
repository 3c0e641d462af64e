//! The `assetdiff` command as a function: arguments, files, progress and exit codes, nothing else.
//!
//! The binary of this crate and the command that comes with the Python package both call [`run`].

mod arguments;
mod commands;
mod input;
mod output;
mod progress;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use output::Trouble;

/// The exit code for trouble, as of diff(1): 0 is no difference, 1 a difference.
const TROUBLE: u8 = 2;

/// Runs the command with the arguments of a process, of which the first is its name.
///
/// Returns 0 if there is nothing to tell, 1 for differences under `--exit-code`, 2 for trouble,
/// which is then told on standard error.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no trouble; clap knows the stream and the code.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(TROUBLE));
        }
    };
    match commands::run(arguments) {
        Ok(code) => ExitCode::from(code),
        Err(Trouble::PipeClosed) => ExitCode::SUCCESS,
        Err(Trouble::Message(message)) => {
            output::tell(&message);
            ExitCode::from(TROUBLE)
        }
    }
}
