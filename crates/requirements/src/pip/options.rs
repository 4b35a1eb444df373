//! The options of one line, split as a shell would and read as Python's `optparse` does:
//! abbreviations, glued values, and texts in between that nobody looks at.

use crate::requirement::Hash;

/// The options that stand on one line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LineOptions {
    pub(crate) given: Vec<LineOption>,
    /// Texts that belong to no option: pip drops them in silence.
    pub(crate) stray: Vec<String>,
}

/// One option with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LineOption {
    IndexUrl(String),
    ExtraIndexUrl(String),
    NoIndex,
    Constraint(String),
    Requirement(String),
    Editable(String),
    FindLinks(String),
    NoBinary(String),
    OnlyBinary(String),
    PreferBinary,
    RequireHashes,
    NoRequireHashes,
    Pre,
    AllReleases(String),
    OnlyFinal(String),
    TrustedHost(String),
    UseFeature(String),
    GlobalOption(String),
    Hash(Hash),
    ConfigSetting(String, String),
}

impl LineOption {
    /// The option's name, for messages.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::IndexUrl(_) => "`--index-url`",
            Self::ExtraIndexUrl(_) => "`--extra-index-url`",
            Self::NoIndex => "`--no-index`",
            Self::Constraint(_) => "`--constraint`",
            Self::Requirement(_) => "`--requirement`",
            Self::Editable(_) => "`--editable`",
            Self::FindLinks(_) => "`--find-links`",
            Self::NoBinary(_) => "`--no-binary`",
            Self::OnlyBinary(_) => "`--only-binary`",
            Self::PreferBinary => "`--prefer-binary`",
            Self::RequireHashes => "`--require-hashes`",
            Self::NoRequireHashes => "`--no-require-hashes`",
            Self::Pre => "`--pre`",
            Self::AllReleases(_) => "`--all-releases`",
            Self::OnlyFinal(_) => "`--only-final`",
            Self::TrustedHost(_) => "`--trusted-host`",
            Self::UseFeature(_) => "`--use-feature`",
            Self::GlobalOption(_) => "`--global-option`",
            Self::Hash(_) => "`--hash`",
            Self::ConfigSetting(..) => "`--config-settings`",
        }
    }
}

/// How an option takes shape from its value, or from nothing.
enum Shape {
    Flag(LineOption),
    Value(fn(String) -> Result<LineOption, String>),
}

/// Every option of any supported pip, by its long names; the second is the short one.
fn shape(long: &str) -> Option<Shape> {
    use LineOption as O;
    Some(match long {
        "--index-url" | "--pypi-url" => Shape::Value(|value| Ok(O::IndexUrl(value))),
        "--extra-index-url" => Shape::Value(|value| Ok(O::ExtraIndexUrl(value))),
        "--no-index" => Shape::Flag(O::NoIndex),
        "--constraint" => Shape::Value(|value| Ok(O::Constraint(value))),
        "--requirement" => Shape::Value(|value| Ok(O::Requirement(value))),
        "--editable" => Shape::Value(|value| Ok(O::Editable(value))),
        "--find-links" => Shape::Value(|value| Ok(O::FindLinks(value))),
        "--no-binary" => Shape::Value(|value| filter("--no-binary", value).map(O::NoBinary)),
        "--only-binary" => Shape::Value(|value| filter("--only-binary", value).map(O::OnlyBinary)),
        "--prefer-binary" => Shape::Flag(O::PreferBinary),
        "--require-hashes" => Shape::Flag(O::RequireHashes),
        "--no-require-hashes" => Shape::Flag(O::NoRequireHashes),
        "--pre" => Shape::Flag(O::Pre),
        "--all-releases" => {
            Shape::Value(|value| filter("--all-releases", value).map(O::AllReleases))
        }
        "--only-final" => Shape::Value(|value| filter("--only-final", value).map(O::OnlyFinal)),
        "--trusted-host" => Shape::Value(|value| Ok(O::TrustedHost(value))),
        "--use-feature" => Shape::Value(|value| Ok(O::UseFeature(value))),
        "--global-option" => Shape::Value(|value| Ok(O::GlobalOption(value))),
        "--hash" => Shape::Value(|value| hash(&value)),
        "--config-settings" => Shape::Value(|value| config_setting(&value)),
        _ => return None,
    })
}

