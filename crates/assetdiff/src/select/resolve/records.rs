//! Questions to single definitions, answered from their canonical text.

use memchr::memmem;

use crate::graph::AssetGraph;
use crate::json::Members;
use crate::snapshot::canonical_bytes;

/// Returns a text as it stands in canonical JSON, with its quotes.
pub(in crate::select) fn json_text(text: &str) -> String {
    String::from_utf8(canonical_bytes(&text)).unwrap_or_default()
}

/// Returns the text of a JSON string.
pub(in crate::select) fn plain_text(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

/// Returns the text of a member of a JSON object.
pub(in crate::select) fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    Members::of(object).find(|(found, _)| found == name).map(|(_, value)| value)
}

/// Returns the assets whose definition holds a piece of text and answers a question with yes.
///
/// The search for the piece is what makes this quick where few hold it.
pub(in crate::select) fn assets_with<'a>(
    graph: &'a AssetGraph,
    piece: &str,
    holds: impl Fn(&'a str) -> bool + 'a,
) -> impl Iterator<Item = usize> + 'a {
    let finder = memmem::Finder::new(piece).into_owned();
    (0..graph.len()).filter(move |&asset| {
        let record = graph.record(graph.preferred_row(asset));
        finder.find(record.as_bytes()).is_some() && holds(record)
    })
}

/// Returns the payload of a metadata value of a definition.
pub(in crate::select) fn metadata<'a>(record: &'a str, name: &str) -> Option<&'a str> {
    member(member(member(record, "metadata")?, name)?, "value")
}
