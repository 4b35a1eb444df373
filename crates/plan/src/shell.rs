//! The part of a shell's grammar that a start command may use, and a refusal of the rest.

use crate::start::PORT_VARIABLE;

/// A command line that only a shell could run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShellError {
    /// A character that a shell acts on.
    #[error("`{0}` needs a shell, which the image does not have: write the plain command")]
    Operator(String),
    /// A variable other than `PORT`.
    #[error(
        "`{0}` would be expanded by a shell, which the image does not have: only `$PORT` is put in"
    )]
    Variable(String),
    /// A program that is a shell, or a command that only a shell knows.
    #[error(
        "`{0}` needs a shell, which the image does not have: write the command that it runs in the end"
    )]
    Script(String),
    /// A quote that is not closed.
    #[error("a quote is not closed")]
    Quote,
    /// Nothing to run.
    #[error("the command is empty")]
    Empty,
}

/// One command of a line, and the default that it names for `PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// The commands that `&&` joins, in order; at least one, none empty.
    pub(crate) commands: Vec<Vec<String>>,
    /// The 5000 of `${PORT:-5000}`.
    pub(crate) default_port: Option<u16>,
}

/// Splits one command into words as a POSIX shell would, leaving `$PORT` in place.
pub fn split(line: &str) -> Result<Vec<String>, ShellError> {
    let mut line = parse(line)?;
    match line.commands.pop() {
        Some(words) if line.commands.is_empty() => Ok(words),
        _ => Err(ShellError::Operator("&&".to_owned())),
    }
}

/// Splits a line into commands and their words.
pub(crate) fn parse(text: &str) -> Result<Line, ShellError> {
    let mut reader = Reader { rest: text, line: Line { commands: Vec::new(), default_port: None } };
    let mut words = Vec::new();
    while let Some(token) = reader.token()? {
        match token {
            Token::Word(word) => words.push(word),
            Token::Then if words.is_empty() => return Err(ShellError::Empty),
            Token::Then => reader.line.commands.push(std::mem::take(&mut words)),
        }
    }
    if words.is_empty() {
        return Err(ShellError::Empty);
    }
    reader.line.commands.push(words);
    Ok(reader.line)
}

enum Token {
    Word(String),
    Then,
}

struct Reader<'a> {
    rest: &'a str,
    line: Line,
}

