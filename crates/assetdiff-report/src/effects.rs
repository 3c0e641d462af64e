//! What a change means for data, in words.

use assetdiff::{
    Aspect, AssetChange, ChangeKind, DownstreamEffect, EffectOverrides, Effects, Modification, OwnEffect,
};

/// Returns what effects mean, in words for a reader.
///
/// ```
/// use assetdiff::Effects;
/// use assetdiff_report::effects_in_words;
///
/// assert_eq!(effects_in_words(Effects::REBUILD_ALL), "rebuild, and everything downstream");
/// assert_eq!(effects_in_words(Effects::NONE), "no rebuild");
/// ```
pub fn effects_in_words(effects: Effects) -> &'static str {
    use DownstreamEffect::{All, ByColumn, None as Nothing};
    match (effects.own, effects.downstream) {
        (OwnEffect::None, Nothing) => "no rebuild",
        (OwnEffect::None, ByColumn) => "rebuild what reads the changed columns",
        (OwnEffect::None, All) => "rebuild everything downstream",
        (OwnEffect::Recheck, Nothing) => "recheck",
        (OwnEffect::Recheck, ByColumn) => "recheck, and rebuild what reads the changed columns",
        (OwnEffect::Recheck, All) => "recheck, and rebuild everything downstream",
        (OwnEffect::Rebuild, Nothing) => "rebuild",
        (OwnEffect::Rebuild, ByColumn) => "rebuild, and what reads the changed columns",
        (OwnEffect::Rebuild, All) => "rebuild, and everything downstream",
    }
}

/// Returns what a change means; an asset that is new is built, not rebuilt.
pub(crate) fn of_change(change: &AssetChange<'_>, effects: Effects) -> &'static str {
    match (change, effects_in_words(effects)) {
        (AssetChange::Added(_), words) if effects.own == OwnEffect::Rebuild => {
            words.strip_prefix("re").unwrap_or(words)
        }
        (AssetChange::Added(_), "no rebuild") => "no build",
        (AssetChange::Removed(_), "rebuild everything downstream") => "everything downstream lost a source",
        (_, words) => words,
    }
}

/// Returns what the changes of one aspect mean.
pub(crate) fn of_aspect(
    aspect: Aspect,
    modification: &Modification,
    kinds: impl IntoIterator<Item = ChangeKind>,
    overrides: &EffectOverrides,
) -> Effects {
    if aspect == Aspect::Extra {
        let names = modification.extra.iter().flat_map(|extra| extra.keys());
        return names.map(|name| overrides.of_extra(name)).fold(Effects::NONE, Effects::max);
    }
    let kinds = kinds.into_iter().filter(|&kind| aspect_of(kind) == Some(aspect));
    kinds.map(|kind| overrides.of_kind(kind)).fold(Effects::NONE, Effects::max)
}

/// Returns the aspect that a kind of change is about; `None` if it is about the whole asset.
fn aspect_of(kind: ChangeKind) -> Option<Aspect> {
    match kind {
        ChangeKind::ColumnsAdded
        | ChangeKind::ColumnsRemoved
        | ChangeKind::ColumnTypes
        | ChangeKind::ColumnConstraints
        | ChangeKind::ColumnOrder
        | ChangeKind::ColumnDocs => Some(Aspect::Columns),
        ChangeKind::PartitionMapping | ChangeKind::DependencyMetadata | ChangeKind::UpstreamRenamed => {
            Some(Aspect::Dependencies)
        }
        ChangeKind::Scheduling => Some(Aspect::Execution),
        same_name => same_name.as_str().parse().ok(),
    }
}

/// Returns whether something with these effects is why the whole has its effects.
pub(crate) fn is_cause(effects: Effects, total: Effects) -> bool {
    (total.own > OwnEffect::None && effects.own == total.own)
        || (total.downstream > DownstreamEffect::None && effects.downstream == total.downstream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_but_those_of_whole_assets_is_about_an_aspect() {
        for &kind in ChangeKind::ALL {
            let of_whole = [ChangeKind::Added, ChangeKind::Removed, ChangeKind::Renamed].contains(&kind);
            assert_eq!(aspect_of(kind).is_none(), of_whole, "{kind}");
        }
    }
}
