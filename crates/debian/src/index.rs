//! The packages that a set of archives offers.

use memchr::memmem;

use crate::dependency::Relation;
use crate::package::{Package, PackageError};

/// The packages of one or more `Packages` files, borrowing their text.
///
/// Nothing but names is read when an index is made (some 70,000 entries in a few milliseconds); an
/// entry is read when it is asked for. Where several entries have one name, the newest version
/// stands; of equal versions, the one listed first.
///
/// ```
/// use boxwright_debian::PackageIndex;
///
/// let release = "Package: tzdata\nVersion: 2025a-1\nArchitecture: all\nFilename: pool/t_1.deb\nSize: 1\n\
///     SHA256: 5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9\n";
/// let updates = release.replace("2025a", "2025b");
/// let index = PackageIndex::new(&[release, &updates]);
///
/// let package = index.get("tzdata")?.unwrap();
/// assert_eq!((package.version.as_str(), package.origin), ("2025b-1", 1));
/// # Ok::<(), boxwright_debian::PackageError>(())
/// ```
#[derive(Debug, Clone)]
pub struct PackageIndex<'a> {
    /// Sorted by name, then by the order in which they were listed.
    entries: Vec<Entry<'a>>,
    /// Sorted by the provided name, then as `entries` are.
    provided: Vec<(&'a str, Entry<'a>)>,
}

/// A paragraph, not yet read.
#[derive(Debug, Clone, Copy)]
struct Entry<'a> {
    name: &'a str,
    paragraph: &'a str,
    origin: usize,
}

impl<'a> PackageIndex<'a> {
    /// Finds the packages in the given `Packages` files. A package's `origin` is the position of
    /// its file in this list.
    pub fn new(texts: &[&'a str]) -> Self {
        let mut entries = Vec::new();
        let mut provided = Vec::new();
        for (origin, text) in texts.iter().enumerate() {
            for paragraph in paragraphs(text) {
                let Some(name) = name_of(paragraph) else { continue };
                entries.push(Entry { name, paragraph, origin });
            }
        }
        // Stable, and nearly no work: archives list their packages by name.
        entries.sort_by_key(|entry| entry.name);
        let finder = memmem::Finder::new("\nProvides:");
        for entry in &entries {
            let Some(at) = finder.find(entry.paragraph.as_bytes()) else { continue };
            let value = entry.paragraph[at..].trim_start_matches("\nProvides:");
            // A malformed member is reported when the package is read.
            let end = value
                .match_indices('\n')
                .find(|(at, _)| !value[at + 1..].starts_with([' ', '\t']))
                .map_or(value.len(), |(at, _)| at);
            for relation in value[..end].split(',').filter_map(|text| Relation::new(text).ok()) {
                provided.push((relation.name, *entry));
            }
        }
        provided.sort_by_key(|(name, _)| *name);
        Self { entries, provided }
    }

    /// The newest version of a package; `None` where there is none of that name.
    pub fn get(&self, name: &str) -> Result<Option<Package<'a>>, PackageError> {
        let start = self.entries.partition_point(|entry| entry.name < name);
        let mut newest: Option<Package<'a>> = None;
        for entry in self.entries[start..].iter().take_while(|entry| entry.name == name) {
            let package = Package::parse(entry.paragraph, entry.origin)?;
            if newest.as_ref().is_none_or(|known| package.version > known.version) {
                newest = Some(package);
            }
        }
        Ok(newest)
    }

    /// The packages whose newest version provides `name`: the most needed by Debian's own priority
    /// first, then by name. The package of that very name is not among them.
    pub fn providers(&self, name: &str) -> Result<Vec<Package<'a>>, PackageError> {
        let start = self.provided.partition_point(|(provided, _)| *provided < name);
        let mut names: Vec<&str> = self.provided[start..]
            .iter()
            .take_while(|(provided, _)| *provided == name)
            .map(|(_, entry)| entry.name)
            .filter(|provider| *provider != name)
            .collect();
        names.dedup();
        let mut found = Vec::new();
        for provider in names {
            // An older version may have provided it when the newest no longer does.
            let package = self.get(provider)?;
            found.extend(
                package.filter(|it| it.provides.iter().any(|provided| provided.name == name)),
            );
        }
        found.sort_by_key(|package| (package.priority, package.name));
        Ok(found)
    }

    /// How many entries there are, all versions counted.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The paragraphs of a control file: blocks between empty lines.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    let mut ends = memmem::find_iter(text.as_bytes(), "\n\n").chain([text.len()]);
    let mut start = 0;
    std::iter::from_fn(move || {
        let end = ends.next()?;
        // More than one empty line leaves a newline in front.
        let paragraph = text.get(start..end)?.trim_start_matches('\n');
        start = (end + 2).min(text.len());
        Some(paragraph)
    })
    .filter(|paragraph| !paragraph.is_empty())
}

