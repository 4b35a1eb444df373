//! `RUN`, and the command lines it shares with `CMD` and `ENTRYPOINT`.

use super::Mount;

/// A command: run as it is, or by the stage's shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandLine {
    /// `["program", "argument"]`: no shell, no variables. May be empty.
    Exec(Vec<String>),
    /// Text for the shell. May be empty.
    Shell(ShellText),
}

impl CommandLine {
    /// The exec form of these words.
    pub fn exec<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Self {
        Self::Exec(words.into_iter().map(Into::into).collect())
    }

    /// The shell form of this text.
    pub fn shell(text: impl Into<String>) -> Self {
        Self::Shell(ShellText::new(text))
    }

    /// The shell's text, where a shell is asked for.
    pub fn as_shell(&self) -> Option<&str> {
        match self {
            Self::Shell(text) => Some(text.as_str()),
            Self::Exec(_) => None,
        }
    }

    /// The words, where no shell is asked for.
    pub fn as_exec(&self) -> Option<&[String]> {
        match self {
            Self::Exec(words) => Some(words),
            Self::Shell(_) => None,
        }
    }
}

/// Text for a shell, continuation lines joined.
///
/// It remembers where its source broke the line, so that it can be written as
/// it was laid out; two texts that differ in nothing else are equal.
#[derive(Debug, Clone, Default)]
pub struct ShellText {
    text: String,
    breaks: Vec<usize>,
}

impl ShellText {
    /// Text on one line.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), breaks: Vec::new() }
    }

    /// Text laid out over several lines, all but the first indented by four
    /// spaces. The lines are joined with spaces: where one command ends and
    /// the next begins, a line has to say `&&` or `;` itself.
    pub fn lines<L: AsRef<str>>(lines: impl IntoIterator<Item = L>) -> Self {
        let mut this = Self::default();
        for (index, line) in lines.into_iter().enumerate() {
            if index > 0 {
                this.text.push(' ');
                this.breaks.push(this.text.len());
                this.text.push_str("    ");
            }
            this.text.push_str(line.as_ref());
        }
        this
    }

    pub(crate) fn with_breaks(text: String, breaks: Vec<usize>) -> Self {
        Self { text, breaks }
    }

    /// The text as the shell gets it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Byte offsets at which the source continued on the next line.
    pub fn breaks(&self) -> &[usize] {
        &self.breaks
    }
}

impl PartialEq for ShellText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for ShellText {}

/// An inline document: `<<EOF … EOF`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it.
    pub name: String,
    /// The lines in between, with their line ends.
    pub content: String,
    /// Whether variables in it are expanded: not where the word was quoted.
    pub expand: bool,
    /// Whether leading tabs are dropped: `<<-`.
    pub chomp: bool,
    /// The file descriptor in front of `<<`; 0 where none is written.
    pub descriptor: u64,
}

/// `RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What is run.
    pub command: CommandLine,
    /// `--mount`, in order.
    pub mounts: Vec<Mount>,
    /// `--network`.
    pub network: Option<Network>,
    /// `--security`.
    pub security: Option<Security>,
    /// `--device`, as written: a request for a CDI device.
    pub devices: Vec<String>,
    /// Inline documents, in order.
    pub heredocs: Vec<Heredoc>,
}

impl Run {
    /// Runs these words without a shell.
    pub fn exec<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Self {
        Self::command(CommandLine::exec(words))
    }

    /// Runs one line of shell text.
    pub fn shell(text: impl Into<String>) -> Self {
        Self::command(CommandLine::shell(text))
    }

    /// Runs shell text laid out over several lines; see [`ShellText::lines`].
    pub fn lines<L: AsRef<str>>(lines: impl IntoIterator<Item = L>) -> Self {
        Self::command(CommandLine::Shell(ShellText::lines(lines)))
    }

    /// Runs `script`, whole lines, as an inline document. Needs BuildKit with Dockerfile syntax 1.4.
    pub fn script(script: impl Into<String>) -> Self {
        let mut content = script.into();
        if !content.ends_with('\n') {
            content.push('\n');
        }
        let mut name = String::from("EOF");
        while content.lines().any(|line| line == name) {
            name.push('_');
        }
        let mut run = Self::shell(format!("<<{name}"));
        // The stage's shell gets the text either way; only quotes would stop it from expanding.
        run.heredocs.push(Heredoc { name, content, expand: true, chomp: false, descriptor: 0 });
        run
    }

    pub(crate) fn command(command: CommandLine) -> Self {
        Self {
            command,
            mounts: Vec::new(),
            network: None,
            security: None,
            devices: Vec::new(),
            heredocs: Vec::new(),
        }
    }

    /// Adds a mount. Needs BuildKit.
    #[must_use]
    pub fn mount(mut self, mount: Mount) -> Self {
        self.mounts.push(mount);
        self
    }

    /// Sets the network. Needs BuildKit.
    #[must_use]
    pub fn network(mut self, network: Network) -> Self {
        self.network = Some(network);
        self
    }

    /// Sets the security mode. Needs BuildKit.
    #[must_use]
    pub fn security(mut self, security: Security) -> Self {
        self.security = Some(security);
        self
    }
}

/// `RUN --network`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// The builder's default.
    Default,
    /// No network.
    None,
    /// The builder host's network; needs an entitlement.
    Host,
}

impl Network {
    /// As written in the flag.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::None => "none",
            Self::Host => "host",
        }
    }
}

/// `RUN --security`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// The default.
    Sandbox,
    /// Without confinement; needs an entitlement.
    Insecure,
}

impl Security {
    /// As written in the flag.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Insecure => "insecure",
        }
    }
}
