//! What the tests of assetdiff share: graphs made at random, and a naive diff to ask.

pub mod generate;
pub mod naive;
#[cfg(feature = "proptest")]
pub mod strategies;
