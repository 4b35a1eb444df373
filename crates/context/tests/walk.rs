//! What a walk takes in, against the rule it must follow: a path is in when the patterns do not
//! match it, a directory also when something in it is.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use boxwright_context::{Context, Dialect, IgnoreFile, Matcher, ScanOptions};
use proptest::prelude::*;

fn matcher(patterns: &str) -> Matcher {
    let ignore = IgnoreFile::parse(patterns, ".dockerignore").unwrap();
    Matcher::new(&ignore, Dialect::Current).unwrap()
}

fn build(root: &Path, files: &BTreeSet<String>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for file in files {
        let path = root.join(file);
        if path.exists() || fs::create_dir_all(path.parent().unwrap()).is_err() {
            continue;
        }
        if fs::write(&path, "").is_err() {
            continue;
        }
        all.insert(file.clone());
        all.extend(file.match_indices('/').map(|(slash, _)| file[..slash].to_owned()));
    }
    all
}

fn scanned(root: &Path, ignore: Matcher) -> BTreeSet<String> {
    let snapshot = Context::scan(root, &ScanOptions { ignore, stat_cache: None }).unwrap();
    snapshot.entries().iter().map(|entry| entry.path.to_string()).collect()
}

fn pattern() -> impl Strategy<Value = String> {
    let component = prop_oneof![4 => "[abc]{1,2}", 2 => "[abc]?[*?][abc]?", 1 => Just("**".to_owned()), 1 => "\\[[abc]-c\\]"];
    let path = proptest::collection::vec(component, 1..4).prop_map(|parts| parts.join("/"));
    ("!?", path).prop_map(|(sign, path)| sign + &path)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// With a wildcard in an exception, BuildKit enters every directory. We enter those that can
    /// hold something, which must make no difference.
    #[test]
    fn not_entering_a_directory_loses_nothing(
        files in proptest::collection::btree_set("[abc]{1,2}(/[abc]{1,2}){0,3}", 1..25),
        mut patterns in proptest::collection::vec(pattern(), 0..6),
        at in any::<prop::sample::Index>(),
    ) {
        patterns.insert(at.index(patterns.len() + 1), "!zz*zz".to_owned());
        let patterns = patterns.join("\n");
        let root = tempfile::tempdir().unwrap();
        let all = build(root.path(), &files);
        let ignore = matcher(&patterns);
        let mut expected = BTreeSet::new();
        for path in &all {
            if !ignore.matches(path.as_bytes()).unwrap() {
                expected.insert(path.clone());
                expected.extend(path.match_indices('/').map(|(slash, _)| path[..slash].to_owned()));
            }
        }
        prop_assert_eq!(scanned(root.path(), ignore), expected, "{}", patterns);
    }

    /// The explanation says what the scan does, for every path there is.
    #[test]
    fn explanations_agree_with_scans(
        files in proptest::collection::btree_set("[abc]{1,2}(/[abc]{1,2}){0,3}", 1..25),
        patterns in proptest::collection::vec(pattern(), 0..6),
    ) {
        let patterns = patterns.join("\n");
        let root = tempfile::tempdir().unwrap();
        let all = build(root.path(), &files);
        let included = scanned(root.path(), matcher(&patterns));
        let ignore = matcher(&patterns);
        for path in &all {
            let explanation = ignore.explain(path.as_bytes()).unwrap();
            let is_file = !all.iter().any(|other| other.starts_with(&format!("{path}/")));
            if is_file {
                prop_assert_eq!(explanation.excluded, !included.contains(path), "{}", explanation);
            }
            prop_assert!(explanation.reason.is_some() || !explanation.excluded);
        }
    }

    /// Any text is either an ignore file or an error, and then asking about a path is.
    #[test]
    fn no_text_is_too_odd(text in "[\\PC\n*?\\[\\]\\\\!{}|^$()+#-]{0,40}", path in "\\PC{1,10}") {
        for dialect in [Dialect::Current, Dialect::Engine20Classic] {
            let Ok(file) = IgnoreFile::parse(&text, "f") else { continue };
            if let Ok(matcher) = Matcher::new(&file, dialect) {
                let _ = matcher.explain(path.as_bytes());
            }
        }
    }
}

#[test]
fn a_reason_names_the_line_and_the_directory() {
    let ignore = matcher("# c\n*.md\n  docs/** \n!docs/keep\nsrc\n!src/a\n");
    let explain = |path: &str| ignore.explain(path.as_bytes()).unwrap().to_string();
    insta::assert_snapshot!(
        ["README.md", "app.py", "docs", "docs/x/y", "docs/keep/z", "src/b/c", "src/a", "src/a/x"]
            .map(explain)
            .join("\n")
    );
}
