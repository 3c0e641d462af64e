//! Data and code inside of a page.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use sha2::{Digest as _, Sha256};

/// Shorter data stays readable.
const MIN_COMPRESSED: usize = 64 * 1024;

/// Data as an element that no browser runs.
pub(super) fn element(json: &str) -> String {
    if json.len() < MIN_COMPRESSED {
        return format!("<script type=\"application/json\" id=\"data\">{}</script>", escaped(json));
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing to memory has no way to fail.
    let _ = encoder.write_all(json.as_bytes());
    let packed = STANDARD.encode(encoder.finish().unwrap_or_default());
    format!("<script type=\"text/plain\" id=\"data\" data-packed=\"{}\">{packed}</script>", json.len())
}

/// Returns JSON without any character that could end the element or a line of script.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 16);
    for c in json.chars() {
        match c {
            // In JSON these stand only inside of strings.
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out
}

/// Returns the word of a Content-Security-Policy that allows a script or style with this text.
pub(super) fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_end_its_element() {
        let json = serde_json::to_string("</script><!-- & \u{2028}").unwrap();
        let element = element(&json);
        assert_eq!(element.matches('<').count(), 2);
        let inner = element.split_once('>').unwrap().1.strip_suffix("</script>").unwrap();
        assert_eq!(serde_json::from_str::<String>(inner).unwrap(), "</script><!-- & \u{2028}");
    }

    #[test]
    fn long_data_is_packed() {
        let element = element(&format!("\"{}\"", "a".repeat(MIN_COMPRESSED)));
        assert!(element.len() < 1_000 && element.contains("data-packed=\"65538\""), "{element}");
    }
}
