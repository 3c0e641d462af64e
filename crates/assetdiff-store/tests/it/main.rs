//! The store: what it keeps, what it costs, and what happens when something goes wrong.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod costs;
mod faults;
mod names;
mod operations;
mod properties;
mod pushers;
mod redaction;
mod remote;
mod support;
