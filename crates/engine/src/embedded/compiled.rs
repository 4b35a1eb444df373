//! The bytecode of wheels: compiled once for each wheel and interpreter, and kept.

use boxwright_digest::{Digest, KeyHasher};
use boxwright_image::{Compression, Layer, LayerError, LayerWriter, Tree};

use super::base::{BaseError, BaseResolution};
use super::bytecode::{BYTECODE_FORMAT, BytecodeError};
use super::layers::{LayerStore, StoreError};
use crate::cache::{Cache, CacheError};

/// Why there is no bytecode.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The compiling failed.
    #[error(transparent)]
    Bytecode(#[from] BytecodeError),
    /// The base's interpreter could not be unpacked.
    #[error(transparent)]
    Base(#[from] Box<BaseError>),
    /// A working directory could not be had.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The cache refused.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The bytecode could not be kept.
    #[error(transparent)]
    Layer(#[from] LayerError),
}

/// Compiles installed wheels with the interpreter of a base.
pub(crate) struct Compiler<'a> {
    pub(crate) cache: &'a Cache,
    pub(crate) base: &'a BaseResolution,
    /// The base's layer, from which its root comes back if the unpacked one is gone.
    pub(crate) layer: &'a Layer,
}

impl Compiler<'_> {
    /// The bytecode of each tree, in their order. Each comes with a name for the wheel that it was
    /// installed from, by which its bytecode is kept.
    pub(crate) fn compile(&self, wheels: &[(String, &Tree)]) -> Result<Vec<Tree>, CompileError> {
        let keys: Vec<_> = wheels.iter().map(|(wheel, _)| self.key(wheel)).collect();
        let mut compiled: Vec<_> = keys.iter().map(|key| self.recall(key)).collect();
        let missing: Vec<_> =
            (0..wheels.len()).filter(|&place| compiled[place].is_none()).collect();
        if !missing.is_empty() {
            let trees: Vec<_> = missing.iter().map(|&place| wheels[place].1).collect();
            for (&place, tree) in missing.iter().zip(self.run(&trees)?) {
                self.keep(&keys[place], &tree)?;
                compiled[place] = Some(tree);
            }
        }
        Ok(compiled.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// Runs the interpreter. Its unpacked root lies in the cache for anybody to break; one that does
    /// not work is unpacked once more.
    fn run(&self, trees: &[&Tree]) -> Result<Vec<Tree>, CompileError> {
        let store = LayerStore::new(self.cache);
        let attempt = || -> Result<Vec<Tree>, CompileError> {
            let scratch = store.scratch()?;
            let python = self.base.host_python(self.layer, store).map_err(Box::new)?;
            Ok(python.compile_trees(trees, scratch.path())?)
        };
        match attempt() {
            Err(CompileError::Bytecode(BytecodeError::Run(_) | BytecodeError::Failed(_))) => {
                store.discard_root(self.layer)?;
                attempt()
            }
            result => result,
        }
    }

    fn key(&self, wheel: &str) -> Digest {
        KeyHasher::new("boxwright.bytecode", 1)
            .field("format", BYTECODE_FORMAT)
            .field("interpreter", self.base.interpreter_build())
            .field("wheel", wheel)
            .finish()
    }

    fn recall(&self, key: &Digest) -> Option<Tree> {
        let digest: Digest = self.cache.record("bytecode", key)?;
        Tree::from_tar(&self.cache.content(&digest)?[..]).ok()
    }

    fn keep(&self, key: &Digest, tree: &Tree) -> Result<(), CompileError> {
        let mut writer = LayerWriter::new(self.cache.content_writer()?, Compression::None);
        writer.append_tree(tree, 0)?;
        let content = writer.finish()?.1.finish();
        let digest = content.digest;
        content.keep()?;
        Ok(self.cache.put_record("bytecode", key, &digest)?)
    }
}
