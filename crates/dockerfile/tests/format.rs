//! Each folder under `tests/format`: what goes in, and what comes out.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use boxwright_dockerfile::{Dockerfile, format};

#[test]
fn files_are_laid_out_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/format");
    let mut names: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert!(!names.is_empty());
    for name in names {
        let read = |file| std::fs::read_to_string(folder.join(&name).join(file)).unwrap();
        let (input, expected) = (read("input"), read("expected"));
        let formatted = format(&Dockerfile::parse(&input));
        assert_eq!(formatted, expected, "{}", name.display());
        assert_eq!(format(&Dockerfile::parse(&expected)), expected, "{}", name.display());
    }
}
