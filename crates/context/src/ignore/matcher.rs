//! The matcher: moby's walk from the root, each directory handing its matches down.

use super::explain::{Explanation, Step};
use super::file::{IgnoreError, IgnoreFile, IgnorePattern};
use super::glob::MatchKind;
use super::pattern::Pattern;

/// Whose reading of an ignore file to reproduce.
///
/// They differ in corners: `|`, `+` and parentheses, `**.ext`, what is in a directory that
/// `**/name` matches, and whether an excluded directory is entered for the sake of an exception
/// with wildcards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// BuildKit of 2026, and so `docker build` and `docker buildx` today.
    #[default]
    Current,
    /// Today's docker client with the classic builder (`DOCKER_BUILDKIT=0`).
    CurrentClassic,
    /// BuildKit as it is part of Docker Engine 20.10.
    Engine20BuildKit,
    /// The docker client 20.10 with the classic builder.
    Engine20Classic,
}

impl Dialect {
    pub(super) fn is_engine20(self) -> bool {
        matches!(self, Self::Engine20BuildKit | Self::Engine20Classic)
    }

    fn is_classic(self) -> bool {
        matches!(self, Self::CurrentClassic | Self::Engine20Classic)
    }
}

/// An ignore file, ready to be asked about paths.
///
/// ```
/// use boxwright_context::{Dialect, IgnoreFile, Matcher};
///
/// let ignore = IgnoreFile::parse("*.pyc\n**/__pycache__\n", ".dockerignore")?;
/// let matcher = Matcher::new(&ignore, Dialect::Current)?;
/// assert!(matcher.matches(b"a.pyc")?);
/// assert!(!matcher.matches(b"src/a.pyc")?, "without `**/`, a pattern matches at the root only");
/// assert!(matcher.matches(b"src/__pycache__/a.pyc")?);
/// # Ok::<(), boxwright_context::IgnoreError>(())
/// ```
#[derive(Debug, Default)]
pub struct Matcher {
    file: String,
    patterns: Vec<Pattern>,
    dialect: Dialect,
    exceptions: Exceptions,
}

/// What the exceptions of an ignore file are like, on which it depends
/// whether BuildKit enters an excluded directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Exceptions {
    #[default]
    None,
    /// Each is a plain path, maybe with `/*` or `/**` behind.
    Plain,
    /// At least one has a wildcard elsewhere.
    Wild,
}

/// Which patterns match what is in a directory, since they match the directory or one above it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matches(Box<[bool]>);

/// What is known of a directory once every pattern was asked about it.
struct Entered {
    excluded: bool,
    /// The last pattern that matches, which decides.
    last: Option<usize>,
    matches: Matches,
}

impl Matcher {
    /// Compiles the patterns of an ignore file.
    ///
    /// # Errors
    /// A lone `!`, a malformed pattern, a control character that BuildKit cannot transmit.
    pub fn new(ignore: &IgnoreFile, dialect: Dialect) -> Result<Self, IgnoreError> {
        if !dialect.is_classic() {
            check_transmissible(ignore)?;
        }
        let mut patterns = Vec::with_capacity(ignore.patterns().len());
        for source in ignore.patterns() {
            patterns.extend(Pattern::new(source, dialect, ignore.name())?);
        }
        let wild = |pattern: &Pattern| {
            let plain = without_trailing_glob(pattern.text());
            plain.iter().any(|byte| b"*[]?^\\".contains(byte))
        };
        let exceptions = || patterns.iter().filter(|pattern| pattern.exception);
        let exceptions = match exceptions().next() {
            None => Exceptions::None,
            Some(_) if exceptions().any(wild) => Exceptions::Wild,
            Some(_) => Exceptions::Plain,
        };
        Ok(Self { file: ignore.name().to_owned(), patterns, dialect, exceptions })
    }

    /// Whether there is no pattern, so that nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// How each pattern is matched, in the order of the file.
    pub fn kinds(&self) -> impl Iterator<Item = &MatchKind> {
        self.patterns.iter().map(Pattern::kind)
    }

    /// Whether the patterns match a path, asked from the root downwards: moby's
    /// `MatchesUsingParentResults`.
    ///
    /// Docker leaves out a little more than that, since it does not enter some excluded
    /// directories at all: [`explain`](Self::explain) knows about those.
    pub fn matches(&self, path: &[u8]) -> Result<bool, IgnoreError> {
        let mut parent = Matches::default();
        for slash in memchr::memchr_iter(b'/', path) {
            parent = self.enter(&parent, &path[..slash])?.1;
        }
        self.matches_in(&parent, path)
    }

    /// Whether the patterns match a path whose directory is known.
    pub fn matches_in(&self, parent: &Matches, path: &[u8]) -> Result<bool, IgnoreError> {
        let mut excluded = false;
        for index in 0..self.patterns.len() {
            if self.matched(index, parent, excluded, path)? {
                excluded = !self.patterns[index].exception;
            }
        }
        Ok(excluded)
    }

    /// Whether the patterns match a directory, and what those within it need to know.
    /// The root's own [`Matches`] are `Matches::default()`.
    pub fn enter(&self, parent: &Matches, path: &[u8]) -> Result<(bool, Matches), IgnoreError> {
        let entered = self.enter_with_reason(parent, path)?;
        Ok((entered.excluded, entered.matches))
    }

