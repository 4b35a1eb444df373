//! The modules of a project: found by their dotted names, read once, followed through imports.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::module::{Form, Import, Module};
use super::source::{LONGEST, SourceError};
use crate::ProjectFiles;

type Read = Result<Rc<Module>, Arc<SourceError>>;

/// The Python files below some import roots.
pub(crate) struct Modules<'f> {
    files: &'f dyn ProjectFiles,
    /// Folders that imports start from, the first of them the source folder.
    roots: Vec<String>,
    read: RefCell<BTreeMap<String, Read>>,
}

impl<'f> Modules<'f> {
    /// The modules that are importable from any of `roots`.
    pub(crate) fn new(files: &'f dyn ProjectFiles, roots: Vec<String>) -> Self {
        Self { files, roots, read: RefCell::default() }
    }

    pub(crate) fn is_file(&self, path: &str) -> bool {
        self.files.paths().binary_search_by(|known| known.as_str().cmp(path)).is_ok()
    }

    /// Reads a file, once.
    pub(crate) fn read(&self, file: &str) -> Read {
        if let Some(known) = self.read.borrow().get(file) {
            return known.clone();
        }
        let read = self.parse(file).map(Rc::new).map_err(Arc::new);
        self.read.borrow_mut().insert(file.to_owned(), read.clone());
        read
    }

    fn parse(&self, file: &str) -> Result<Module, SourceError> {
        let unreadable = |error| SourceError::Unreadable { file: file.to_owned(), error };
        let size = self.files.size(file).map_err(unreadable)?;
        if size > LONGEST {
            return Err(SourceError::TooLong { file: file.to_owned(), size });
        }
        let bytes = self.files.read(file).map_err(unreadable)?;
        Module::parse(file, &bytes)
    }

    /// The file of the dotted name `path` below the folder `base`.
    pub(crate) fn file_below(&self, base: &str, path: &str) -> Option<String> {
        let stem = join(base, &path.replace('.', "/"));
        if path.is_empty() {
            return Some(join(base, "__init__.py")).filter(|file| self.is_file(file));
        }
        [format!("{stem}/__init__.py"), format!("{stem}.py")]
            .into_iter()
            .find(|file| self.is_file(file))
    }

    /// The file of the project that an import leads to, and what is left of its path.
    ///
    /// `from shop.views import index` leads to `shop/views/index.py` if there is one, else to
    /// `shop/views.py` with `index` left, and so on.
    pub(crate) fn find(&self, import: &Import) -> Option<(String, String)> {
        let roots = import.base.as_ref().map_or(self.roots.as_slice(), std::slice::from_ref);
        roots.iter().find_map(|root| {
            let parts: Vec<_> = import.path.split('.').collect();
            (usize::from(import.base.is_none())..=parts.len()).rev().find_map(|length| {
                let file = self.file_below(root, &parts[..length].join("."))?;
                Some((file, parts[length..].join(".")))
            })
        })
    }

    /// The dotted name by which `file` is imported from the first root that holds it, and that root.
    pub(crate) fn name_of(&self, file: &str) -> Option<(String, &str)> {
        let stem = file.strip_suffix("/__init__.py").or_else(|| file.strip_suffix(".py"))?;
        // The deepest root gives the shortest name, which is the one that works with all of them.
        let mut roots: Vec<_> = self.roots.iter().map(String::as_str).collect();
        roots.sort_by_key(|root| std::cmp::Reverse(root.len()));
        roots.into_iter().find_map(|root| {
            let below =
                if root.is_empty() { stem } else { stem.strip_prefix(root)?.strip_prefix('/')? };
            Some((below.replace('/', "."), root))
        })
    }

    /// What a dotted name in a module stands for, followed through assignments and imports.
    pub(crate) fn follow(&self, module: &Rc<Module>, name: &str) -> Target {
        self.follow_within(module, name, 16)
    }

    fn follow_within(&self, module: &Rc<Module>, name: &str, steps: u8) -> Target {
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        let Some(steps) = steps.checked_sub(1) else { return Target::Unknown };
        let Some(binding) = module.names.get(first) else {
            let import = module.inner_imports.get(first);
            return import.map_or(Target::Unknown, |it| self.import_within(&it.join(rest), steps));
        };
        match &binding.form {
            Form::Import(import) => self.import_within(&import.join(rest), steps),
            Form::Name(other) if other != first => {
                let dot = if rest.is_empty() { "" } else { "." };
                self.follow_within(module, &format!("{other}{dot}{rest}"), steps)
            }
            form => Target::Found {
                module: Rc::clone(module),
                name: first.to_owned(),
                form: form.clone(),
                line: binding.line,
                rest: rest.to_owned(),
            },
        }
    }

    fn import_within(&self, import: &Import, steps: u8) -> Target {
        match self.find(import) {
            Some((file, rest)) if !rest.is_empty() => match self.read(&file) {
                Ok(module) => self.follow_within(&module, &rest, steps),
                Err(_) => Target::Unknown,
            },
            None if import.base.is_none() => Target::External(import.path.clone()),
            _ => Target::Unknown,
        }
    }
}

/// Where a name leads.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// A definition in the project.
    Found {
        module: Rc<Module>,
        name: String,
        form: Form,
        line: u32,
        /// Attributes of it that the name goes on to.
        rest: String,
    },
    /// Something of an installed package, by its dotted name.
    External(String),
    /// Nothing that could be found.
    Unknown,
}

/// A path below a folder; an empty folder is the project itself.
pub(crate) fn join(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("", path) => path.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}
