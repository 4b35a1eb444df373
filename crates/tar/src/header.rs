//! The 512-byte ustar header, and the pax records for what does not fit in it.

/// The size of a header, and the unit to which contents are padded.
pub(crate) const BLOCK: usize = 512;

/// The largest number that eleven octal digits hold: 8 GiB − 1.
const OCTAL_11: u64 = 0o77_777_777_777;
/// The largest number that seven octal digits hold.
const OCTAL_7: u64 = 0o7_777_777;

/// What an entry carries beside its name and contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes {
    /// Permission bits, with set-uid, set-gid and sticky: at most `0o7777`.
    pub mode: u32,
    /// Numeric owner.
    pub uid: u64,
    /// Numeric group.
    pub gid: u64,
    /// Modification time in whole seconds since 1970.
    pub mtime: u64,
}

impl Attributes {
    /// A file that all may read and root may write: `0644`, owned by root, at the epoch.
    pub const fn file() -> Self {
        Self { mode: 0o644, uid: 0, gid: 0, mtime: 0 }
    }

    /// A file that all may also run: `0755`.
    pub const fn executable() -> Self {
        Self { mode: 0o755, ..Self::file() }
    }

    /// A directory that all may enter: `0755`.
    pub const fn directory() -> Self {
        Self { mode: 0o755, ..Self::file() }
    }

    /// A symbolic link, whose permissions nobody looks at: `0777`.
    pub const fn symlink() -> Self {
        Self { mode: 0o777, ..Self::file() }
    }
}

/// The type flag of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    File = b'0',
    HardLink = b'1',
    Symlink = b'2',
    Directory = b'5',
    /// Pax records for the header that follows.
    Pax = b'x',
}

/// One header, before it is laid out.
pub(crate) struct Header<'a> {
    pub(crate) kind: Kind,
    /// As written to the archive; a directory's ends in `/`.
    pub(crate) path: &'a [u8],
    /// Where a link points; empty for everything else.
    pub(crate) target: &'a [u8],
    pub(crate) size: u64,
    pub(crate) attributes: Attributes,
}

impl Header<'_> {
    /// The pax records for every value that ustar cannot hold; empty where it can hold all.
    pub(crate) fn pax_records(&self) -> Vec<u8> {
        let Self { kind: _, path, target, size, attributes } = self;
        let Attributes { mode: _, uid, gid, mtime } = *attributes;
        let mut records = Vec::new();
        // Sorted by keyword, as bsdtar and Go write them.
        for (keyword, value, limit) in [("gid", gid, OCTAL_7), ("mtime", mtime, OCTAL_11)] {
            if value > limit {
                push_record(&mut records, keyword, value.to_string().as_bytes());
            }
        }
        if target.len() > 100 {
            push_record(&mut records, "linkpath", target);
        }
        if split(path).is_none() {
            push_record(&mut records, "path", path);
        }
        for (keyword, value, limit) in [("size", *size, OCTAL_11), ("uid", uid, OCTAL_7)] {
            if value > limit {
                push_record(&mut records, keyword, value.to_string().as_bytes());
            }
        }
        records
    }

    /// The header as it stands in the archive. What does not fit is cut: the
    /// pax records that precede it say the whole.
    pub(crate) fn to_block(&self) -> [u8; BLOCK] {
        let Self { kind, path, target, size, attributes } = self;
        let Attributes { mode, uid, gid, mtime } = *attributes;
        let mut block = [0; BLOCK];
        let (prefix, name) = split(path).unwrap_or((b"", &path[..path.len().min(100)]));
        block[..name.len()].copy_from_slice(name);
        octal(&mut block[100..108], u64::from(mode));
        octal(&mut block[108..116], if uid > OCTAL_7 { 0 } else { uid });
        octal(&mut block[116..124], if gid > OCTAL_7 { 0 } else { gid });
        octal(&mut block[124..136], if *size > OCTAL_11 { 0 } else { *size });
        octal(&mut block[136..148], if mtime > OCTAL_11 { 0 } else { mtime });
        block[156] = *kind as u8;
        let target = &target[..target.len().min(100)];
        block[157..157 + target.len()].copy_from_slice(target);
        block[257..265].copy_from_slice(b"ustar\x0000");
        octal(&mut block[329..337], 0);
        octal(&mut block[337..345], 0);
        block[345..345 + prefix.len()].copy_from_slice(prefix);

        // The checksum is taken with its own field full of spaces.
        block[148..156].fill(b' ');
        let sum: u64 = block.iter().map(|&byte| u64::from(byte)).sum();
        octal(&mut block[148..155], sum);
        block
    }
}

/// Writes a number as zero-padded octal with a closing NUL.
fn octal(field: &mut [u8], mut value: u64) {
    let Some((last, digits)) = field.split_last_mut() else {
        return;
    };
    *last = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (value & 7) as u8;
        value >>= 3;
    }
}

/// Splits a path at a slash into ustar's prefix (155 bytes) and name (100 bytes).
fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    if path.len() <= 100 {
        return Some((b"", path));
    }
    // The earliest slash that leaves a name of at most 100 bytes, so that the
    // prefix is as short as it can be. A directory's closing slash is no place to split.
    let start = path.len() - 101;
    let at = start + path[start..path.len() - 1].iter().position(|&byte| byte == b'/')?;
    (1..=155).contains(&at).then(|| (&path[..at], &path[at + 1..]))
}

/// Appends `<length> <keyword>=<value>\n`, where the length counts its own digits.
fn push_record(records: &mut Vec<u8>, keyword: &str, value: &[u8]) {
    let rest = keyword.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    records.extend_from_slice(format!("{length} {keyword}=").as_bytes());
    records.extend_from_slice(value);
    records.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_its_own_digits() {
        for value in [0, 1, 84, 85, 86, 87, 88, 983, 984, 985, 986, 987] {
            let mut record = Vec::new();
            push_record(&mut record, "path", &vec![b'x'; value]);
            let length: usize =
                String::from_utf8_lossy(&record).split(' ').next().unwrap().parse().unwrap();
            assert_eq!(length, record.len(), "a value of {value} bytes");
        }
    }

    #[test]
    fn a_long_path_is_split_at_a_slash_or_not_at_all() {
        let name = [b'n'; 100];
        let prefix = [b'p'; 155];
        let fits = [&prefix[..], b"/", &name].concat();
        assert_eq!(split(&fits), Some((&prefix[..], &name[..])));
        assert_eq!(split(&[&fits[..], b"x"].concat()), None, "the name is too long");
        assert_eq!(split(&[b"x", &fits[..]].concat()), None, "the prefix is too long");
        assert_eq!(split(&[&[b'd'; 101][..], b"/"].concat()), None, "a closing slash is no split");
        assert_eq!(split(&[b"/", &name[..]].concat()), None, "an empty prefix means no prefix");
    }
}
