//! The regular part of TOML that tools write: bare or plainly quoted keys, texts on one line
//! without escapes, inline tables, arrays, and headers of tables that come in order.

use super::Text;
use super::value::{Item, Table, Value};

/// Deeper than any lock; the library judges what is deeper.
const MAX_DEPTH: usize = 20;

/// The tree of `text`; `None` where it is not regular, whether or not it is TOML.
pub(crate) fn read(text: &str) -> Option<Table<'_>> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0 };
    let mut tree = Tree::default();
    loop {
        reader.skip_blank();
        match reader.peek() {
            None => return tree.finish(),
            Some(b'[') => {
                let (path, is_array, offset) = reader.header()?;
                tree.open(path, is_array, offset)?;
            }
            Some(_) => {
                let (key, item) = reader.pair(0)?;
                reader.end_of_line()?;
                tree.entries.push((key, item));
            }
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Skips spaces, line ends and comments. Comments with control characters are not regular, and
    /// make the next byte one that nothing begins with.
    fn skip_blank(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n') => self.at += 1,
                Some(b'\r') if self.bytes.get(self.at + 1) == Some(&b'\n') => self.at += 2,
                Some(b'#') => {
                    let rest = &self.bytes[self.at..];
                    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    let end = if rest[..end].ends_with(b"\r") { end - 1 } else { end };
                    let clean =
                        rest[..end].iter().all(|byte| *byte == b'\t' || !byte.is_ascii_control());
                    if !clean {
                        return;
                    }
                    self.at += end;
                }
                _ => return,
            }
        }
    }

    /// Only spaces and a comment may follow on this line.
    fn end_of_line(&mut self) -> Option<()> {
        self.skip_space();
        matches!(self.peek(), None | Some(b'\n' | b'\r' | b'#')).then_some(())
    }

    fn header(&mut self) -> Option<(Vec<Text<'a>>, bool, usize)> {
        let offset = self.at;
        self.eat(b'[')?;
        let is_array = self.eat(b'[').is_some();
        let mut path = Vec::new();
        loop {
            self.skip_space();
            path.push(self.key()?);
            if path.len() > MAX_DEPTH {
                return None;
            }
            self.skip_space();
            if self.eat(b'.').is_none() {
                break;
            }
        }
        self.eat(b']')?;
        if is_array {
            self.eat(b']')?;
        }
        self.end_of_line()?;
        Some((path, is_array, offset))
    }

    fn key(&mut self) -> Option<Text<'a>> {
        if matches!(self.peek(), Some(b'"' | b'\'')) {
            return self.quoted().map(Text::Borrowed);
        }
        let rest = &self.bytes[self.at..];
        let is_bare = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let len = rest.iter().position(|byte| !is_bare(byte)).unwrap_or(rest.len());
        let key = &self.text[self.at..self.at + len];
        self.at += len;
        (len > 0).then_some(Text::Borrowed(key))
    }

    /// A key, `=` and a value. Dotted keys are not regular.
    fn pair(&mut self, depth: usize) -> Option<(Text<'a>, Item<'a>)> {
        let key = self.key()?;
        self.skip_space();
        self.eat(b'=')?;
        self.skip_space();
        Some((key, self.item(depth)?))
    }

    fn item(&mut self, depth: usize) -> Option<Item<'a>> {
        let offset = self.at;
        if depth > MAX_DEPTH {
            return None;
        }
        let value = match self.peek()? {
            b'"' | b'\'' => Value::Text(Text::Borrowed(self.quoted()?)),
            b'[' => Value::Array(self.array(depth)?),
            b'{' => Value::Table(self.inline(depth)?),
            b't' => self.word("true", Value::Bool(true))?,
            b'f' => self.word("false", Value::Bool(false))?,
            b'0'..=b'9' => Value::Other(Text::Borrowed(self.digits()?)),
            _ => return None,
        };
        Some(Item { value, offset })
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Option<Value<'a>> {
        let rest = self.text.get(self.at..)?.strip_prefix(word)?;
        self.at += word.len();
        let ends = rest.bytes().next().is_none_or(|byte| b" \t\r\n,]}#".contains(&byte));
        ends.then_some(value)
    }

    /// A plain decimal number: all others, and dates, are not regular.
    fn digits(&mut self) -> Option<&'a str> {
        let rest = &self.bytes[self.at..];
        let len = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        let ends = rest.get(len).is_none_or(|byte| b" \t\r\n,]}#".contains(byte));
        let plain = len < 19 && (len == 1 || rest[0] != b'0');
        let digits = &self.text[self.at..self.at + len];
        self.at += len;
        (ends && plain).then_some(digits)
    }

    /// A text on one line, without escapes and control characters.
    fn quoted(&mut self) -> Option<&'a str> {
        let quote = self.peek()?;
        let body = &self.bytes[self.at + 1..];
        let is_end = |byte: &u8| *byte == quote || *byte == b'\\' || byte.is_ascii_control();
        let len = body.iter().position(is_end)?;
        // Two quotes may begin a text of several lines.
        let is_plain = body[len] == quote && !(len == 0 && body.get(1) == Some(&quote));
        let start = self.at + 1;
        self.at = start + len + 1;
        is_plain.then(|| &self.text[start..start + len])
    }

    fn array(&mut self, depth: usize) -> Option<Vec<Item<'a>>> {
        self.eat(b'[')?;
        let mut items = Vec::new();
        loop {
            self.skip_blank();
            if self.eat(b']').is_some() {
                return Some(items);
            }
            items.push(self.item(depth + 1)?);
            self.skip_blank();
            if self.eat(b',').is_none() {
                self.eat(b']')?;
                return Some(items);
            }
        }
    }

    /// An inline table on one line, without a comma at its end.
    fn inline(&mut self, depth: usize) -> Option<Table<'a>> {
        let offset = self.at;
        self.eat(b'{')?;
        let mut entries = Vec::new();
        self.skip_space();
        if self.eat(b'}').is_some() {
            return Table::new(offset, entries);
        }
        loop {
            self.skip_space();
            entries.push(self.pair(depth + 1)?);
            self.skip_space();
            if self.eat(b',').is_none() {
                self.eat(b'}')?;
                return Table::new(offset, entries);
            }
        }
    }
}

