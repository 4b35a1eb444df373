//! What the file system says about a file without reading it.

use rustix::fs::{FileType, Stat};

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

/// A plain file's stamp, and whether anybody may run it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) stamp: Stamp,
    pub(crate) executable: bool,
}

impl Stamp {
    pub(crate) fn of(stat: &Stat) -> Self {
        Self {
            size: number(stat.st_size),
            modified: Time { seconds: number(stat.st_mtime), nanos: number(stat.st_mtime_nsec) },
            changed: Time { seconds: number(stat.st_ctime), nanos: number(stat.st_ctime_nsec) },
            inode: number(stat.st_ino),
        }
    }
}

impl Seen {
    /// `None` for what is no plain file.
    pub(crate) fn of(stat: &Stat) -> Option<Self> {
        let plain = FileType::from_raw_mode(stat.st_mode).is_file();
        plain.then(|| Self { stamp: Stamp::of(stat), executable: stat.st_mode & 0o111 != 0 })
    }
}

/// The fields of `Stat` are of other integer types on each platform.
fn number<T: TryInto<N>, N: Default>(value: T) -> N {
    value.try_into().unwrap_or_default()
}
