//! What an engine says while it works: plain values, rendered by whoever listens.

use serde::Serialize;

/// A step of a build, in the order they usually come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Which Debian packages make the base.
    ResolveBase,
    /// The base layer.
    Base,
    /// Which wheels satisfy the requirements.
    ResolveDependencies,
    /// The dependency layers.
    Dependencies,
    /// The layer of the project's own files.
    Source,
    /// The images that a Dockerfile starts from.
    Bases,
    /// A Dockerfile, by a Docker Engine.
    Dockerfile,
    /// Layout, archive or load.
    Output,
}

impl Step {
    /// What the step is called in a sentence.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ResolveBase => "resolve base",
            Self::Base => "base layer",
            Self::ResolveDependencies => "resolve dependencies",
            Self::Dependencies => "dependency layers",
            Self::Source => "source layer",
            Self::Bases => "base images",
            Self::Dockerfile => "Dockerfile",
            Self::Output => "output",
        }
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The cache had it: nothing was done.
    Reused,
    /// It was done now.
    Built,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A step begins.
    Started {
        /// Which.
        step: Step,
    },
    /// A step is over.
    Finished {
        /// Which.
        step: Step,
        /// Whether it was done or reused.
        outcome: Outcome,
        /// The result in words: `35 wheels, 5 layers`.
        detail: String,
    },
    /// A transfer begins.
    DownloadStarted {
        /// A number that its later events repeat.
        id: u64,
        /// The file's name.
        name: String,
        /// Its length in bytes, where the server says.
        size: Option<u64>,
    },
    /// Bytes arrived.
    DownloadProgress {
        /// The transfer.
        id: u64,
        /// How many bytes came with this event.
        bytes: u64,
    },
    /// A transfer is over, well or not.
    DownloadFinished {
        /// The transfer.
        id: u64,
    },
    /// A builder begins an instruction of a Dockerfile.
    InstructionStarted {
        /// A number that its later events repeat.
        id: u64,
        /// The instruction, in the builder's words: `[release 2/3] COPY …`.
        name: String,
    },
    /// An instruction printed a line.
    InstructionOutput {
        /// The instruction.
        id: u64,
        /// The line, without its end.
        line: String,
    },
    /// An instruction is over.
    InstructionFinished {
        /// The instruction.
        id: u64,
        /// The same words as at its start.
        name: String,
        /// Whether it was carried out, or the builder had the result; `None` where it failed.
        outcome: Option<Outcome>,
    },
    /// Something that the user should know and that changes the image or the time it takes.
    Warning {
        /// A whole sentence.
        message: String,
    },
    /// Something good to know.
    Note {
        /// A whole sentence.
        message: String,
    },
}

/// Receives events, from any thread.
pub trait Events: Send + Sync {
    /// Takes one event. It must not block for long.
    fn on(&self, event: Event);
}

/// Lets events go unheard.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Events for Silent {
    fn on(&self, _: Event) {}
}
