//! The reports: compared with files that people have read, with hostile texts, with any text.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod any_text;
mod golden;
mod hostile;
mod html;
mod reach;
mod support;
mod three_way;