impl Reader<'_> {
    fn token(&mut self) -> Result<Option<Token>, ShellError> {
        self.rest = self.rest.trim_start();
        if self.rest.is_empty() || self.rest.starts_with('#') {
            return Ok(None);
        }
        if let Some(rest) = self.rest.strip_prefix("&&") {
            self.rest = rest;
            return Ok(Some(Token::Then));
        }
        let mut word = String::new();
        while let Some(c) = self.rest.chars().next() {
            match c {
                _ if c.is_whitespace() => break,
                '&' if self.rest.starts_with("&&") => break,
                '\'' => self.single_quoted(&mut word)?,
                '"' => self.double_quoted(&mut word)?,
                '\\' => self.escaped(&mut word, |_| true),
                '$' => self.variable(&mut word)?,
                '|' | '&' | ';' | '<' | '>' | '(' | ')' | '`' | '*' | '?' => {
                    return Err(ShellError::Operator(c.to_string()));
                }
                '~' if word.is_empty() => return Err(ShellError::Operator(c.to_string())),
                _ => self.take(c, &mut word),
            }
        }
        Ok(Some(Token::Word(word)))
    }

    fn take(&mut self, c: char, word: &mut String) {
        word.push(c);
        self.rest = &self.rest[c.len_utf8()..];
    }

    fn single_quoted(&mut self, word: &mut String) -> Result<(), ShellError> {
        let (quoted, rest) = self.rest[1..].split_once('\'').ok_or(ShellError::Quote)?;
        word.push_str(quoted);
        self.rest = rest;
        Ok(())
    }

    fn double_quoted(&mut self, word: &mut String) -> Result<(), ShellError> {
        self.rest = &self.rest[1..];
        loop {
            match self.rest.chars().next().ok_or(ShellError::Quote)? {
                '"' => break,
                '\\' => self.escaped(word, |c| matches!(c, '$' | '`' | '"' | '\\')),
                '$' => self.variable(word)?,
                '`' => return Err(ShellError::Operator("`".to_owned())),
                c => self.take(c, word),
            }
        }
        self.rest = &self.rest[1..];
        Ok(())
    }

    /// A backslash: it goes when it precedes a character that it protects.
    fn escaped(&mut self, word: &mut String, protects: impl Fn(char) -> bool) {
        self.rest = &self.rest[1..];
        match self.rest.chars().next() {
            Some(c) if protects(c) => self.take(c, word),
            _ => word.push('\\'),
        }
    }

    /// `$PORT`, `${PORT}` or `${PORT:-5000}`; a `$` before anything but a name is itself.
    fn variable(&mut self, word: &mut String) -> Result<(), ShellError> {
        let after = &self.rest[1..];
        let unknown = |text: &str| ShellError::Variable(text.to_owned());
        if let Some(braced) = after.strip_prefix('{') {
            let (inside, rest) = braced.split_once('}').ok_or_else(|| unknown(self.rest))?;
            let default = inside.strip_prefix("PORT").and_then(|rest| {
                rest.strip_prefix(":-")
                    .or_else(|| rest.strip_prefix('-'))
                    .or(rest.is_empty().then_some(""))
            });
            match default.map(|text| (text.is_empty(), text.parse().ok().filter(|&port| port > 0)))
            {
                Some((true, _)) => {}
                Some((false, Some(port))) => self.line.default_port = Some(port),
                _ => return Err(unknown(&format!("${{{inside}}}"))),
            }
            self.rest = rest;
        } else {
            let end = after.find(|c: char| c != '_' && !c.is_ascii_alphanumeric());
            let (name, rest) = after.split_at(end.unwrap_or(after.len()));
            if name != "PORT" {
                let special = after.chars().next().map(String::from).unwrap_or_default();
                let shown = if name.is_empty() { special.as_str() } else { name };
                return Err(unknown(&format!("${shown}")));
            }
            self.rest = rest;
        }
        word.push_str(PORT_VARIABLE);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell() {
        let table: &[(&str, &[&str])] = &[
            ("gunicorn app:app", &["gunicorn", "app:app"]),
            ("  a   b\tc ", &["a", "b", "c"]),
            (r#"gunicorn 'app:create_app("x")'"#, &["gunicorn", "app:create_app(\"x\")"]),
            (r#"a "b c"d e\ f"#, &["a", "b cd", "e f"]),
            (r#"a "\$x \n" '\n'"#, &["a", r"$x \n", r"\n"]),
            ("a ''", &["a", ""]),
            ("a b # c", &["a", "b"]),
            ("a b#c", &["a", "b#c"]),
            ("a -b :$PORT", &["a", "-b", ":$PORT"]),
            ("a -b 0.0.0.0:${PORT}", &["a", "-b", "0.0.0.0:$PORT"]),
            ("a \"[::]:${PORT:-5000}\"", &["a", "[::]:$PORT"]),
        ];
        for (line, words) in table {
            assert_eq!(
                split(line).as_deref(),
                Ok(*words)
                    .map(|w| w.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
                    .as_deref(),
                "{line}"
            );
        }
    }

    #[test]
    fn commands_and_the_default_port_are_kept() {
        let line = parse("python manage.py migrate && gunicorn a.wsgi -b :${PORT:-5000}").unwrap();
        assert_eq!(line.commands.len(), 2);
        assert_eq!(line.default_port, Some(5000));
    }

    #[test]
    fn what_needs_a_shell_is_refused_by_name() {
        let operator = |text: &str| ShellError::Operator(text.to_owned());
        let variable = |text: &str| ShellError::Variable(text.to_owned());
        for (line, error) in [
            ("a | b", operator("|")),
            ("a; b", operator(";")),
            ("a &", operator("&")),
            ("a > log", operator(">")),
            ("a `b`", operator("`")),
            ("a \"`b`\"", operator("`")),
            ("a *.py", operator("*")),
            ("a && b", operator("&&")),
            ("~/a", operator("~")),
            ("a $(b)", variable("$(")),
            ("a $WEB_CONCURRENCY", variable("$WEB_CONCURRENCY")),
            ("a ${PORT:-x}", variable("${PORT:-x}")),
            ("a ${X:-1}", variable("${X:-1}")),
            ("a ${PORT", variable("${PORT")),
            ("a 'b", ShellError::Quote),
            ("a \"b", ShellError::Quote),
            ("", ShellError::Empty),
            ("# only", ShellError::Empty),
            ("&& a", ShellError::Empty),
        ] {
            assert_eq!(split(line), Err(error), "{line}");
        }
    }
}
