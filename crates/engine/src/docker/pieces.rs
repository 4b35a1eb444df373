//! Bytes that a thread writes while a connection sends them.

use std::io::{self, Write};

use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How much is under way at a time: 16 pieces of 256 KiB.
const PIECE: usize = 256 << 10;
const PIECES: usize = 16;

/// Runs `write` on a thread of its own, and gives what it writes as a stream beside its result.
///
/// The stream ends when the writing ends, well or not: whoever sends it looks at the result too.
pub(super) fn pieces<T: Send + 'static>(
    write: impl FnOnce(Pieces) -> T + Send + 'static,
) -> (impl Stream<Item = Bytes> + Send + 'static, JoinHandle<T>) {
    let (sender, receiver) = mpsc::channel(PIECES);
    let written = tokio::task::spawn_blocking(move || {
        write(Pieces { sender, piece: Vec::with_capacity(PIECE) })
    });
    let stream = stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    (stream, written)
}

/// Sends what is written, in pieces, to an asynchronous reader.
#[derive(Debug)]
pub(super) struct Pieces {
    sender: mpsc::Sender<Bytes>,
    piece: Vec<u8>,
}

impl Pieces {
    fn send(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.sender.blocking_send(piece.into()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Pieces {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(buf);
        if self.piece.len() >= PIECE {
            self.send()?;
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}
