//! What BuildKit refuses.

use crate::model::MountError;
use crate::{Span, WordError};

/// A place in a Dockerfile that BuildKit would refuse, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct SyntaxError {
    /// The first line of the instruction, from 1.
    pub line: usize,
    /// The place.
    pub span: Span,
    /// What is wrong.
    pub kind: SyntaxErrorKind,
}

/// When a builder notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// While the file is cut into instructions.
    Parse,
    /// While instructions get their meaning.
    Instruction,
    /// When the instruction is built, which may be never.
    Build,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxErrorKind {
    /// A file in UTF-16.
    #[error("this file is UTF-16, which no builder reads; save it as UTF-8")]
    Utf16,
    /// Nothing but comments and blank lines.
    #[error("there is no instruction in this file")]
    NoInstructions,
    /// A line that a builder's buffer cannot hold.
    #[error("this line has {len} bytes; builders read at most 65535")]
    LineTooLong {
        /// Its length.
        len: usize,
    },
    /// `# escape=` with another character.
    #[error("the escape character is `\\` or a backtick, not `{value}`")]
    EscapeCharacter {
        /// What was asked for.
        value: String,
    },
    /// A parser directive twice.
    #[error("the directive `{name}` is given twice; keep one")]
    DuplicateDirective {
        /// Its name.
        name: String,
    },
    /// An inline document that does not end.
    #[error(
        "nothing ends the inline document: a line with only `{name}` is missing; write `<<` between quotes if none is meant"
    )]
    UnterminatedHeredoc {
        /// The word.
        name: String,
    },
    /// An inline document's word that is none.
    #[error("the inline document's name cannot be read: {0}")]
    HeredocName(WordError),
    /// A JSON array with other things than strings.
    #[error("an array of arguments holds strings only; put quotes around each")]
    NotStrings,
    /// `ENV` or `LABEL` with a name and nothing else.
    #[error("{instruction} needs a name and a value: `{instruction} name=value`")]
    ValueMissing {
        /// The instruction.
        instruction: &'static str,
    },
    /// A word without `=` behind one with it.
    #[error("`{word}` has no `=`: quote the value where it holds spaces, as in `name=\"a b\"`")]
    EqualsMissing {
        /// The word.
        word: String,
    },
    /// No such instruction.
    #[error("there is no instruction `{keyword}`{}", suggestion.as_ref().map(|name| format!("; is `{name}` meant?")).unwrap_or_default())]
    UnknownInstruction {
        /// What was written.
        keyword: String,
        /// What may have been meant.
        suggestion: Option<&'static str>,
    },
    /// An instruction before the first `FROM`.
    #[error("{keyword} stands before the first FROM; only ARG may")]
    NoStage {
        /// The instruction, as written.
        keyword: String,
    },
    /// Too few arguments, or too many.
    #[error("{instruction} takes {expected}")]
    ArgumentCount {
        /// The instruction.
        instruction: &'static str,
        /// How many it takes.
        expected: &'static str,
    },
    /// A stage name that is none.
    #[error(
        "`{name}` cannot name a stage: it starts with a letter, then letters, digits, `-`, `_` and `.`"
    )]
    StageName {
        /// The name.
        name: String,
    },
    /// A name that is empty.
    #[error("{instruction} has a name that is empty")]
    BlankName {
        /// The instruction.
        instruction: &'static str,
    },
    /// No such flag.
    #[error("{instruction} has no flag `--{flag}`")]
    UnknownFlag {
        /// The instruction.
        instruction: &'static str,
        /// The flag.
        flag: String,
    },
    /// A flag twice.
    #[error("`--{flag}` is given twice")]
    DuplicateFlag {
        /// The flag.
        flag: String,
    },
    /// A flag without its value.
    #[error("`--{flag}` needs a value: `--{flag}=…`")]
    FlagValueMissing {
        /// The flag.
        flag: String,
    },
    /// A flag with a value it cannot have.
    #[error("`--{flag}` cannot be `{value}`: expected {expected}")]
    FlagValue {
        /// The flag.
        flag: &'static str,
        /// The value.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// An inline document as a destination.
    #[error("{instruction} copies to a path, not to an inline document")]
    HeredocDestination {
        /// The instruction.
        instruction: &'static str,
    },
    /// `HEALTHCHECK` and neither `CMD` nor `NONE`.
    #[error("HEALTHCHECK starts with CMD or NONE, not with `{word}`")]
    HealthcheckKind {
        /// The word.
        word: String,
    },
    /// `HEALTHCHECK CMD` and no command.
    #[error("HEALTHCHECK CMD needs a command")]
    HealthcheckCommand,
    /// `HEALTHCHECK NONE` and more.
    #[error("HEALTHCHECK NONE takes nothing behind it")]
    HealthcheckNone,
    /// `SHELL` that is no JSON array.
    #[error("SHELL takes a JSON array, as in `SHELL [\"/bin/bash\", \"-c\"]`")]
    ShellForm,
    /// `VOLUME` with an empty path.
    #[error("VOLUME has a path that is empty")]
    BlankVolume,
    /// `ONBUILD` with an instruction that it cannot hold.
    #[error("ONBUILD cannot hold {keyword}")]
    OnbuildTrigger {
        /// The instruction.
        keyword: String,
    },
    /// A mount that BuildKit refuses.
    #[error("this mount is refused: {0}")]
    Mount(MountError),
}

impl SyntaxErrorKind {
    /// When a builder notices.
    pub fn phase(&self) -> Phase {
        match self {
            Self::Utf16
            | Self::NoInstructions
            | Self::LineTooLong { .. }
            | Self::EscapeCharacter { .. }
            | Self::DuplicateDirective { .. }
            | Self::UnterminatedHeredoc { .. }
            | Self::HeredocName(_)
            | Self::NotStrings
            | Self::ValueMissing { .. }
            | Self::EqualsMissing { .. } => Phase::Parse,
            Self::Mount(MountError::VariableInFrom { .. } | MountError::Fields { .. }) => {
                Phase::Instruction
            }
            Self::Mount(_) => Phase::Build,
            _ => Phase::Instruction,
        }
    }
}
