//! Makes packages for tests.

use std::io::Write as _;

use boxwright_debian::{Deb, DebError, PackageFile};
use boxwright_digest::Digest;
use tar::EntryType;

/// A tar archive in which nothing is checked: names and kinds go in as they are.
pub(crate) struct Tar(Vec<u8>);

impl Tar {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of a header")]
    pub(crate) fn entry(
        mut self,
        kind: EntryType,
        path: &str,
        mode: u32,
        contents: &str,
        link: &str,
    ) -> Self {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(1);
        header.set_size(contents.len() as u64);
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(contents.as_bytes());
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub(crate) fn file(self, path: &str, contents: &str) -> Self {
        self.entry(EntryType::Regular, path, 0o644, contents, "")
    }

    pub(crate) fn executable(self, path: &str, contents: &str) -> Self {
        self.entry(EntryType::Regular, path, 0o755, contents, "")
    }

    pub(crate) fn directory(self, path: &str, mode: u32) -> Self {
        self.entry(EntryType::Directory, path, mode, "", "")
    }

    pub(crate) fn symlink(self, path: &str, target: &str) -> Self {
        self.entry(EntryType::Symlink, path, 0o777, "", target)
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }
}

/// Compresses as the end of the name asks.
pub(crate) fn pack(name: &str, bytes: &[u8]) -> Vec<u8> {
    match name.rsplit_once('.').unwrap().1 {
        "gz" => {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            out.write_all(bytes).unwrap();
            out.finish().unwrap()
        }
        "xz" => {
            let options = lzma_rust2::XzOptions::with_preset(1);
            let mut out = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
            out.write_all(bytes).unwrap();
            out.finish().unwrap()
        }
        "zst" => zstd::encode_all(bytes, 1).unwrap(),
        _ => bytes.to_vec(),
    }
}

/// The outer archive, written by the `ar` crate.
pub(crate) fn outer(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut ar = ar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let header = ar::Header::new(name.as_bytes().to_vec(), bytes.len() as u64);
        ar.append(&header, *bytes).unwrap();
    }
    ar.into_inner().unwrap()
}

pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) architecture: String,
    /// More fields of the control paragraph, each with its line break.
    pub(crate) fields: String,
    /// More files beside the control paragraph.
    pub(crate) control: Vec<(String, String)>,
    pub(crate) data: Tar,
    pub(crate) compression: &'static str,
}

impl Package {
    pub(crate) fn new(name: &str, version: &str, data: Tar) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            architecture: "amd64".to_owned(),
            fields: String::new(),
            control: Vec::new(),
            data,
            compression: "",
        }
    }

    pub(crate) fn with_control(mut self, name: &str, contents: &str) -> Self {
        self.control.push((name.to_owned(), contents.to_owned()));
        self
    }

    pub(crate) fn build(self) -> (PackageFile, Vec<u8>) {
        let Self { name, version, architecture, fields, control, data, compression } = self;
        let paragraph = format!(
            "Package: {name}\nVersion: {version}\nArchitecture: {architecture}\n{fields}Description: a test\n more\n"
        );
        let mut archive = Tar::new().directory("./", 0o755).file("./control", &paragraph);
        for (name, contents) in control {
            archive = archive.executable(&format!("./{name}"), &contents);
        }
        let (control, tar) =
            (format!("control.tar{compression}"), format!("data.tar{compression}"));
        let bytes = outer(&[
            ("debian-binary", b"2.0\n"),
            (&control, &pack(&control, &archive.finish())),
            (&tar, &pack(&tar, &data.finish())),
        ]);
        (file_of(&name, &version, &architecture, &bytes), bytes)
    }

    pub(crate) fn unpack(self) -> Result<Deb, DebError> {
        let (file, bytes) = self.build();
        Deb::unpack(&file, &bytes)
    }
}

pub(crate) fn file_of(name: &str, version: &str, architecture: &str, bytes: &[u8]) -> PackageFile {
    PackageFile {
        name: name.to_owned(),
        version: version.to_owned(),
        architecture: architecture.to_owned(),
        path: format!("pool/main/{name}.deb"),
        size: bytes.len() as u64,
        sha256: Digest::of(bytes),
    }
}

/// An error with its causes, as a program would print it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut at = error.source();
    while let Some(cause) = at {
        text = format!("{text}: {cause}");
        at = cause.source();
    }
    text
}
