//! The reader of `Pipfile.lock`: no bytes may make it panic, recurse without bound, or take long; what it
//! reads has one key and one canonical text.

#![no_main]

use boxwright_requirements::{
    Architecture, DependencyKey, Libc, MemoryFiles, PythonVersion, ReadOptions, Target,
    canonical_text, explain, read,
};
use libfuzzer_sys::fuzz_target;

const TARGET: Target = Target {
    python: PythonVersion { major: 3, minor: 13, patch: 5 },
    architecture: Architecture::Amd64,
    libc: Libc::Glibc { major: 2, minor: 41 },
};

fuzz_target!(|data: &[u8]| {
    let files = MemoryFiles::new().with("Pipfile.lock", data);
    let Ok(set) = read("Pipfile.lock", &files, &ReadOptions::default()) else { return };
    let key = DependencyKey::of(&set, &TARGET);
    assert_eq!(key.digest(), DependencyKey::of(&set.clone(), &TARGET).digest());
    assert!(explain(&key, &key).is_hit());
    let text = canonical_text(&set, &TARGET);
    assert_eq!(text, canonical_text(&set, &TARGET));
});
