//! Any text as a key: an error, or a key whose own text leads back to it.
#![no_main]

use assetdiff::AssetKey;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(key) = text.parse::<AssetKey>() {
        let spelled = key.to_string();
        assert_eq!(spelled.parse::<AssetKey>().as_ref(), Ok(&key));
        assert!(!spelled.chars().any(assetdiff::is_hidden));
    }
    // Any components but those with NUL are a key, and no two lists share a text.
    let components: Vec<&str> = text.split('|').collect();
    if let Ok(key) = AssetKey::new(&components) {
        assert!(key.components().eq(components.iter().copied()));
        assert_eq!(key.to_string().parse::<AssetKey>(), Ok(key));
    }
});
