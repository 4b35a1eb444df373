//! Wheels that ordinary tools do not make: each is refused, and the file is named.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

mod wheels;

use boxwright_image::LayerPath;
use boxwright_requirements::PythonVersion;
use boxwright_wheel::InstallOptions;
use bytes::Bytes;
use proptest::prelude::*;
use wheels::{Entry, completed, entry, open, raw_zip, record_of, zipped};

/// The message of a wheel that is refused, when it is opened or at the latest when it is installed.
fn refused(bytes: &Bytes) -> String {
    let python = PythonVersion { major: 3, minor: 13, patch: 5 };
    let options = InstallOptions::new(LayerPath::new("opt/venv").unwrap(), python);
    let error = open(bytes).and_then(|wheel| wheel.install(&options)).unwrap_err();
    error.to_string()
}

fn messages(cases: Vec<(&str, Vec<Entry>)>) -> String {
    let message =
        |(case, entries): (&str, Vec<Entry>)| format!("{case}: {}\n", refused(&raw_zip(&entries)));
    cases.into_iter().map(message).collect()
}

#[test]
fn names_that_lead_elsewhere() {
    let one = |name: &str| completed(vec![entry(name, "x")]);
    insta::assert_snapshot!(messages(vec![
        ("parent", one("../evil.py")),
        ("parent within", one("a/../../evil.py")),
        ("parent in data", one("demo_pkg-1.0.data/data/../../../etc/passwd")),
        ("absolute", one("/etc/passwd")),
        ("dot", one("./a.py")),
        ("doubled slash", one("a//b.py")),
        ("backslash", one("a\\..\\b.py")),
        ("drive", one("C:\\b.py")),
        ("NUL", one("a\0.py")),
        ("empty", one("")),
        ("long name", one(&"n".repeat(256))),
        ("long path", one(&"n/".repeat(1025))),
        ("directory outside", completed(vec![entry("../evil/", "").with_mode(0o040_755)])),
    ]));
}

#[test]
fn entries_that_are_no_files() {
    let kind = |mode| completed(vec![entry("link", "/etc/passwd").with_mode(mode)]);
    insta::assert_snapshot!(messages(vec![
        ("symbolic link", kind(0o120_777)),
        ("device", kind(0o060_644)),
        ("pipe", kind(0o010_644)),
        ("encrypted", completed(vec![entry("secret", "x").with_flags(0x801)])),
    ]));
}

#[test]
fn names_that_stand_there_twice() {
    let twice = |a: &str, b: &str| completed(vec![entry(a, "1"), entry(b, "2")]);
    insta::assert_snapshot!(messages(vec![
        ("same name", twice("a.py", "a.py")),
        ("case", twice("a/Readme", "a/README")),
        ("case beyond ASCII", twice("É.py", "é.py")),
        ("file and directory", twice("a", "a/b")),
        ("two places become one", twice("pure.py", "demo_pkg-1.0.data/purelib/pure.py")),
        (
            "script and command",
            completed(vec![
                entry("demo_pkg-1.0.data/data/bin/demo", "x"),
                entry("demo_pkg-1.0.dist-info/entry_points.txt", "[console_scripts]\ndemo = a:b\n"),
            ]),
        ),
    ]));
}

#[test]
fn records_that_lie() {
    let files = || {
        vec![
            entry("a.py", "x"),
            entry("demo_pkg-1.0.dist-info/METADATA", wheels::METADATA),
            entry("demo_pkg-1.0.dist-info/WHEEL", wheels::WHEEL),
        ]
    };
    let with = |record: &str| {
        let mut entries = files();
        entries.push(entry("demo_pkg-1.0.dist-info/RECORD", record));
        entries
    };
    let record = record_of(&files());
    let other = record_of(&[entry("a.py", "y")]);
    let lied = record.replace(record.lines().next().unwrap(), other.lines().next().unwrap());
    insta::assert_snapshot!(messages(vec![
        ("missing", files()),
        ("empty", with("")),
        ("not UTF-8", {
            let mut entries = with("");
            entries[3].contents = b"\xff,,\n".to_vec();
            entries
        }),
        ("another hash", with(&lied)),
        ("no hash", with(&record.replace("\"a.py\",sha256=", "\"a.py\",x"))),
        ("weak hash", with(&record.replace("\"a.py\",sha256=", "\"a.py\",md5="))),
        ("another size", with(&record.replacen(",1\n", ",2\n", 1))),
        ("a file too many", with(&format!("{record}b.py,sha256=x,1\n"))),
        ("a file twice", with(&format!("{record}a.py,,\n"))),
        ("a file unlisted", {
            let mut entries = with(&record);
            entries.push(entry("b.py", ""));
            entries
        }),
        ("hash of METADATA", {
            let mut entries = with(&record);
            entries[1].contents.push(b'\n');
            entries
        }),
    ]));
}

