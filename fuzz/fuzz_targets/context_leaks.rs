//! Any contents under the names that the leak check looks at.
#![no_main]

use boxwright_context::{LeakRules, Snapshot, leaks};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 9] = [
    ".env", ".npmrc", ".pypirc", "pip.conf", ".netrc", ".docker/config.json", ".git/config",
    "dump.sql", "any.txt",
];

fuzz_target!(|contents: &[u8]| {
    let files = NAMES.map(|name| (name, contents));
    let Ok(snapshot) = Snapshot::in_memory(files) else { return };
    if let Ok(findings) = leaks(&snapshot, &LeakRules::default()) {
        let lines = contents.split(|&byte| byte == b'\n').count();
        assert!(findings.iter().all(|finding| finding.line.is_none_or(|line| line as usize <= lines)));
    }
});
