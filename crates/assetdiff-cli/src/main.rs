//! The `assetdiff` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    assetdiff_cli::run(std::env::args_os())
}
