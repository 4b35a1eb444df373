//! TOML as a tree that remembers where each value stands.
//!
//! Two readers fill it. The `toml` crate reads everything, and is the judge of what TOML is. Lock
//! files are megabytes of a small, regular part of TOML, and are read on every build: for these there is a
//! reader of that part, several times as fast, which leaves all else to the first one.

mod library;
mod regular;
mod value;

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::Error;
use crate::origin::Origin;
pub(crate) use value::{Item, Table, Value};

/// A TOML file: its tree, and what turns places in it into origins.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    pub(crate) root: Table<'a>,
    file: Arc<str>,
    /// The offset of each line's first byte.
    lines: Vec<usize>,
}

/// The text of a file that must be UTF-8, without its byte order mark.
pub(crate) fn utf8<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let refuse = |at: usize, reason: &str| {
        let line = memchr::memchr_iter(b'\n', &bytes[..at]).count();
        let line = u32::try_from(line).unwrap_or(u32::MAX - 1) + 1;
        Error::Encoding { origin: Origin::new(path, line), reason: reason.to_owned() }
    };
    if let Some(at) = memchr::memchr(0, bytes) {
        return Err(refuse(at, "there is a zero byte, so this is no text file"));
    }
    std::str::from_utf8(bytes).map_err(|error| refuse(error.valid_up_to(), "this is not UTF-8"))
}

impl<'a> Document<'a> {
    /// Reads the text of the file at `path`.
    pub(crate) fn parse(path: &str, text: &'a str) -> Result<Self, Error> {
        let file: Arc<str> = path.into();
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        let lines: Vec<usize> = std::iter::once(0).chain(breaks).collect();
        let root = match regular::read(text) {
            Some(root) => root,
            None => library::read(text).map_err(|(offset, reason)| Error::Syntax {
                origin: Origin::new(file.clone(), line_of(&lines, offset)),
                format: "TOML",
                reason,
            })?,
        };
        Ok(Self { root, file, lines })
    }

    /// The origin of what stands at `offset`.
    pub(crate) fn origin(&self, offset: usize) -> Origin {
        Origin::new(self.file.clone(), line_of(&self.lines, offset))
    }

    /// An error about what stands at `offset`.
    pub(crate) fn refuse(&self, offset: usize, reason: impl Into<String>) -> Error {
        Error::Content { origin: self.origin(offset), reason: reason.into() }
    }

    /// The text under `key`, if there is one; an error if it is something else.
    pub(crate) fn text<'t>(
        &self,
        table: &'t Table<'a>,
        key: &str,
    ) -> Result<Option<&'t str>, Error> {
        self.typed(table, key, "a text", |value| match value {
            Value::Text(text) => Some(&**text),
            _ => None,
        })
    }

    /// The text under `key`, which must be there.
    pub(crate) fn need<'t>(&self, table: &'t Table<'a>, key: &str) -> Result<&'t str, Error> {
        let missing = || self.refuse(table.offset, format!("`{key}` is missing"));
        self.text(table, key)?.ok_or_else(missing)
    }

    /// The truth value under `key`; `false` if there is none.
    pub(crate) fn flag(&self, table: &Table<'a>, key: &str) -> Result<bool, Error> {
        let flag = self.typed(table, key, "true or false", |value| match value {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        });
        Ok(flag?.unwrap_or(false))
    }

    /// The whole number under `key`.
    pub(crate) fn number(&self, table: &Table<'a>, key: &str) -> Result<Option<u64>, Error> {
        self.typed(table, key, "a number", |value| match value {
            Value::Other(text) => text.replace('_', "").parse().ok(),
            _ => None,
        })
    }

    /// The table under `key`.
    pub(crate) fn table<'t>(
        &self,
        table: &'t Table<'a>,
        key: &str,
    ) -> Result<Option<&'t Table<'a>>, Error> {
        self.typed(table, key, "a table", |value| match value {
            Value::Table(table) => Some(table),
            _ => None,
        })
    }

    /// The table at the end of a path of tables; `None` where one is missing.
    pub(crate) fn table_at<'t>(
        &self,
        table: &'t Table<'a>,
        path: &[&str],
    ) -> Result<Option<&'t Table<'a>>, Error> {
        let mut table = table;
        for key in path {
            match self.table(table, key)? {
                Some(inner) => table = inner,
                None => return Ok(None),
            }
        }
        Ok(Some(table))
    }

    /// The array under `key`; empty if there is none.
    pub(crate) fn array<'t>(
        &self,
        table: &'t Table<'a>,
        key: &str,
    ) -> Result<&'t [Item<'a>], Error> {
        let array = self.typed(table, key, "a list", |value| match value {
            Value::Array(items) => Some(&items[..]),
            _ => None,
        });
        Ok(array?.unwrap_or_default())
    }

    /// The texts of the array under `key`, with their places.
    pub(crate) fn texts<'t>(
        &self,
        table: &'t Table<'a>,
        key: &str,
    ) -> Result<Vec<(&'t str, usize)>, Error> {
        let items = self.array(table, key)?.iter();
        items.map(|item| Ok((self.as_text(item)?, item.offset))).collect()
    }

    /// The tables of the array under `key`.
    pub(crate) fn tables<'t>(
        &self,
        table: &'t Table<'a>,
        key: &str,
    ) -> Result<Vec<&'t Table<'a>>, Error> {
        self.array(table, key)?.iter().map(|item| self.as_table(item)).collect()
    }

    /// The item as a text.
    pub(crate) fn as_text<'t>(&self, item: &'t Item<'a>) -> Result<&'t str, Error> {
        match &item.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.refuse(item.offset, "expected a text in quotes")),
        }
    }

    /// The item as a table.
    pub(crate) fn as_table<'t>(&self, item: &'t Item<'a>) -> Result<&'t Table<'a>, Error> {
        match &item.value {
            Value::Table(table) => Ok(table),
            _ => Err(self.refuse(item.offset, "expected a table")),
        }
    }

    fn typed<'t, T>(
        &self,
        table: &'t Table<'a>,
        key: &str,
        expected: &str,
        get: impl FnOnce(&'t Value<'a>) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let Some(item) = table.get(key) else { return Ok(None) };
        let refuse = || self.refuse(item.offset, format!("`{key}` should be {expected}"));
        get(&item.value).map(Some).ok_or_else(refuse)
    }
}

