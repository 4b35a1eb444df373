//! A `.deb` file, unpacked in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use boxwright_digest::Digest;
use boxwright_image::{LayerPath, Node, NodeKind, Tree, TreeError};
use bytes::Bytes;
use rayon::prelude::*;

use crate::deb822;
use crate::decompress::Compression;
use crate::package::PackageFile;

/// What the files of one package may unpack to: 1 GiB. The largest package of a base has 60 MB.
const MAX_DATA: u64 = 1 << 30;
/// What its control information may unpack to: 16 MiB.
const MAX_CONTROL: u64 = 16 << 20;

/// A package, unpacked: what it installs, and what it says about itself.
///
/// Deb file format 2.0, deb(5): an `ar` archive of `debian-binary`, `control.tar` and `data.tar`.
#[derive(Debug, Clone)]
pub struct Deb {
    /// Which package this is.
    pub file: PackageFile,
    /// Its control paragraph, as it stands in the package.
    pub control: String,
    /// The MD5 sums of its files, one `digest  path` a line; empty where it has none.
    pub md5sums: String,
    /// Its other control files by name, as `postinst` and `conffiles`.
    pub control_files: BTreeMap<String, Bytes>,
    /// Its maintainer scripts. Nothing here ever runs one.
    pub scripts: BTreeSet<Script>,
    /// Its files. Hard links are files that share their bytes.
    pub tree: Tree,
}

/// A script that dpkg would run when it installs, configures or removes a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Script {
    /// Before its files are unpacked.
    Preinst,
    /// After its files were unpacked.
    Postinst,
    /// Before its files are removed.
    Prerm,
    /// After its files were removed.
    Postrm,
    /// Asks debconf's questions.
    Config,
}

/// A package file that cannot be unpacked, or must not be.
#[derive(Debug, thiserror::Error)]
#[error("cannot unpack `{package}`")]
pub struct DebError {
    /// The package: name and version.
    pub package: String,
    /// What is wrong with it.
    #[source]
    pub reason: DebReason,
}

