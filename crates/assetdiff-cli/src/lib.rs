//! The `assetdiff` command as a function: arguments, files, progress and exit codes, nothing else.
//!
//! The binary of this crate and the command that comes with the Python package both call [`run`].

mod arguments;
mod ci;
mod commands;
mod comparison;
mod config;
mod dagster;
mod deployment;
mod diff3;
mod input;
mod output;
mod progress;
mod project;
mod reach;
mod report;
mod select;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;

use arguments::Arguments;
use output::Trouble;

/// The exit code for trouble, as of diff(1): 0 is no difference, 1 a difference.
const TROUBLE: u8 = 2;

/// What the command is a part of.
#[derive(Debug, Clone, Default)]
pub struct Host {
    /// The Python interpreter that the command is installed in, if it is.
    pub python: Option<PathBuf>,
}

/// Runs the command with the arguments of a process, of which the first is its name.
///
/// Returns 0 if there is nothing to tell, 1 for differences under `--exit-code`, 2 for trouble,
/// which is then told on standard error, and 3 if a policy is broken under `ci`.
pub fn run(arguments: impl IntoIterator<Item = OsString>, host: &Host) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no trouble; clap knows the stream and the code.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(TROUBLE);
        }
    };
    match commands::run(arguments, host) {
        Ok(code) => code,
        Err(Trouble::PipeClosed) => 0,
        Err(Trouble::Told) => TROUBLE,
        Err(Trouble::Message(message)) => {
            output::tell(&message);
            TROUBLE
        }
    }
}