/// The tables under construction: the path of the open one, with the entries of each level.
#[derive(Default)]
struct Tree<'a> {
    /// The levels above the open table, outermost first.
    open: Vec<Level<'a>>,
    /// The entries of the open table.
    entries: Vec<(Text<'a>, Item<'a>)>,
}

/// A table that waits for the one inside of it to be closed.
struct Level<'a> {
    entries: Vec<(Text<'a>, Item<'a>)>,
    /// The key of the inner table.
    key: Text<'a>,
    /// Where the inner table begins.
    offset: usize,
    /// For an array of tables, the elements before the open one.
    elements: Option<Vec<Item<'a>>>,
}

impl<'a> Tree<'a> {
    /// Goes to the table that a header names. Regular headers continue the open path or leave it;
    /// none comes back to a table that was left.
    fn open(&mut self, path: Vec<Text<'a>>, is_array: bool, offset: usize) -> Option<()> {
        let keys = self.open.iter().zip(&path);
        let common = keys.take_while(|(level, key)| level.key == **key).count();
        let last = path.len() - 1;
        while self.open.len() > common {
            self.close()?;
        }
        let again = common > last && self.open.len() == path.len();
        match self.open.last_mut().filter(|_| again && is_array) {
            Some(Level { elements: Some(elements), offset: start, .. }) => {
                let table = Table::new(*start, std::mem::take(&mut self.entries))?;
                elements.push(Item { value: Value::Table(table), offset: *start });
                *start = offset;
                return Some(());
            }
            _ => {
                while self.open.len() > common.min(last) {
                    self.close()?;
                }
            }
        }
        for (index, key) in path.into_iter().enumerate().skip(self.open.len()) {
            let entries = std::mem::take(&mut self.entries);
            let elements = (is_array && index == last).then(Vec::new);
            self.open.push(Level { entries, key, offset, elements });
        }
        Some(())
    }

    /// Puts the open table into the one above.
    fn close(&mut self) -> Option<()> {
        let Level { entries, key, offset, elements } = self.open.pop()?;
        let table = Table::new(offset, std::mem::replace(&mut self.entries, entries))?;
        let mut item = Item { value: Value::Table(table), offset };
        if let Some(mut elements) = elements {
            elements.push(item);
            let offset = elements[0].offset;
            item = Item { value: Value::Array(elements), offset };
        }
        self.entries.push((key, item));
        Some(())
    }

    fn finish(mut self) -> Option<Table<'a>> {
        while !self.open.is_empty() {
            self.close()?;
        }
        Table::new(0, self.entries)
    }
}
