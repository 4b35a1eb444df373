//! How long it takes to read the dependency files of a large project and to key them.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::fmt::Write as _;

use boxwright_requirements::{
    Architecture, DependencyKey, Libc, MemoryFiles, PythonVersion, ReadOptions, Target, read,
};
use divan::Bencher;

const TARGET: Target = Target {
    python: PythonVersion { major: 3, minor: 13, patch: 5 },
    architecture: Architecture::Amd64,
    libc: Libc::Glibc { major: 2, minor: 41 },
};

fn main() {
    divan::main();
}

/// A file as pip-compile writes it, of so many lines: a pin, two hashes, where it comes from.
fn requirements(lines: usize) -> String {
    let mut text = String::new();
    for n in 0..lines / 4 {
        writeln!(text, "package-{n}[extra]==1.{n}.0 ; python_version >= \"3.9\" \\").unwrap();
        writeln!(text, "    --hash=sha256:{n:064x} \\\n    --hash=sha256:{:064x}", n + 1).unwrap();
        writeln!(text, "    # via package-{}", n / 2).unwrap();
    }
    text
}

/// A lock as uv writes it: each package with three dependencies, a source archive and `wheels` wheels.
fn uv_lock(packages: usize, wheels: usize) -> String {
    let mut text = "version = 1\nrevision = 3\nrequires-python = \">=3.11\"\n\n[[package]]\nname = \"app\"\nversion = \"1\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"package-0\" }]\n\n".to_owned();
    let host = "https://files.pythonhosted.org/packages/aa/bb";
    for n in 0..packages {
        let tail = format!(
            "hash = \"sha256:{n:064x}\", size = 12345, upload-time = \"2024-09-09T23:49:38.163Z\" }}"
        );
        writeln!(text, "[[package]]\nname = \"package-{n}\"\nversion = \"1.{n}.0\"\nsource = {{ registry = \"https://pypi.org/simple\" }}\ndependencies = [").unwrap();
        for d in 1..4 {
            writeln!(
                text,
                "    {{ name = \"package-{}\", marker = \"python_full_version < '3.14'\" }},",
                (n + d) % packages
            )
            .unwrap();
        }
        writeln!(
            text,
            "]\nsdist = {{ url = \"{host}/{n:060x}/package_{n}-1.{n}.0.tar.gz\", {tail}\nwheels = ["
        )
        .unwrap();
        for w in 0..wheels {
            writeln!(text, "    {{ url = \"{host}/{n:060x}/package_{n}-1.{n}.0-cp31{w}-cp31{w}-manylinux_2_17_x86_64.manylinux2014_x86_64.whl\", {tail},").unwrap();
        }
        text.push_str("]\n\n");
    }
    text
}

fn read_and_key(bencher: Bencher<'_, '_>, path: &str, text: String) {
    let bytes = divan::counter::BytesCount::new(text.len());
    let files = MemoryFiles::new().with(path, text);
    bencher.counter(bytes).bench_local(|| {
        let set = read(path, &files, &ReadOptions::default()).unwrap();
        DependencyKey::of(&set, &TARGET).digest()
    });
}

#[divan::bench(args = [500, 5000, 50000])]
fn requirements_lines(bencher: Bencher<'_, '_>, lines: usize) {
    read_and_key(bencher, "requirements.txt", requirements(lines));
}

#[divan::bench(args = [500, 5000])]
fn uv_lock_packages_with_one_wheel(bencher: Bencher<'_, '_>, packages: usize) {
    read_and_key(bencher, "uv.lock", uv_lock(packages, 1));
}

#[divan::bench(args = [500, 5000])]
fn uv_lock_packages_with_three_wheels(bencher: Bencher<'_, '_>, packages: usize) {
    read_and_key(bencher, "uv.lock", uv_lock(packages, 3));
}