const LONG: [&str; 21] = [
    "--index-url",
    "--pypi-url",
    "--extra-index-url",
    "--no-index",
    "--constraint",
    "--requirement",
    "--editable",
    "--find-links",
    "--no-binary",
    "--only-binary",
    "--prefer-binary",
    "--require-hashes",
    "--no-require-hashes",
    "--pre",
    "--all-releases",
    "--only-final",
    "--trusted-host",
    "--use-feature",
    "--global-option",
    "--hash",
    "--config-settings",
];

/// Options that old versions of pip knew, or that pip knows on its command line alone.
const REMOVED: [&str; 13] = [
    "--allow-all-external",
    "--allow-external",
    "--allow-insecure",
    "--allow-unverified",
    "--always-unzip",
    "--build-option",
    "--install-option",
    "--no-allow-external",
    "--no-allow-insecure",
    "--no-use-wheel",
    "--process-dependency-links",
    "--use-mirrors",
    "--use-wheel",
];

const fn short(letter: char) -> Option<&'static str> {
    Some(match letter {
        'i' => "--index-url",
        'c' => "--constraint",
        'r' => "--requirement",
        'e' => "--editable",
        'f' => "--find-links",
        'C' => "--config-settings",
        _ => return None,
    })
}

fn filter(option: &str, value: String) -> Result<String, String> {
    if value.starts_with('-') {
        return Err(format!("`{option}` needs a value: `:all:`, `:none:` or names of packages"));
    }
    Ok(value)
}

fn hash(value: &str) -> Result<LineOption, String> {
    let hash: Hash =
        value.parse().map_err(|error: crate::requirement::InvalidHash| error.to_string())?;
    match hash.algorithm() {
        "sha256" | "sha384" | "sha512" => Ok(LineOption::Hash(hash)),
        other => Err(format!("`{other}` is too weak a hash: use sha256, sha384 or sha512")),
    }
}

fn config_setting(value: &str) -> Result<LineOption, String> {
    match value.split_once('=') {
        Some((key, value)) => Ok(LineOption::ConfigSetting(key.to_owned(), value.to_owned())),
        None => Err(format!("`--config-settings` needs `key=value`, not `{value}`")),
    }
}

/// Splits a line before its first word that begins with `-`: requirement and options.
pub(crate) fn split_options(line: &str) -> (&str, &str) {
    let mut start = 0;
    for word in line.split(' ') {
        if word.starts_with('-') {
            return (line[..start].trim_end_matches(' '), &line[start..]);
        }
        start += word.len() + 1;
    }
    (line, "")
}

/// Reads the options of a line.
pub(crate) fn parse(text: &str) -> Result<LineOptions, String> {
    let mut options = LineOptions::default();
    let mut words = shell_words(text)?.into_iter();
    while let Some(word) = words.next() {
        if word == "--" {
            options.stray.extend(words);
            break;
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let name = unabbreviated(name)?;
            options.given.push(with_value(name, value, &mut words)?);
        } else if word.len() > 1 && word.starts_with('-') {
            let letter = word[1..].chars().next().unwrap_or_default();
            let name = short(letter).ok_or_else(|| no_such(&format!("-{letter}")))?;
            let glued = &word[1 + letter.len_utf8()..];
            let value = (!glued.is_empty()).then(|| glued.to_owned());
            options.given.push(with_value(name, value, &mut words)?);
        } else {
            options.stray.push(word);
        }
    }
    Ok(options)
}

