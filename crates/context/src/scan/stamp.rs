//! What the file system says about a file without opening it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

/// A point in time as a file system stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time {
    pub(crate) seconds: i64,
    pub(crate) nanos: u32,
}

impl Time {
    /// Whether `later` is more than so many nanoseconds after this.
    pub(crate) fn is_before(self, later: Self, slack_nanos: i128) -> bool {
        later.as_nanos() - self.as_nanos() > slack_nanos
    }

    fn as_nanos(self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanos)
    }
}

/// What changes when a file does: if none of this differs, its contents are
/// taken to be the same (but see the stat cache on times too close to tell apart).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) size: u64,
    /// When the contents were last written, which programs may set at will.
    pub(crate) modified: Time,
    /// When the contents or the attributes last changed, which they may not.
    pub(crate) changed: Time,
    pub(crate) inode: u64,
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let time = |seconds, nanos| Time { seconds, nanos: u32::try_from(nanos).unwrap_or(0) };
        Self {
            size: metadata.size(),
            modified: time(metadata.mtime(), metadata.mtime_nsec()),
            changed: time(metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
        }
    }
}
