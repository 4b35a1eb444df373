//! `RUN --mount`.

use crate::Word;

/// One mount of a `RUN`, alive only while it runs.
///
/// Fields are words: all but `from` may hold variables, which BuildKit expands
/// when it builds. [`Mount::check`] says whether the fields fit the kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// `type`; `bind` where none is written.
    pub kind: MountKind,
    /// `from`: a stage, an image or a named context.
    pub from: Option<String>,
    /// `source`.
    pub source: Option<Word>,
    /// `target`.
    pub target: Option<Word>,
    /// `readonly` or `readwrite`; absent, the kind's default: caches and tmpfs can be written.
    pub read_only: Option<bool>,
    /// `id`: the cache's, the secret's or the agent socket's.
    pub id: Option<Word>,
    /// `sharing`, of a cache.
    pub sharing: Option<Sharing>,
    /// `required`, of a secret or an agent socket.
    pub required: Option<bool>,
    /// `size`, of a tmpfs.
    pub size: Option<Word>,
    /// `mode`, octal.
    pub mode: Option<Word>,
    /// `uid`.
    pub uid: Option<Word>,
    /// `gid`.
    pub gid: Option<Word>,
    /// `env`: gives a secret as this variable.
    pub env: Option<Word>,
    /// Fields that take one of a few fixed words, where a variable stands in its place: name and
    /// value. Only a build knows what they say, so [`check`](Self::check) has nothing to say.
    pub deferred: Vec<(String, Word)>,
}

/// What is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MountKind {
    /// Files of the context, a stage or an image.
    Bind,
    /// A directory that outlives the build.
    Cache,
    /// A secret, as a file or a variable.
    Secret,
    /// An SSH agent's socket.
    Ssh,
    /// Memory.
    Tmpfs,
}

impl MountKind {
    /// As written in `type=`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Cache => "cache",
            Self::Secret => "secret",
            Self::Ssh => "ssh",
            Self::Tmpfs => "tmpfs",
        }
    }

    /// Reads `type=`, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Bind, Self::Cache, Self::Secret, Self::Ssh, Self::Tmpfs]
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }
}

/// What builds at the same time do with one cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// They share it.
    Shared,
    /// Each gets one of its own.
    Private,
    /// They wait for each other.
    Locked,
}

impl Sharing {
    /// As written in `sharing=`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Private => "private",
            Self::Locked => "locked",
        }
    }

    /// Reads `sharing=`, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Shared, Self::Private, Self::Locked]
            .into_iter()
            .find(|sharing| sharing.as_str().eq_ignore_ascii_case(text))
    }
}

/// Why a mount is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MountError {
    /// The comma-separated fields cannot be told apart.
    #[error("`{text}` has a quote that is not closed or not around a whole field")]
    Fields {
        /// The flag's value.
        text: String,
    },
    /// No field of this name.
    #[error("`{key}` is no field of a mount")]
    UnknownKey {
        /// The name.
        key: String,
    },
    /// A field that needs `=value`.
    #[error("`{key}` needs a value: write `{key}=…`")]
    MissingValue {
        /// The name.
        key: String,
    },
    /// A value that the field cannot have.
    #[error("`{value}` is no value for `{key}`: expected {expected}")]
    Value {
        /// The name.
        key: &'static str,
        /// The value.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// `from` is read before variables are known.
    #[error(
        "`from={value}` holds a variable, which is not expanded there: give the image a stage of its own and name that"
    )]
    VariableInFrom {
        /// The value.
        value: String,
    },
    /// A field that this kind of mount does not have.
    #[error("a {kind} mount has no `{key}`", kind = kind.as_str())]
    KeyForKind {
        /// The name.
        key: &'static str,
        /// The mount's kind.
        kind: MountKind,
    },
    /// A secret without a name.
    #[error("a secret mount needs an `id`, a `source` or a `target`")]
    NamelessSecret,
    /// A secret with two names.
    #[error("a secret mount has either an `id` or a `source`, not both")]
    TwoNames,
}

