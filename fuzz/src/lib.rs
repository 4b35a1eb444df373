//! What holds for every dependency file that can be read, whatever its format.

use boxwright_requirements::{
    Architecture, DependencyKey, Libc, MemoryFiles, PythonVersion, ReadOptions, Target,
    canonical_text, explain, read,
};

const TARGET: Target = Target {
    python: PythonVersion { major: 3, minor: 13, patch: 5 },
    architecture: Architecture::Amd64,
    libc: Libc::Glibc { major: 2, minor: 41 },
};

/// Reads `path` and, where that gives a set, checks that it has one key and one canonical text.
pub fn read_one_way(path: &str, files: &MemoryFiles) {
    let Ok(set) = read(path, files, &ReadOptions::default()) else { return };
    let key = DependencyKey::of(&set, &TARGET);
    assert_eq!(key.digest(), DependencyKey::of(&set.clone(), &TARGET).digest());
    assert!(explain(&key, &key).is_hit());
    let text = canonical_text(&set, &TARGET);
    assert_eq!(text, canonical_text(&set, &TARGET));
}
