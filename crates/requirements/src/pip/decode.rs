//! From the bytes of a requirements file to its text, by pip's rules: a byte order mark, else a
//! coding comment in the first two lines, else UTF-8.

use std::borrow::Cow;

/// Bytes that are no text: where, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Undecodable {
    pub(crate) line: u32,
    pub(crate) reason: String,
}

/// The text of `bytes`.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Undecodable> {
    let text = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest)?,
        [0xFF, 0xFE, 0, 0, rest @ ..] => utf32(rest, u32::from_le_bytes)?.into(),
        [0, 0, 0xFE, 0xFF, rest @ ..] => utf32(rest, u32::from_be_bytes)?.into(),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes)?.into(),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes)?.into(),
        _ => match coding_comment(bytes) {
            Some((name, line)) => by_name(name, line, bytes)?,
            None => utf8(bytes)?,
        },
    };
    match text.find('\0') {
        Some(at) => {
            Err(Undecodable { line: line_at(text[..at].as_bytes()), reason: binary(bytes) })
        }
        None => Ok(text),
    }
}

fn binary(bytes: &[u8]) -> String {
    if bytes.iter().skip(1).step_by(2).take(8).all(|byte| *byte == 0) {
        "there are zero bytes, as in UTF-16 without a byte order mark".to_owned()
    } else {
        "there is a zero byte, so this is no text file".to_owned()
    }
}

/// The number of the line that `before` ends in.
fn line_at(before: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', before).count()).unwrap_or(u32::MAX - 1) + 1
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Undecodable> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
        let at = error.valid_up_to();
        let byte = bytes.get(at).copied().unwrap_or_default();
        Undecodable {
            line: line_at(&bytes[..at]),
            reason: format!(
                "the byte 0x{byte:02x} is not UTF-8, and no coding comment names another encoding"
            ),
        }
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Undecodable> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    for c in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match c {
            Ok(c) => text.push(c),
            Err(_) => return Err(broken("UTF-16", &text)),
        }
    }
    if rest.is_empty() { Ok(text) } else { Err(broken("UTF-16", &text)) }
}

fn utf32(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> Result<String, Undecodable> {
    let (quads, rest) = bytes.as_chunks::<4>();
    let mut text = String::with_capacity(bytes.len());
    for quad in quads {
        match char::from_u32(unit(*quad)) {
            Some(c) => text.push(c),
            None => return Err(broken("UTF-32", &text)),
        }
    }
    if rest.is_empty() { Ok(text) } else { Err(broken("UTF-32", &text)) }
}

fn broken(encoding: &str, before: &str) -> Undecodable {
    Undecodable {
        line: line_at(before.as_bytes()),
        reason: format!("the byte order mark says {encoding}, but the bytes are not"),
    }
}

/// The encoding that a comment in the first two lines names, and its line.
fn coding_comment(bytes: &[u8]) -> Option<(&str, u32)> {
    bytes.split(|byte| *byte == b'\n').take(2).zip(1..).find_map(|(line, number)| {
        let comment = line.strip_prefix(b"#")?;
        let mut starts = memchr::memmem::find_iter(comment, b"coding");
        starts.find_map(|start| {
            let rest = &comment[start + 6..];
            let rest =
                rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"="))?.trim_ascii_start();
            let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
            let end = rest.iter().position(|byte| !is_name(byte)).unwrap_or(rest.len());
            let name = std::str::from_utf8(&rest[..end]).ok()?;
            (!name.is_empty()).then_some((name, number))
        })
    })
}

fn by_name<'a>(name: &str, line: u32, bytes: &'a [u8]) -> Result<Cow<'a, str>, Undecodable> {
    let label = name.to_ascii_lowercase().replace('_', "-");
    match &label[..] {
        "utf-8" | "utf8" | "utf-8-sig" | "ascii" | "us-ascii" => return utf8(bytes),
        // Python's Latin-1 is the first 256 characters; the web's is Windows-1252.
        "latin-1" | "latin1" | "latin" | "l1" | "iso-8859-1" | "iso8859-1" | "8859" | "cp819" => {
            return Ok(bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into());
        }
        _ => {}
    }
    let web = label.strip_prefix("cp125").map(|digit| format!("windows-125{digit}"));
    let encoding = encoding_rs::Encoding::for_label(web.as_deref().unwrap_or(&label).as_bytes())
        .filter(|encoding| *encoding != encoding_rs::REPLACEMENT)
        .ok_or_else(|| Undecodable {
            line,
            reason: format!("the coding comment names `{name}`, which is no known encoding"),
        })?;
    encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or_else(|| Undecodable {
        line,
        reason: format!("the coding comment says `{name}`, but the bytes are not"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, mark: &[u8], unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.iter().copied().chain(text.encode_utf16().flat_map(unit)).collect()
    }

    #[test]
    fn texts_are_read_in_all_encodings() {
        let text = "# café\nflask\n";
        let cases: [(&str, Vec<u8>); 7] = [
            (text, text.into()),
            (text, ["\u{feff}", text].concat().into_bytes()),
            (text, encoded(text, b"\xff\xfe", u16::to_le_bytes)),
            (text, encoded(text, b"\xfe\xff", u16::to_be_bytes)),
            ("# coding: latin-1\n# é\n", b"# coding: latin-1\n# \xe9\n".to_vec()),
            (
                "#\n# vim: fileencoding=cp1251 :\n# П\n",
                b"#\n# vim: fileencoding=cp1251 :\n# \xcf\n".to_vec(),
            ),
            ("# coding=euc_jp\n# 日\n", b"# coding=euc_jp\n# \xc6\xfc\n".to_vec()),
        ];
        for (text, bytes) in cases {
            assert_eq!(decode(&bytes).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_line() {
        let cases: [(&[u8], u32); 8] = [
            (b"# caf\xe9\nFlask\n", 1),
            (b"a\nb\xe9", 2),
            (b"f\0l\0a\0s\0k\0\n\0", 1),
            (b"a\n\0", 2),
            (b"\xff\xfea\0\n", 1),
            (b"\xff\xfe\x00\xd8a\0", 1),
            (b"#\n# coding: nope\n", 2),
            (b"# coding: shift_jis\n\xff\xff", 1),
        ];
        for (bytes, line) in cases {
            assert_eq!(decode(bytes).map_err(|e| e.line), Err(line), "{bytes:?}");
        }
    }
}
