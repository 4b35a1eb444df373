//! The sample applications of this repository, as a scan with their ignore files gives them.

use std::path::Path;

use boxwright_context::{Context, Dialect, IgnoreFile, Matcher, ScanOptions};
use boxwright_plan::{BuildPlan, Config, SnapshotFiles, detect};

fn plan(sample: &str) -> BuildPlan {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(sample);
    let ignore = IgnoreFile::find(&dir, "Dockerfile".as_ref()).unwrap().file;
    let ignore = Matcher::new(&ignore, Dialect::Current).unwrap();
    let snapshot = Context::scan(&dir, &ScanOptions { ignore, stat_cache: None }).unwrap();
    let project = detect(&SnapshotFiles::new(&snapshot), &Config::default()).unwrap();
    BuildPlan::new(&project, boxwright_digest::Digest::of(sample), &Config::default())
}

#[test]
fn samples_are_planned() {
    for sample in ["django", "fastapi", "flask", "gunicorn", "script", "static"] {
        insta::assert_snapshot!(sample, plan(sample).to_json().unwrap());
    }
}

#[test]
fn tests_and_notes_stay_out_of_the_image() {
    for sample in
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples")).unwrap()
    {
        let dir = sample.unwrap().path();
        let ignore = IgnoreFile::find(&dir, "Dockerfile".as_ref()).unwrap().file;
        let ignore = Matcher::new(&ignore, Dialect::Current).unwrap();
        let snapshot = Context::scan(&dir, &ScanOptions { ignore, stat_cache: None }).unwrap();
        let names = snapshot.entries().iter().map(|entry| entry.path.to_string());
        let left: Vec<_> =
            names.filter(|name| name.contains("test_") || name.contains("README")).collect();
        assert!(left.is_empty(), "{}: {left:?}", dir.display());
    }
}
