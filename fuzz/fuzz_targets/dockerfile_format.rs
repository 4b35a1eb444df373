//! Formatting keeps the meaning, and has nothing more to do the second time.
#![no_main]

use boxwright_dockerfile::{Dockerfile, format};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = Dockerfile::parse(text);
    let once = format(&file);
    let again = Dockerfile::parse(&once);
    let commands = |file: &Dockerfile| -> Vec<_> {
        file.instructions().map(|one| one.command.clone()).collect()
    };
    assert_eq!(commands(&again), commands(&file));
    assert_eq!(format(&again), once);
});
