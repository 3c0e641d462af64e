//! The rules of a project, checked.

use std::path::PathBuf;

use clap::Subcommand;

use crate::output::Trouble;
use crate::project::{CONFIG, read_config};

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Read the rules and tell what is wrong with them, with line and column.
    Check {
        /// The file.
        #[arg(default_value = CONFIG)]
        file: PathBuf,
    },
}

pub(crate) fn run(command: &ConfigCommand) -> Result<u8, Trouble> {
    let ConfigCommand::Check { file } = command;
    let config = read_config(file)?;
    let count = |number: usize, one: &str| match number {
        1 => format!("1 {one} rule"),
        number => format!("{number} {one} rules"),
    };
    let policies = match config.policies.len() {
        1 => "1 policy".to_owned(),
        number => format!("{number} policies"),
    };
    let words = format!(
        "{}: {policies}, {}, {}, {}\n",
        assetdiff::escape_hidden(&file.display().to_string()),
        count(config.ignore.len(), "ignore"),
        count(config.normalize.len(), "normalize"),
        count(config.redaction.rules.len(), "redact"),
    );
    assetdiff_adapters::file::write("-".as_ref(), |out| out.write_all(words.as_bytes()))?;
    Ok(0)
}