/// What is wrong with a package file.
#[derive(Debug, thiserror::Error)]
pub enum DebReason {
    /// Its bytes are not the ones that were promised.
    #[error("expected {size} bytes with {sha256}, found {found_size} with {found}: fetch it again")]
    Mismatch {
        /// Promised size in bytes.
        size: u64,
        /// Promised digest.
        sha256: Digest,
        /// Size found.
        found_size: u64,
        /// Digest found.
        found: Digest,
    },
    /// It is some other package.
    #[error("its `{field}` is `{found}`")]
    OtherPackage {
        /// The control field that differs.
        field: &'static str,
        /// What it says.
        found: String,
    },
    /// It does not have the structure of a package.
    #[error("it is not a Debian package: {0}")]
    Format(&'static str),
    /// A part of it cannot be decompressed.
    #[error("its member `{member}` cannot be decompressed")]
    Decompress {
        /// The member.
        member: String,
        /// What is wrong.
        source: std::io::Error,
    },
    /// A part of it is no tar archive.
    #[error("its member `{member}` is not a tar archive")]
    Archive {
        /// The member.
        member: String,
        /// What is wrong.
        source: std::io::Error,
    },
    /// An entry that no package of ours may have.
    #[error("its entry `{path}` {problem}")]
    Entry {
        /// The entry's path, escaped.
        path: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// An entry leads outside, or claims the place of another.
    #[error("its entries do not make a file system")]
    Tree(#[from] TreeError),
}

impl Deb {
    /// Checks a package's bytes against what was promised, and unpacks it.
    pub fn unpack(file: &PackageFile, bytes: &[u8]) -> Result<Self, DebError> {
        Self::read(file, bytes).map_err(|reason| DebError {
            package: format!("{} {}", file.name, file.version),
            reason,
        })
    }

    /// Unpacks many packages in parallel; they come back in the order given.
    pub fn unpack_all<B: AsRef<[u8]> + Sync>(
        packages: &[(PackageFile, B)],
    ) -> Result<Vec<Self>, DebError> {
        packages.par_iter().map(|(file, bytes)| Self::unpack(file, bytes.as_ref())).collect()
    }

    fn read(file: &PackageFile, bytes: &[u8]) -> Result<Self, DebReason> {
        let (size, found) = (bytes.len() as u64, Digest::of(bytes));
        if size != file.size || found != file.sha256 {
            return Err(DebReason::Mismatch {
                size: file.size,
                sha256: file.sha256,
                found_size: size,
                found,
            });
        }
        let [control, data] = members(bytes)?;
        let control = Control::read(control)?;
        for (field, expected) in [
            ("Package", &file.name),
            ("Version", &file.version),
            ("Architecture", &file.architecture),
        ] {
            let found = deb822::field(&control.paragraph, field).unwrap_or_default();
            if found != expected {
                return Err(DebReason::OtherPackage { field, found: found.to_owned() });
            }
        }
        Ok(Self {
            file: file.clone(),
            control: control.paragraph,
            md5sums: control.md5sums,
            scripts: control.files.keys().filter_map(|name| Script::named(name)).collect(),
            control_files: control.files,
            tree: tree(data, &data.unpack(MAX_DATA)?)?,
        })
    }
}

/// A member of the outer archive.
#[derive(Clone, Copy)]
struct Member<'a> {
    name: &'a str,
    bytes: &'a [u8],
}

impl Member<'_> {
    fn unpack(self, limit: u64) -> Result<Bytes, DebReason> {
        let compression = Compression::of(self.name)
            .ok_or(DebReason::Format("a member has an unknown compression"))?;
        // Packages shrink to a fourth or so.
        compression
            .unpack(self.bytes, self.bytes.len().saturating_mul(4), limit)
            .map(Bytes::from)
            .map_err(|source| DebReason::Decompress { member: self.name.to_owned(), source })
    }

    fn broken(self, source: std::io::Error) -> DebReason {
        DebReason::Archive { member: self.name.to_owned(), source }
    }
}

/// The members `control.tar*` and `data.tar*`.
///
/// Read by hand: the `ar` crate sets aside as much memory as a header claims, and a package uses
/// none of what makes that format worth a library.
fn members(bytes: &[u8]) -> Result<[Member<'_>; 2], DebReason> {
    let mut rest =
        bytes.strip_prefix(b"!<arch>\n").ok_or(DebReason::Format("it is no `ar` archive"))?;
    let mut members = Vec::new();
    while !rest.is_empty() {
        let (header, tail) =
            rest.split_first_chunk::<60>().ok_or(DebReason::Format("a header is cut off"))?;
        let text = |range: std::ops::Range<usize>| {
            std::str::from_utf8(&header[range])
                .map(str::trim_end)
                .map_err(|_| DebReason::Format("a header is no text"))
        };
        let size: usize =
            text(48..58)?.parse().map_err(|_| DebReason::Format("a header has no size"))?;
        if &header[58..] != b"`\n" {
            return Err(DebReason::Format("a header has no end"));
        }
        let contents = tail.get(..size).ok_or(DebReason::Format("a member is cut off"))?;
        let name = text(0..16)?;
        members.push(Member { name: name.strip_suffix('/').unwrap_or(name), bytes: contents });
        // Members start at even offsets.
        rest = tail.get(size + size % 2..).unwrap_or_default();
    }
    // deb(5): members whose names start with an underscore are for others.
    members.retain(|member| !member.name.starts_with('_'));
    let [version, control, data] = <[Member<'_>; 3]>::try_from(members)
        .map_err(|_| DebReason::Format("it does not have three members"))?;
    if version.name != "debian-binary" || !version.bytes.starts_with(b"2.") {
        return Err(DebReason::Format("it does not start with `debian-binary` of format 2"));
    }
    let named = |member: &Member<'_>, stem| {
        member.name == stem || member.name.starts_with(&format!("{stem}."))
    };
    if !named(&control, "control.tar") || !named(&data, "data.tar") {
        return Err(DebReason::Format("its members are not `control.tar` and `data.tar`"));
    }
    Ok([control, data])
}

/// What the control archive holds.
#[derive(Default)]
struct Control {
    paragraph: String,
    md5sums: String,
    files: BTreeMap<String, Bytes>,
}

impl Control {
    fn read(member: Member<'_>) -> Result<Self, DebReason> {
        let mut this = Self::default();
        let bytes = member.unpack(MAX_CONTROL)?;
        for (path, node) in tree(member, &bytes)? {
            let NodeKind::File(contents) = node.kind else { continue };
            let text = |contents: Bytes| {
                let no_text = DebReason::Format("its control files are no text");
                String::from_utf8(contents.into()).map_err(|_| no_text)
            };
            match path.as_bytes() {
                b"control" => this.paragraph = text(contents)?,
                b"md5sums" => this.md5sums = text(contents)?,
                name => {
                    // Its name becomes part of one of ours.
                    let name = std::str::from_utf8(name).ok().filter(|name| plain(name));
                    let name =
                        name.ok_or(DebReason::Format("a control file has a strange name"))?;
                    this.files.insert(name.to_owned(), contents);
                }
            }
        }
        if this.paragraph.is_empty() {
            return Err(DebReason::Format("it has no control file"));
        }
        Ok(this)
    }
}

/// Whether a control file has a name like all others: `postinst`, `shlibs`.
fn plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte))
}

