//! The name of an image: `flask:latest`, `registry.example.com:5000/team/flask:1.2`.

use std::fmt;
use std::str::FromStr;

/// The name of an image with its tag, in the grammar that registries and engines share.
///
/// Written without a tag, it has the tag `latest`. Kept as written otherwise: whether `flask`
/// means Docker Hub's is the engine's affair.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageName {
    repository: String,
    tag: String,
}

/// A text that cannot name an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` cannot name an image: {reason}")]
pub struct ImageNameError {
    /// What was written.
    pub name: String,
    /// Which rule it breaks, and what would do.
    pub reason: &'static str,
}

impl ImageName {
    /// The name without the tag.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The nearest valid name to a directory's: in lower case, with dashes for what may not stand
    /// in one; `app` where nothing is left.
    pub fn from_directory(name: &str) -> Self {
        let mut repository = String::new();
        for char in name.to_lowercase().chars() {
            if char.is_ascii_lowercase() || char.is_ascii_digit() {
                repository.push(char);
            } else if !repository.is_empty() && !repository.ends_with('-') {
                repository.push('-');
            }
        }
        let repository = repository.trim_end_matches('-');
        let repository = if repository.is_empty() { "app" } else { repository };
        Self { repository: repository.to_owned(), tag: "latest".to_owned() }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.repository, self.tag)
    }
}

impl FromStr for ImageName {
    type Err = ImageNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |reason| Err(ImageNameError { name: text.to_owned(), reason });
        if text.contains('@') {
            return refuse("a new image has no digest yet; leave out `@…`");
        }
        // A colon before a slash belongs to the registry's port.
        let (repository, tag) = match text.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, tag),
            _ => (text, "latest"),
        };
        if !is_tag(tag) {
            return refuse(
                "a tag is up to 128 letters, digits, `_`, `.` and `-`, and starts with none of the last two",
            );
        }
        if repository.len() > 255 {
            return refuse("it is longer than 255 characters");
        }
        let (host, path) = match repository.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => {
                (Some(host), path)
            }
            _ => (None, repository),
        };
        if !host.is_none_or(is_host) {
            return refuse("its registry is no host name with an optional port");
        }
        if !path.split('/').all(is_component) {
            return refuse(
                "its parts are lower-case letters and digits, with single `.`, `_`, `__` or `-` between them",
            );
        }
        Ok(Self { repository: repository.to_owned(), tag: tag.to_owned() })
    }
}

fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&tag.len())
        && tag.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-')
        && tag.bytes().next().is_some_and(word)
}

fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.split('.').all(label) && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(component: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut words = component.split(|char: char| !word(u8::try_from(char).unwrap_or(0)));
    let separators = component
        .split(|char: char| word(u8::try_from(char).unwrap_or(0)))
        .filter(|part| !part.is_empty());
    let proper =
        |part: &str| matches!(part, "." | "_" | "__") || part.bytes().all(|byte| byte == b'-');
    words.next().is_some_and(|first| !first.is_empty())
        && component.bytes().last().is_some_and(word)
        && separators.into_iter().all(proper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_engines_read_them() {
        for (text, repository, tag) in [
            ("flask", "flask", "latest"),
            ("flask:1.2", "flask", "1.2"),
            ("team/my_app", "team/my_app", "latest"),
            ("localhost:5000/a", "localhost:5000/a", "latest"),
            (
                "registry.example.com:5000/team/a--b:V_1",
                "registry.example.com:5000/team/a--b",
                "V_1",
            ),
        ] {
            let name: ImageName = text.parse().unwrap();
            assert_eq!((name.repository(), name.tag()), (repository, tag), "{text}");
            assert_eq!(name.to_string(), format!("{repository}:{tag}"));
        }
    }

    #[test]
    fn what_engines_refuse_is_refused() {
        for text in [
            "",
            "Flask",
            "a:",
            ":a",
            "a//b",
            "-a",
            "a-",
            "a..b",
            "a___b",
            "a b",
            "a:-x",
            "é",
            "a@sha256:00",
            "x.y:z/a",
        ] {
            assert!(text.parse::<ImageName>().is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn a_directory_gives_a_name() {
        for (directory, name) in [
            ("flask", "flask:latest"),
            ("My App (2)", "my-app-2:latest"),
            ("--_", "app:latest"),
            ("caffè", "caff:latest"),
        ] {
            let found = ImageName::from_directory(directory);
            assert_eq!(found.to_string(), name);
            assert_eq!(name.parse(), Ok(found), "the name is valid");
        }
    }
}
