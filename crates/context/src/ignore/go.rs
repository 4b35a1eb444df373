//! The three functions of Go's standard library whose exact results an ignore
//! file's meaning rests on, over bytes: `strings.TrimSpace`, `filepath.Clean`
//! and the syntax check inside `filepath.Match`.

/// `strings.TrimSpace`: cuts Unicode white space from both ends. A stray byte
/// is no space, even where Latin-1 would have one.
pub(super) fn trim_space(text: &[u8]) -> &[u8] {
    trim_end(trim_start(text))
}

/// The first half of [`trim_space`].
pub(super) fn trim_start(mut text: &[u8]) -> &[u8] {
    while let Some(width) = (1..=text.len().min(4)).find(|&width| is_space(&text[..width])) {
        text = &text[width..];
    }
    text
}

fn trim_end(mut text: &[u8]) -> &[u8] {
    while let Some(width) =
        (1..=text.len().min(4)).find(|&width| is_space(&text[text.len() - width..]))
    {
        text = &text[..text.len() - width];
    }
    text
}

/// Whether these bytes are exactly one white-space character.
fn is_space(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut chars = text.chars();
    chars.next().is_some_and(char::is_whitespace) && chars.next().is_none()
}

/// `filepath.Clean` on Unix: the shortest path of the same meaning, `.` for nothing.
pub(super) fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.first() == Some(&b'/');
    let mut kept: Vec<&[u8]> = Vec::new();
    for component in path.split(|&byte| byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." if kept.last().is_some_and(|last| *last != b"..") => {
                kept.pop();
            }
            b".." if rooted => {}
            _ => kept.push(component),
        }
    }
    let mut clean = if rooted { vec![b'/'] } else { Vec::new() };
    clean.extend_from_slice(&kept.join(&b'/'));
    if clean.is_empty() { vec![b'.'] } else { clean }
}

/// What `filepath.Match` would refuse in a pattern, and the byte where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) offset: usize,
    pub(super) reason: &'static str,
}

/// The syntax check of `filepath.Match`, which reads the whole pattern
/// whatever name it is matched with.
///
/// It cuts the pattern at every `*` outside of brackets, and counts brackets
/// more simply there than when it reads a class. Both are done here as there,
/// since patterns exist on which they disagree.
pub(super) fn check_syntax(pattern: &[u8]) -> Result<(), SyntaxError> {
    let mut start = 0;
    while start < pattern.len() {
        while pattern.get(start) == Some(&b'*') {
            start += 1;
        }
        let end = chunk_end(pattern, start);
        check_chunk(&pattern[..end], start)?;
        start = end;
    }
    Ok(())
}

/// Where the chunk that begins at `start` ends: at the next `*` outside of brackets.
fn chunk_end(pattern: &[u8], start: usize) -> usize {
    let mut in_range = false;
    let mut at = start;
    while at < pattern.len() {
        match pattern[at] {
            b'\\' if at + 1 < pattern.len() => at += 1,
            b'[' => in_range = true,
            b']' => in_range = false,
            b'*' if !in_range => break,
            _ => {}
        }
        at += 1;
    }
    at
}

/// Reads the chunk from `at` to the end of `chunk`.
fn check_chunk(chunk: &[u8], mut at: usize) -> Result<(), SyntaxError> {
    while at < chunk.len() {
        match chunk[at] {
            b'[' => at = check_class(chunk, at)?,
            b'\\' if at + 1 == chunk.len() => {
                return Err(SyntaxError { offset: at, reason: "nothing follows the backslash" });
            }
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    Ok(())
}

/// Reads the class that opens at `open`, and returns where it ends.
fn check_class(chunk: &[u8], open: usize) -> Result<usize, SyntaxError> {
    let mut at = open + 1;
    if chunk.get(at) == Some(&b'^') {
        at += 1;
    }
    let first = at;
    loop {
        if chunk.get(at) == Some(&b']') && at > first {
            return Ok(at + 1);
        }
        at = class_char(chunk, at, open)?;
        if chunk[at] == b'-' {
            at = class_char(chunk, at + 1, open)?;
        }
    }
}

/// Reads one character of a class, maybe escaped. Something must follow it.
fn class_char(chunk: &[u8], mut at: usize, open: usize) -> Result<usize, SyntaxError> {
    const UNCLOSED: &str = "the bracket is not closed";
    let error = |offset, reason| Err(SyntaxError { offset, reason });
    match chunk.get(at) {
        None => return error(open, UNCLOSED),
        Some(b'-') => return error(at, "a `-` in brackets must stand between two characters"),
        Some(b']') => return error(at, "a `]` in brackets must be written `\\]`"),
        Some(b'\\') => at += 1,
        Some(_) => {}
    }
    let rest = &chunk[at.min(chunk.len())..];
    let Some(width) = first_char_width(rest) else {
        return if rest.is_empty() {
            error(open, UNCLOSED)
        } else {
            error(at, "a character in brackets must be UTF-8")
        };
    };
    if rest.len() == width { error(open, UNCLOSED) } else { Ok(at + width) }
}

/// The width of the UTF-8 character that the bytes start with.
fn first_char_width(bytes: &[u8]) -> Option<usize> {
    (1..=bytes.len().min(4)).find(|&width| std::str::from_utf8(&bytes[..width]).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_is_gos() {
        for (path, expected) in [
            ("", "."),
            ("abc/def", "abc/def"),
            ("../../abc", "../../abc"),
            ("/", "/"),
            ("abc/", "abc"),
            ("../", ".."),
            ("//abc//", "/abc"),
            ("abc/./../def", "def"),
            ("abc/def/../../..", ".."),
            ("/abc/def/../../..", "/"),
            ("abc/../../././../def", "../../def"),
            ("a/..", "."),
            ("/..", "/"),
            ("!../../x", "x"),
        ] {
            assert_eq!(clean(path.as_bytes()), expected.as_bytes(), "{path}");
        }
    }

    #[test]
    fn space_is_unicodes_and_only_in_whole_characters() {
        assert_eq!(trim_space("\u{a0}\t x y\u{3000}\u{85}".as_bytes()), b"x y");
        assert_eq!(trim_space(b"x\x85"), b"x\x85");
        assert_eq!(trim_space("x\u{200b}".as_bytes()), "x\u{200b}".as_bytes());
        assert_eq!(trim_space(b" \r\n"), b"");
    }

    #[test]
    fn the_syntax_check_names_the_place() {
        for (pattern, offset) in [
            ("[", 0),
            ("a[", 1),
            ("ab/[]a]", 4),
            ("[x-]", 3),
            ("[-x]", 1),
            ("[a-b-c]", 4),
            ("a\\", 1),
            ("[a\\", 0),
            ("*[", 1),
            ("[^]a]", 2),
            ("[]*]", 1),
        ] {
            let error = check_syntax(pattern.as_bytes()).unwrap_err();
            assert_eq!(error.offset, offset, "{pattern}: {}", error.reason);
        }
        for pattern in ["[[]*]", "a]", "[^a]*", "\\[", "[\\]*]", "[a-\\]]", "**", "[!a]", "é[é-ü]"]
        {
            assert_eq!(check_syntax(pattern.as_bytes()), Ok(()), "{pattern}");
        }
        assert!(check_syntax(b"[\xff]").is_err());
        assert!(check_syntax(b"\xff").is_ok());
    }
}
