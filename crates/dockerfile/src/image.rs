//! The names of images.

/// An image's name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImageName<'a> {
    /// Registry and path, such as `ghcr.io/astral-sh/uv`.
    pub(crate) repository: &'a str,
    /// Behind the colon.
    pub(crate) tag: Option<&'a str>,
    /// Behind the `@`.
    pub(crate) digest: Option<&'a str>,
}

impl<'a> ImageName<'a> {
    /// Takes `name` apart; says nothing about whether it is a valid one.
    pub(crate) fn parse(name: &'a str) -> Self {
        let (rest, digest) = match name.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (name, None),
        };
        // A colon in front of a slash belongs to a registry's port.
        let path = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match rest[path..].find(':') {
            Some(colon) => (&rest[..path + colon], Some(&rest[path + colon + 1..])),
            None => (rest, None),
        };
        Self { repository, tag, digest }
    }

    /// The last component of the path, such as `python`.
    pub(crate) fn last(&self) -> &'a str {
        self.repository.rsplit('/').next().unwrap_or(self.repository)
    }

    /// Whether it is one of Docker's official images, by any of their spellings.
    pub(crate) fn is_official(&self) -> bool {
        let path = self.repository;
        let path = ["docker.io/library/", "index.docker.io/library/", "library/", "docker.io/"]
            .into_iter()
            .find_map(|prefix| path.strip_prefix(prefix))
            .unwrap_or(path);
        !path.contains('/')
    }

    /// Whether its C library is musl; `None` where the name does not say.
    pub(crate) fn is_musl(&self) -> Option<bool> {
        let tag = self.tag.unwrap_or_default();
        if self.last() == "alpine" || tag.contains("alpine") || tag.contains("musl") {
            return Some(true);
        }
        let words = [
            "slim", "bookworm", "bullseye", "buster", "stretch", "trixie", "jammy", "noble",
            "focal",
        ];
        let distribution =
            ["debian", "ubuntu", "fedora", "centos", "rockylinux", "almalinux", "amazonlinux"];
        let glibc = words.iter().any(|word| tag.contains(word))
            || distribution.contains(&self.last())
            || (self.is_official() && matches!(self.last(), "python" | "pypy" | "buildpack-deps"));
        glibc.then_some(false)
    }

    /// The Python version that the tag starts with, such as 3.11: in `python:3.11-slim` or
    /// `….:python3.11`.
    pub(crate) fn python(&self) -> Option<PythonVersion> {
        let tag = self.tag?;
        let version = match tag.strip_prefix("python") {
            Some(rest) => rest.trim_start_matches('-'),
            None if self.last() == "python" => tag,
            None => return None,
        };
        let mut numbers = version
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .next()?
            .split('.')
            .map(|number| number.parse().ok());
        let major = numbers.next()??;
        Some(PythonVersion { major, minor: numbers.next().flatten() })
    }
}

/// A version of Python as a tag names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PythonVersion {
    pub(crate) major: u32,
    pub(crate) minor: Option<u32>,
}

/// Whether `name` can name an image, by the grammar of distribution/reference.
pub(crate) fn is_valid(name: &str) -> bool {
    let parsed = ImageName::parse(name);
    let tag_ok = parsed.tag.is_none_or(|tag| {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        (1..=128).contains(&tag.len())
            && tag.starts_with(word)
            && tag.chars().all(|c| word(c) || matches!(c, '.' | '-'))
    });
    let digest_ok = parsed.digest.is_none_or(|digest| {
        digest.split_once(':').is_some_and(|(algorithm, hex)| {
            !algorithm.is_empty()
                && algorithm.chars().all(|c| c.is_ascii_alphanumeric() || "-_+.".contains(c))
                && hex.len() >= 32
                && hex.chars().all(|c| c.is_ascii_hexdigit())
        })
    });
    let mut components = parsed.repository.split('/').peekable();
    let first = components.peek().copied().unwrap_or_default();
    let has_registry = parsed.repository.contains('/')
        && (first.contains(['.', ':']) || first == "localhost" || first.to_lowercase() != first);
    if has_registry {
        components.next();
        if first.chars().any(|c| !c.is_ascii_alphanumeric() && !".-:[]".contains(c)) {
            return false;
        }
    }
    tag_ok && digest_ok && components.all(is_component)
}

/// Lower-case letters and digits, joined by `.`, `_`, `__` or dashes.
fn is_component(component: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    component.starts_with(alphanumeric)
        && component.ends_with(alphanumeric)
        && component
            .split(alphanumeric)
            .all(|joint| matches!(joint, "" | "." | "_" | "__") || joint.chars().all(|c| c == '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let name = ImageName::parse("localhost:5000/a/python:3.11-alpine@sha256:abc");
        assert_eq!(name.repository, "localhost:5000/a/python");
        assert_eq!((name.tag, name.digest), (Some("3.11-alpine"), Some("sha256:abc")));
        assert_eq!(name.python(), Some(PythonVersion { major: 3, minor: Some(11) }));
        assert_eq!(name.is_musl(), Some(true));
        assert!(!name.is_official());
        assert!(ImageName::parse("docker.io/library/python").is_official());
        assert_eq!(ImageName::parse("registry:5000/x").tag, None);
        let uv = ImageName::parse("ghcr.io/astral-sh/uv:python3.12-bookworm-slim");
        assert_eq!(uv.python(), Some(PythonVersion { major: 3, minor: Some(12) }));
    }

    #[test]
    fn names_that_can_be_none() {
        for name in [
            "python",
            "python:3.11",
            "a/b_c/d--e:x",
            "localhost/x",
            "r.io:5000/a@sha256:0123456789abcdef0123456789abcdef",
        ] {
            assert!(is_valid(name), "{name}");
        }
        for name in [
            "",
            ":",
            "python:",
            "Python",
            "a//b",
            "a..b",
            "busybox:$TAG",
            "x:-y",
            "a@sha256:12",
            "a b",
        ] {
            assert!(!is_valid(name), "{name}");
        }
    }
}
