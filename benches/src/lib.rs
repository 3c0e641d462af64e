//! What is measured with: graphs of several shapes, a peer to compare with, and a measuring loop.

pub mod allocator;
pub mod measure;
pub mod peer;
pub mod shapes;
