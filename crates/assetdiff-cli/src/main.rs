//! The `assetdiff` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(assetdiff_cli::run(std::env::args_os(), &assetdiff_cli::Host::default()))
}