fn line_of(lines: &[usize], offset: usize) -> u32 {
    u32::try_from(lines.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX).max(1)
}

/// A text that lives as long as the file's, or its own.
pub(crate) type Text<'a> = Cow<'a, str>;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SAMPLE: &str = r#"
version = 1
requires-python = ">=3.11" # why
[[package]]
name = "a"
dependencies = [
    { name = "b", marker = "os_name == 'x'", extra = ["s", 't'] }, # c
]
sdist = { url = "https://e.com/a", size = 12 }
[package.optional-dependencies]
dev = [{ name = "c" }]
"d e" = []
[package.metadata]
[[package]]
name = "b"
ok = true
[tool.x.y]
z = 15
"#;

    #[test]
    fn both_readers_read_the_same() {
        assert!(regular::read(SAMPLE).is_some());
        assert_eq!(regular::read(SAMPLE), library::read(SAMPLE).ok());
        assert!(regular::read("a = 1.5").is_none() && library::read("a = 1.5").is_ok());
        let document = Document::parse("x", SAMPLE).unwrap();
        let packages = document.tables(&document.root, "package").unwrap();
        assert_eq!(packages.len(), 2);
        assert_eq!(document.origin(packages[1].offset).line, 14);
        assert_eq!(document.number(&document.root, "version").unwrap(), Some(1));
    }

    proptest! {
        /// The regular reader may give up; where it does not, it is right.
        #[test]
        fn the_regular_reader_never_disagrees(
            cuts in proptest::collection::vec((0..SAMPLE.len(), 0..4_usize, r#"[\[\]{}="',.#a \n\\1]{0,3}"#), 1..4)
        ) {
            let mut text = SAMPLE.to_owned();
            for (at, len, insert) in cuts {
                let at = at.min(text.len());
                text.replace_range(at..(at + len).min(text.len()), &insert);
            }
            if let Some(regular) = regular::read(&text) {
                prop_assert_eq!(Ok(regular), library::read(&text), "{}", text);
            }
        }
    }

    #[test]
    fn what_is_no_toml_is_refused_with_its_line() {
        let error = Document::parse("x.toml", "a = 1\nb = \n").unwrap_err();
        assert!(error.to_string().starts_with("x.toml:2: not well-formed TOML: "), "{error}");
        assert!(utf8("x", b"a\n\xff").unwrap_err().to_string().starts_with("x:2: "));
        assert!(utf8("x", b"a\0").is_err());
    }
}
