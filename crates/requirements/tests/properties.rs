//! What holds for every requirements file, not only for those somebody thought of.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;

use boxwright_requirements::{
    Architecture, DependencyKey, Libc, MemoryFiles, PythonVersion, ReadOptions, SavedKey, Target,
    canonical_constraints, canonical_text, explain, read,
};
use proptest::prelude::*;

const TARGET: Target = Target {
    python: PythonVersion { major: 3, minor: 13, patch: 5 },
    architecture: Architecture::Arm64,
    libc: Libc::Musl { major: 1, minor: 2 },
};

/// A pinned requirement: name, extras, version, marker, hashes.
#[derive(Debug, Clone)]
struct Pin {
    name: String,
    extras: Vec<String>,
    version: [u8; 3],
    marker: Option<&'static str>,
    hashes: Vec<u8>,
}

impl Pin {
    fn line(&self) -> String {
        let Self { name, extras, version: [a, b, c], marker, hashes } = self;
        let mut line = name.clone();
        if !extras.is_empty() {
            write!(line, "[{}]", extras.join(",")).unwrap();
        }
        write!(line, "=={a}.{b}.{c}").unwrap();
        if let Some(marker) = marker {
            write!(line, " ; {marker}").unwrap();
        }
        for hash in hashes {
            write!(line, " --hash=sha256:{hash:064x}").unwrap();
        }
        line
    }
}

fn pins() -> impl Strategy<Value = Vec<Pin>> {
    let markers = [
        None,
        Some("python_version >= '3.9'"),
        Some("sys_platform == 'win32'"),
        Some("platform_machine == 'aarch64'"),
    ];
    let pin = (
        "[a-z]{2,6}(-[a-z0-9]{1,3})?",
        proptest::collection::vec("[a-z]{1,4}", 0..3),
        any::<[u8; 3]>(),
        proptest::sample::select(markers.to_vec()),
        proptest::collection::vec(any::<u8>(), 0..3),
    );
    let pin = pin.prop_map(|(name, extras, version, marker, hashes)| Pin {
        name,
        extras,
        version,
        marker,
        hashes,
    });
    proptest::collection::vec(pin, 1..12)
}

fn key(text: &str) -> DependencyKey {
    let files = MemoryFiles::new().with("requirements.txt", text);
    DependencyKey::of(&read("requirements.txt", &files, &ReadOptions::default()).unwrap(), &TARGET)
}

fn text(pins: &[Pin]) -> String {
    pins.iter().map(|pin| pin.line() + "\n").collect()
}

proptest! {
    #[test]
    fn order_comments_and_spelling_do_not_count(
        (pins, shuffled) in pins().prop_flat_map(|pins| (Just(pins.clone()), Just(pins).prop_shuffle())),
        noise in proptest::collection::vec(proptest::sample::select(&["\n", "# x\n", "  \t\n", "   # y --pre\r\n"][..]), 0..12),
        upper in any::<u16>(),
    ) {
        let mut respelled = String::new();
        for (index, pin) in shuffled.iter().enumerate() {
            let mut pin = pin.clone();
            if upper >> (index % 16) & 1 == 1 {
                pin.name = pin.name.to_uppercase().replace('-', "_.");
                pin.extras.reverse();
                pin.hashes.reverse();
            }
            respelled += noise.get(index).unwrap_or(&"");
            respelled += &pin.line().replace(" --hash", " \\\n    --hash");
            respelled += if index % 2 == 0 { "  # why\n" } else { "\n" };
        }
        let (old, new) = (key(&text(&pins)), key(&respelled));
        prop_assert_eq!(old.digest(), new.digest(), "{}", explain(&old, &new));
    }

    #[test]
    fn a_changed_version_always_counts(pins in pins(), which in any::<proptest::sample::Index>(), part in 0..3_usize, by in 1..=255_u8) {
        let mut changed = pins.clone();
        let pin = &mut changed[which.index(pins.len())];
        pin.version[part] = pin.version[part].wrapping_add(by);
        let applies = pin.marker != Some("sys_platform == 'win32'");
        // Another line may hold the very same requirement as before or after the change.
        let is_alone = pins.iter().filter(|other| other.name == pin.name).count() == 1;
        let (old, new) = (key(&text(&pins)), key(&text(&changed)));
        if is_alone {
            prop_assert_eq!(old.digest() != new.digest(), applies);
        }
        prop_assert_eq!(old.digest() == new.digest(), explain(&old, &new).is_hit());
    }

    #[test]
    fn the_canonical_text_has_the_key_of_what_it_stands_for(pins in pins()) {
        let files = MemoryFiles::new().with("requirements.txt", text(&pins));
        let set = read("requirements.txt", &files, &ReadOptions::default()).unwrap();
        let canonical = canonical_text(&set, &TARGET);
        prop_assert_eq!(key(&canonical).digest(), DependencyKey::of(&set, &TARGET).digest());
        let files = MemoryFiles::new().with("requirements.txt", canonical.clone());
        let again = read("requirements.txt", &files, &ReadOptions::default()).unwrap();
        prop_assert_eq!(canonical_text(&again, &TARGET), canonical);
        prop_assert_eq!(canonical_constraints(&set, &TARGET), None);
    }

    #[test]
    fn saved_keys_are_read_back(pins in pins()) {
        let files = MemoryFiles::new().with("requirements.txt", text(&pins));
        let set = read("requirements.txt", &files, &ReadOptions::default()).unwrap();
        let saved = SavedKey::of(&set, &TARGET, Some(3));
        let json = serde_json::to_string(&saved).unwrap();
        let again: SavedKey = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(again.to_key().digest(), saved.key);
        prop_assert_eq!(serde_json::to_string(&again).unwrap(), json);
    }

    #[test]
    fn no_text_makes_a_reader_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        words in proptest::collection::vec(proptest::sample::select(&[
            "a", "==", "1", "[", "]", "(", ")", ";", "\"", "'", "@", "-r", "-e", ".", "/", "..", "requirements.txt",
            "#", "egg=", "\\", "\n", " ", "--hash=", "sha256:", "{", "}", "=", ",", "package", "name", "version", "é",
            "[[package]]\n", "[project]\n", "dependencies = [", "https://", "x.whl", "${A}", "$", "|", "^", "~", "*",
        ][..]), 0..40),
    ) {
        let sources = ["requirements.txt", "pyproject.toml", "uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile", "Pipfile.lock", "setup.cfg"];
        for content in [bytes, words.concat().into_bytes()] {
            for source in sources {
                let files = MemoryFiles::new().with(source, content.clone());
                if let Ok(set) = read(source, &files, &ReadOptions::default()) {
                    DependencyKey::of(&set, &TARGET).digest();
                    canonical_text(&set, &TARGET);
                }
            }
        }
    }
}
