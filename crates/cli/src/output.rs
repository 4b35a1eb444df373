//! What is printed and written: results to standard output, all else to standard error, and files
//! never over somebody's work.

use std::io::{ErrorKind, Write as _, stderr, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use boxwright_plan::is_ours;
use serde::Serialize;
use similar::TextDiff;

/// The exit code for "it differs from what it was compared with".
pub(crate) const DIFFERS: u8 = 3;

/// Prints a result.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Prints a result for programs.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    print(&(serde_json::to_string_pretty(value)? + "\n"))
}

/// Says what somebody should know, where nobody can be told that it failed.
pub(crate) fn warn(message: &str) {
    let _ = writeln!(stderr(), "warning: {message}");
}

/// Says what explains the result.
pub(crate) fn note(message: &str) {
    let _ = writeln!(stderr(), "note: {message}");
}

/// A size with one digit behind the point, in powers of 1000 as registries and engines show them.
pub(crate) fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let units = ["kB", "MB", "GB", "TB"];
    let (mut tenths, mut unit) = (bytes.saturating_add(50) / 100, 0);
    while tenths >= 10_000 && unit + 1 < units.len() {
        tenths = (tenths + 500) / 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, units[unit])
}

/// A number with its noun: `1 file`, `2 files`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The difference between two texts of one file, as `diff -u` and `patch` have it.
pub(crate) fn unified_diff(name: &str, old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().header(name, name).to_string()
}

/// A line of a text, with a mark under a column; both count from 1.
pub(crate) fn snippet(text: &str, line: usize, column: usize) -> String {
    let source = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    // Control characters would move the mark, or do worse to a terminal.
    let shown: String =
        source.chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let (gutter, mark) =
        (" ".repeat(line.to_string().len()), " ".repeat(column.saturating_sub(1).min(200)));
    format!("{gutter} |\n{line} | {shown}\n{gutter} | {mark}^")
}

/// Whose files may be overwritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overwrite {
    /// None.
    Never,
    /// Those that say that they were written here.
    Ours,
}

/// Writes a file as [`write_carefully`] does, and says what came of it.
pub(crate) fn write_and_say(path: &Path, text: &str, overwrite: Overwrite) -> Result<()> {
    let written = write_carefully(path, text, overwrite)?;
    let path = path.display();
    note(&if written { format!("wrote `{path}`") } else { format!("`{path}` says so already") });
    Ok(())
}

/// Writes a file unless it is somebody's own: then the difference is printed, and that is an error.
/// Returns whether there was anything to write.
fn write_carefully(path: &Path, text: &str, overwrite: Overwrite) -> Result<bool> {
    if let Some(old) = read_if_any(path)? {
        if old == text {
            return Ok(false);
        }
        if overwrite == Overwrite::Never || !is_ours(&old) {
            let name = path.display();
            print(&unified_diff(&name.to_string(), &old, text))?;
            bail!(
                "`{name}` is there already and stays as it is: above is what would change; to have it written, move the file away"
            );
        }
    }
    write(path, text.as_bytes())?;
    Ok(true)
}

/// A file in a directory, as one would name it.
pub(crate) fn file_in(directory: &Path, name: impl AsRef<Path>) -> PathBuf {
    if directory == Path::new(".") { name.as_ref().to_owned() } else { directory.join(name) }
}

/// Writes a file.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String> {
    read_if_any(path)?.with_context(|| format!("there is no file `{}`", path.display()))
}

/// The text of a file, or nothing where there is no such file.
fn read_if_any(path: &Path) -> Result<Option<String>> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        bytes => bytes.with_context(|| format!("cannot read `{}`", path.display()))?,
    };
    let text = String::from_utf8(bytes);
    text.map(Some).with_context(|| format!("`{}` is not UTF-8: save it as UTF-8", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_round() {
        for (bytes, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (999_999, "1.0 MB"),
            (52_428_800, "52.4 MB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
    }

    #[test]
    fn only_our_own_file_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Dockerfile");
        let ours = "# Written by `boxwright dockerfile`.\nFROM a\n";
        assert!(write_carefully(&path, ours, Overwrite::Ours).unwrap());
        assert!(!write_carefully(&path, ours, Overwrite::Never).unwrap(), "it is the same");
        assert!(write_carefully(&path, &ours.replace('a', "b"), Overwrite::Never).is_err());
        assert!(write_carefully(&path, "FROM b\n", Overwrite::Ours).unwrap());
        assert!(write_carefully(&path, ours, Overwrite::Ours).is_err(), "it lost its signature");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "FROM b\n");
    }
}
