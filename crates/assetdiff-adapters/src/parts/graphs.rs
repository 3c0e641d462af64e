//! The graphs of two snapshots, with what is the same in both read once.

use std::ops::Range;

use assetdiff::{AssetDefinition, AssetGraph, GraphBuilder, Limits};

use super::form::Form;
use super::{Compared, Side, halves};
use crate::both::both;
use crate::scan::{after_byte, space};

impl<F: Form + Sync> Compared<'_, F> {
    /// Returns the graphs of both texts, which are valid UTF-8; `None` if something is wrong with one of them.
    pub(super) fn graphs(
        &self,
        [base_text, head_text]: [&str; 2],
        limits: &Limits,
    ) -> Option<(AssetGraph, AssetGraph)> {
        let Self { base, head, found, .. } = self;
        let (old, new) = (base_text.get(base.list.clone())?, head_text.get(head.list.clone())?);
        let (first, second) = halves(&found.matched);
        let matched = |stretches: &[Range<usize>]| {
            let mut builder = GraphBuilder::new(limits.clone());
            builder.reserve_text(stretches.iter().map(Range::len).sum());
            stretches.iter().try_for_each(|stretch| read(new, stretch, &mut builder))?;
            Some(builder)
        };
        let (first, second) = both(|| matched(first), || matched(second));
        let mut common = first?;
        common.append(second?).ok()?;
        let [first, second] = common.fork();
        let finish = |side: &Side<'_>, list: &str, mut builder: GraphBuilder, own: &[Range<usize>]| {
            own.iter().try_for_each(|record| read(list, record, &mut builder))?;
            let header = side.graph_of(&[], limits)?;
            builder.finish(header.provenance().clone(), header.extra().clone()).ok()
        };
        let (base, head) =
            both(|| finish(base, old, first, &found.base), || finish(head, new, second, &found.head));
        Some((base?, head?))
    }
}

/// Reads the definitions of a stretch of records.
fn read(list: &str, stretch: &Range<usize>, builder: &mut GraphBuilder) -> Option<()> {
    let bytes = list.as_bytes();
    let mut at = space(bytes, stretch.start);
    while at < stretch.end {
        let mut values = serde_json::Deserializer::from_str(list.get(at..stretch.end)?).into_iter();
        let definition: AssetDefinition = values.next()?.ok()?;
        builder.push_read(definition).ok()?;
        at = space(bytes, at + values.byte_offset());
        if at < bytes.len() {
            // A comma, and another definition behind it.
            at = space(bytes, after_byte(bytes, at, b',')?);
            bytes.get(at)?;
        }
    }
    Some(())
}
