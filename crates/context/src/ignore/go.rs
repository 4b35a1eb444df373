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

/// Whether `filepath.Match(pattern, ".")` refuses the pattern, which is all that moby asks of it.
///
/// It cuts the pattern at every `*` outside of brackets, and stops at the first piece that does
/// not match the name: what is malformed behind that goes unnoticed. So `[` and `.*[` are errors,
/// and `a*[` is none. Brackets are counted more simply for cutting than for reading classes. All
/// that is done here as there, since builders let such patterns pass and go by them.
pub(super) fn check_syntax(pattern: &[u8]) -> Result<(), SyntaxError> {
    let (mut name, mut start): (&[u8], usize) = (b".", 0);
    while start < pattern.len() {
        let star = pattern[start] == b'*';
        while pattern.get(start) == Some(&b'*') {
            start += 1;
        }
        let end = chunk_end(pattern, start);
        if start == end {
            break;
        }
        let last = end == pattern.len();
        let fits = |rest: &&[u8]| rest.is_empty() || !last;
        let mut rest = match_chunk(&pattern[..end], start, name)?.filter(fits);
        if rest.is_none() && star && !name.is_empty() {
            // The star may also stand for the name's only character.
            rest = match_chunk(&pattern[..end], start, b"")?.filter(fits);
        }
        let Some(rest) = rest else { break };
        (name, start) = (rest, end);
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

/// Reads the chunk from `at` to the end of `chunk`, to the end even when it has ceased to match;
/// returns what is left of an ASCII name behind it.
fn match_chunk<'a>(
    chunk: &[u8],
    mut at: usize,
    name: &'a [u8],
) -> Result<Option<&'a [u8]>, SyntaxError> {
    let mut left = Some(name);
    while at < chunk.len() {
        let next = left.and_then(<[u8]>::split_first);
        let matched = match chunk[at] {
            b'[' => {
                let class = read_class(chunk, at, next.map(|(byte, _)| *byte))?;
                at = class.end;
                class.matched
            }
            b'?' => {
                at += 1;
                next.is_some_and(|(byte, _)| *byte != b'/')
            }
            byte => {
                if byte == b'\\' {
                    at += 1;
                }
                let Some(literal) = chunk.get(at) else {
                    let reason = "nothing follows the backslash";
                    return Err(SyntaxError { offset: at - 1, reason });
                };
                at += 1;
                next.is_some_and(|(byte, _)| byte == literal)
            }
        };
        left = next.filter(|_| matched).map(|(_, rest)| rest);
    }
    Ok(left)
}

/// A class that was read.
struct ReadClass {
    end: usize,
    matched: bool,
}

/// Reads the class that opens at `open`, and says whether it holds the byte.
fn read_class(chunk: &[u8], open: usize, byte: Option<u8>) -> Result<ReadClass, SyntaxError> {
    let mut at = open + 1;
    let negated = chunk.get(at) == Some(&b'^');
    if negated {
        at += 1;
    }
    let (first, mut holds) = (at, false);
    loop {
        if chunk.get(at) == Some(&b']') && at > first {
            let matched = byte.is_some() && holds != negated;
            return Ok(ReadClass { end: at + 1, matched });
        }
        let (low, next) = class_char(chunk, at, open)?;
        at = next;
        let mut high = low;
        if chunk[at] == b'-' {
            (high, at) = class_char(chunk, at + 1, open)?;
        }
        holds |= byte.is_some_and(|byte| (low..=high).contains(&char::from(byte)));
    }
}

/// Reads one character of a class, maybe escaped. Something must follow it.
fn class_char(chunk: &[u8], mut at: usize, open: usize) -> Result<(char, usize), SyntaxError> {
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
    let Some(char) = first_char(rest) else {
        return if rest.is_empty() {
            error(open, UNCLOSED)
        } else {
            error(at, "a character in brackets must be UTF-8")
        };
    };
    let width = char.len_utf8();
    if rest.len() == width { error(open, UNCLOSED) } else { Ok((char, at + width)) }
}

/// The UTF-8 character that the bytes start with.
fn first_char(bytes: &[u8]) -> Option<char> {
    let width = (1..=bytes.len().min(4)).find(|&width| str::from_utf8(&bytes[..width]).is_ok())?;
    str::from_utf8(&bytes[..width]).ok()?.chars().next()
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
            (".*[", 2),
            ("?*[", 2),
            ("[^a]*[", 5),
            ("[^]a]", 2),
            ("[]*]", 1),
        ] {
            let error = check_syntax(pattern.as_bytes()).unwrap_err();
            assert_eq!(error.offset, offset, "{pattern}: {}", error.reason);
        }
        for pattern in [
            "[[]*]",
            "a]",
            "[^a]*",
            "\\[",
            "[\\]*]",
            "[a-\\]]",
            "**",
            "[!a]",
            "é[é-ü]",
            "a*[",
            "..*[",
            "[a]*[",
        ] {
            assert_eq!(check_syntax(pattern.as_bytes()), Ok(()), "{pattern}");
        }
        assert!(check_syntax(b"[\xff]").is_err());
        assert!(check_syntax(b"\xff").is_ok());
    }
}
