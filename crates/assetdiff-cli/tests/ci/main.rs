//! `assetdiff ci` in scratch repositories, against a server that speaks the REST calls of GitHub and GitLab.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod demo;
mod files;
mod forges;
mod forks;
mod gates;
mod project;
mod server;
mod templates;
