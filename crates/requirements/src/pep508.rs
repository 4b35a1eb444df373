//! Dependency specifiers (PEP 508), read as strictly as pip reads them.

use std::collections::BTreeSet;
use std::str::FromStr;

use crate::error::InvalidRequirement;
use crate::link::{Link, redacted_text};
use crate::marker::Marker;
use crate::name::{Extra, PackageName, name_len};
use crate::specifiers::{OPERATORS, Specifiers};

/// What a dependency specifier says, before it is known where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The package.
    pub name: PackageName,
    /// The extras asked for.
    pub extras: BTreeSet<Extra>,
    /// The versions accepted; any for a URL.
    pub specifiers: Specifiers,
    /// The URL behind `@`.
    pub url: Option<Link>,
    /// When it applies.
    pub marker: Option<Marker>,
}

impl FromStr for Dependency {
    type Err = InvalidRequirement;

    /// Reads one specifier, as `Requires-Dist` and `[project] dependencies` hold them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parser = Parser { rest: text.trim_matches(WHITE) };
        let name = parser.name()?;
        let extras = parser.extras()?;
        let (specifiers, url) = match parser.rest.strip_prefix('@') {
            Some(rest) => {
                parser.rest = rest.trim_start_matches(WHITE);
                (Specifiers::any(), Some(parser.url()?))
            }
            None => (parser.specifiers()?, None),
        };
        let marker = match parser.rest.strip_prefix(';') {
            Some(marker) => Some(marker.trim_matches(WHITE).parse()?),
            None if parser.rest.is_empty() => None,
            None => return Err(parser.trailing()),
        };
        Ok(Self { name, extras, specifiers, url, marker })
    }
}

