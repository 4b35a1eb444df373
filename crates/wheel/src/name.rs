//! The file name of a wheel: what it is a wheel of, and what it runs on.

use std::fmt;
use std::str::FromStr;

use boxwright_requirements::PackageName;
use pep440_rs::Version;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// No file system of the target holds a longer name.
const LONGEST: usize = 255;

/// The file name of a wheel, taken apart as the binary distribution format says
/// (`{name}-{version}(-{build})?-{python}-{abi}-{platform}.whl`).
///
/// ```
/// use boxwright_wheel::WheelName;
///
/// let name = "MarkupSafe-3.0-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
/// let name: WheelName = name.parse()?;
/// assert_eq!(name.name().to_string(), "markupsafe");
/// assert_eq!(name.version().to_string(), "3.0");
/// assert_eq!(name.platform_tags().count(), 2);
/// # Ok::<(), boxwright_wheel::WheelNameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WheelName {
    file_name: Box<str>,
    name: PackageName,
    version: Version,
    build: Option<BuildTag>,
    /// Where the three compressed tag sets begin in `file_name`.
    tags: [u8; 3],
}

/// Tells apart wheels that have all else in common: the highest wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildTag {
    /// The leading digits.
    pub number: u64,
    /// What follows them.
    pub rest: Box<str>,
}

/// A file name that is no wheel's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{file_name}` is not the file name of a wheel: {reason}")]
pub struct WheelNameError {
    /// The name as given.
    pub file_name: String,
    /// Which rule it breaks.
    pub reason: &'static str,
}

impl WheelName {
    /// The file name as given.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// The distribution's name, normalised.
    pub fn name(&self) -> &PackageName {
        &self.name
    }

    /// The distribution's version.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The build tag; a wheel without one comes before every wheel with one.
    pub fn build(&self) -> Option<&BuildTag> {
        self.build.as_ref()
    }

    /// The interpreters it runs on, such as `py3`.
    pub fn python_tags(&self) -> impl Iterator<Item = &str> {
        self.tag_set(self.tags[0], self.tags[1] - 1)
    }

    /// The binary interfaces it needs, such as `abi3`.
    pub fn abi_tags(&self) -> impl Iterator<Item = &str> {
        self.tag_set(self.tags[1], self.tags[2] - 1)
    }

    /// The platforms it runs on, such as `manylinux_2_28_x86_64`.
    pub fn platform_tags(&self) -> impl Iterator<Item = &str> {
        let end = self.file_name.len() - ".whl".len();
        self.file_name[usize::from(self.tags[2])..end].split('.')
    }

    /// The whole compressed tag, such as `py2.py3-none-any`.
    pub fn tag(&self) -> &str {
        &self.file_name[usize::from(self.tags[0])..self.file_name.len() - ".whl".len()]
    }

    fn tag_set(&self, start: u8, end: u8) -> impl Iterator<Item = &str> {
        self.file_name[usize::from(start)..usize::from(end)].split('.')
    }
}

impl FromStr for WheelName {
    type Err = WheelNameError;

    fn from_str(file_name: &str) -> Result<Self, Self::Err> {
        let refuse = |reason| WheelNameError { file_name: file_name.to_owned(), reason };
        if file_name.len() > LONGEST {
            return Err(refuse("it is longer than 255 bytes"));
        }
        let stem = file_name.strip_suffix(".whl").ok_or_else(|| refuse("it must end in `.whl`"))?;
        let parts: Vec<&str> = stem.split('-').collect();
        let (name, version, build, [python, abi, platform]) = match *parts.as_slice() {
            [name, version, python, abi, platform] => {
                (name, version, None, [python, abi, platform])
            }
            [name, version, build, python, abi, platform] => {
                (name, version, Some(build), [python, abi, platform])
            }
            _ => return Err(refuse("it must have five or six parts between dashes")),
        };
        for set in [python, abi, platform] {
            if set.split('.').any(|tag| tag.is_empty() || !tag.bytes().all(is_tag_byte)) {
                return Err(refuse("a tag must be of letters, digits and underscores"));
            }
        }
        let starts = [
            stem.len() - platform.len() - abi.len() - python.len() - 2,
            stem.len() - platform.len() - abi.len() - 1,
            stem.len() - platform.len(),
        ]
        // The length was checked above, so that an offset fits a byte.
        .map(|start| u8::try_from(start).unwrap_or(u8::MAX));
        Ok(Self {
            file_name: file_name.into(),
            name: PackageName::new(name).map_err(|_| refuse("it has no valid project name"))?,
            version: parse_version(version).ok_or_else(|| refuse("it has no valid version"))?,
            build: match build {
                Some(build) => Some(
                    parse_build(build).ok_or_else(|| refuse("a build tag starts with a digit"))?,
                ),
                None => None,
            },
            tags: starts,
        })
    }
}