#[test]
fn contents_that_are_no_wheel() {
    let metadata = |text: &str| completed(vec![entry("demo_pkg-1.0.dist-info/METADATA", text)]);
    let wheel = |text: &str| completed(vec![entry("demo_pkg-1.0.dist-info/WHEEL", text)]);
    let commands = |text: &str| {
        let text = format!("[console_scripts]\n{text}\n");
        completed(vec![entry("demo_pkg-1.0.dist-info/entry_points.txt", text)])
    };
    insta::assert_snapshot!(messages(vec![
        ("another name", metadata("Name: other\nVersion: 1.0\n")),
        ("another version", metadata("Name: demo-pkg\nVersion: 1.1\n")),
        ("no name", metadata("Version: 1.0\n")),
        ("version 2", wheel("Wheel-Version: 2.0\n")),
        ("no version", wheel("")),
        ("purelib", wheel("Wheel-Version: 1.0\nRoot-Is-Purelib: perhaps\n")),
        ("no dist-info", vec![entry("a.py", "")]),
        ("two dist-infos", completed(vec![entry("b-1.0.dist-info/METADATA", "")])),
        ("data for nobody", completed(vec![entry("demo_pkg-1.0.data/etc/x", "")])),
        ("data without kind", completed(vec![entry("demo_pkg-1.0.data/x", "")])),
        ("command as path", commands("../../../etc/cron.d/x = a:b")),
        ("command with slash", commands("a/b = a:b")),
        ("command is dots", commands(".. = a:b")),
        ("command that is code", commands("a = os:system('id') #")),
        ("command without object", commands("a = b")),
        ("command without module", commands("a = :b")),
        ("command twice", commands("a = b:c\na = d:e")),
        ("no command", commands("nonsense")),
    ]));
}

#[test]
fn archives_that_explode() {
    let zeros = vec![0; 80 * 1024 * 1024];
    assert!(
        refused(&zipped(&completed(vec![entry("zeros", &zeros)]))).contains("zip bomb: `zeros`")
    );

    // A claim is checked before room is made for it, and what is claimed must be there.
    let claim = |size| raw_zip(&completed(vec![entry("a.py", "x").claiming(size)]));
    assert!(refused(&claim(u32::MAX - 1)).contains("zip bomb: `a.py`"));
    assert!(refused(&claim(1_000)).contains("a.py"), "{}", refused(&claim(1_000)));
    assert!(refused(&claim(0)).contains("a.py"), "{}", refused(&claim(0)));
}

#[test]
fn bytes_before_the_archive_are_no_part_of_it() {
    let bytes = raw_zip(&completed(vec![entry("a.py", "x")]));
    assert!(open(&bytes).is_ok());
    let prefixed = Bytes::from([b"#!/bin/sh\n".as_slice(), &bytes].concat());
    assert!(open(&prefixed).is_err());
    for cut in [0, 1, 21, bytes.len() / 2, bytes.len() - 1] {
        assert!(open(&bytes.slice(..cut)).is_err(), "{cut}");
    }
}

fn good() -> Bytes {
    zipped(&completed(vec![
        entry("demo_pkg/__init__.py", "import os\n".repeat(20)),
        entry("demo_pkg-1.0.dist-info/entry_points.txt", "[console_scripts]\ndemo = a:b\n"),
    ]))
}

proptest! {
    /// Damage is noticed: whatever opens holds what RECORD was written for.
    #[test]
    fn no_damage_goes_unnoticed(flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..4)) {
        let mut bytes = good().to_vec();
        for (index, mask) in flips {
            let at = index.index(bytes.len());
            bytes[at] ^= mask;
        }
        if let Ok(wheel) = open(&bytes.into()) {
            let original = open(&good()).unwrap();
            for ((path, file), (other_path, other)) in wheel.files().zip(original.files()) {
                prop_assert_eq!(path, other_path);
                if !path.ends_with("RECORD") {
                    prop_assert_eq!(&file.contents, &other.contents);
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(open(&bytes.into()).is_err());
    }
}
