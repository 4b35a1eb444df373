//! Bytecode, compiled by the image's own interpreter on this machine.
//!
//! The root file system is unpacked into the cache and its own loader runs its
//! own Python: no container, no root, no Python of the host. Nothing is
//! imported or executed of what is compiled; `compileall` parses and compiles.
//! The `.pyc` files carry a hash of their source and are never checked against
//! it at run time (`unchecked-hash`), so they hold no time stamp and are the
//! same bytes on every machine.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use boxwright_debian::Interpreter;
use boxwright_image::{LayerPath, Node, NodeKind, Tree, TreeError, UnpackError};

/// Part of every cache key under which bytecode is kept.
pub(crate) const BYTECODE_FORMAT: &str = "unchecked-hash 1";

/// Why nothing could be compiled.
#[derive(Debug, thiserror::Error)]
pub enum BytecodeError {
    /// A file system could not be unpacked.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// The interpreter could not be started.
    #[error("cannot run the image's Python on this machine (`--bytecode off` builds without)")]
    Start(#[source] io::Error),
    /// The interpreter ran and failed.
    #[error("the image's Python cannot compile here (`--bytecode off` builds without): {0}")]
    Failed(String),
    /// The result could not be read.
    #[error("cannot {operation} `{}`", path.display())]
    Io {
        /// What was attempted.
        operation: &'static str,
        /// Where.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The result does not fit into the tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// An interpreter of an image that can run on this machine.
#[derive(Debug, Clone)]
pub(crate) struct HostPython {
    /// The unpacked root file system.
    root: PathBuf,
    interpreter: Interpreter,
}

impl HostPython {
    /// The interpreter of the base that is unpacked at `root`.
    pub(crate) fn new(root: PathBuf, interpreter: Interpreter) -> Self {
        Self { root, interpreter }
    }

    /// Compiles the `.py` files below `directory` of the root file system itself, in place, and
    /// gives the compiled files.
    pub(crate) fn compile_root(&self, directory: &LayerPath) -> Result<Tree, BytecodeError> {
        self.compile(&self.root, directory)
    }

    /// Compiles the `.py` files of a tree that will lie on top of the base.
    pub(crate) fn compile_tree(&self, tree: &Tree, scratch: &Path) -> Result<Tree, BytecodeError> {
        let mut sources = tree.clone();
        sources.retain(|path, node| match node.kind {
            NodeKind::Directory => true,
            NodeKind::File(_) => path.as_bytes().ends_with(b".py"),
            NodeKind::Symlink(_) => false,
        });
        let tops: Vec<_> = sources.iter().map(|(path, _)| path.clone()).filter(|path| path.parent().is_none()).collect();
        sources.unpack(scratch)?;
        let mut compiled = Tree::new();
        for top in tops {
            compiled.merge(self.compile(scratch, &top)?)?;
        }
        Ok(compiled)
    }

    /// Runs `compileall` over `root/directory` and collects what it wrote.
    ///
    /// Files that do not compile are left out, as pip does: packages ship templates and sources for
    /// other versions of Python.
    fn compile(&self, root: &Path, directory: &LayerPath) -> Result<Tree, BytecodeError> {
        let target = root.join(native(directory));
        let mut command = self.command();
        command.args(["-ISB", "-m", "compileall", "-qq", "-j", "0", "--invalidation-mode", "unchecked-hash"]);
        command.arg("-s").arg(root).args(["-p", "/"]).arg(&target);
        let output = command.output().map_err(BytecodeError::Start)?;
        let mut compiled = Tree::new();
        collect(root, &target, &mut compiled)?;
        // 1 says that some file did not compile; anything else that nothing was tried.
        let tried = output.status.code().is_some_and(|code| code <= 1) && output.stderr.is_empty();
        if tried || (output.status.code() == Some(1) && !compiled.is_empty()) {
            return Ok(compiled);
        }
        let message = String::from_utf8_lossy(&output.stderr);
        let last = message.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
        Err(BytecodeError::Failed(format!("{last} ({})", output.status)))
    }

    /// The loader, told to run the interpreter with the libraries of the root file system.
    fn command(&self) -> Command {
        let inside = |path: &LayerPath| self.root.join(native(path));
        let Interpreter { loader, library_path, program, home, .. } = &self.interpreter;
        let libraries: Vec<_> = library_path.iter().map(|path| inside(path).into_os_string()).collect();
        let mut command = Command::new(inside(loader));
        command.arg("--library-path").arg(libraries.join(std::ffi::OsStr::new(":"))).arg(inside(program));
        command.env_clear().env("PYTHONHOME", inside(home)).env("LC_ALL", "C.UTF-8");
        command
    }
}

/// Adds every `.pyc` below `directory` to `tree`, at its path below `root`.
fn collect(root: &Path, directory: &Path, tree: &mut Tree) -> Result<(), BytecodeError> {
    use std::os::unix::ffi::OsStrExt as _;
    let entries = std::fs::read_dir(directory).map_err(io_error("read", directory))?;
    for entry in entries {
        let path = entry.map_err(io_error("read", directory))?.path();
        let kind = std::fs::symlink_metadata(&path).map_err(io_error("read", &path))?.file_type();
        if kind.is_dir() {
            collect(root, &path, tree)?;
        } else if kind.is_file() && path.extension().is_some_and(|end| end == "pyc") {
            let contents = std::fs::read(&path).map_err(io_error("read", &path))?;
            let inside = path.strip_prefix(root).unwrap_or(&path);
            tree.insert(inside.as_os_str().as_bytes(), Node::file(contents))?;
        }
    }
    Ok(())
}

fn native(path: &LayerPath) -> &Path {
    use std::os::unix::ffi::OsStrExt as _;
    Path::new(std::ffi::OsStr::from_bytes(path.as_bytes()))
}

fn io_error(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BytecodeError {
    let path = path.to_owned();
    move |source| BytecodeError::Io { operation, path, source }
}