const WHITE: [char; 4] = [' ', '\t', '\r', '\n'];

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn skip(&mut self, count: usize) -> &'a str {
        let (skipped, rest) = self.rest.split_at(count);
        self.rest = rest.trim_start_matches(WHITE);
        skipped
    }

    fn name(&mut self) -> Result<PackageName, InvalidRequirement> {
        match name_len(self.rest) {
            0 => Err(InvalidRequirement::MissingName),
            len => Ok(PackageName::new(self.skip(len))?),
        }
    }

    fn extras(&mut self) -> Result<BTreeSet<Extra>, InvalidRequirement> {
        let mut extras = BTreeSet::new();
        if !self.rest.starts_with('[') {
            return Ok(extras);
        }
        self.skip(1);
        loop {
            match name_len(self.rest) {
                0 if extras.is_empty() => {}
                0 => return Err(InvalidRequirement::Extras),
                len => {
                    extras.insert(Extra::new(self.skip(len))?);
                }
            }
            match self.rest.as_bytes().first() {
                Some(b',') if !extras.is_empty() => self.skip(1),
                Some(b']') => {
                    self.skip(1);
                    return Ok(extras);
                }
                _ => return Err(InvalidRequirement::Extras),
            };
        }
    }

    fn url(&mut self) -> Result<Link, InvalidRequirement> {
        let end = self.rest.find(WHITE).unwrap_or(self.rest.len());
        let url = self.skip(end);
        // pip 26 takes any word here and fails when it comes to fetching it.
        let has_scheme = url.split_once(':').is_some_and(|(scheme, rest)| {
            !scheme.is_empty() && !scheme.contains('/') && !rest.is_empty()
        });
        if has_scheme { Ok(Link::new(url)) } else { Err(InvalidRequirement::Url) }
    }

    fn specifiers(&mut self) -> Result<Specifiers, InvalidRequirement> {
        let mut specifiers = Specifiers::any();
        let in_parentheses = self.rest.starts_with('(');
        if in_parentheses {
            self.skip(1);
        }
        while let Some(operator) = OPERATORS.into_iter().find(|op| self.rest.starts_with(op)) {
            self.skip(operator.len());
            // Python's `\s` stands here, which is wider than the white space elsewhere.
            self.rest = self.rest.trim_start_matches(char::is_whitespace);
            let end = self
                .rest
                .find(|c: char| c.is_whitespace() || [',', ';', ')'].contains(&c))
                .unwrap_or(self.rest.len());
            let operand = self.skip(end);
            specifiers.push(operator, operand)?;
            if !self.rest.starts_with(',') {
                break;
            }
            self.skip(1);
        }
        if in_parentheses {
            if !self.rest.starts_with(')') {
                return Err(self.trailing());
            }
            self.skip(1);
        }
        Ok(specifiers)
    }

    fn trailing(&self) -> InvalidRequirement {
        let rest = self.rest;
        let hint = if rest.starts_with('=') && !rest.starts_with("==") {
            ": `=` is no operator, write `==`"
        } else if rest.starts_with("--") {
            ": put a space, not a tab, before an option"
        } else if rest.ends_with('\\') {
            ": a `\\` joins lines only where nothing follows it, not even a space"
        } else if rest.starts_with('#') {
            ": a comment needs a space before its `#`"
        } else if rest.starts_with(|c: char| c.is_ascii_digit()) {
            ": write `==` before a version"
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            ": write each requirement on its own line"
        } else {
            ""
        };
        InvalidRequirement::Trailing { rest: redacted_text(rest), hint }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_are_read() {
        let cases = [
            ("Foo_Bar[ Baz , qux ] >= 1 , < 2 ; os_name=='x'", "foo-bar", 2, "<2,>=1", true),
            ("foo[]==1", "foo", 0, "==1", false),
            ("foo (>=1,<2)", "foo", 0, "<2,>=1", false),
            ("foo>=1,", "foo", 0, ">=1", false),
            ("foo===1.0-weird+x", "foo", 0, "===1.0-weird+x", false),
            ("foo@https://e.com/f.zip", "foo", 0, "", false),
            ("foo @ https://e.com/f.zip ; os_name=='x'", "foo", 0, "", true),
            ("foo", "foo", 0, "", false),
        ];
        for (text, name, extras, specifiers, has_marker) in cases {
            let dependency: Dependency = text.parse().unwrap();
            assert_eq!(dependency.name.as_str(), name, "{text}");
            assert_eq!(dependency.extras.len(), extras, "{text}");
            assert_eq!(dependency.specifiers.to_string(), specifiers, "{text}");
            assert_eq!(dependency.marker.is_some(), has_marker, "{text}");
            assert_eq!(dependency.url.is_some(), text.contains('@'), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_specifiers_are_refused_with_a_way_out() {
        let cases = [
            ("", "expected the name of a package"),
            ("foo=1.0", "`=1.0` is neither a version nor a marker: `=` is no operator, write `==`"),
            ("foo 1.0", "`1.0` is neither a version nor a marker: write `==` before a version"),
            (
                "foo bar",
                "`bar` is neither a version nor a marker: write each requirement on its own line",
            ),
            ("foo==0.21.1.", "`==0.21.1.` is not a version specifier: write `==0.21.1`"),
            ("foo[a b]", "the extras in brackets are malformed: write them as `[one,two]`"),
            ("foo[a,]", "the extras in brackets are malformed: write them as `[one,two]`"),
            ("foo[,a]", "the extras in brackets are malformed: write them as `[one,two]`"),
            (
                "foo @ latest",
                "a URL is expected behind `@`, such as https://host/file.whl or git+https://host/repository",
            ),
            ("foo>=1 <2", "`<2` is neither a version nor a marker"),
        ];
        for (text, message) in cases {
            assert_eq!(text.parse::<Dependency>().unwrap_err().to_string(), message, "{text}");
        }
        for text in [
            "foo>=1.*",
            "foo==1#x",
            "foo==2.0\u{200b}",
            "foo>=",
            "foo>=1,,<2",
            "foo(>=1",
            "foo==1[x]",
        ] {
            assert!(text.parse::<Dependency>().is_err(), "{text:?} was accepted");
        }
    }
}
