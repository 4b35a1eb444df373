//! Every instruction, typed.

use std::fmt;

use super::{AddFiles, CommandLine, CopyFiles, Healthcheck, Run};
use crate::Word;

/// One instruction's meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `ADD`
    Add(AddFiles),
    /// `ARG NAME[=default] …`
    Arg(Vec<Argument>),
    /// `CMD`
    Cmd(CommandLine),
    /// `COPY`
    Copy(CopyFiles),
    /// `ENTRYPOINT`
    Entrypoint(CommandLine),
    /// `ENV`
    Env(Vec<Pair>),
    /// `EXPOSE`: ports, port ranges, each with an optional `/tcp`, `/udp` or `/sctp`
    Expose(Vec<Word>),
    /// `FROM`
    From(FromImage),
    /// `HEALTHCHECK`
    Healthcheck(Healthcheck),
    /// `LABEL`
    Label(Vec<Pair>),
    /// `MAINTAINER`
    Maintainer(String),
    /// `ONBUILD`: the instruction that an image built on this one will run
    Onbuild(Box<Command>),
    /// `RUN`
    Run(Run),
    /// `SHELL`, always in exec form
    Shell(Vec<String>),
    /// `STOPSIGNAL`
    StopSignal(Word),
    /// `USER`
    User(Word),
    /// `VOLUME`
    Volume(Vec<Word>),
    /// `WORKDIR`
    Workdir(Word),
}

impl Command {
    /// Which instruction this is.
    pub fn keyword(&self) -> Keyword {
        match self {
            Self::Add(_) => Keyword::Add,
            Self::Arg(_) => Keyword::Arg,
            Self::Cmd(_) => Keyword::Cmd,
            Self::Copy(_) => Keyword::Copy,
            Self::Entrypoint(_) => Keyword::Entrypoint,
            Self::Env(_) => Keyword::Env,
            Self::Expose(_) => Keyword::Expose,
            Self::From(_) => Keyword::From,
            Self::Healthcheck(_) => Keyword::Healthcheck,
            Self::Label(_) => Keyword::Label,
            Self::Maintainer(_) => Keyword::Maintainer,
            Self::Onbuild(_) => Keyword::Onbuild,
            Self::Run(_) => Keyword::Run,
            Self::Shell(_) => Keyword::Shell,
            Self::StopSignal(_) => Keyword::StopSignal,
            Self::User(_) => Keyword::User,
            Self::Volume(_) => Keyword::Volume,
            Self::Workdir(_) => Keyword::Workdir,
        }
    }
}

/// The names of all instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the instruction of its name")]
pub enum Keyword {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    StopSignal,
    User,
    Volume,
    Workdir,
}

impl Keyword {
    /// All of them, in alphabetical order.
    pub const ALL: [Self; 18] = [
        Self::Add,
        Self::Arg,
        Self::Cmd,
        Self::Copy,
        Self::Entrypoint,
        Self::Env,
        Self::Expose,
        Self::From,
        Self::Healthcheck,
        Self::Label,
        Self::Maintainer,
        Self::Onbuild,
        Self::Run,
        Self::Shell,
        Self::StopSignal,
        Self::User,
        Self::Volume,
        Self::Workdir,
    ];

    /// The name in capitals, as it is commonly written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "ADD",
            Self::Arg => "ARG",
            Self::Cmd => "CMD",
            Self::Copy => "COPY",
            Self::Entrypoint => "ENTRYPOINT",
            Self::Env => "ENV",
            Self::Expose => "EXPOSE",
            Self::From => "FROM",
            Self::Healthcheck => "HEALTHCHECK",
            Self::Label => "LABEL",
            Self::Maintainer => "MAINTAINER",
            Self::Onbuild => "ONBUILD",
            Self::Run => "RUN",
            Self::Shell => "SHELL",
            Self::StopSignal => "STOPSIGNAL",
            Self::User => "USER",
            Self::Volume => "VOLUME",
            Self::Workdir => "WORKDIR",
        }
    }

    /// Reads a name in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|keyword| keyword.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `FROM [--platform=…] image [AS alias]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromImage {
    /// The image, an earlier stage's name, or `scratch`.
    pub image: Word,
    /// `--platform`.
    pub platform: Option<Word>,
    /// The stage's name as written; names compare without case.
    pub alias: Option<String>,
}

impl FromImage {
    /// A stage on `image`.
    pub fn new(image: impl Into<Word>) -> Self {
        Self { image: image.into(), platform: None, alias: None }
    }

    /// Names the stage.
    #[must_use]
    pub fn alias(mut self, name: impl Into<String>) -> Self {
        self.alias = Some(name.into());
        self
    }

    /// Takes the image for `platform`, such as `$BUILDPLATFORM`.
    #[must_use]
    pub fn platform(mut self, platform: impl Into<Word>) -> Self {
        self.platform = Some(platform.into());
        self
    }
}

impl From<&str> for FromImage {
    fn from(image: &str) -> Self {
        Self::new(image)
    }
}

impl From<String> for FromImage {
    fn from(image: String) -> Self {
        Self::new(image)
    }
}

/// A name with its value, in `ENV` and `LABEL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The name; in a `LABEL` it may be quoted and hold variables.
    pub key: Word,
    /// The value.
    pub value: Word,
    /// Whether it was written in the old form, `ENV key value`, without an equals sign.
    pub legacy: bool,
}

impl Pair {
    /// `key=value`.
    pub fn new(key: impl Into<Word>, value: impl Into<Word>) -> Self {
        Self { key: key.into(), value: value.into(), legacy: false }
    }
}

/// One name of an `ARG`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The name.
    pub name: String,
    /// What it is where the build passes no value.
    pub default: Option<Word>,
}
