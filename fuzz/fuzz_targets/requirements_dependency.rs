//! Dependency specifiers and markers: no text may make the parsers panic, and what is printed is read
//! back to the same.

#![no_main]

use boxwright_requirements::{Dependency, Marker};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = text.parse::<Dependency>();
    if let Ok(marker) = text.parse::<Marker>() {
        let printed = marker.to_string();
        let again: Marker = printed.parse().expect("a printed marker is a marker");
        assert_eq!(again.to_string(), printed);
    }
});
