//! The builder: one call a line.

use super::dialect::{self, Dialect, Feature};
use super::render;
use crate::model::{
    AddFiles, Argument, Command, CommandLine, CopyFiles, FromImage, Healthcheck, Pair, Run,
};
use crate::{Dockerfile, Word};

/// Writes a Dockerfile, instruction by instruction.
///
/// Text goes in as what it *means*; quoting is the builder's business. What
/// cannot be said in a Dockerfile, or not to the builder it is for, is an
/// error of [`Builder::build`], which reads its own text back and compares.
///
/// ```
/// use boxwright_dockerfile::{CommandLine, CopyFiles, Dialect, Dockerfile, FromImage, Mount, Run};
///
/// let file = Dockerfile::builder(Dialect::BuildKit)
///     .syntax("docker/dockerfile:1")
///     .blank()
///     .comment("Compilers stay in this stage.")
///     .from(FromImage::new("python:3.13-slim").alias("build"))
///     .workdir("/app")
///     .copy(CopyFiles::new(["requirements.txt"], "./"))
///     .run(Run::shell("pip install -r requirements.txt").mount(Mount::cache("/root/.cache/pip")))
///     .env([("PATH", "/venv/bin:$PATH"), ("GREETING", "hello there")])
///     .cmd(CommandLine::exec(["gunicorn", "app:app"]))
///     .build()?;
/// assert!(file.to_string().ends_with("CMD [\"gunicorn\", \"app:app\"]\n"));
/// # Ok::<(), boxwright_dockerfile::BuildError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Builder {
    dialect: Dialect,
    entries: Vec<Entry>,
}

/// One item of the file.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    Directive { name: &'static str, value: String },
    Comment(String),
    Blank,
    Command(Box<Command>),
}

/// Why a Dockerfile cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The builder it is for would not understand.
    #[error("{dialect} does not read {feature}, which `{instruction}` needs")]
    Unsupported {
        /// The instruction.
        instruction: String,
        /// The builder.
        dialect: Dialect,
        /// What it lacks.
        feature: Feature,
    },
    /// A line break where none can be written.
    #[error(
        "{instruction}: {text:?} holds a line break, which cannot be written there; for shell text use lines, or an inline document"
    )]
    LineBreak {
        /// The instruction's name.
        instruction: &'static str,
        /// The text.
        text: String,
    },
    /// A text that does not come back as it was.
    #[error("`{text}` would not be read back as it is meant: {reason}")]
    NotWritable {
        /// What would have been written.
        text: String,
        /// How it would be read.
        reason: String,
    },
}

