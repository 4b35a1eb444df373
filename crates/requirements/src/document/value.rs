//! The tree itself.

use super::Text;

/// A value, and the offset of its first byte. Offsets are not compared.
#[derive(Debug, Clone)]
pub(crate) struct Item<'a> {
    pub(crate) value: Value<'a>,
    pub(crate) offset: usize,
}

/// A value of a TOML file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Text(Text<'a>),
    Bool(bool),
    /// A number or date, as written.
    Other(Text<'a>),
    Array(Vec<Item<'a>>),
    Table(Table<'a>),
}

/// A table: keys in the order of their texts, each once. Offsets are not compared.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table<'a> {
    /// Where the table begins: its header or its `{`, or its first key.
    pub(crate) offset: usize,
    entries: Vec<(Text<'a>, Item<'a>)>,
}

impl<'a> Table<'a> {
    /// A table of entries in any order; `None` where a key is there twice.
    pub(crate) fn new(offset: usize, mut entries: Vec<(Text<'a>, Item<'a>)>) -> Option<Self> {
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let twice = entries.windows(2).any(|pair| pair[0].0 == pair[1].0);
        (!twice).then_some(Self { offset, entries })
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Item<'a>> {
        let at = self.entries.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
        Some(&self.entries[at].1)
    }

    /// All keys and values, in the order of the file.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Item<'a>)> {
        let mut entries: Vec<_> = self.entries.iter().map(|(key, item)| (&**key, item)).collect();
        entries.sort_by_key(|(_, item)| item.offset);
        entries.into_iter()
    }

    /// The keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(key, _)| &**key)
    }
}

impl PartialEq for Item<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl PartialEq for Table<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}
