//! A word taken apart: literal text, quotes, escapes, variables.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

use super::expand::{WordError, WordErrorKind};

/// `${a:-${b:-…}}` may nest; nobody writes more than a few levels.
const DEPTH: usize = 64;

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Characters that stand for themselves, outside quotes.
    Text(String),
    /// An escape character and what it escapes; `None` at the end of the word.
    Escaped(Option<char>),
    /// `<<` and the blanks behind it, kept together so that an inline document's name stays with it.
    Heredoc(String),
    /// `'…'`: no escapes, no variables.
    Single(String),
    /// `"…"`: variables, and escapes of `"`, `$` and the escape character.
    Double(Vec<Part>),
    /// `$NAME` or `${NAME…}`.
    Variable(Variable),
}

/// A variable's use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The name; empty where `${…}` holds none.
    pub name: String,
    /// What is done with the value.
    pub modifier: Option<Modifier>,
    /// Whether it is written `${NAME}`.
    pub braces: bool,
    /// Where it stands in the word, in bytes.
    pub range: Range<usize>,
}

/// What `${NAME…}` does with the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Modifier {
    /// `-` (unset) or `:-` (unset or empty): this instead.
    Default {
        /// Whether an empty value counts as unset.
        colon: bool,
        /// What is used instead.
        word: Vec<Part>,
    },
    /// `+` or `:+`: this where there is a value, else nothing.
    Alternate {
        /// Whether an empty value counts as unset.
        colon: bool,
        /// What is used.
        word: Vec<Part>,
    },
    /// `?` or `:?`: this message as an error where there is no value.
    Require {
        /// Whether an empty value counts as unset.
        colon: bool,
        /// The message.
        word: Vec<Part>,
    },
    /// `#` or `##`: the value without what this pattern matches at its start.
    TrimStart {
        /// The pattern, with a second `#` in front for the longest match.
        pattern: Vec<Part>,
    },
    /// `%` or `%%`: the value without what this pattern matches at its end.
    TrimEnd {
        /// The pattern, with a second `%` in front for the longest match.
        pattern: Vec<Part>,
    },
    /// `/pattern/replacement` or `//pattern/replacement`.
    Replace {
        /// Whether all matches are replaced.
        all: bool,
        /// The pattern.
        pattern: Vec<Part>,
        /// What takes its place.
        replacement: Vec<Part>,
    },
}

/// Takes `word` apart.
pub(crate) fn parts(word: &str, escape: char) -> Result<Vec<Part>, WordError> {
    let mut lexer = Lexer { word, escape, chars: word.char_indices().peekable(), depth: 0 };
    // The scanner that BuildKit reads words with takes a byte order mark for that of a file.
    if lexer.peek() == Some('\u{feff}') {
        lexer.next();
    }
    lexer.until(None)
}

/// Collects all variables in `parts`, nested ones too.
pub(crate) fn variables(parts: &[Part], found: &mut Vec<Variable>) {
    for part in parts {
        match part {
            Part::Double(parts) => variables(parts, found),
            Part::Variable(variable) => {
                found.push(variable.clone());
                match &variable.modifier {
                    None => {}
                    Some(
                        Modifier::Default { word, .. }
                        | Modifier::Alternate { word, .. }
                        | Modifier::Require { word, .. },
                    ) => variables(word, found),
                    Some(Modifier::TrimStart { pattern } | Modifier::TrimEnd { pattern }) => {
                        variables(pattern, found);
                    }
                    Some(Modifier::Replace { pattern, replacement, .. }) => {
                        variables(pattern, found);
                        variables(replacement, found);
                    }
                }
            }
            Part::Text(_) | Part::Escaped(_) | Part::Heredoc(_) | Part::Single(_) => {}
        }
    }
}

struct Lexer<'a> {
    word: &'a str,
    escape: char,
    chars: Peekable<CharIndices<'a>>,
    depth: usize,
}

