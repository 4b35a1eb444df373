//! The tags of a target against those that `packaging` 26.3 lists, in order.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use boxwright_requirements::{Architecture, Libc, PythonVersion, Target};
use boxwright_wheel::{Tags, WheelName};

fn target(minor: u16, architecture: Architecture, libc: Libc) -> Target {
    Target { python: PythonVersion { major: 3, minor, patch: 1 }, architecture, libc }
}

#[test]
fn packaging_lists_the_same_tags_in_the_same_order() {
    let table = [
        (
            target(13, Architecture::Amd64, Libc::Glibc { major: 2, minor: 41 }),
            include_str!("data/tags-cp313-glibc-2.41-x86_64.txt"),
        ),
        (
            target(11, Architecture::Arm64, Libc::Glibc { major: 2, minor: 36 }),
            include_str!("data/tags-cp311-glibc-2.36-aarch64.txt"),
        ),
        (
            target(12, Architecture::Amd64, Libc::Musl { major: 1, minor: 2 }),
            include_str!("data/tags-cp312-musl-1.2-x86_64.txt"),
        ),
        (
            target(7, Architecture::Amd64, Libc::Glibc { major: 2, minor: 12 }),
            include_str!("data/tags-cp37-glibc-2.12-x86_64.txt"),
        ),
    ];
    for (target, expected) in table {
        let tags = Tags::for_target(&target);
        let expected: Vec<&str> = expected.lines().collect();
        assert_eq!(tags.iter().collect::<Vec<_>>(), expected, "{target:?}");

        let rank = |tag: &str| tags.rank(&format!("m-1-{tag}.whl").parse().unwrap()).unwrap();
        let ranks: Vec<_> = expected.iter().map(|tag| rank(tag)).collect();
        assert!(ranks.is_sorted_by(|a, b| a < b), "{target:?}");
    }
}

/// From the best to the worst for CPython 3.13 on x86-64 with glibc 2.41, then those it cannot use.
#[test]
fn the_best_of_several_wheels_is_found() {
    let tags =
        Tags::for_target(&target(13, Architecture::Amd64, Libc::Glibc { major: 2, minor: 41 }));
    let usable = [
        "cp313-cp313-linux_x86_64",
        "cp313-cp313-manylinux_2_28_x86_64",
        "cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64",
        "cp313-cp313-manylinux1_x86_64.manylinux_2_5_x86_64",
        "cp313-abi3-manylinux_2_28_x86_64",
        "cp39.cp312-abi3-manylinux_2_28_x86_64",
        "cp39-abi3-manylinux_2_28_x86_64",
        "py3-none-manylinux_2_28_x86_64",
        "py2.py3-none-any",
        "py30-none-any",
    ];
    let unusable = [
        "cp313-cp313t-manylinux_2_28_x86_64",
        "cp313-cp313-manylinux_2_42_x86_64",
        "cp313-cp313-manylinux_2_28_aarch64",
        "cp313-cp313-musllinux_1_2_x86_64",
        "cp313-cp313-win_amd64",
        "cp312-cp312-manylinux_2_28_x86_64",
        "cp314-abi3-manylinux_2_28_x86_64",
        "cp313-abi3-any",
        "pp310-pypy310_pp73-manylinux_2_28_x86_64",
        "py2-none-any",
        "py314-none-any",
    ];
    let name = |tag: &str| -> WheelName { format!("m-1-{tag}.whl").parse().unwrap() };
    let ranks: Vec<_> = usable.iter().map(|tag| tags.rank(&name(tag)).unwrap()).collect();
    assert!(ranks.is_sorted_by(|a, b| a < b), "{ranks:?}");
    for tag in unusable {
        assert_eq!(tags.rank(&name(tag)), None, "{tag}");
    }
}
