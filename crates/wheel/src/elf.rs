//! What a shared library or program needs of others.

use std::collections::{BTreeMap, BTreeSet};

use object::elf::{
    DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_SONAME, DT_STRSZ, DT_STRTAB, EM_AARCH64, EM_X86_64,
};
use object::elf::{FileHeader32, FileHeader64};
use object::read::elf::{Dyn as _, FileHeader, ProgramHeader as _};
use object::{Endianness, FileKind, StringTable};

/// What an ELF file needs. Names are bytes made text, with replacement characters where they are no UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElfNeeds {
    /// `DT_NEEDED`: the libraries it is linked with, in order.
    pub needed: Vec<String>,
    /// `DT_RPATH` and `DT_RUNPATH`, split at colons: where they are looked for first.
    pub search_path: Vec<String>,
    /// `DT_SONAME`: the name that others know it by.
    pub soname: Option<String>,
    /// The processor it is for.
    pub machine: Machine,
    /// The symbol versions it needs, such as `GLIBC_2.34`, by library.
    pub versions: BTreeMap<String, BTreeSet<String>>,
}

/// A processor, as far as images are built for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// 64-bit x86.
    X86_64,
    /// 64-bit Arm.
    Aarch64,
    /// Anything else, by its number in the ELF header.
    Other(u16),
}

/// An ELF file that is damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed ELF file: {reason}")]
pub struct ElfError {
    /// What is wrong.
    pub reason: String,
}

impl From<object::Error> for ElfError {
    fn from(error: object::Error) -> Self {
        Self { reason: error.to_string() }
    }
}

/// Reads what an ELF file needs; `None` if it is no ELF file. Static programs need nothing.
///
/// The loader's view is taken: program headers, not sections, which may have been stripped. Only
/// symbol versions are looked for in sections.
pub fn elf_needs(bytes: &[u8]) -> Result<Option<ElfNeeds>, ElfError> {
    match FileKind::parse(bytes) {
        Ok(FileKind::Elf64) => Ok(Some(read::<FileHeader64<Endianness>>(bytes)?)),
        Ok(FileKind::Elf32) => Ok(Some(read::<FileHeader32<Endianness>>(bytes)?)),
        _ => Ok(None),
    }
}

fn read<Elf: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Result<ElfNeeds, ElfError> {
    let header = Elf::parse(bytes)?;
    let endian = header.endian()?;
    let mut needs = ElfNeeds {
        needed: Vec::new(),
        search_path: Vec::new(),
        soname: None,
        machine: match header.e_machine(endian) {
            EM_X86_64 => Machine::X86_64,
            EM_AARCH64 => Machine::Aarch64,
            other => Machine::Other(other.0),
        },
        versions: versions::<Elf>(header, endian, bytes)?,
    };
    let segments = header.program_headers(endian, bytes)?;
    let mut dynamic: &[Elf::Dyn] = &[];
    for segment in segments {
        dynamic = segment.dynamic(endian, bytes)?.unwrap_or(dynamic);
    }
    let live = || dynamic.iter().take_while(|entry| entry.tag(endian) != object::elf::DT_NULL);
    let value = |tag| live().find(|entry| entry.tag(endian) == tag).map(|entry| entry.val(endian));
    let (Some(address), Some(size)) = (value(DT_STRTAB), value(DT_STRSZ)) else {
        return Ok(needs);
    };
    let strings = segments
        .iter()
        .filter(|segment| segment.p_type(endian) == object::elf::PT_LOAD)
        .find_map(|segment| segment.data_range(endian, bytes, address, size).ok().flatten())
        .ok_or_else(|| ElfError { reason: "its string table lies outside".to_owned() })?;
    let strings = StringTable::new(strings, 0, strings.len() as u64);
    for entry in live() {
        let text = || entry.string(endian, strings).map(text);
        match entry.tag(endian) {
            DT_NEEDED => needs.needed.push(text()?),
            DT_SONAME => needs.soname = Some(text()?),
            DT_RPATH | DT_RUNPATH => {
                needs.search_path.extend(text()?.split(':').map(str::to_owned));
            }
            _ => {}
        }
    }
    Ok(needs)
}

fn versions<Elf: FileHeader<Endian = Endianness>>(
    header: &Elf,
    endian: Endianness,
    bytes: &[u8],
) -> Result<BTreeMap<String, BTreeSet<String>>, ElfError> {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let sections = header.sections(endian, bytes)?;
    let Some((mut libraries, link)) = sections.gnu_verneed(endian, bytes)? else {
        return Ok(versions);
    };
    let strings = sections.strings(endian, bytes, link)?;
    while let Some((library, mut needed)) = libraries.next()? {
        let names = versions.entry(text(library.file(endian, strings)?)).or_default();
        while let Some(version) = needed.next()? {
            names.insert(text(version.name(endian, strings)?));
        }
    }
    Ok(versions)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
