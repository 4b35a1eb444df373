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

/// A table: each key once. Offsets and order are not compared.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table<'a> {
    /// Where the table begins: its header or its `{`, or its first key.
    pub(crate) offset: usize,
    /// In the order of the file up to [`SMALL`] entries, else in the order of their keys.
    entries: Vec<(Text<'a>, Item<'a>)>,
}

/// Up to so many keys are looked through one by one: locks hold very many tables of very few keys,
/// and most keys differ in their length already.
const SMALL: usize = 12;

impl<'a> Table<'a> {
    /// A table of entries in any order; `None` where a key is there twice.
    pub(crate) fn new(offset: usize, mut entries: Vec<(Text<'a>, Item<'a>)>) -> Option<Self> {
        let twice = if entries.len() <= SMALL {
            entries.iter().enumerate().any(|(at, (key, _))| {
                entries[..at].iter().any(|(earlier, _)| is_same(earlier, key))
            })
        } else {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.windows(2).any(|pair| pair[0].0 == pair[1].0)
        };
        (!twice).then_some(Self { offset, entries })
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Item<'a>> {
        if self.entries.len() <= SMALL {
            return self
                .entries
                .iter()
                .find(|(known, _)| is_same(known, key))
                .map(|(_, item)| item);
        }
        let at = self.entries.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
        Some(&self.entries[at].1)
    }

    /// All keys and values, in the order of the file.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Item<'a>)> {
        let mut entries: Vec<_> = self.entries.iter().map(|(key, item)| (&**key, item)).collect();
        entries.sort_by_key(|(_, item)| item.offset);
        entries.into_iter()
    }

    /// The keys, in no particular order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(key, _)| &**key)
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one == other
}

impl PartialEq for Item<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl PartialEq for Table<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.entries.len() == other.entries.len()
            && self.entries.iter().all(|(key, item)| other.get(key) == Some(item))
    }
}
