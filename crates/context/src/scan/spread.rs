//! The walk and the reading side by side.

use std::path::Path;
use std::sync::Mutex;

use rayon::prelude::*;

use super::hash::{self, Pending, State};
use super::walk::{Leaf, LeafKind, Run, Walk};
use super::{ScanError, ScanOptions};
use crate::path::RelPath;
use crate::stat_cache::StatCache;
use crate::warning::SpecialKind;

/// From how many entries it pays to wake other threads.
const PARALLEL: usize = 256;

/// What goes in, sorted by path.
#[derive(Default)]
pub(super) struct Found {
    pub(super) directories: Vec<RelPath>,
    pub(super) files: Vec<Pending>,
    pub(super) links: Vec<RelPath>,
    pub(super) specials: Vec<(RelPath, SpecialKind)>,
    /// Directories that were gone when they were to be listed.
    pub(super) vanished: Vec<RelPath>,
}

/// Walks the tree and hashes its files: one thread lists, all others read what it has listed.
pub(super) fn find(
    root: &Path,
    options: &ScanOptions,
    cache: Option<&StatCache>,
) -> Result<Found, ScanError> {
    let mut walk = Walk::new(root, &options.ignore);
    let work = |run| work(root, options, cache, run);
    // A small tree is done before other threads are up.
    let (mut first, mut entries) = (Vec::new(), 0);
    while entries < PARALLEL
        && let Some(run) = walk.next_run()?
    {
        entries += run.leaves.len();
        first.push(run);
    }
    let worked = if entries < PARALLEL {
        first.into_iter().map(work).collect()
    } else {
        let worked = Mutex::new(Vec::new());
        let finish = |run| {
            let one = work(run);
            // The lock is poisoned only if another thread panicked, which ends the scan.
            if let Ok(mut worked) = worked.lock() {
                worked.push(one);
            }
        };
        rayon::in_place_scope(|scope| {
            let finish = &finish;
            for run in first {
                scope.spawn(move |_| finish(run));
            }
            while let Some(run) = walk.next_run()? {
                scope.spawn(move |_| finish(run));
            }
            Ok::<_, ScanError>(())
        })?;
        worked.into_inner().unwrap_or_default()
    };
    let mut found = gather(&mut walk, worked)?;
    (found.directories, found.vanished) = walk.finish();
    hash_large(root, &mut found.files)?;
    Ok(found)
}

/// What became of a run.
struct Worked {
    directory: Option<usize>,
    files: Vec<Pending>,
    others: Vec<Leaf>,
    /// A failure, and the path that comes first in the run.
    failure: Option<(RelPath, ScanError)>,
}

/// Decides what of a run goes in, and hashes its files.
fn work(root: &Path, options: &ScanOptions, cache: Option<&StatCache>, run: Run) -> Worked {
    let Run { directory, above, mut leaves } = run;
    leaves.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    let mut worked = Worked { directory, files: Vec::new(), others: Vec::new(), failure: None };
    let first = leaves.first().map(|leaf| leaf.path.clone());
    for leaf in leaves {
        match options.ignore.matches_in(&above, leaf.path.as_bytes()) {
            Ok(true) => {}
            Ok(false) => match leaf.kind {
                LeafKind::File => worked.files.push(Pending::listed(leaf.path)),
                LeafKind::Link | LeafKind::Special(_) => worked.others.push(leaf),
            },
            Err(error) => {
                worked.failure = first.map(|first| (first, error.into()));
                return worked;
            }
        }
    }
    let hashed = hash::hash_run(root, &mut worked.files, cache);
    worked.failure = hashed.err().and_then(|error| Some((first?, error)));
    worked
}

/// Puts the runs together. Of several failures, the first in the order of paths is returned, so
/// that a message does not depend on luck.
fn gather(walk: &mut Walk<'_>, mut worked: Vec<Worked>) -> Result<Found, ScanError> {
    let failures = worked.iter_mut().filter_map(|worked| worked.failure.take());
    if let Some((_, error)) = failures.min_by(|(a, _), (b, _)| a.cmp(b)) {
        return Err(error);
    }
    let mut found = Found::default();
    found.files.reserve(worked.iter().map(|worked| worked.files.len()).sum());
    for Worked { directory, files, others, failure: _ } in worked {
        if !(files.is_empty() && others.is_empty()) {
            walk.include(directory);
        }
        found.files.extend(files);
        for Leaf { path, kind } in others {
            match kind {
                LeafKind::Special(kind) => found.specials.push((path, kind)),
                LeafKind::Link | LeafKind::File => found.links.push(path),
            }
        }
    }
    if found.files.len() < PARALLEL {
        found.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    } else {
        found.files.par_sort_unstable_by(|a, b| a.path.cmp(&b.path));
    }
    found.links.sort_unstable();
    found.specials.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    Ok(found)
}

fn hash_large(root: &Path, files: &mut [Pending]) -> Result<(), ScanError> {
    let large = files.iter_mut().filter(|file| matches!(file.state, State::Large));
    let large: Vec<&mut Pending> = large.collect();
    let hash = |file| hash::hash_large(root, file);
    if large.len() < 2 {
        return large.into_iter().try_for_each(hash);
    }
    large.into_par_iter().map(hash).find_first(Result::is_err).unwrap_or(Ok(()))
}
