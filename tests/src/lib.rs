//! What the tests of assetdiff share: graphs made at random, and naive answers to compare with.

pub mod columns;
pub mod generate;
pub mod naive;
pub mod naive_impact;
pub mod naive_merge;
#[cfg(feature = "proptest")]
pub mod strategies;
