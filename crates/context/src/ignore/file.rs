//! The reader: lines of an ignore file to patterns.

use super::go;
use crate::path::Shown;

/// The longest line that Docker's reader takes, in bytes without the newline.
const LONGEST_LINE: usize = 64 * 1024 - 1;

/// An ignore file: its patterns in order, each with the place it stands at.
///
/// Reading follows `ignorefile.ReadAll` of moby/patternmatcher: a UTF-8 byte
/// order mark is skipped, `#` starts a comment only in the first column, white
/// space around a pattern and after its `!` is cut, a path is cleaned
/// (`a/./b/` is `a/b`) and loses one leading slash.
///
/// ```
/// use boxwright_context::IgnoreFile;
///
/// let ignore = IgnoreFile::parse(b"# build products\n/dist/\n! dist/keep\n", ".dockerignore")?;
/// let patterns: Vec<_> = ignore.patterns().iter().map(|p| p.text.as_slice()).collect();
/// assert_eq!(patterns, [&b"dist"[..], b"!dist/keep"]);
/// assert_eq!(ignore.patterns()[1].line, 3);
/// # Ok::<(), boxwright_context::IgnoreError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IgnoreFile {
    name: String,
    patterns: Vec<IgnorePattern>,
}

/// One pattern of an ignore file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnorePattern {
    /// The pattern, cleaned, with its `!` where it has one.
    pub text: Vec<u8>,
    /// What the file says, without the white space around it.
    pub written: Vec<u8>,
    /// The line it stands on, from 1; 0 for one that stands in no file.
    pub line: u32,
    /// The byte of the line at which it starts, from 1.
    pub column: u32,
}

/// What is wrong with an ignore file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IgnoreError {
    /// The file is UTF-16, in which Docker sees no pattern that could match.
    #[error(
        "{file}:1:1: the file is UTF-16, so Docker would take none of its patterns and leave nothing out; save it as UTF-8"
    )]
    Utf16 {
        /// The ignore file's name.
        file: String,
    },
    /// A line is longer than Docker reads.
    #[error(
        "{file}:{line}:1: the line is longer than {LONGEST_LINE} bytes, which Docker refuses; split it"
    )]
    LineTooLong {
        /// The ignore file's name.
        file: String,
        /// The line, from 1.
        line: u32,
    },
    /// A `!` with no path behind it.
    #[error(
        "{file}:{line}:{column}: a lone `!` names nothing to keep; name a path after it, or delete the line"
    )]
    LoneExclamation {
        /// The ignore file's name.
        file: String,
        /// The line, from 1.
        line: u32,
        /// The byte in the line, from 1.
        column: u32,
    },
    /// A pattern that no path can be matched with.
    #[error("{file}:{line}:{column}: `{pattern}` is no pattern: {reason}")]
    Malformed {
        /// The ignore file's name.
        file: String,
        /// The line, from 1.
        line: u32,
        /// The byte in the line at which reading failed, from 1.
        column: u32,
        /// The pattern as written.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A control character, with which BuildKit cannot transmit the patterns.
    #[error(
        "{file}:{line}:{column}: BuildKit refuses the control character {character} in `{pattern}`; delete it"
    )]
    ControlCharacter {
        /// The ignore file's name.
        file: String,
        /// The line, from 1.
        line: u32,
        /// The byte in the line, from 1.
        column: u32,
        /// The character, escaped.
        character: String,
        /// The pattern as written.
        pattern: String,
    },
}

