//! Decompression with a limit: no input may make us hold more than it was allowed to.

use std::io::{self, Read};

/// How a file is compressed, as its name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Xz,
    Zstd,
}

/// The largest dictionary that `xz -9` uses is 64 MiB; more is no package of Debian's.
const XZ_MEMORY_KIB: u32 = 80 * 1024;
/// The same for zstd, as a power of two.
const ZSTD_WINDOW_LOG: u32 = 27;

impl Compression {
    /// Reads the end of a file's name: `data.tar.xz`, `Packages.xz`.
    pub(crate) fn of(name: &str) -> Option<Self> {
        match name.rsplit_once('.')?.1 {
            "tar" => Some(Self::None),
            "gz" => Some(Self::Gzip),
            "xz" => Some(Self::Xz),
            "zst" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The whole contents, when they are at most `limit` bytes.
    ///
    /// `expected` is how much memory to set aside at first; it promises nothing.
    pub(crate) fn unpack(self, bytes: &[u8], expected: usize, limit: u64) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        let mut read = |reader: &mut dyn Read| -> io::Result<()> {
            out.reserve(expected.min(usize::try_from(limit).unwrap_or(usize::MAX)));
            reader.take(limit.saturating_add(1)).read_to_end(&mut out)?;
            Ok(())
        };
        match self {
            Self::None => read(&mut &*bytes)?,
            Self::Gzip => read(&mut flate2::read::MultiGzDecoder::new(bytes))?,
            Self::Xz => read(&mut lzma_rust2::XzReader::new_mem_limit(bytes, true, XZ_MEMORY_KIB))?,
            Self::Zstd => {
                let mut decoder = zstd::Decoder::new(bytes)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                read(&mut decoder)?;
            }
        }
        if out.len() as u64 > limit {
            return Err(io::Error::other(format!("it unpacks to more than {limit} bytes")));
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn every_kind_unpacks_up_to_its_limit_and_no_further() {
        let contents = b"contents ".repeat(1000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&contents).unwrap();
        let options = lzma_rust2::XzOptions::with_preset(1);
        let mut xz = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
        xz.write_all(&contents).unwrap();
        let packed = [
            ("a.tar", contents.clone()),
            ("a.tar.gz", gzip.finish().unwrap()),
            ("a.tar.xz", xz.finish().unwrap()),
            ("a.tar.zst", zstd::encode_all(&contents[..], 1).unwrap()),
        ];
        for (name, packed) in packed {
            let kind = Compression::of(name).unwrap();
            assert_eq!(kind.unpack(&packed, 7, 9000).unwrap(), contents, "{name}");
            let error = kind.unpack(&packed, usize::MAX, 8999).unwrap_err();
            assert_eq!(error.to_string(), "it unpacks to more than 8999 bytes", "{name}");
            if kind != Compression::None {
                assert!(kind.unpack(&packed[..packed.len() / 2], 0, 9000).is_err(), "{name}, cut");
            }
        }
        assert_eq!(Compression::of("a.lzma"), None);
        assert_eq!(Compression::of("control"), None);
    }
}