/// The entries of a tar archive as a tree whose files are slices of the archive.
fn tree(member: Member<'_>, bytes: &Bytes) -> Result<Tree, DebReason> {
    let mut tree = Tree::new();
    let mut archive = tar::Archive::new(&bytes[..]);
    for entry in archive.entries().map_err(|source| member.broken(source))? {
        let entry = entry.map_err(|source| member.broken(source))?;
        let name = entry.path_bytes();
        let Some(path) = path_of(&name)? else { continue };
        let problem = |problem| DebReason::Entry { path: name.escape_ascii().to_string(), problem };
        let target = || entry.link_name_bytes().ok_or_else(|| problem("links to nothing"));
        let header = entry.header();
        let node = match header.entry_type() {
            tar::EntryType::Directory => Node::directory(),
            tar::EntryType::Regular => {
                let start = usize::try_from(entry.raw_file_position()).unwrap_or(usize::MAX);
                let end = start.saturating_add(usize::try_from(entry.size()).unwrap_or(usize::MAX));
                if end > bytes.len() {
                    return Err(problem("is cut off"));
                }
                Node::file(bytes.slice(start..end))
            }
            tar::EntryType::Symlink => match target()? {
                link if link.is_empty() || link.contains(&0) => {
                    return Err(problem("links to nothing"));
                }
                link => Node::symlink(link.into_owned()),
            },
            tar::EntryType::Link => linked(&tree, &target()?)
                .ok_or_else(|| problem("is a hard link to no earlier file"))?,
            tar::EntryType::Char | tar::EntryType::Block => return Err(problem("is a device")),
            tar::EntryType::Fifo => return Err(problem("is a named pipe")),
            _ => return Err(problem("is of a kind that packages do not have")),
        };
        let number = |value: std::io::Result<u64>| {
            value
                .ok()
                .and_then(|value| u32::try_from(value).ok())
                .ok_or_else(|| problem("has an owner that is no number of 32 bits"))
        };
        let mode = header.mode().map_err(|_| problem("has a mode that is no number"))? & 0o7777;
        let mode = if matches!(node.kind, NodeKind::Symlink(_)) { 0o777 } else { mode };
        tree.insert(
            path.as_bytes(),
            node.with_mode(mode).with_owner(number(header.uid())?, number(header.gid())?),
        )?;
    }
    Ok(tree)
}

/// The path of an entry, written `./usr/bin/` in packages; `None` for the root itself.
fn path_of(name: &[u8]) -> Result<Option<LayerPath>, DebReason> {
    let path = name.strip_prefix(b"./").unwrap_or(name);
    let path = path.strip_suffix(b"/").unwrap_or(path);
    if path.is_empty() && name.starts_with(b".") || path == b"." {
        return Ok(None);
    }
    Ok(Some(LayerPath::new(path).map_err(TreeError::from)?))
}

/// The file that a hard link is another name of.
fn linked(tree: &Tree, target: &[u8]) -> Option<Node> {
    let node = tree.get(&path_of(target).ok()??)?;
    matches!(node.kind, NodeKind::File(_)).then(|| node.clone())
}

impl Script {
    fn named(name: &str) -> Option<Self> {
        match name {
            "preinst" => Some(Self::Preinst),
            "postinst" => Some(Self::Postinst),
            "prerm" => Some(Self::Prerm),
            "postrm" => Some(Self::Postrm),
            "config" => Some(Self::Config),
            _ => None,
        }
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Preinst => "preinst",
            Self::Postinst => "postinst",
            Self::Prerm => "prerm",
            Self::Postrm => "postrm",
            Self::Config => "config",
        })
    }
}
