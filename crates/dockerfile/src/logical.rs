//! An instruction's lines joined into one, and the way back to the source.

use std::ops::Range;

use crate::Span;

/// Lines joined without their continuation marks, comments and empty lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Logical {
    text: String,
    /// Where each piece starts: in `text`, and in the source. Sorted by both.
    pieces: Vec<(usize, usize)>,
}

impl Logical {
    /// Appends `piece`, which stands at `source` in the file.
    pub(crate) fn push(&mut self, piece: &str, source: usize) {
        self.pieces.push((self.text.len(), source));
        self.text.push_str(piece);
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where the bytes in `range` of the joined text stand in the source.
    ///
    /// A range over several lines gives a span over all that is between, too.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        let start = self.source(range.start);
        if range.is_empty() {
            return Span::new(start, start);
        }
        Span::new(start, self.source(range.end - 1) + 1)
    }

    /// Offsets in `range`, relative to its start, at which the source continued on another line.
    pub(crate) fn breaks(&self, range: &Range<usize>) -> Vec<usize> {
        let inside = |at: usize| range.start < at && at < range.end;
        let mut breaks: Vec<usize> = self
            .pieces
            .iter()
            .skip(1)
            .filter(|(at, _)| inside(*at))
            .map(|(at, _)| at - range.start)
            .collect();
        // A line that holds nothing but its continuation mark breaks twice at one place.
        breaks.dedup();
        breaks
    }

    fn source(&self, at: usize) -> usize {
        let index = self.pieces.partition_point(|(start, _)| *start <= at);
        let (start, source) = self.pieces.get(index.saturating_sub(1)).copied().unwrap_or_default();
        source + (at - start)
    }
}
