//! The facts about one module that detection goes by. Plain data: the tree itself is dropped.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, SourceError};
use super::value::Text;
use super::walk::Walk;

/// What a Python file says at its top level, and how it starts servers anywhere.
#[derive(Debug, Clone, Default)]
pub(crate) struct Module {
    /// The file.
    pub(crate) file: String,
    /// Names bound at the top level; of several bindings the last.
    pub(crate) names: BTreeMap<String, Binding>,
    /// Imports inside of functions, by the name that they bind there.
    pub(crate) inner_imports: BTreeMap<String, Import>,
    /// Environment variables that it sets at its top level, or in the body of a function.
    pub(crate) environment: BTreeMap<String, Binding>,
    /// What it imports, anywhere.
    pub(crate) imports: BTreeSet<Import>,
    /// Calls that start a server, anywhere, in the order of the file.
    pub(crate) serves: Vec<ServeCall>,
    /// The line of `if __name__ == "__main__":`.
    pub(crate) main_guard: Option<u32>,
    /// Whether it does something beyond definitions at its top level.
    pub(crate) acts: bool,
}

/// A name and what it stands for.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    pub(crate) line: u32,
    pub(crate) form: Form,
}

/// What an expression or definition is, as far as detection cares.
#[derive(Debug, Clone)]
pub(crate) enum Form {
    /// Something imported.
    Import(Import),
    /// A function.
    Function(Function),
    /// A class, by its bases as written.
    Class(Vec<String>),
    /// A call of a dotted name, with its arguments, as far as those are names.
    Call { callee: String, arguments: Vec<String> },
    /// Another name, with dots.
    Name(String),
    /// A text or a number.
    Text(Text),
    /// A list of texts.
    Texts(Vec<Text>),
    /// Anything else: it is computed.
    Computed,
}

/// A function, by what it may give back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Function {
    /// Parameters that a caller must give.
    pub(crate) required: usize,
    /// The names, as written, of what it calls to make what it returns.
    pub(crate) makes: BTreeSet<String>,
    /// Whether it starts a server.
    pub(crate) serves: bool,
}

/// What an import statement names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    /// For a relative import, the folder that it starts from.
    pub(crate) base: Option<String>,
    /// The dotted path from there, or from an import root.
    pub(crate) path: String,
}

impl Import {
    /// The same import with an attribute added.
    pub(crate) fn join(&self, attribute: &str) -> Self {
        let dot = if self.path.is_empty() || attribute.is_empty() { "" } else { "." };
        Self { base: self.base.clone(), path: format!("{}{dot}{attribute}", self.path) }
    }
}

/// A call such as `app.run(host=…, port=…)`.
#[derive(Debug, Clone)]
pub(crate) struct ServeCall {
    pub(crate) line: u32,
    /// Whether importing the module makes the call.
    pub(crate) at_import: bool,
    /// What is called, as written.
    pub(crate) callee: String,
    /// Whether `debug=True` or `reload=True` is given.
    pub(crate) debug: bool,
    pub(crate) host: Option<Text>,
    pub(crate) port: Option<Text>,
}

impl Module {
    /// Reads a source.
    pub(crate) fn parse(file: &str, bytes: &[u8]) -> Result<Self, SourceError> {
        let source = Source::parse(file, bytes)?;
        Ok(Walk::new(file, &source).module())
    }

    /// Whether it imports `package` or something inside of it.
    pub(crate) fn imports_package(&self, package: &str) -> bool {
        self.imports.iter().any(|import| {
            import.base.is_none()
                && import
                    .path
                    .strip_prefix(package)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}