/// The package a paragraph is about: its first field in every index Debian publishes, though no
/// rule says so.
fn name_of(paragraph: &str) -> Option<&str> {
    match paragraph.strip_prefix("Package:") {
        Some(rest) => Some(rest.split_once('\n').map_or(rest, |(line, _)| line).trim()),
        None => crate::deb822::field(paragraph, "Package"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, version: &str, more: &str) -> String {
        let hex = "0".repeat(64);
        format!(
            "Package: {name}\nVersion: {version}\n{more}Architecture: amd64\nFilename: pool/{name}.deb\nSize: 9\nSHA256: {hex}\n\n"
        )
    }

    #[test]
    fn the_newest_version_stands_wherever_it_is_listed() {
        let main = entry("b", "1.0-1", "").replace("Package: b", "Package: bb")
            + &entry("aa", "1:0.9", "")
            + &entry("aa", "2.0", "");
        let security = entry("bb", "1.0-1+deb13u1", "") + &entry("aa", "1.0", "");
        let index = PackageIndex::new(&[&main, &security]);
        let found =
            |name| index.get(name).unwrap().map(|it| (it.version.as_str().to_owned(), it.origin));
        assert_eq!(found("aa"), Some(("1:0.9".to_owned(), 0)));
        assert_eq!(found("bb"), Some(("1.0-1+deb13u1".to_owned(), 1)));
        assert_eq!(found("a"), None);
        assert_eq!(index.len(), 5);
    }

    #[test]
    fn equal_versions_come_from_the_first_archive() {
        let text = entry("aa", "1", "");
        assert_eq!(PackageIndex::new(&[&text, &text]).get("aa").unwrap().unwrap().origin, 0);
    }

    #[test]
    fn providers_come_by_priority_and_name() {
        let text = entry("zawk", "1", "Provides: awk\nPriority: required\n")
            + &entry("bawk", "1", "Provides: editor,\n awk (= 3)\n")
            + &entry("cawk", "1", "Provides: awk\n")
            + &entry("cawk", "2", "Provides: hawk\n")
            + &entry("awk", "1", "Provides: awk\n");
        let index = PackageIndex::new(&[&text]);
        let names: Vec<_> = index.providers("awk").unwrap().iter().map(|it| it.name).collect();
        assert_eq!(names, ["zawk", "bawk"]);
        assert!(index.providers("vim").unwrap().is_empty());
    }

    #[test]
    fn empty_lines_do_not_make_packages() {
        let text =
            format!("\n\n\n{}\n\n\n{}", entry("aa", "1", ""), entry("bb", "1", "").trim_end());
        assert_eq!(PackageIndex::new(&[&text]).len(), 2);
        assert!(PackageIndex::new(&["", "\n"]).is_empty());
    }

    #[test]
    fn a_broken_entry_is_an_error_when_it_is_asked_for() {
        let hex = "0".repeat(64);
        for (whole, broken, field) in [
            (hex.as_str(), "00", "SHA256"),
            ("Size: 9", "Size: -9", "Size"),
            ("pool/", "../", "Filename"),
            ("pool/", "/", "Filename"),
            ("Version: 1", "Version: _", "malformed"),
            ("Size: 9", "Size: 9\nDepends: B", "Depends"),
        ] {
            let text = entry("aa", "1", "").replace(whole, broken) + &entry("bb", "1", "");
            let index = PackageIndex::new(&[&text]);
            let error = index.get("aa").unwrap_err().to_string();
            assert!(error.contains(field) && error.contains("aa"), "{error}");
            assert!(index.get("bb").unwrap().is_some());
        }
    }
}
