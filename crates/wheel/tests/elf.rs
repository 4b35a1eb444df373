//! What programs need, read from the program that runs this test.

#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use boxwright_wheel::{Machine, elf_needs};
use proptest::prelude::*;

fn own_program() -> Vec<u8> {
    std::fs::read(std::env::current_exe().unwrap()).unwrap()
}

#[test]
fn a_program_needs_its_c_library() {
    let needs = elf_needs(&own_program()).unwrap().unwrap();
    let expected = if cfg!(target_arch = "x86_64") { Machine::X86_64 } else { Machine::Aarch64 };
    assert_eq!(needs.machine, expected);
    assert_eq!(needs.soname, None);
    if cfg!(target_env = "gnu") {
        assert!(needs.needed.contains(&"libc.so.6".to_owned()), "{needs:?}");
        assert!(needs.versions["libc.so.6"].iter().all(|version| version.starts_with("GLIBC_")));
    }
}

#[test]
fn what_is_no_elf_file_needs_nothing() {
    for bytes in [b"".as_slice(), b"#!/bin/sh\n", b"\x7fELF", b"PK\x03\x04"] {
        assert_eq!(elf_needs(bytes), Ok(None), "{bytes:?}");
    }
}

#[test]
fn damage_is_an_error_and_no_panic() {
    let program = own_program();
    for cut in [64, 100, 1_000, 10_000, program.len() / 2] {
        // Headers may be whole; then what they point to is not.
        assert!(elf_needs(&program[..cut]).is_err(), "{cut}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_header_makes_it_panic(flips in prop::collection::vec((0_usize..4096, any::<u8>()), 1..8)) {
        let mut program = own_program();
        for (at, byte) in flips {
            program[at] = byte;
        }
        let _ = elf_needs(&program);
    }
}
