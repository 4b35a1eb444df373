//! The files' formats.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Reads a file with one JSON value on each line; none where there is no file.
pub(super) fn read_lines<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let parse = |(index, line)| {
        serde_json::from_str(line).with_context(|| format!("{}:{}", path.display(), index + 1))
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(parse).collect()
}

/// A line of `cases.jsonl`.
#[derive(Debug, Deserialize)]
pub(super) struct Case {
    pub(super) patterns: Vec<String>,
    pub(super) path: String,
    pub(super) excluded: Option<bool>,
    pub(super) source: String,
    pub(super) stage: String,
    pub(super) error: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    /// Where builders differ.
    excluded_by: Option<BTreeMap<String, Option<bool>>>,
    #[serde(flatten)]
    pub(super) files: Files,
}

/// The files a case or context brings along beside its tree.
#[derive(Debug, Deserialize)]
pub(super) struct Files {
    pub(super) dockerfile: Option<String>,
    #[serde(alias = "ignore")]
    ignore_file: Option<String>,
    #[serde(alias = "ignore_b64")]
    ignore_file_b64: Option<String>,
    #[serde(default, rename = "extra_files")]
    pub(super) extra: BTreeMap<String, String>,
}

impl Files {
    /// The raw ignore file.
    pub(super) fn ignore(&self) -> anyhow::Result<Option<Vec<u8>>> {
        match (&self.ignore_file_b64, &self.ignore_file) {
            (Some(encoded), _) => decode(encoded).map(Some),
            (None, Some(text)) => Ok(Some(text.clone().into_bytes())),
            (None, None) => Ok(None),
        }
    }
}

impl Case {
    pub(super) fn name(&self) -> String {
        format!("{} {:?} {:?} ({})", self.stage, self.patterns, self.path, self.source)
    }

    /// BuildKit's answer; `None` for an error.
    pub(super) fn expected(&self) -> Option<bool> {
        match self.excluded_by.as_ref().and_then(|by| by.get(super::BUILDKIT_HEAD)) {
            Some(answer) => *answer,
            None => self.excluded,
        }
    }
}

/// A line of `contexts.jsonl`.
#[derive(Debug, Deserialize)]
pub(super) struct Recorded {
    pub(super) id: String,
    pub(super) context: Vec<String>,
    /// What each builder took in; nothing for one that failed.
    included: BTreeMap<String, Option<Vec<String>>>,
    errors: BTreeMap<String, String>,
    #[serde(flatten)]
    pub(super) files: Files,
}

impl Recorded {
    /// What a builder took in.
    pub(super) fn answer(&self, builder: &str) -> Answer<'_> {
        match self.included.get(builder) {
            _ if self.errors.contains_key(builder) => Answer::Refused,
            Some(Some(entries)) => Answer::Took(entries),
            Some(None) => Answer::Refused,
            None => Answer::NotRecorded,
        }
    }

    /// Whether BuildKit and the classic client would not look at the same ignore file.
    pub(super) fn finds_otherwise(&self) -> bool {
        let nested = self.files.dockerfile.as_deref().is_some_and(|path| path.contains('/'));
        let linked = self.context.iter().any(|shown| shown.starts_with(".dockerignore -> "));
        nested || linked || !self.files.extra.is_empty()
    }
}

/// What a builder made of a context.
pub(super) enum Answer<'a> {
    NotRecorded,
    /// It failed.
    Refused,
    /// It took these entries in.
    Took(&'a [String]),
}

/// A line of `reader.jsonl`.
#[derive(Debug, Deserialize)]
pub(super) struct ReaderCase {
    raw: Option<String>,
    raw_b64: Option<String>,
    patterns: Option<Vec<String>>,
    patterns_b64: Option<Vec<String>>,
}

impl ReaderCase {
    pub(super) fn raw(&self) -> anyhow::Result<Vec<u8>> {
        match (&self.raw_b64, &self.raw) {
            (Some(encoded), _) => decode(encoded),
            (None, Some(text)) => Ok(text.clone().into_bytes()),
            (None, None) => anyhow::bail!("a reader case without input"),
        }
    }

    /// The patterns read; `None` for an error.
    pub(super) fn patterns(&self) -> anyhow::Result<Option<Vec<Vec<u8>>>> {
        match (&self.patterns_b64, &self.patterns) {
            (Some(encoded), _) => {
                encoded.iter().map(|p| decode(p)).collect::<Result<_, _>>().map(Some)
            }
            (None, Some(texts)) => Ok(Some(texts.iter().map(|p| p.clone().into_bytes()).collect())),
            (None, None) => Ok(None),
        }
    }
}

/// A line of `compile.jsonl`.
#[derive(Debug, Deserialize)]
pub(super) struct CompileCase {
    pub(super) pattern: String,
    pub(super) match_type: String,
    pub(super) regexp: Option<String>,
}

/// An entry as `contexts.jsonl` writes it: `dir/`, `link -> target`, `pipe |fifo`, `file`.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) path: Vec<u8>,
    pub(super) directory: bool,
    pub(super) special: bool,
    pub(super) target: Option<String>,
}

impl Shown {
    pub(super) fn parse(text: &str) -> Self {
        let (text, target) = match text.split_once(" -> ") {
            Some((text, target)) => (text, Some(target.to_owned())),
            None => (text, None),
        };
        let (text, special) = match text.strip_suffix(" |fifo") {
            Some(text) => (text, true),
            None => (text, false),
        };
        let (text, directory) = match text.strip_suffix('/') {
            Some(text) => (text, true),
            None => (text, false),
        };
        Self { path: path(text), directory, special, target }
    }
}

/// A path, in which `\xe9` stands for a byte that is no UTF-8.
pub(super) fn path(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code =
            rest.strip_prefix(b"\\x").and_then(|rest| std::str::from_utf8(rest.get(..2)?).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) if !byte.is_ascii() => {
                bytes.push(byte);
                rest = &rest[4..];
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    bytes
}

/// What is only in one of two sets, in words.
pub(super) fn difference(
    expected: &BTreeSet<Vec<u8>>,
    found: &BTreeSet<Vec<u8>>,
) -> Option<String> {
    let list = |a: &BTreeSet<Vec<u8>>, b: &BTreeSet<Vec<u8>>| {
        let only = a.difference(b).map(|path| path.escape_ascii().to_string());
        only.collect::<Vec<_>>().join(", ")
    };
    let (missing, extra) = (list(expected, found), list(found, expected));
    (expected != found).then(|| format!("missing [{missing}], too many [{extra}]"))
}

/// Decodes base64 in its standard alphabet.
fn decode(text: &str) -> anyhow::Result<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut buffer, mut bits) = (0_u32, 0);
    for char in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|&known| known == char);
        let value = value.with_context(|| format!("`{text}` is not base64"))?;
        buffer = buffer << 6 | u32::try_from(value)?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xff)?);
        }
    }
    Ok(bytes)
}
