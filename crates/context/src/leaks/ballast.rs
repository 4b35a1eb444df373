//! What makes an image large without being of use in it.

use std::io::Read as _;

use super::{Finding, LeakRules, Rule, Severity, Verdict};
use crate::path::RelPath;
use crate::snapshot::{Entry, EntryKind, ReadError, Snapshot};

/// How much of a database's file tells what it is.
const HEAD: u64 = 1024;

/// What a directory is, if it is one that never belongs in an image. Its name is not enough.
pub(super) fn directory(snapshot: &Snapshot, path: &RelPath) -> Option<Verdict> {
    let holds = |name: &str| snapshot.contains([path.as_bytes(), b"/", name.as_bytes()].concat());
    let bulk = |rule, what: &str, instead| {
        let message = format!("{what}, {}", weight(snapshot.below(path)));
        Some(Verdict { rule, severity: Severity::Bulk, line: None, message, instead })
    };
    if path.file_name() == b".git" && holds("HEAD") {
        return bulk(Rule::Git, "the history of the whole project", "");
    }
    if holds("pyvenv.cfg") {
        let instead = "; the image gets its own packages";
        return bulk(Rule::VirtualEnv, "a virtual environment made for this machine", instead);
    }
    let packages = || snapshot.below(path).iter().any(|e| e.path.file_name() == b"package.json");
    if path.file_name() == b"node_modules" && packages() {
        return bulk(Rule::NodeModules, "packages installed for this machine", "");
    }
    None
}

/// The file in `.git` that may hold a password.
pub(super) fn is_git_config(path: &RelPath) -> bool {
    path.as_bytes() == b".git/config" || path.as_bytes().ends_with(b"/.git/config")
}

/// What a file is, if it is ballast.
pub(super) fn file(
    snapshot: &Snapshot,
    path: &RelPath,
    size: u64,
    rules: &LeakRules,
) -> Result<Option<Finding>, ReadError> {
    if rules.has(Rule::Database)
        && is_named_like_database(path)
        && let Some(what) = database(snapshot, path)?
    {
        let verdict = Verdict {
            rule: Rule::Database,
            severity: Severity::Bulk,
            line: None,
            message: format!("{what} of {}, and whoever is in it, would be published", human(size)),
            instead: ", and mount it when the container starts",
        };
        return Ok(Some(verdict.into_finding(path)));
    }
    if rules.has(Rule::LargeFile) && size >= rules.large_file {
        let verdict = Verdict {
            rule: Rule::LargeFile,
            severity: Severity::Bulk,
            line: None,
            message: format!("a file of {}, sent with every image", human(size)),
            instead: " unless the application needs it",
        };
        return Ok(Some(verdict.into_finding(path)));
    }
    Ok(None)
}

fn is_named_like_database(path: &RelPath) -> bool {
    const ENDINGS: [&str; 11] = [
        ".sql", ".dump", ".bak", ".backup", ".pgdump", ".db", ".sqlite", ".sqlite3", ".sql.gz",
        ".dump.gz", ".rdb",
    ];
    let name = path.file_name().to_ascii_lowercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending.as_bytes()))
}

/// What database or dump a file begins like.
fn database(snapshot: &Snapshot, path: &RelPath) -> Result<Option<&'static str>, ReadError> {
    let mut contents = snapshot.open(path)?;
    let mut head = Vec::new();
    if let Err(error) = (&mut contents).take(HEAD).read_to_end(&mut head) {
        return Err(contents.explain(error));
    }
    let says = |text: &str| memchr::memmem::find(&head, text.as_bytes()).is_some();
    let gzip = head.starts_with(b"\x1f\x8b") && path.file_name().ends_with(b".gz");
    let dump = head.starts_with(b"PGDMP")
        || says("PostgreSQL database dump")
        || says("PostgreSQL database cluster dump")
        || says("-- MySQL dump")
        || says("-- MariaDB dump")
        || says("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;")
        || gzip;
    Ok(if head.starts_with(b"SQLite format 3\0") {
        Some("an SQLite database")
    } else if head.starts_with(b"REDIS0") {
        Some("a Redis database")
    } else {
        dump.then_some("a database dump")
    })
}

/// How much some entries are, in words.
fn weight(entries: &[Entry]) -> String {
    let (mut files, mut bytes) = (0_usize, 0_u64);
    for entry in entries {
        if let EntryKind::File { size, .. } = entry.kind {
            files += 1;
            bytes += size;
        }
    }
    let plural = if files == 1 { "" } else { "s" };
    format!("{files} file{plural} and {}", human(bytes))
}

/// A size with one digit behind the point, in powers of 1000 as `docker images` prints them.
fn human(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let (mut tenths, mut unit) = (bytes.saturating_add(50) / 100, 0);
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    while tenths >= 10_000 && unit + 1 < units.len() {
        tenths = (tenths + 500) / 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_round() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1_234_567, "1.2 MB"),
            (999_999, "1.0 MB"),
            (52_428_800, "52.4 MB"),
            (u64::MAX, "18446744.1 TB"),
        ] {
            assert_eq!(human(bytes), expected);
        }
    }
}