impl fmt::Display for WheelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file_name)
    }
}

impl Serialize for WheelName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.file_name)
    }
}

impl<'de> Deserialize<'de> for WheelName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn is_tag_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Wheels of before PEP 440's escaping write `_` where the version has `-`.
fn parse_version(version: &str) -> Option<Version> {
    let version = if version.contains('_') && !version.contains('+') {
        Version::from_str(&version.replace('_', "-"))
    } else {
        Version::from_str(version)
    };
    version.ok()
}

fn parse_build(build: &str) -> Option<BuildTag> {
    let digits = build.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = build.split_at(digits);
    Some(BuildTag { number: number.parse().ok()?, rest: rest.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(file_name: &str) -> (String, String, Option<u64>, String) {
        let name: WheelName = file_name.parse().unwrap();
        let build = name.build().map(|build| build.number);
        (name.name().to_string(), name.version().to_string(), build, name.tag().to_owned())
    }

    #[test]
    fn names_of_every_age_are_read() {
        let table = [
            ("foo-1.0-py3-none-any.whl", ("foo", "1.0", None, "py3-none-any")),
            (
                "Foo.Bar_baz-1.0-py2.py3-none-any.whl",
                ("foo-bar-baz", "1.0", None, "py2.py3-none-any"),
            ),
            ("foo-1.0-2b-py3-none-any.whl", ("foo", "1.0", Some(2), "py3-none-any")),
            ("foo-1!2.0rc1-py3-none-any.whl", ("foo", "1!2.0rc1", None, "py3-none-any")),
            ("foo-1.0_1-py3-none-any.whl", ("foo", "1.0.post1", None, "py3-none-any")),
            (
                "foo-1.0+cu118.1-cp39-cp39-linux_x86_64.whl",
                ("foo", "1.0+cu118.1", None, "cp39-cp39-linux_x86_64"),
            ),
        ];
        for (file_name, (name, version, build, tag)) in table {
            let expected = (name.to_owned(), version.to_owned(), build, tag.to_owned());
            assert_eq!(parsed(file_name), expected, "{file_name}");
        }
    }

    #[test]
    fn what_is_no_wheel_is_refused() {
        for file_name in [
            "",
            ".whl",
            "foo-1.0.tar.gz",
            "foo-1.0-py3-none.whl",
            "foo-1.0-1-2-py3-none-any.whl",
            "-1.0-py3-none-any.whl",
            "foo--py3-none-any.whl",
            "foo-1.0-x1-py3-none-any.whl",
            "foo-latest-py3-none-any.whl",
            "foo-1.0-py3..py2-none-any.whl",
            "foo-1.0-py3-none-a/b.whl",
            "../foo-1.0-py3-none-any.whl",
            "f oo-1.0-py3-none-any.whl",
            "foo-1.0-99999999999999999999999-py3-none-any.whl",
            &format!("foo-1.0-py3-none-{}.whl", "a".repeat(250)),
        ] {
            assert!(file_name.parse::<WheelName>().is_err(), "{file_name:?} was accepted");
        }
    }
}
