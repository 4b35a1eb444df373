//! Where a path leads when its links may not leave a directory.

use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

/// As many links as Linux follows in one path.
const MOST_LINKS: u32 = 40;

/// Where a path inside a directory leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// To this path, which exists and is no link.
    At(PathBuf),
    /// To nothing.
    Nowhere,
    /// Out of the directory. (BuildKit takes the directory for the root of the file system
    /// then, and usually finds nothing.)
    Outside,
}

/// Follows the links in `path`, which is relative to `root`, as long as they stay inside.
pub(crate) fn in_root(root: &Path, path: &Path) -> io::Result<Resolved> {
    let mut pending: Vec<OsString> = components(path);
    let mut reached = PathBuf::new();
    let mut links = 0;
    while let Some(next) = pending.pop() {
        if next == ".." {
            if !reached.pop() {
                return Ok(Resolved::Outside);
            }
            continue;
        }
        let candidate = reached.join(&next);
        let metadata = match root.join(&candidate).symlink_metadata() {
            Ok(metadata) => metadata,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(Resolved::Nowhere);
            }
            Err(error) => return Err(error),
        };
        if !metadata.is_symlink() {
            reached = candidate;
            continue;
        }
        links += 1;
        if links > MOST_LINKS {
            return Ok(Resolved::Nowhere);
        }
        let target = std::fs::read_link(root.join(&candidate))?;
        if target.is_absolute() {
            return Ok(Resolved::Outside);
        }
        pending.extend(components(&target));
    }
    Ok(Resolved::At(root.join(reached)))
}

/// The components of a relative path, last first.
fn components(path: &Path) -> Vec<OsString> {
    let part = |component: Component<'_>| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    };
    path.components().rev().filter_map(part).collect()
}

/// Whether a link at `at`, a path inside the context, points out of it by its text alone.
pub(crate) fn leads_outside(at: &[u8], target: &[u8]) -> bool {
    if target.starts_with(b"/") {
        return true;
    }
    let mut depth = memchr::memchr_iter(b'/', at).count();
    for component in target.split(|&byte| byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." if depth == 0 => return true,
            b".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_out_of_the_context_are_seen() {
        for (at, target, outside) in [
            ("a", "b", false),
            ("a", "../b", true),
            ("x/a", "../b", false),
            ("x/a", "../../b", true),
            ("x/a", "y/../../../b", true),
            ("x/a", "/etc/hosts", true),
            ("x/a", ".", false),
        ] {
            assert_eq!(leads_outside(at.as_bytes(), target.as_bytes()), outside, "{at} → {target}");
        }
    }

    #[test]
    fn links_are_followed_inside_only() {
        let root = tempfile::tempdir().unwrap();
        let link = |at: &str, target: &str| {
            std::os::unix::fs::symlink(target, root.path().join(at)).unwrap();
        };
        std::fs::create_dir(root.path().join("d")).unwrap();
        std::fs::write(root.path().join("d/f"), "").unwrap();
        link("to-d", "d");
        link("d/up", "../to-d/f");
        link("out", "../x");
        link("abs", "/etc/hosts");
        link("loop", "loop");
        let resolve = |path: &str| in_root(root.path(), Path::new(path)).unwrap();
        assert_eq!(resolve("to-d/up"), Resolved::At(root.path().join("d/f")));
        assert_eq!(resolve("out"), Resolved::Outside);
        assert_eq!(resolve("abs"), Resolved::Outside);
        assert_eq!(resolve("loop"), Resolved::Nowhere);
        assert_eq!(resolve("d/f/x"), Resolved::Nowhere);
    }
}
