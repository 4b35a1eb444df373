//! Shell text cut into simple commands.

use std::ops::Range;

/// How deep `$(…)` is followed.
const DEPTH: usize = 16;

/// A simple command: assignments in front, then words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ShellCommand {
    /// `NAME=value` in front of the program.
    pub(crate) assignments: Vec<(String, String)>,
    /// The program and its arguments, redirections left out.
    pub(crate) words: Vec<ShellWord>,
}

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShellWord {
    /// Without quotes and escapes; variables and substitutions as they are written.
    pub(crate) text: String,
    /// Where it stands in the text, quotes included.
    pub(crate) range: Range<usize>,
    /// Whether the shell has nothing left to do in it.
    pub(crate) literal: bool,
}

/// Words that introduce a command instead of being one.
const RESERVED: [&str; 12] =
    ["if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}"];

/// All simple commands in `text`, those in substitutions and in `sh -c '…'` too, outer ones last.
pub(crate) fn commands(text: &str) -> Vec<ShellCommand> {
    let mut lexer = Lexer { text, at: 0, depth: 0, found: Vec::new() };
    lexer.list(None);
    lexer.found
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    found: Vec<ShellCommand>,
}

/// A word under way.
struct Open {
    text: String,
    start: usize,
    literal: bool,
}

impl<'a> Lexer<'a> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Commands up to `stop` (taken too) or the end.
    fn list(&mut self, stop: Option<char>) {
        let mut command = ShellCommand::default();
        while let Some(c) = self.peek() {
            if Some(c) == stop {
                self.next();
                break;
            }
            match c {
                ' ' | '\t' | '\r' => {
                    self.next();
                }
                '(' if self.depth < DEPTH => {
                    self.next();
                    self.finish(&mut command);
                    self.depth += 1;
                    self.list(Some(')'));
                    self.depth -= 1;
                }
                '\n' | ';' | '&' | '|' | '(' | ')' => {
                    if c == '&' && self.rest().starts_with("&>") {
                        self.redirection();
                        continue;
                    }
                    self.next();
                    self.finish(&mut command);
                }
                '#' => self.comment(),
                '<' | '>' => self.redirection(),
                '\\' if self.rest().starts_with("\\\n") => self.at += 2,
                _ => {
                    let word = self.word(stop);
                    // Digits right in front of a redirection are a file descriptor.
                    let descriptor = word.text.bytes().all(|byte| byte.is_ascii_digit())
                        && matches!(self.peek(), Some('<' | '>'));
                    if !descriptor {
                        push(&mut command, word);
                    }
                }
            }
        }
        self.finish(&mut command);
    }

    fn finish(&mut self, command: &mut ShellCommand) {
        let command = std::mem::take(command);
        if command.words.is_empty() && command.assignments.is_empty() {
            return;
        }
        self.nested_script(&command);
        self.found.push(command);
    }

    /// Looks into `sh -c 'script'`.
    fn nested_script(&mut self, command: &ShellCommand) {
        let mut words = command.words.iter();
        let shell = words.next().is_some_and(|word| {
            let name = word.text.rsplit('/').next();
            matches!(name, Some("sh" | "bash" | "dash" | "ash" | "zsh"))
        });
        let flag = |word: &ShellWord| word.text.starts_with('-') && word.text.ends_with('c');
        if !shell || self.depth >= DEPTH || !words.by_ref().any(flag) {
            return;
        }
        let Some(script) = words.next() else { return };
        // Only where it is the quoted text as it stands do its offsets mean anything.
        let inner = script.range.start + 1..script.range.end.saturating_sub(1);
        if self.text.get(inner.clone()) == Some(script.text.as_str()) {
            let mut lexer = Lexer {
                text: &self.text[..inner.end],
                at: inner.start,
                depth: self.depth + 1,
                found: Vec::new(),
            };
            lexer.list(None);
            self.found.append(&mut lexer.found);
        }
    }

    fn comment(&mut self) {
        let len = self.rest().find('\n').unwrap_or(self.rest().len());
        self.at += len;
    }

    /// An operator such as `2>`, `>>`, `>&`, `<<-`, and the word behind it.
    fn redirection(&mut self) {
        while matches!(self.peek(), Some('<' | '>' | '&' | '|' | '-')) {
            self.next();
        }
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.next();
        }
        if !matches!(self.peek(), None | Some('\n' | ';' | '&' | '|' | '(' | ')')) {
            self.word(None);
        }
    }

    fn word(&mut self, stop: Option<char>) -> ShellWord {
        let mut open = Open { text: String::new(), start: self.at, literal: true };
        while let Some(c) = self.peek() {
            if Some(c) == stop
                || matches!(c, ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>')
            {
                break;
            }
            self.next();
            match c {
                '\'' => self.single(&mut open),
                '"' => self.double(&mut open),
                '\\' => self.escaped(&mut open),
                '$' => self.dollar(&mut open),
                '`' => self.backtick(&mut open),
                '*' | '?' | '[' | '~' => {
                    // A tilde means a home only at the start; patterns do so anywhere.
                    open.literal &= c == '~' && !open.text.is_empty();
                    open.text.push(c);
                }
                _ => open.text.push(c),
            }
        }
        if self.at == open.start {
            // A character that nothing above takes; never twice at one place.
            self.next();
        }
        ShellWord { text: open.text, range: open.start..self.at, literal: open.literal }
    }

    fn escaped(&mut self, open: &mut Open) {
        match self.next() {
            Some('\n') | None => {}
            Some(c) => open.text.push(c),
        }
    }

    fn single(&mut self, open: &mut Open) {
        let len = self.rest().find('\'').unwrap_or(self.rest().len());
        open.text.push_str(&self.rest()[..len]);
        self.at += len;
        self.next();
    }

    fn double(&mut self, open: &mut Open) {
        while let Some(c) = self.next() {
            match c {
                '"' => return,
                '\\' => match self.next() {
                    Some('\n') | None => {}
                    Some(c @ ('"' | '\\' | '$' | '`')) => open.text.push(c),
                    Some(c) => {
                        open.text.push('\\');
                        open.text.push(c);
                    }
                },
                '$' => self.dollar(open),
                '`' => self.backtick(open),
                c => open.text.push(c),
            }
        }
    }

    /// `$` is taken: a variable, a substitution, arithmetic, or nothing of the kind.
    fn dollar(&mut self, open: &mut Open) {
        let start = self.at - 1;
        match self.peek() {
            Some('(') if self.depth < DEPTH => {
                self.next();
                self.depth += 1;
                self.list(Some(')'));
                self.depth -= 1;
            }
            Some('{') => {
                let len = self.rest().find('}').map_or(self.rest().len(), |brace| brace + 1);
                self.at += len;
            }
            Some('\'') if open.text.is_empty() => {}
            Some(c)
                if c.is_alphanumeric() || matches!(c, '_' | '@' | '*' | '#' | '?' | '$' | '!') =>
            {
                self.next();
                while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
                    self.next();
                }
            }
            _ => {
                open.text.push('$');
                return;
            }
        }
        open.literal = false;
        open.text.push_str(&self.text[start..self.at]);
    }

    fn backtick(&mut self, open: &mut Open) {
        let start = self.at - 1;
        open.literal = false;
        if self.depth < DEPTH {
            self.depth += 1;
            self.list(Some('`'));
            self.depth -= 1;
        }
        open.text.push_str(&self.text[start..self.at]);
    }
}

