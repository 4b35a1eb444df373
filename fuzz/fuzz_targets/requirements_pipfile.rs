//! The reader of `Pipfile`: no bytes may make it panic, recurse without bound, or take long; what it
//! reads has one key and one canonical text.

#![no_main]

use boxwright_fuzz::read_one_way;
use boxwright_requirements::MemoryFiles;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let files = MemoryFiles::new().with("Pipfile", data);
    read_one_way("Pipfile", &files);
});
