//! Bytecode, compiled by the image's own interpreter on this machine.
//!
//! The root file system is unpacked into the cache and its own loader runs its
//! own Python: no container, no root, no Python of the host. Nothing of what is
//! compiled is imported or executed; it is parsed and compiled. The `.pyc` files
//! carry a hash of their source that is not checked at run time
//! (`unchecked-hash`, PEP 552), so they hold no time stamp and are the same
//! bytes on every machine.

use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use boxwright_debian::PythonPaths;
use boxwright_image::{LayerPath, Node, NodeKind, Tree, TreeError, UnpackError};

/// Part of every cache key under which bytecode is kept.
pub(crate) const BYTECODE_FORMAT: &str = "unchecked-hash 1";

/// Compiles what standard input names: pairs of a file and the name it will have in the image, each
/// ended by a NUL. Files that do not compile are passed over, as pip does: packages ship templates
/// and sources for other versions of Python.
const COMPILER: &str = r#"
import multiprocessing, os, py_compile, sys
from concurrent.futures import ProcessPoolExecutor
words = sys.stdin.buffer.read().split(b"\0")[:-1]
jobs = [(os.fsdecode(a), os.fsdecode(b)) for a, b in zip(words[::2], words[1::2])]
def compile(job):
    try:
        py_compile.compile(job[0], dfile=job[1], quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    except Exception:
        pass
processes = min(os.cpu_count() or 1, len(jobs) // 50)
try:
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("fork")) if processes > 1 else None
except Exception:
    pool = None
if pool:
    with pool:
        list(pool.map(compile, jobs, chunksize=20))
else:
    list(map(compile, jobs))
"#;

/// Why nothing could be compiled.
#[derive(Debug, thiserror::Error)]
pub enum BytecodeError {
    /// The sources could not be unpacked.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// The interpreter could not be run.
    #[error("cannot run the image's Python on this machine; `--bytecode off` builds without it")]
    Run(#[source] io::Error),
    /// The interpreter ran and failed.
    #[error("the image's Python fails on this machine ({0}); `--bytecode off` builds without it")]
    Failed(String),
    /// A compiled file could not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// Where.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// A compiled file is in the way of another.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// An interpreter of an image that can run on this machine.
#[derive(Debug, Clone)]
pub(crate) struct HostPython {
    /// The unpacked root file system.
    root: PathBuf,
    paths: PythonPaths,
}

impl HostPython {
    /// The interpreter of the base that is unpacked at `root`.
    pub(crate) fn new(root: PathBuf, paths: PythonPaths) -> Self {
        Self { root, paths }
    }

    /// The bytecode of the standard library, which lies in `tree` and, unpacked, in the root file
    /// system itself. It stays there, too, and makes the next start faster.
    pub(crate) fn compile_library(&self, tree: &Tree) -> Result<Tree, BytecodeError> {
        let sources =
            sources(tree).into_iter().filter(|path| path.starts_with(&self.paths.stdlib)).collect();
        let mut compiled = self.compile(&[(self.root.clone(), sources)])?;
        Ok(compiled.pop().unwrap_or_default())
    }

    /// The bytecode of each tree, in their order. The trees need not fit together, so each is
    /// unpacked in a folder of its own below `scratch`.
    pub(crate) fn compile_trees(
        &self,
        trees: &[&Tree],
        scratch: &Path,
    ) -> Result<Vec<Tree>, BytecodeError> {
        let mut folders = Vec::new();
        for (number, tree) in trees.iter().enumerate() {
            let folder = scratch.join(number.to_string());
            let sources = sources(tree);
            let mut wanted = Tree::new();
            for path in &sources {
                if let Some(node) = tree.get(path) {
                    wanted.insert_at(path.clone(), node.clone())?;
                }
            }
            wanted.unpack(&folder)?;
            folders.push((folder, sources));
        }
        self.compile(&folders)
    }

    /// Compiles files below folders, and collects what came of each folder.
    fn compile(&self, folders: &[(PathBuf, Vec<LayerPath>)]) -> Result<Vec<Tree>, BytecodeError> {
        let mut jobs = Vec::new();
        for (folder, sources) in folders {
            for path in sources {
                jobs.extend_from_slice(folder.join(native(path)).as_os_str().as_bytes());
                jobs.extend_from_slice(b"\0/");
                jobs.extend_from_slice(path.as_bytes());
                jobs.push(0);
            }
        }
        self.run(&jobs)?;
        folders.iter().map(|(folder, sources)| self.collect(folder, sources)).collect()
    }

    /// Starts the interpreter by its own loader and gives it the jobs.
    fn run(&self, jobs: &[u8]) -> Result<(), BytecodeError> {
        let inside = |path: &LayerPath| self.root.join(native(path));
        let PythonPaths { loader, library_path, interpreter, .. } = &self.paths;
        let mut child = Command::new(inside(loader))
            .arg("--library-path")
            .arg(inside(library_path))
            .arg(inside(interpreter))
            .args(["-SB", "-c", COMPILER])
            .env_clear()
            .env("PYTHONHOME", self.root.join("usr"))
            .env("LC_ALL", "C.UTF-8")
            .current_dir(&self.root)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(BytecodeError::Run)?;
        // It reads all of its input before it does anything else, so this cannot block for ever. If
        // it dies before that, its own words say more than a broken pipe.
        let sent = child.stdin.take().map_or(Ok(()), |mut input| input.write_all(jobs));
        let output = child.wait_with_output().map_err(BytecodeError::Run)?;
        if output.status.success() {
            return sent.map_err(BytecodeError::Run);
        }
        let message = String::from_utf8_lossy(&output.stderr);
        let last = message.lines().rfind(|line| !line.trim().is_empty());
        Err(BytecodeError::Failed(format!(
            "{}: {}",
            output.status,
            last.unwrap_or("it says nothing")
        )))
    }

    fn collect(&self, folder: &Path, sources: &[LayerPath]) -> Result<Tree, BytecodeError> {
        let mut tree = Tree::new();
        for compiled in sources.iter().filter_map(|path| self.paths.pyc(path)) {
            let path = folder.join(native(&compiled));
            match std::fs::read(&path) {
                Ok(contents) => tree.insert_at(compiled, Node::file(contents))?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(BytecodeError::Read { path, source }),
            }
        }
        Ok(tree)
    }
}

/// The Python sources of a tree. Links to sources are left alone: Python finds the bytecode beside
/// the link, and would compile it twice.
fn sources(tree: &Tree) -> Vec<LayerPath> {
    let is_source = |(path, node): &(&LayerPath, &Node)| {
        matches!(node.kind, NodeKind::File(_)) && path.as_bytes().ends_with(b".py")
    };
    tree.iter().filter(is_source).map(|(path, _)| path.clone()).collect()
}

fn native(path: &LayerPath) -> &Path {
    Path::new(std::ffi::OsStr::from_bytes(path.as_bytes()))
}