fn push(command: &mut ShellCommand, word: ShellWord) {
    if command.words.is_empty() {
        if RESERVED.contains(&word.text.as_str()) {
            return;
        }
        if let Some((name, value)) = word.text.split_once('=')
            && is_name(name)
        {
            command.assignments.push((name.to_owned(), value.to_owned()));
            return;
        }
    }
    command.words.push(word);
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        commands(text)
            .iter()
            .map(|command| {
                for word in &command.words {
                    assert!(text.get(word.range.clone()).is_some());
                }
                let words: Vec<_> = command.words.iter().map(|word| word.text.as_str()).collect();
                words.join("|")
            })
            .collect()
    }

    #[test]
    fn text_is_cut_into_commands() {
        for (text, expected) in [
            ("a b && c; d | e & f", &["a|b", "c", "d", "e", "f"][..]),
            ("echo 'pip install x' \"a && b\"", &["echo|pip install x|a && b"]),
            ("echo a\\ b # pip install", &["echo|a b"]),
            ("A=1 B='x y' c d=e", &["c|d=e"]),
            ("if [ -f x ]; then pip install -r x; fi", &["[|-f|x|]", "pip|install|-r|x"]),
            ("echo $(pip list) `which a`", &["pip|list", "which|a", "echo|$(pip list)|`which a`"]),
            ("a > b 2>&1 c &> d", &["a|c"]),
            ("(a; b) && { c; }", &["a", "b", "c"]),
            ("sh -c 'a && b' x", &["a", "b", "sh|-c|a && b|x"]),
            ("bash -euxc \"a\"", &["a", "bash|-euxc|a"]),
            ("a \\\n  b\nc", &["a|b", "c"]),
            ("cat <<EOF > x", &["cat"]),
            ("echo \"$(a \"b\")\"", &["a|b", "echo|$(a \"b\")"]),
            ("echo ${A:-b} $((1+2))", &["1+2", "echo|${A:-b}|$((1+2))"]),
            ("'unclosed", &["unclosed"]),
            ("", &[]),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn assignments_are_kept_apart() {
        let command = commands("PIP_NO_CACHE_DIR=1 pip install x").remove(0);
        assert_eq!(command.assignments, [("PIP_NO_CACHE_DIR".to_owned(), "1".to_owned())]);
        assert!(command.words[0].literal);
        assert!(!commands("a $B").remove(0).words[1].literal);
    }

    #[test]
    fn hostile_nesting_ends() {
        for text in
            ["$(".repeat(10_000), "`".repeat(10_001), "\"$(".repeat(10_000), "sh -c '".repeat(9999)]
        {
            let _ = commands(&text);
        }
    }
}
