//! Tests through the public interface.
#![allow(clippy::unwrap_used)]

mod properties;
