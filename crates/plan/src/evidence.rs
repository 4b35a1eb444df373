//! What was decided, by which rule, and where the reason stands.

use std::fmt;

use serde::Serialize;

/// A line of the project that a decision rests on.
///
/// Ordered by file, then by line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The file, relative to the project directory, with `/` separators.
    pub file: String,
    /// The line, from 1; absent where the file itself is the evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

impl Place {
    /// A whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), line: None }
    }

    /// One line of a file.
    pub fn line(file: impl Into<String>, line: u32) -> Self {
        Self { file: file.into(), line: Some(line) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

/// Why a decision was made: the rule that applied and, where there is one, the place it read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The rule that decided.
    pub rule: Rule,
    /// Where the rule found what it went by.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

impl Evidence {
    /// A rule that read `place`.
    pub fn at(rule: Rule, place: Place) -> Self {
        Self { rule, place: Some(place) }
    }

    /// A rule that goes by nothing the project says.
    pub const fn by(rule: Rule) -> Self {
        Self { rule, place: None }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place} ({})", self.rule),
            None => self.rule.fmt(f),
        }
    }
}

/// Names each of `$name` in kebab case, for serde, people and documentation alike.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// Its name in reports and JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// The rules of detection. Each is documented by what it reads.
    Rule {
        /// `boxwright.yaml` or a flag said so.
        Configured = "configured",
        /// The only, the `web`, or else the `worker` process of a `Procfile`.
        Procfile = "procfile",
        /// `entrypoint` in `[tool.fastapi]` of `pyproject.toml`.
        FastApiEntrypoint = "fastapi-entrypoint",
        /// The only script of `[project.scripts]`.
        ProjectScript = "project-script",
        /// `WSGI_APPLICATION` or `ASGI_APPLICATION` of a Django settings module.
        DjangoSettings = "django-settings",
        /// A `wsgi.py` or `asgi.py` beside the Django settings.
        DjangoModule = "django-module",
        /// An application object, assigned or imported at the top level of a module.
        AppObject = "app-object",
        /// A function `create_app` or `make_app`.
        AppFactory = "app-factory",
        /// `FLASK_APP` in `.flaskenv`.
        FlaskEnv = "flaskenv",
        /// A script that imports Streamlit.
        StreamlitScript = "streamlit-script",
        /// A package with a `__main__.py`.
        MainModule = "main-module",
        /// The only script that can be run.
        RunnableScript = "runnable-script",
        /// The project depends on this server.
        DependsOnServer = "depends-on-server",
        /// A server was asked for that the project does not depend on.
        ServerAdded = "server-added",
        /// The project depends on no server, so the framework's own one is left.
        DevelopmentServer = "development-server",
        /// A configuration file of gunicorn.
        GunicornConfig = "gunicorn-config",
        /// The address in the start command.
        StartCommand = "start-command",
        /// The address that the code binds.
        CodeBinds = "code-binds",
        /// A pinned or preferred Python version in `.python-version`.
        PythonVersionFile = "python-version-file",
        /// The Python version of `runtime.txt`.
        RuntimeTxt = "runtime-txt",
        /// The Python version of `.tool-versions`.
        ToolVersions = "tool-versions",
        /// The Python version of `mise.toml`.
        Mise = "mise",
        /// `[requires]` of a `Pipfile`.
        PipfileRequires = "pipfile-requires",
        /// `requires-python`, or Poetry's `python` dependency.
        RequiresPython = "requires-python",
        /// The lock or requirements file that comes first in the documented order.
        DependencyFile = "dependency-file",
        /// The folder that holds the dependency file, or the application.
        SourceFolder = "source-folder",
        /// `STATIC_ROOT` of a Django settings module.
        StaticRoot = "static-root",
        /// A folder of a name that the framework reads.
        ConventionalFolder = "conventional-folder",
        /// The name of the project, or of its folder.
        ProjectName = "project-name",
        /// The wheels that the requirements have.
        Wheels = "wheels",
        /// Boxwright's own default.
        Default = "default",
    }
}

words! {
    /// What a decision is about.
    Topic {
        /// The name of the project.
        Name = "name",
        /// The folder whose content becomes the application's.
        Source = "source",
        /// The file that lists the dependencies.
        Dependencies = "dependencies",
        /// The Python version.
        Python = "python",
        /// The web framework.
        Framework = "framework",
        /// The server.
        Server = "server",
        /// The start command.
        Start = "start",
        /// The port.
        Port = "port",
        /// A folder of front-end files or templates.
        Folder = "folder",
        /// A step of the application's own that no engine runs.
        Setup = "setup",
    }
}

/// Whether a decision needs the user's eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It follows from what the project says.
    Note,
    /// It may not be what was meant; the text says what to do about it.
    Warning,
}

/// One decision: its subject, what was decided, and the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What it is about.
    pub topic: Topic,
    /// Whether the user should look.
    pub level: Level,
    /// What was decided, in a few words: `gunicorn app:app`, `3.13`. A warning is a whole sentence with the fix.
    pub text: String,
    /// Why.
    #[serde(flatten)]
    pub evidence: Evidence,
}

impl Decision {
    /// A decision that follows from the project.
    pub fn note(topic: Topic, text: impl Into<String>, evidence: Evidence) -> Self {
        Self { topic, level: Level::Note, text: text.into(), evidence }
    }

    /// A decision to look at.
    pub fn warning(topic: Topic, text: impl Into<String>, evidence: Evidence) -> Self {
        Self { topic, level: Level::Warning, text: text.into(), evidence }
    }
}