impl IgnoreFile {
    /// Reads the contents of an ignore file; `name` is what messages call it.
    ///
    /// # Errors
    /// [`IgnoreError::Utf16`] and [`IgnoreError::LineTooLong`]. Whether the patterns
    /// are well-formed is asked when a [`Matcher`](super::Matcher) is made of them.
    pub fn parse(bytes: impl AsRef<[u8]>, name: impl Into<String>) -> Result<Self, IgnoreError> {
        let (bytes, name) = (bytes.as_ref(), name.into());
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Err(IgnoreError::Utf16 { file: name });
        }
        let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut patterns = Vec::new();
        for (index, line) in bytes[mark..].split(|&byte| byte == b'\n').enumerate() {
            let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
            let skipped = if index == 0 { mark } else { 0 };
            if skipped + line.len() > LONGEST_LINE {
                return Err(IgnoreError::LineTooLong { file: name, line: number });
            }
            if let Some((text, written, start)) = read_line(line) {
                let column = u32::try_from(skipped + start + 1).unwrap_or(u32::MAX);
                patterns.push(IgnorePattern { text, written, line: number, column });
            }
        }
        Ok(Self { name, patterns })
    }

    /// Patterns that are clean already and come from no file, such as a caller's own.
    pub fn from_patterns<P: Into<Vec<u8>>>(
        name: impl Into<String>,
        patterns: impl IntoIterator<Item = P>,
    ) -> Self {
        let pattern = |text: P| {
            let text = text.into();
            IgnorePattern { written: text.clone(), text, line: 0, column: 1 }
        };
        Self { name: name.into(), patterns: patterns.into_iter().map(pattern).collect() }
    }

    /// What messages call the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The patterns in the order of the file, on which their meaning depends.
    pub fn patterns(&self) -> &[IgnorePattern] {
        &self.patterns
    }
}

impl IgnorePattern {
    /// The pattern as people read it.
    pub fn shown(&self) -> String {
        Shown(&self.written).to_string()
    }
}

/// The pattern on a line: cleaned, as written, and the byte at which it starts.
fn read_line(line: &[u8]) -> Option<(Vec<u8>, Vec<u8>, usize)> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.starts_with(b"#") {
        return None;
    }
    let start = line.len() - go::trim_start(line).len();
    let written = go::trim_space(line);
    let (exception, path) = match written.strip_prefix(b"!") {
        Some(rest) => (true, go::trim_space(rest)),
        None => (false, written),
    };
    if written.is_empty() {
        return None;
    }
    let mut path = if path.is_empty() { Vec::new() } else { go::clean(path) };
    if path.len() > 1 && path[0] == b'/' {
        path.remove(0);
    }
    if exception {
        path.insert(0, b'!');
    }
    Some((path, written.to_vec(), start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &[u8], expected: &[&str]) {
        let ignore = IgnoreFile::parse(file, "ignore").unwrap();
        let patterns: Vec<_> =
            ignore.patterns().iter().map(|p| String::from_utf8_lossy(&p.text)).collect();
        assert_eq!(patterns, expected, "{}", file.escape_ascii());
    }

    #[test]
    fn lines_become_patterns() {
        check(b"", &[]);
        check(b"# only\n\n  \n", &[]);
        check(b" # not a comment", &["# not a comment"]);
        check(b"\xef\xbb\xbf#comment\nb\n", &["b"]);
        check(b"\xef\xbb\xbf/x", &["x"]);
        check(b"x\r\n#c\r\ny\r", &["x", "y"]);
        check(b"/\n//\n/./\n", &["/", "/", "/"]);
        check(b"! /a/b/ \n!\n! \n!/\n! !x\n!.\n", &["!a/b", "!", "!", "!/", "!!x", "!."]);
        check(b"/../x\n../x\na/../..\n./*\n", &["x", "../x", "..", "*"]);
    }

    #[test]
    fn a_pattern_knows_its_place() {
        let ignore = IgnoreFile::parse("\u{feff}  x\n\n\t! y  \n", "f").unwrap();
        let places: Vec<_> = ignore.patterns().iter().map(|p| (p.line, p.column)).collect();
        assert_eq!(places, [(1, 6), (3, 2)]);
        assert_eq!(ignore.patterns()[1].shown(), "! y");
    }

    #[test]
    fn what_docker_misreads_or_refuses_is_an_error() {
        for utf16 in [&b"\xff\xfex\0\n\0"[..], b"\xfe\xff\0x\0\n"] {
            let error = IgnoreFile::parse(utf16, ".dockerignore").unwrap_err();
            assert_eq!(error, IgnoreError::Utf16 { file: ".dockerignore".into() });
        }
        let fits = vec![b'a'; LONGEST_LINE];
        assert!(IgnoreFile::parse([&fits[..], b"\nb"].concat(), "f").is_ok());
        let error = IgnoreFile::parse([b"b\n", &fits[..], b"a"].concat(), "f").unwrap_err();
        assert_eq!(error, IgnoreError::LineTooLong { file: "f".into(), line: 2 });
    }
}
