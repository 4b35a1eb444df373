//! What a search will most likely ask for, told before it does.

use boxwright_requirements::{Activated, PackageName, Target};

use crate::page::{ProjectPage, RemoteFile};
use crate::project::Filter;
use crate::{Metadata, Timestamp};

/// Guesses for an index with a network behind it, which can fetch along them while the search waits.
///
/// A search asks for one thing after the other: a page, the metadata of its newest wheel, the pages
/// of what that needs, and so on. Whoever fetches can go ahead on that path without it. A guess
/// may be wrong, which costs a fetch and nothing else.
///
/// ```
/// use boxwright_requirements::{Architecture, Libc, PythonVersion, Target};
/// use boxwright_resolve::{Lookahead, Metadata, ProjectPage};
///
/// let target = Target {
///     python: PythonVersion { major: 3, minor: 13, patch: 5 },
///     architecture: Architecture::Amd64,
///     libc: Libc::Glibc { major: 2, minor: 41 },
/// };
/// let lookahead = Lookahead::new(&target, None);
/// let page = br#"{"files": [{"filename": "a-1.0-py3-none-any.whl", "url": "a.whl"}]}"#;
/// let page = ProjectPage::parse(page, "https://index.example/simple/a/")?;
/// assert_eq!(lookahead.newest(&page).unwrap().name.version().to_string(), "1.0");
///
/// let metadata = b"Name: a\nVersion: 1.0\nRequires-Dist: b\nRequires-Dist: c; os_name == 'nt'\n";
/// let metadata = Metadata::parse(metadata)?;
/// assert_eq!(lookahead.needs(&metadata).map(|name| name.as_str()).collect::<Vec<_>>(), ["b"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Lookahead {
    target: Target,
    filter: Filter,
}

impl Lookahead {
    /// Guesses for searches with this target and limit.
    pub fn new(target: &Target, exclude_newer: Option<Timestamp>) -> Self {
        Self { target: *target, filter: Filter::new(target, exclude_newer) }
    }

    /// The best wheel of the newest final version that the target can use.
    pub fn newest<'p>(&self, page: &'p ProjectPage) -> Option<&'p RemoteFile> {
        let usable = page.wheels.iter().filter_map(|file| {
            let is_ordinary = file.yanked.is_none() && !file.file.name.version().any_prerelease();
            let rank = is_ordinary.then(|| self.filter.judge(file, &[]).ok())??;
            Some((
                file.file.name.version(),
                std::cmp::Reverse(rank),
                file.file.name.build(),
                &file.file,
            ))
        });
        let best = usable.max_by(|a, b| (a.0, &a.1, a.2).cmp(&(b.0, &b.1, b.2)));
        best.map(|(.., file)| file)
    }

    /// The projects that a distribution needs without any of its extras.
    pub fn needs<'m>(&self, metadata: &'m Metadata) -> impl Iterator<Item = &'m PackageName> {
        let nothing = Activated::default();
        let holds = move |dependency: &&boxwright_requirements::Dependency| {
            dependency.marker.as_ref().is_none_or(|marker| marker.holds(&self.target, &nothing))
        };
        metadata.dependencies.iter().filter(holds).map(|dependency| &dependency.name)
    }
}
