//! Lists what wheels install: `mode SHA-256 path` of each file, to compare with what pip does.
//!
//! ```text
//! cargo run --release -p boxwright-wheel --example install -- PREFIX PYTHON WHEEL…
//! ```
//!
//! `PREFIX` is an absolute path such as `/opt/venv`, `PYTHON` a version such as `3.13`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::panic,
    reason = "a tool for developers, which fails by panicking"
)]

use std::time::{Duration, Instant};

use boxwright_digest::Digest;
use boxwright_image::{LayerPath, NodeKind};
use boxwright_requirements::PythonVersion;
use boxwright_wheel::{InstallOptions, Wheel, WheelName, elf_needs};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [prefix, python, wheels @ ..] = arguments.as_slice() else { panic!("too few arguments") };
    let (major, minor) = python.split_once('.').unwrap();
    let python =
        PythonVersion { major: major.parse().unwrap(), minor: minor.parse().unwrap(), patch: 0 };
    let prefix = LayerPath::new(prefix.trim_start_matches('/')).unwrap();
    let (mut bytes_out, mut took) = (0, Duration::ZERO);
    for path in wheels {
        let file_name = path.rsplit('/').next().unwrap();
        let name: WheelName = file_name.parse().unwrap();
        let bytes = std::fs::read(path).unwrap().into();
        let start = Instant::now();
        let tree = Wheel::open(&bytes, &name)
            .and_then(|wheel| wheel.install(&InstallOptions::new(prefix.clone(), python)));
        took += start.elapsed();
        let tree = match tree {
            Ok(tree) => tree,
            Err(error) => {
                eprintln!("REFUSED {error}");
                continue;
            }
        };
        bytes_out += tree.content_bytes();
        for (path, node) in tree.iter() {
            if let NodeKind::File(contents) = &node.kind {
                println!("{:o} {} {path}", node.mode, Digest::of(contents).hex());
                match elf_needs(contents) {
                    Ok(None) => {}
                    Ok(Some(needs)) => eprintln!("{path}: {}", needs.needed.join(" ")),
                    Err(error) => eprintln!("{path}: {error}"),
                }
            }
        }
    }
    eprintln!("{} wheels, {bytes_out} bytes, {took:?}", wheels.len());
}
