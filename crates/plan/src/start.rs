//! The start command: words for `execve`, with the port left open.

use std::fmt;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

/// Where the port goes in a word of a start command.
pub const PORT_VARIABLE: &str = "$PORT";

/// The word between two commands of which the second starts when the first has succeeded.
const THEN: &str = "&&";

/// Does the little of a shell that a start command needs, since the base image has none: puts in the
/// value of `PORT`, runs what comes before each `&&`, and becomes the last command.
///
/// Only gunicorn reads `PORT` by itself. This costs one start of a bare interpreter (about ten
/// milliseconds) and leaves no process behind: the server is process 1 and gets the signals.
const LAUNCHER: &str = "\
import os,sys
w=[a.replace('$PORT',os.environ.get('PORT',''))for a in sys.argv[1:]]
while '&&' in w:
 import subprocess
 i=w.index('&&')
 r=subprocess.call(w[:i])
 if r:sys.exit(r)
 w=w[i+1:]
os.execvp(w[0],w)";

/// The words of a start command, as one would type them, with `$PORT` where the port goes.
///
/// ```
/// use boxwright_plan::StartCommand;
///
/// let start = StartCommand::new(["gunicorn", "hello.app:create_app()"]);
/// assert_eq!(start.to_string(), "gunicorn 'hello.app:create_app()'");
/// assert_eq!(start.exec(), start.words());
///
/// let start = StartCommand::new(["uvicorn", "main:app", "--port", "$PORT"]);
/// assert_eq!(start.to_string(), "uvicorn main:app --port $PORT");
/// assert_eq!(start.exec()[..2], ["python", "-ISc"]);
/// assert_eq!(start.exec()[3..], ["uvicorn", "main:app", "--port", "$PORT"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartCommand {
    words: Vec<String>,
    before: Vec<Vec<String>>,
}

impl StartCommand {
    /// A command of these words; the first is the program.
    pub fn new<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Self {
        Self { words: words.into_iter().map(Into::into).collect(), before: Vec::new() }
    }

    /// The same command, started when each of `commands` has succeeded in its turn.
    #[must_use]
    pub fn after(mut self, commands: impl IntoIterator<Item = Vec<String>>) -> Self {
        self.before.extend(commands);
        self
    }

    /// The words of the server's command as one would type them.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The program: the last part of the first word's path.
    pub fn program(&self) -> &str {
        let first = self.words.first().map_or("", String::as_str);
        first.rsplit('/').next().unwrap_or(first)
    }

    /// The words for an image's `Cmd`, in exec form: they need no shell and honour `PORT`.
    pub fn exec(&self) -> Vec<String> {
        let mut words = Vec::new();
        if !self.before.is_empty() || self.words.iter().any(|word| word.contains(PORT_VARIABLE)) {
            words.extend(["python", "-ISc", LAUNCHER].map(str::to_owned));
        }
        for command in &self.before {
            words.extend(command.iter().cloned());
            words.push(THEN.to_owned());
        }
        words.extend(self.words.iter().cloned());
        words
    }
}

impl StartCommand {
    /// The command as the text for `sh -c`: `$PORT` is put in, and the shell gives way to the server.
    pub fn shell(&self) -> String {
        let before = self.before.iter().map(|command| expanding(command) + " && ");
        before.collect::<String>() + "exec " + &expanding(&self.words)
    }
}

/// Joins words so that a POSIX shell reads them back with the value of `PORT` put in.
fn expanding(words: &[String]) -> String {
    let quoted = |word: &String| {
        if !word.contains(PORT_VARIABLE) {
            return quote(std::slice::from_ref(word));
        }
        let escape = |part: &str| {
            part.replace('\\', r"\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`")
        };
        let parts: Vec<_> = word.split(PORT_VARIABLE).map(escape).collect();
        let joined = parts.join(PORT_VARIABLE);
        if quote(std::slice::from_ref(word)) == *word { joined } else { format!("\"{joined}\"") }
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

impl fmt::Display for StartCommand {
    /// As one would type it into a POSIX shell; `$PORT` stays bare.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for command in &self.before {
            write!(f, "{} {THEN} ", quote(command))?;
        }
        f.write_str(&quote(&self.words))
    }
}

/// Joins words so that a POSIX shell reads them back.
fn quote(words: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+[]".contains(c);
    let quoted = |word: &String| {
        if !word.is_empty() && word.replace(PORT_VARIABLE, "").chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

impl Serialize for StartCommand {
    /// `command` as one would type it, and `exec` for the image.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut start = serializer.serialize_struct("StartCommand", 2)?;
        start.serialize_field("command", &self.to_string())?;
        start.serialize_field("exec", &self.exec())?;
        start.end()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::shell;

    proptest! {
        #[test]
        fn what_is_shown_reads_back(words in proptest::collection::vec("[a-z'\"\\\\ $*|&;#~]{0,6}|-b=:[$]PORT", 1..5)) {
            // A bare word that begins a comment or a home directory is quoted, like all that a shell acts on.
            let start = StartCommand::new(words.clone());
            prop_assert_eq!(shell::split(&start.to_string()), Ok(words));
        }
    }

    #[test]
    fn a_shell_puts_in_the_port_and_nothing_else() {
        let table: &[(&[&str], &str)] = &[
            (&["gunicorn", "app:app"], "exec gunicorn app:app"),
            (&["a", "-b", ":$PORT"], "exec a -b :$PORT"),
            (&["a", "x y$PORT"], "exec a \"x y$PORT\""),
            (&["a", "$HOME `b` \"$PORT"], r#"exec a "\$HOME \`b\` \"$PORT""#),
            (&["a", "create('x')"], r"exec a 'create('\''x'\'')'"),
        ];
        for (words, text) in table {
            assert_eq!(StartCommand::new(words.iter().copied()).shell(), *text);
        }
        let migrated = StartCommand::new(["b"]).after([vec!["a".to_owned(), "m n".to_owned()]]);
        assert_eq!(migrated.shell(), "a 'm n' && exec b");
        assert_eq!(migrated.exec()[3..], ["a", "m n", "&&", "b"]);
    }
}