impl Builder {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, entries: Vec::new() }
    }

    /// Which builder this is for.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// `# syntax=image`; has to come first.
    #[must_use]
    pub fn syntax(self, image: impl Into<String>) -> Self {
        self.push(Entry::Directive { name: "syntax", value: image.into() })
    }

    /// `# check=options`; has to come before everything but `syntax`.
    #[must_use]
    pub fn check(self, options: impl Into<String>) -> Self {
        self.push(Entry::Directive { name: "check", value: options.into() })
    }

    /// A comment; each line of `text` becomes a line of it.
    #[must_use]
    pub fn comment(self, text: impl Into<String>) -> Self {
        self.push(Entry::Comment(text.into()))
    }

    /// An empty line.
    #[must_use]
    pub fn blank(self) -> Self {
        self.push(Entry::Blank)
    }

    /// Any instruction.
    #[must_use]
    pub fn command(self, command: Command) -> Self {
        self.push(Entry::Command(Box::new(command)))
    }

    /// `FROM`: starts a stage.
    #[must_use]
    pub fn from(self, image: impl Into<FromImage>) -> Self {
        self.command(Command::From(image.into()))
    }

    /// `RUN`.
    #[must_use]
    pub fn run(self, run: Run) -> Self {
        self.command(Command::Run(run))
    }

    /// `COPY`.
    #[must_use]
    pub fn copy(self, copy: CopyFiles) -> Self {
        self.command(Command::Copy(copy))
    }

    /// `ADD`.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "it is the instruction's name")]
    pub fn add(self, add: AddFiles) -> Self {
        self.command(Command::Add(add))
    }

    /// `ENV`: all pairs in one instruction, a line each.
    #[must_use]
    pub fn env<K: Into<Word>, V: Into<Word>>(
        self,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.command(Command::Env(self::pairs(pairs)))
    }

    /// `LABEL`: all pairs in one instruction, a line each.
    #[must_use]
    pub fn label<K: Into<Word>, V: Into<Word>>(
        self,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.command(Command::Label(self::pairs(pairs)))
    }

    /// `ARG name`.
    #[must_use]
    pub fn arg(self, name: impl Into<String>) -> Self {
        self.command(Command::Arg(vec![Argument { name: name.into(), default: None }]))
    }

    /// `ARG name=default`.
    #[must_use]
    pub fn arg_default(self, name: impl Into<String>, default: impl Into<Word>) -> Self {
        let default = Some(default.into());
        self.command(Command::Arg(vec![Argument { name: name.into(), default }]))
    }

    /// `WORKDIR`.
    #[must_use]
    pub fn workdir(self, path: impl Into<Word>) -> Self {
        self.command(Command::Workdir(path.into()))
    }

    /// `USER`.
    #[must_use]
    pub fn user(self, user: impl Into<Word>) -> Self {
        self.command(Command::User(user.into()))
    }

    /// `EXPOSE`, such as `8000` or `53/udp`.
    #[must_use]
    pub fn expose<W: Into<Word>>(self, ports: impl IntoIterator<Item = W>) -> Self {
        self.command(Command::Expose(ports.into_iter().map(Into::into).collect()))
    }

    /// `VOLUME`.
    #[must_use]
    pub fn volume<W: Into<Word>>(self, paths: impl IntoIterator<Item = W>) -> Self {
        self.command(Command::Volume(paths.into_iter().map(Into::into).collect()))
    }

    /// `STOPSIGNAL`.
    #[must_use]
    pub fn stop_signal(self, signal: impl Into<Word>) -> Self {
        self.command(Command::StopSignal(signal.into()))
    }

    /// `SHELL`.
    #[must_use]
    pub fn shell<W: Into<String>>(self, words: impl IntoIterator<Item = W>) -> Self {
        self.command(Command::Shell(words.into_iter().map(Into::into).collect()))
    }

    /// `HEALTHCHECK`.
    #[must_use]
    pub fn healthcheck(self, check: Healthcheck) -> Self {
        self.command(Command::Healthcheck(check))
    }

    /// `ENTRYPOINT`.
    #[must_use]
    pub fn entrypoint(self, command: CommandLine) -> Self {
        self.command(Command::Entrypoint(command))
    }

    /// `CMD`.
    #[must_use]
    pub fn cmd(self, command: CommandLine) -> Self {
        self.command(Command::Cmd(command))
    }

    /// The file.
    pub fn build(self) -> Result<Dockerfile, BuildError> {
        let mut text = String::new();
        for entry in &self.entries {
            if let Entry::Command(command) = entry {
                self.check_dialect(command)?;
            }
            render::entry(entry, &mut text)?;
        }
        let file = Dockerfile::parse(&text);
        render::compare(&self.entries, &file)?;
        Ok(file)
    }

    fn check_dialect(&self, command: &Command) -> Result<(), BuildError> {
        let missing =
            dialect::needs(command).into_iter().find(|feature| !self.dialect.has(*feature));
        missing.map_or(Ok(()), |feature| {
            Err(BuildError::Unsupported {
                instruction: render::command(command)?,
                dialect: self.dialect,
                feature,
            })
        })
    }

    fn push(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }
}

fn pairs<K: Into<Word>, V: Into<Word>>(pairs: impl IntoIterator<Item = (K, V)>) -> Vec<Pair> {
    pairs.into_iter().map(|(key, value)| Pair::new(key, value)).collect()
}