impl Lexer<'_> {
    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|&(_, c)| c)
    }

    fn next(&mut self) -> Option<char> {
        self.chars.next().map(|(_, c)| c)
    }

    fn offset(&mut self) -> usize {
        self.chars.peek().map_or(self.word.len(), |&(offset, _)| offset)
    }

    fn fail<T>(&mut self, kind: WordErrorKind) -> Result<T, WordError> {
        let at = self.offset();
        Err(WordError { word: self.word.to_owned(), at, kind })
    }

    /// Parts up to `stop`, which is taken too, or up to the end.
    fn until(&mut self, stop: Option<char>) -> Result<Vec<Part>, WordError> {
        let mut parts = Vec::new();
        while let Some(c) = self.peek() {
            if Some(c) == stop {
                self.next();
                return Ok(parts);
            }
            match c {
                '\'' => parts.push(self.single()?),
                '"' => parts.push(self.double()?),
                '$' => self.dollar(&mut parts)?,
                '<' => {
                    self.next();
                    if self.peek() == Some('<') {
                        self.next();
                        parts.push(Part::Heredoc(self.heredoc()));
                    } else {
                        // BuildKit keeps even a single one from ending a word; it never could.
                        text(&mut parts, '<');
                    }
                }
                c if c == self.escape => {
                    self.next();
                    let escaped = self.next();
                    parts.push(Part::Escaped(escaped));
                }
                c => {
                    self.next();
                    text(&mut parts, c);
                }
            }
        }
        if stop.is_some() { self.fail(WordErrorKind::OpenBrace) } else { Ok(parts) }
    }

    fn single(&mut self) -> Result<Part, WordError> {
        self.next();
        let mut quoted = String::new();
        loop {
            match self.next() {
                None => return self.fail(WordErrorKind::OpenQuote { quote: '\'' }),
                Some('\'') => return Ok(Part::Single(quoted)),
                Some(c) => quoted.push(c),
            }
        }
    }

    fn double(&mut self) -> Result<Part, WordError> {
        self.next();
        let mut parts = Vec::new();
        loop {
            match self.peek() {
                None => return self.fail(WordErrorKind::OpenQuote { quote: '"' }),
                Some('"') => {
                    self.next();
                    return Ok(Part::Double(parts));
                }
                Some('$') => self.dollar(&mut parts)?,
                Some(c) => {
                    self.next();
                    if c != self.escape {
                        text(&mut parts, c);
                    } else if let Some(next) =
                        self.peek().filter(|&next| matches!(next, '"' | '$') || next == self.escape)
                    {
                        self.next();
                        parts.push(Part::Escaped(Some(next)));
                    } else {
                        parts.push(Part::Escaped(None));
                    }
                }
            }
        }
    }

    /// `<<` is read: the blanks behind it.
    fn heredoc(&mut self) -> String {
        let mut text = String::from("<<");
        while let Some(c) = self.peek().filter(|c| matches!(c, '\t' | '\r' | ' ')) {
            text.push(c);
            self.next();
        }
        text
    }

    fn dollar(&mut self, parts: &mut Vec<Part>) -> Result<(), WordError> {
        let start = self.offset();
        self.next();
        if self.peek() != Some('{') {
            let name = self.name();
            if name.is_empty() {
                text(parts, '$');
            } else {
                let range = start..self.offset();
                parts.push(Part::Variable(Variable { name, modifier: None, braces: false, range }));
            }
            return Ok(());
        }
        self.depth += 1;
        if self.depth > DEPTH {
            return self.fail(WordErrorKind::TooDeep);
        }
        self.next();
        match self.peek() {
            None => return self.fail(WordErrorKind::OpenBrace),
            Some('{' | '}' | ':') => return self.fail(WordErrorKind::BadSubstitution),
            Some(_) => {}
        }
        let name = self.name();
        let modifier = self.modifier()?;
        self.depth -= 1;
        let range = start..self.offset();
        parts.push(Part::Variable(Variable { name, modifier, braces: true, range }));
        Ok(())
    }

    /// Everything behind the name, with the closing brace.
    fn modifier(&mut self) -> Result<Option<Modifier>, WordError> {
        let mut operator = self.next();
        let colon = operator == Some(':');
        if colon {
            operator = self.next();
        }
        let Some(operator) = operator else {
            return self.fail(WordErrorKind::OpenBrace);
        };
        match operator {
            '}' if !colon => Ok(None),
            '-' => Ok(Some(Modifier::Default { colon, word: self.until(Some('}'))? })),
            '+' => Ok(Some(Modifier::Alternate { colon, word: self.until(Some('}'))? })),
            '?' => Ok(Some(Modifier::Require { colon, word: self.until(Some('}'))? })),
            '#' if !colon => Ok(Some(Modifier::TrimStart { pattern: self.until(Some('}'))? })),
            '%' if !colon => Ok(Some(Modifier::TrimEnd { pattern: self.until(Some('}'))? })),
            '/' if !colon => {
                let all = self.peek() == Some('/');
                if all {
                    self.next();
                }
                let pattern = self.until(Some('/'))?;
                let replacement = self.until(Some('}'))?;
                Ok(Some(Modifier::Replace { all, pattern, replacement }))
            }
            other => self.fail(WordErrorKind::UnknownModifier { modifier: other }),
        }
    }

    /// Letters, digits and underscores; or digits alone; or one special parameter.
    fn name(&mut self) -> String {
        let mut name = String::new();
        let Some(first) = self.peek() else {
            return name;
        };
        if matches!(first, '@' | '*' | '#' | '?' | '-' | '$' | '!') {
            self.next();
            name.push(first);
            return name;
        }
        let digits = first.is_numeric();
        while let Some(c) = self.peek() {
            let belongs = if digits { c.is_numeric() } else { c.is_alphanumeric() || c == '_' };
            if !belongs {
                break;
            }
            self.next();
            name.push(c);
        }
        name
    }
}

/// Adds `c` to the text at the end.
fn text(parts: &mut Vec<Part>, c: char) {
    if let Some(Part::Text(text)) = parts.last_mut() {
        text.push(c);
    } else {
        parts.push(Part::Text(c.into()));
    }
}
