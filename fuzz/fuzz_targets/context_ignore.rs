//! Any ignore file and any path: an answer or an error, in time that grows with their length.
#![no_main]

use boxwright_context::{Dialect, IgnoreFile, Matcher};
use libfuzzer_sys::fuzz_target;

const DIALECTS: [Dialect; 4] = [
    Dialect::Current,
    Dialect::CurrentClassic,
    Dialect::Engine20BuildKit,
    Dialect::Engine20Classic,
];

fuzz_target!(|input: (&[u8], &[u8])| {
    let (text, path) = input;
    let Ok(file) = IgnoreFile::parse(text, ".dockerignore") else { return };
    for dialect in DIALECTS {
        let Ok(matcher) = Matcher::new(&file, dialect) else { continue };
        let (Ok(matched), Ok(explanation)) = (matcher.matches(path), matcher.explain(path)) else {
            continue;
        };
        // What is matched is left out; what is not may still lie in a directory that is not entered.
        assert!(!matched || explanation.excluded, "{explanation}");
        assert!(explanation.reason.is_some() || !explanation.excluded);
    }
});
