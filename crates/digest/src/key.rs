//! Framed hashing: what makes two different keys hash differently.

use crate::{Digest, Hasher};

/// Hashes the named fields of a key, one by one, into a [`Digest`].
///
/// Each field goes in as its name and its value, both behind their length as a
/// little-endian `u64`; a list also says how many items it has. So
/// `("ab", "c")` and `("a", "bc")` differ, and so do an absent and an empty
/// value. The domain and its version start the stream: bump the version when
/// the meaning of a key changes, and every old key misses.
///
/// Invariant: callers destructure the struct they hash (`let Key { a, b } =
/// key;`), so that a new field cannot be forgotten.
#[derive(Debug, Clone)]
pub struct KeyHasher(Hasher);

impl KeyHasher {
    /// Starts a key of the kind `domain` (such as `boxwright.dependency-key`) in the given version.
    pub fn new(domain: &str, version: u32) -> Self {
        let mut this = Self(Hasher::new());
        this.frame(domain.as_bytes());
        this.0.update(version.to_le_bytes());
        this
    }

    /// Adds one value.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.open(name, b'=');
        self.frame(value.as_ref());
        self
    }

    /// Adds a value that may be absent; absent differs from empty.
    #[must_use]
    pub fn optional(mut self, name: &str, value: Option<impl AsRef<[u8]>>) -> Self {
        if let Some(value) = value {
            return self.field(name, value);
        }
        self.open(name, b'-');
        self
    }

    /// Adds a list of values. Their order counts: sort them first where it must not.
    #[must_use]
    pub fn fields<V: AsRef<[u8]>>(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.open(name, b'[');
        let mut count = 0_u64;
        for value in values {
            self.0.update(b",");
            self.frame(value.as_ref());
            count += 1;
        }
        self.0.update(b"]");
        self.0.update(count.to_le_bytes());
        self
    }

    /// The key.
    pub fn finish(self) -> Digest {
        self.0.finish()
    }

    fn open(&mut self, name: &str, kind: u8) {
        self.frame(name.as_bytes());
        self.0.update([kind]);
    }

    fn frame(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> KeyHasher {
        KeyHasher::new("test", 1)
    }

    #[test]
    fn one_drifting_byte_would_show() {
        let key =
            key().field("a", "1").optional("b", None::<&str>).fields("c", ["x", "y"]).finish();
        assert_eq!(key.hex(), "430797530f1bbb85897a5c80ddc3791fb32bbb43eab80ab8c47a39d4653cb1cf");
    }

    #[test]
    fn shapes_do_not_collide() {
        let keys = [
            key().finish(),
            KeyHasher::new("test", 2).finish(),
            KeyHasher::new("tes", 1).field("t", "").finish(),
            key().field("a", "").finish(),
            key().optional("a", None::<&str>).finish(),
            key().fields("a", [""; 0]).finish(),
            key().fields("a", [""]).finish(),
            key().fields("a", ["", ""]).finish(),
            key().field("a", "bc").finish(),
            key().field("ab", "c").finish(),
            key().field("a", "b").field("a", "c").finish(),
            key().fields("a", ["b", "c"]).finish(),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }

    proptest! {
        #[test]
        fn how_a_list_is_cut_shows(words in proptest::collection::vec("[ab]{0,3}", 0..4), other in proptest::collection::vec("[ab]{0,3}", 0..4)) {
            let same = key().fields("w", &words).finish() == key().fields("w", &other).finish();
            prop_assert_eq!(same, words == other);
        }
    }
}