impl Mount {
    /// A cache at `target`, kept between builds.
    pub fn cache(target: impl Into<Word>) -> Self {
        Self { target: Some(target.into()), ..Self::new(MountKind::Cache) }
    }

    /// `source`, out of the context, at `target`; read-only.
    pub fn bind(source: impl Into<Word>, target: impl Into<Word>) -> Self {
        Self {
            source: Some(source.into()),
            target: Some(target.into()),
            ..Self::new(MountKind::Bind)
        }
    }

    /// The secret named `id`, at `/run/secrets/<id>` unless a target or variable is set.
    pub fn secret(id: impl Into<Word>) -> Self {
        Self { id: Some(id.into()), ..Self::new(MountKind::Secret) }
    }

    /// The socket of the SSH agent.
    pub fn ssh() -> Self {
        Self::new(MountKind::Ssh)
    }

    /// Memory at `target`.
    pub fn tmpfs(target: impl Into<Word>) -> Self {
        Self { target: Some(target.into()), ..Self::new(MountKind::Tmpfs) }
    }

    pub(crate) fn new(kind: MountKind) -> Self {
        Self {
            kind,
            from: None,
            source: None,
            target: None,
            read_only: None,
            id: None,
            sharing: None,
            required: None,
            size: None,
            mode: None,
            uid: None,
            gid: None,
            env: None,
            deferred: Vec::new(),
        }
    }

    /// Mounts out of this stage, image or named context.
    #[must_use]
    pub fn from_stage(mut self, stage: impl Into<String>) -> Self {
        self.from = Some(stage.into());
        self
    }

    /// Names the cache, so that several targets share it, or the agent's socket.
    #[must_use]
    pub fn id(mut self, id: impl Into<Word>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets what concurrent builds do with the cache.
    #[must_use]
    pub fn sharing(mut self, sharing: Sharing) -> Self {
        self.sharing = Some(sharing);
        self
    }

    /// Sets where it is mounted.
    #[must_use]
    pub fn target(mut self, target: impl Into<Word>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Gives the secret as an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<Word>) -> Self {
        self.env = Some(name.into());
        self
    }

    /// Fails the build where the secret or the socket is not given.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = Some(true);
        self
    }

    /// Whether the mount's contents can be written to.
    pub fn is_read_only(&self) -> bool {
        self.read_only.unwrap_or(!matches!(self.kind, MountKind::Cache | MountKind::Tmpfs))
    }

    /// Whether the fields fit the kind, as BuildKit checks when it builds.
    pub fn check(&self) -> Result<(), MountError> {
        let kind = self.kind;
        let refuse = |key, given: bool, kinds: &[MountKind]| {
            if given && self.deferred.is_empty() && !kinds.contains(&kind) {
                Err(MountError::KeyForKind { key, kind })
            } else {
                Ok(())
            }
        };
        let owned = [MountKind::Secret, MountKind::Ssh, MountKind::Cache];
        refuse("mode", self.mode.is_some(), &owned)?;
        refuse("uid", self.uid.is_some(), &owned)?;
        refuse("gid", self.gid.is_some(), &owned)?;
        refuse("size", self.size.is_some(), &[MountKind::Tmpfs])?;
        refuse("sharing", self.sharing.is_some(), &[MountKind::Cache])?;
        refuse("required", self.required.is_some(), &[MountKind::Secret, MountKind::Ssh])?;
        if kind == MountKind::Secret && self.deferred.is_empty() {
            if self.from.is_some() {
                return Err(MountError::KeyForKind { key: "from", kind });
            }
            if self.source.is_none() && self.target.is_none() && self.id.is_none() {
                return Err(MountError::NamelessSecret);
            }
            if self.source.is_some() && self.id.is_some() {
                return Err(MountError::TwoNames);
            }
        }
        match &self.from {
            Some(from) if from.find('$').is_some_and(|at| at + 1 < from.len()) => {
                Err(MountError::VariableInFrom { value: from.clone() })
            }
            _ => Ok(()),
        }
    }
}
