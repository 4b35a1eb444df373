//! Wheels made by hand, good and bad.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use boxwright_digest::Digest;
use boxwright_wheel::{Wheel, WheelError, WheelName};
use bytes::Bytes;

/// A file of an archive, and what the archive says of it.
#[derive(Clone)]
pub struct Entry {
    pub name: Vec<u8>,
    pub contents: Vec<u8>,
    pub mode: u32,
    /// General purpose bit flags: 1 is encryption, `0x800` says that names are UTF-8.
    pub flags: u16,
    /// The size that is claimed, if not the true one.
    pub claimed: Option<u32>,
}

pub fn entry(name: impl AsRef<[u8]>, contents: impl AsRef<[u8]>) -> Entry {
    Entry {
        name: name.as_ref().to_vec(),
        contents: contents.as_ref().to_vec(),
        mode: 0o100_644,
        flags: 0x800,
        claimed: None,
    }
}

impl Entry {
    pub fn with_mode(self, mode: u32) -> Self {
        Self { mode, ..self }
    }

    pub fn with_flags(self, flags: u16) -> Self {
        Self { flags, ..self }
    }

    pub fn claiming(self, size: u32) -> Self {
        Self { claimed: Some(size), ..self }
    }
}

/// Writes an archive that no writer of archives would: nothing is checked, and nothing compressed.
pub fn raw_zip(entries: &[Entry]) -> Bytes {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let stored = u32::try_from(entry.contents.len()).unwrap();
        let claimed = entry.claimed.unwrap_or(stored);
        let mut common = Vec::new();
        for field in [20, entry.flags, 0, 0, 0x21] {
            common.extend(u16::to_le_bytes(field));
        }
        for field in [crc32(&entry.contents), stored, claimed] {
            common.extend(field.to_le_bytes());
        }
        common.extend(u16::try_from(entry.name.len()).unwrap().to_le_bytes());
        common.extend(0_u16.to_le_bytes());
        let start = u32::try_from(zip.len()).unwrap();
        zip.extend(b"PK\x03\x04");
        zip.extend(&common);
        zip.extend(&entry.name);
        zip.extend(&entry.contents);
        directory.extend(b"PK\x01\x02");
        // Made by version 3.0 on Unix.
        directory.extend([30, 3]);
        directory.extend(&common);
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(start.to_le_bytes());
        directory.extend(&entry.name);
    }
    let start = u32::try_from(zip.len()).unwrap();
    let count = u16::try_from(entries.len()).unwrap();
    zip.extend(&directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    zip.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    zip.extend(start.to_le_bytes());
    zip.extend([0, 0]);
    zip.into()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

pub const METADATA: &str = "Metadata-Version: 2.1\nName: Demo.Pkg\nVersion: 1.0\n";
pub const WHEEL: &str = "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\n";

/// The files that make a wheel of `demo_pkg` 1.0 out of any files, RECORD among them.
pub fn completed(mut entries: Vec<Entry>) -> Vec<Entry> {
    for (name, contents) in [("METADATA", METADATA), ("WHEEL", WHEEL)] {
        let path = format!("demo_pkg-1.0.dist-info/{name}");
        if !entries.iter().any(|entry| entry.name == path.as_bytes()) {
            entries.push(entry(path, contents));
        }
    }
    let record = record_of(&entries);
    entries.push(entry("demo_pkg-1.0.dist-info/RECORD", record));
    entries
}

pub fn record_of(entries: &[Entry]) -> String {
    let row = |entry: &Entry| {
        let hash = URL_SAFE_NO_PAD.encode(Digest::of(&entry.contents).as_bytes());
        let name = String::from_utf8_lossy(&entry.name).replace('"', "\"\"");
        format!("\"{name}\",sha256={hash},{}\n", entry.contents.len())
    };
    let is_file = |entry: &&Entry| !entry.name.ends_with(b"/");
    entries.iter().filter(is_file).map(row).collect::<String>()
        + "demo_pkg-1.0.dist-info/RECORD,,\n"
}

/// An archive as tools write it, compressed.
pub fn zipped(entries: &[Entry]) -> Bytes {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for entry in entries {
        let options =
            zip::write::SimpleFileOptions::default().unix_permissions(entry.mode & 0o7777);
        zip.start_file(String::from_utf8(entry.name.clone()).unwrap(), options).unwrap();
        zip.write_all(&entry.contents).unwrap();
    }
    zip.finish().unwrap().into_inner().into()
}

pub fn name() -> WheelName {
    "demo_pkg-1.0-py3-none-any.whl".parse().unwrap()
}

pub fn open(bytes: &Bytes) -> Result<Wheel, WheelError> {
    Wheel::open(bytes, &name())
}
