//! What the command says, and where.

use std::io::{self, IsTerminal};

use assetdiff::escape_hidden;
use assetdiff_adapters::file::{self, FileError};
use assetdiff_adapters::source::SourceError;
use assetdiff_report::TextStyle;

use crate::arguments::{Color, Output};

/// What ends the command early.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Something to tell.
    Message(String),
    /// Another program has told it already.
    Told,
    /// Nobody reads any more.
    PipeClosed,
}

impl From<FileError> for Trouble {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Io { error, .. } if error.kind() == io::ErrorKind::BrokenPipe => Self::PipeClosed,
            error => Self::Message(error.to_string()),
        }
    }
}

impl From<SourceError> for Trouble {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::File(error) => error.into(),
            error => Self::Message(error.to_string()),
        }
    }
}

/// Tells of trouble on standard error. Names from the input cannot steer a terminal or a CI runner.
pub(crate) fn tell(message: &str) {
    let lines: Vec<String> = message.lines().map(|line| escape_hidden(line).into_owned()).collect();
    anstream::eprintln!("assetdiff: {}", lines.join("\n"));
}

impl Output {
    /// How text looks where it goes to.
    pub(crate) fn style(&self) -> TextStyle {
        let to_terminal = self.output.as_os_str() == "-" && io::stdout().is_terminal();
        let color = match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                to_terminal && anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
            }
        };
        let terminal =
            terminal_size::terminal_size().filter(|_| to_terminal).map(|(width, _)| width.0.max(40));
        let width = self.width.or(terminal).unwrap_or(100).into();
        TextStyle { width, color, ..TextStyle::default() }
    }

    /// Writes a text where it should go.
    pub(crate) fn write(&self, text: &str) -> Result<(), Trouble> {
        Ok(file::write(&self.output, |out| out.write_all(text.as_bytes()))?)
    }
}