    fn enter_with_reason(&self, parent: &Matches, path: &[u8]) -> Result<Entered, IgnoreError> {
        let (mut excluded, mut last) = (false, None);
        let mut matches = vec![false; self.patterns.len()];
        let depth = memchr::memchr_iter(b'/', path).count() + 1;
        for (index, handed_down) in matches.iter_mut().enumerate() {
            let hit = self.matched(index, parent, excluded, path)?;
            if hit {
                excluded = !self.patterns[index].exception;
                last = Some(index);
            }
            // Of the directories above a path, 20.10 asks only the one that has as many
            // components as the pattern: `b` matches what is in `b`, and `**/b` does not.
            *handed_down = if !self.dialect.is_engine20() || self.patterns[index].depth == depth {
                hit
            } else {
                parent.0.get(index) == Some(&true)
            };
        }
        Ok(Entered { excluded, last, matches: Matches(matches.into()) })
    }

    /// Whether one pattern matches, given what was decided by those before it.
    fn matched(
        &self,
        index: usize,
        parent: &Matches,
        excluded: bool,
        path: &[u8],
    ) -> Result<bool, IgnoreError> {
        if parent.0.get(index) == Some(&true) {
            return Ok(true);
        }
        let pattern = &self.patterns[index];
        // Today's matcher does not ask a pattern that would change nothing, and
        // so the directory does not hand it down either. 20.10's asks all.
        if !self.dialect.is_engine20() && pattern.exception != excluded {
            return Ok(false);
        }
        pattern.matches(path, &self.file)
    }

    /// Whether the builder enters an excluded directory, since an exception may
    /// take something in it back.
    pub fn enters_excluded(&self, directory: &[u8]) -> bool {
        let exceptions = || self.patterns.iter().filter(|pattern| pattern.exception);
        let leads_to = |plain: &[u8]| {
            plain == directory
                || plain.strip_prefix(directory).is_some_and(|rest| rest.starts_with(b"/"))
        };
        match (self.dialect, self.exceptions) {
            (_, Exceptions::None) => false,
            (Dialect::Current, Exceptions::Plain) => {
                exceptions().any(|pattern| leads_to(without_trailing_glob(pattern.text())))
            }
            // BuildKit enters every directory then. Only those that can hold
            // something included matter, and finding those out is cheap.
            (Dialect::Current, Exceptions::Wild) => {
                exceptions().any(|pattern| pattern.may_match_below(directory))
            }
            _ => exceptions().any(|pattern| leads_to(pattern.text())),
        }
    }

    /// Whether a directory that is excluded itself but entered is sent even when
    /// nothing in it is, as BuildKit 20.10 does.
    pub(crate) fn keeps_entered(&self) -> bool {
        self.dialect == Dialect::Engine20BuildKit
    }

    /// Which pattern, at which line, puts a path in or out. The path need not exist.
    pub fn explain(&self, path: &[u8]) -> Result<Explanation, IgnoreError> {
        let mut steps = Vec::new();
        let mut parent = Matches::default();
        let ends = memchr::memchr_iter(b'/', path).chain([path.len()]);
        for end in ends {
            let at = &path[..end];
            let Entered { excluded, last, matches } = self.enter_with_reason(&parent, at)?;
            let inherited = last.is_some_and(|index| parent.0.get(index) == Some(&true));
            let ends_here = excluded && end < path.len() && !self.enters_excluded(at);
            steps.push(Step { at: at.to_vec(), excluded, last, inherited, ends_here });
            parent = matches;
            if ends_here {
                break;
            }
        }
        Ok(Explanation::new(path, &self.file, &steps, |index| &self.patterns[index].source))
    }
}

/// A pattern less the `/**` and `/*` behind it, as BuildKit's file walk looks at it.
fn without_trailing_glob(pattern: &[u8]) -> &[u8] {
    let pattern = pattern.strip_suffix(b"/**").unwrap_or(pattern);
    pattern.strip_suffix(b"/*").unwrap_or(pattern)
}

/// BuildKit sends patterns as gRPC metadata, which must be printable ASCII. It
/// encodes them only where one of them is not ASCII, and then all of them.
fn check_transmissible(ignore: &IgnoreFile) -> Result<(), IgnoreError> {
    let patterns = ignore.patterns();
    if patterns.iter().any(|pattern| !pattern.text.is_ascii()) {
        return Ok(());
    }
    let Some((pattern, byte)) = patterns.iter().find_map(|pattern| {
        let byte = pattern.text.iter().find(|byte| byte.is_ascii_control())?;
        Some((pattern, *byte))
    }) else {
        return Ok(());
    };
    let IgnorePattern { written, line, column, .. } = pattern;
    let offset = memchr::memchr(byte, written).unwrap_or(0);
    Err(IgnoreError::ControlCharacter {
        file: ignore.name().to_owned(),
        line: *line,
        column: column.saturating_add(u32::try_from(offset).unwrap_or(0)),
        character: byte.escape_ascii().to_string(),
        pattern: pattern.shown(),
    })
}
