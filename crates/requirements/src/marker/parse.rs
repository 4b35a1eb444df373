//! Reads markers as pip does: quoted texts, no bare numbers, no unknown variables.

use std::str::FromStr;

use super::{Joint, Marker, Operand, Operator, Term, Variable};

/// Deeper parentheses than anybody writes; reading is recursive, so there must be an end.
const MAX_DEPTH: usize = 50;

/// A text that is no marker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{marker}` is not a marker: {reason} at `{rest}`")]
pub struct InvalidMarker {
    /// The whole text.
    pub marker: String,
    /// What was expected, or what cannot be.
    pub reason: &'static str,
    /// The text from where it stopped making sense.
    pub rest: String,
}

impl FromStr for Marker {
    type Err = InvalidMarker;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parser = Parser { text, rest: text, depth: 0 };
        let marker = parser.marker()?;
        if parser.rest.is_empty() {
            Ok(marker)
        } else {
            Err(parser.refuse("expected `and` or `or`"))
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn marker(&mut self) -> Result<Marker, InvalidMarker> {
        let first = self.term()?;
        let mut rest = Vec::new();
        loop {
            let joint = match self.word() {
                "and" => Joint::And,
                "or" => Joint::Or,
                _ => return Ok(Marker::of(first, rest)),
            };
            self.skip(if joint == Joint::And { 3 } else { 2 });
            rest.push((joint, self.term()?));
        }
    }

    fn term(&mut self) -> Result<Term, InvalidMarker> {
        self.skip(0);
        if !self.rest.starts_with('(') {
            return self.comparison();
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.refuse("more than 50 nested parentheses"));
        }
        self.skip(1);
        let marker = self.marker()?;
        if !self.rest.starts_with(')') {
            return Err(self.refuse("expected `)`"));
        }
        self.skip(1);
        self.depth -= 1;
        Ok(Term::Group(marker))
    }

    fn comparison(&mut self) -> Result<Term, InvalidMarker> {
        let start = self.rest;
        let left = self.operand()?;
        let operator = self.operator()?;
        let right = self.operand()?;
        if matches!((&left, &right), (Operand::Text(_), Operand::Text(_))) {
            self.rest = start;
            return Err(self.refuse("a comparison of two texts says nothing about the target"));
        }
        Ok(Term::Compare { left, operator, right })
    }

    fn operand(&mut self) -> Result<Operand, InvalidMarker> {
        if let Some(quote @ (b'"' | b'\'')) = self.rest.as_bytes().first() {
            let body = &self.rest[1..];
            let Some(end) = body.find(char::from(*quote)) else {
                return Err(self.refuse("a quote is never closed"));
            };
            self.skip(end + 2);
            return Ok(Operand::Text(body[..end].into()));
        }
        let word = self.word();
        match Variable::from_name(word) {
            Some(variable) => {
                self.skip(word.len());
                Ok(Operand::Variable(variable))
            }
            None => Err(self.refuse("expected a marker variable or a quoted text")),
        }
    }

    fn operator(&mut self) -> Result<Operator, InvalidMarker> {
        const SYMBOLS: [Operator; 8] = [
            Operator::Exact,
            Operator::Equal,
            Operator::Compatible,
            Operator::NotEqual,
            Operator::LessOrEqual,
            Operator::GreaterOrEqual,
            Operator::Less,
            Operator::Greater,
        ];
        if let Some(operator) = SYMBOLS.into_iter().find(|op| self.rest.starts_with(op.text())) {
            self.skip(operator.text().len());
            return Ok(operator);
        }
        match self.word() {
            "in" => {
                self.skip(2);
                Ok(Operator::In)
            }
            "not" => {
                let start = self.rest;
                self.skip(3);
                if self.word() == "in" {
                    self.skip(2);
                    return Ok(Operator::NotIn);
                }
                self.rest = start;
                Err(self.refuse("expected `in` behind `not`"))
            }
            _ => Err(self.refuse("expected a comparison, such as `==`, `<` or `in`")),
        }
    }

    /// The letters, digits, dots and underscores that come next.
    fn word(&self) -> &'a str {
        let end = self
            .rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
            .unwrap_or(self.rest.len());
        &self.rest[..end]
    }

    /// Goes on behind `count` bytes and the white space that follows them.
    fn skip(&mut self, count: usize) {
        self.rest = self.rest[count..].trim_start_matches([' ', '\t']);
    }

    fn refuse(&self, reason: &'static str) -> InvalidMarker {
        InvalidMarker { marker: self.text.to_owned(), reason, rest: self.rest.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_print_as_packaging_prints_them() {
        let cases = [
            ("python_version<'3'", r#"python_version < "3""#),
            ("( python_version < '3' )", r#"python_version < "3""#),
            (
                r#"python_implementation=="CPython" or (os.name=="nt" and platform.machine=="x")"#,
                r#"platform_python_implementation == "CPython" or (os_name == "nt" and platform_machine == "x")"#,
            ),
            ("'linux'  not   in sys_platform", r#""linux" not in sys_platform"#),
            (r#"os_name == 'a"b'"#, r#"os_name == 'a"b'"#),
            ("(os_name == 'a') and ((extra == 'b'))", r#"os_name == "a" and extra == "b""#),
            ("'dev' in dependency_groups", r#""dev" in dependency_groups"#),
        ];
        for (text, printed) in cases {
            assert_eq!(text.parse::<Marker>().unwrap().to_string(), printed);
        }
    }

    #[test]
    fn texts_that_are_no_markers_are_refused() {
        for text in [
            "",
            "foo",
            "python_versionx < '3'",
            "python_version<3.8",
            "python_version > “3”",
            "python_version < '3",
            "(os_name == 'x'",
            "os_name == 'x')",
            "os_name == 'x' os_name == 'y'",
            "os_name not 'x'",
            "'a' == 'b'",
            "os_name == 'x' and",
            &"(".repeat(5000),
        ] {
            assert!(text.parse::<Marker>().is_err(), "{text:?} was accepted");
        }
    }
}