fn with_value(
    name: &str,
    value: Option<String>,
    words: &mut impl Iterator<Item = String>,
) -> Result<LineOption, String> {
    match (shape(name), value) {
        (None, _) => Err(no_such(name)),
        (Some(Shape::Flag(option)), None) => Ok(option),
        (Some(Shape::Flag(_)), Some(_)) => Err(format!("`{name}` takes no value")),
        (Some(Shape::Value(make)), value) => {
            make(value.or_else(|| words.next()).ok_or_else(|| format!("`{name}` needs a value"))?)
        }
    }
}

/// The long option that `name`, without its dashes, is or begins.
fn unabbreviated(name: &str) -> Result<&'static str, String> {
    let mut found = LONG.into_iter().filter(|long| long[2..].starts_with(name));
    match (LONG.into_iter().find(|long| &long[2..] == name), found.next(), found.next()) {
        (Some(exact), ..) => Ok(exact),
        (None, Some(one), None) => Ok(one),
        (None, Some(one), Some(other)) => {
            Err(format!("`--{name}` could be `{one}` or `{other}`: write it out"))
        }
        (None, None, _) => Err(no_such(&format!("--{name}"))),
    }
}

fn no_such(option: &str) -> String {
    if REMOVED.contains(&option) {
        format!("pip no longer knows the option `{option}`; remove it")
    } else {
        format!(
            "pip knows no option `{option}` in requirements files; remove it, or give it to pip itself"
        )
    }
}

/// Splits as a POSIX shell does: quotes and backslashes, no comments, no variables.
fn shell_words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' | '"' => quoted(c, &mut chars, word.get_or_insert_default())?,
            '\\' => {
                let next = chars.next().ok_or("a `\\` at the end has nothing to join")?;
                word.get_or_insert_default().push(next);
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Reads on to the closing quote; only double quotes know backslashes.
fn quoted(quote: char, chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), String> {
    while let Some(c) = chars.next() {
        match c {
            c if c == quote => return Ok(()),
            '\\' if quote == '"' => match chars.next() {
                Some(c @ ('\\' | '"')) => word.push(c),
                Some(c) => word.extend(['\\', c]),
                None => break,
            },
            c => word.push(c),
        }
    }
    Err(format!("a quote {quote} is never closed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> Result<Vec<LineOption>, String> {
        parse(text).map(|options| options.given)
    }

    #[test]
    fn options_are_read_as_optparse_does() {
        use LineOption as O;
        let cases = [
            ("--index-url=https://a", vec![O::IndexUrl("https://a".into())]),
            (
                "-ihttps://a -i https://b",
                vec![O::IndexUrl("https://a".into()), O::IndexUrl("https://b".into())],
            ),
            ("--extra https://a", vec![O::ExtraIndexUrl("https://a".into())]),
            ("-e. --pre", vec![O::Editable(".".into()), O::Pre]),
            ("--index-url \"https://a/si mple\"", vec![O::IndexUrl("https://a/si mple".into())]),
            ("- flask", vec![]),
            ("-- --pre", vec![]),
            (
                "--config-settings=\"a=b\" -Cc=d",
                vec![
                    O::ConfigSetting("a".into(), "b".into()),
                    O::ConfigSetting("c".into(), "d".into()),
                ],
            ),
            ("--hash sha256:AB", vec![O::Hash(Hash::sha256("ab"))]),
        ];
        for (text, expected) in cases {
            assert_eq!(given(text), Ok(expected), "{text}");
        }
        assert_eq!(parse("- flask").unwrap().stray, ["-", "flask"]);
        assert_eq!(parse("--pre ; x").unwrap().stray, [";", "x"]);
    }

    #[test]
    fn options_that_pip_refuses_are_refused() {
        for text in [
            "-q",
            "--no",
            "--pre=1",
            "--hash",
            "--hash=abc",
            "--hash=md5:ab",
            "--index-url",
            "--allow-external x",
            "-i 'a",
            "--config-settings a",
            "--no-binary -x",
            "-é",
        ] {
            assert!(given(text).is_err(), "{text} was accepted");
        }
    }
}
