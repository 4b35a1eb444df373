//! gzip on all cores, with bytes that depend on nothing but the input.
//!
//! A streaming compressor's output depends on how its input was cut into
//! writes, and on nothing this crate could promise. So the input is cut into
//! blocks of a fixed size, each compressed by a fresh compressor that knows the
//! last 32 KiB before its block, and the pieces are joined into one gzip member,
//! as pigz does. The blocks are compressed in parallel.

use std::io::{self, Write};

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use rayon::prelude::*;

/// Names the exact bytes this encoder gives for an input: block size, level and
/// compressor. It belongs into every cache key under which compressed bytes are
/// kept. A test pins a digest; when it drifts, this changes too.
pub const GZIP_FORMAT: &str = "gzip-6 1MiB zlib-rs 1";

/// How much input one compressor sees.
const BLOCK: usize = 1 << 20;
/// How much of the block before a compressor may refer to: deflate's window.
const WINDOW: usize = 32 << 10;
/// Blocks that are compressed together. More than cores, so that none waits long.
const BATCH: usize = 16;
/// zlib's own default.
const LEVEL: u32 = 6;

/// Magic, deflate, no flags, no time, no extra flags, unknown system (RFC 1952).
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Compresses what is written to it; [`finish`](Self::finish) ends the member.
#[derive(Debug)]
pub struct GzipEncoder<W> {
    out: W,
    /// Up to [`WINDOW`] bytes that are compressed already, then what waits.
    pending: Vec<u8>,
    /// How many bytes at the start of `pending` are window.
    window: usize,
    crc: Crc,
    started: bool,
}

impl<W: Write> GzipEncoder<W> {
    /// Compresses into `out`.
    pub fn new(out: W) -> Self {
        Self { out, pending: Vec::new(), window: 0, crc: Crc::new(), started: false }
    }

    /// Compresses what still waits, ends the member and gives the writer back.
    pub fn finish(mut self) -> io::Result<W> {
        self.compress(true)?;
        self.out.write_all(&self.crc.sum().to_le_bytes())?;
        self.out.write_all(&self.crc.amount().to_le_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Compresses the waiting blocks in parallel and writes them in order.
    fn compress(&mut self, last: bool) -> io::Result<()> {
        if !self.started {
            self.out.write_all(&HEADER)?;
            self.started = true;
        }
        let blocks = self.blocks();
        let pending = &self.pending;
        let pieces: Vec<io::Result<Vec<u8>>> = blocks
            .par_iter()
            .enumerate()
            .map(|(number, block)| {
                let dictionary = &pending[block.start.saturating_sub(WINDOW)..block.start];
                let flush = if last && number + 1 == blocks.len() {
                    FlushCompress::Finish
                } else {
                    FlushCompress::Sync
                };
                deflate(dictionary, &pending[block.clone()], flush)
            })
            .collect();
        for piece in pieces {
            self.out.write_all(&piece?)?;
        }
        let keep = self.pending.len().min(WINDOW);
        self.pending.drain(..self.pending.len() - keep);
        self.window = keep;
        Ok(())
    }

    /// Where the blocks lie in `pending`; at least one, so that an empty input ends properly.
    fn blocks(&self) -> Vec<std::ops::Range<usize>> {
        let end = self.pending.len();
        let starts = (self.window..end.max(self.window + 1)).step_by(BLOCK);
        starts.map(|start| start..end.min(start + BLOCK)).collect()
    }
}

impl<W: Write> Write for GzipEncoder<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let room = self.window + BLOCK * BATCH - self.pending.len();
        let taken = buf.len().min(room);
        self.crc.update(&buf[..taken]);
        self.pending.extend_from_slice(&buf[..taken]);
        // Only whole batches, so that the cuts never depend on the writes.
        if taken == room {
            self.compress(false)?;
        }
        Ok(taken)
    }

    /// Flushes nothing: a cut here would change the bytes.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One block as raw deflate, after the dictionary that precedes it.
fn deflate(dictionary: &[u8], block: &[u8], flush: FlushCompress) -> io::Result<Vec<u8>> {
    let mut compressor = Compress::new(Compression::new(LEVEL), false);
    if !dictionary.is_empty() {
        compressor.set_dictionary(dictionary)?;
    }
    let mut out = Vec::with_capacity(block.len() / 3 + 1024);
    loop {
        let consumed = usize::try_from(compressor.total_in()).map_err(io::Error::other)?;
        let status = compressor.compress_vec(&block[consumed..], &mut out, flush)?;
        let done = match flush {
            FlushCompress::Finish => status == Status::StreamEnd,
            // Room left over says that the flush is complete.
            _ => compressor.total_in() == block.len() as u64 && out.len() < out.capacity(),
        };
        if done {
            return Ok(out);
        }
        out.reserve(out.capacity().max(64 * 1024));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boxwright_digest::Digest;
    use proptest::prelude::*;
    use std::io::Read;

    /// Bytes that compress about as well as source code.
    fn sample(len: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut step = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 24
        };
        let words = [&b"import "[..], b"def ", b"return ", b"self.", b"\n    ", b"x"];
        let mut bytes = Vec::with_capacity(len + 8);
        while bytes.len() < len {
            bytes.extend_from_slice(words[step() as usize % words.len()]);
            bytes.push(b'a' + (step() % 26) as u8);
        }
        bytes.truncate(len);
        bytes
    }

    fn encode(bytes: &[u8], cut: usize) -> Vec<u8> {
        let mut encoder = GzipEncoder::new(Vec::new());
        bytes.chunks(cut.max(1)).for_each(|chunk| encoder.write_all(chunk).unwrap());
        encoder.finish().unwrap()
    }

    fn decode(bytes: &[u8]) -> Vec<u8> {
        let mut decoded = Vec::new();
        // One member, not several: some readers stop after the first.
        flate2::read::GzDecoder::new(bytes).read_to_end(&mut decoded).unwrap();
        decoded
    }

    #[test]
    fn every_boundary_round_trips() {
        let whole = BLOCK * BATCH;
        for len in
            [0, 1, WINDOW, BLOCK - 1, BLOCK, BLOCK + 1, whole - 1, whole, whole + 1, whole + BLOCK]
        {
            let bytes = sample(len);
            assert_eq!(decode(&encode(&bytes, len)), bytes, "{len} bytes");
        }
    }

    #[test]
    fn the_cut_of_the_writes_does_not_show() {
        let bytes = sample(2 * BLOCK * BATCH + 12345);
        let whole = encode(&bytes, usize::MAX);
        for cut in [7777, BLOCK, BLOCK * BATCH + 1] {
            assert!(encode(&bytes, cut) == whole, "writes of {cut} bytes");
        }
    }

    /// When this drifts, the compressor changed: change [`GZIP_FORMAT`] too.
    #[test]
    fn the_bytes_are_pinned() {
        let digest = Digest::of(encode(&sample(3 * BLOCK + 17), 4096));
        assert_eq!(
            digest.hex(),
            "c12e684838b3b71f32f036be932af4a4d27c1226e30b878e9b18cf4d07b9c419"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn anything_round_trips(bytes in proptest::collection::vec(any::<u8>(), 0..100_000), cut in 1_usize..5000) {
            prop_assert_eq!(decode(&encode(&bytes, cut)), bytes);
        }
    }
}
