//! URLs as requirements hold them: verbatim for whoever fetches, without credentials for all others.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The URL of an index, an archive or a repository, as written.
///
/// It may hold credentials. [`Link::as_str`] is for whoever fetches it; text, debug output and
/// serialised form are without them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link(Box<str>);

impl Link {
    /// Keeps a URL.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The URL as written, with its credentials: to fetch it, never to show or store it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the first `:`, in lower case, such as `https` or `git+ssh`.
    pub fn scheme(&self) -> String {
        self.0.split_once(':').map_or_else(String::new, |(scheme, _)| scheme.to_ascii_lowercase())
    }

    /// Whether it is a repository in pip's form, such as `git+https://host/repository`.
    pub fn is_vcs(&self) -> bool {
        let scheme = self.scheme();
        let system = scheme.split_once('+').map(|(system, _)| system);
        system.is_some_and(|system| ["git", "hg", "svn", "bzr"].contains(&system))
    }

    /// The URL up to its fragment.
    pub fn without_fragment(&self) -> &str {
        self.0.split_once('#').map_or(&*self.0, |(url, _)| url)
    }

    /// The value of `key` in the fragment, as in `#egg=name&subdirectory=path`.
    ///
    /// Looked for as pip does: behind any `#` or `&`, up to the next `&`.
    pub fn fragment(&self, key: &str) -> Option<&str> {
        let pairs = self.0.match_indices(['#', '&']);
        let mut values = pairs.map(|(at, _)| &self.0[at + 1..]);
        let value = values.find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))?;
        Some(value.split('&').next().unwrap_or(value))
    }

    /// The last component of the path, with `%xx` undone where that gives UTF-8.
    pub fn file_name(&self) -> String {
        let url = self.without_fragment();
        let url = url.split_once('?').map_or(url, |(path, _)| path);
        let path = url.split_once("://").map_or(url, |(_, rest)| rest);
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        percent_decoded(name)
    }

    /// Whether there is a user name or password that is neither a `${VARIABLE}` nor the user name
    /// of an SSH address.
    pub fn has_credentials(&self) -> bool {
        self.parts().is_some_and(|parts| parts.shown_user().as_deref() != parts.user)
    }

    /// The URL that may be shown: credentials are cut out, `${VARIABLE}`s and SSH user names stay.
    pub fn redacted(&self) -> String {
        let Some(parts) = self.parts() else { return self.0.to_string() };
        match parts.shown_user() {
            Some(user) => format!("{}://{user}@{}", parts.scheme, parts.rest),
            None => format!("{}://{}", parts.scheme, parts.rest),
        }
    }

    /// What makes two URLs the same to a dependency key: without credentials, fragment and final
    /// slash, with scheme and host in lower case.
    pub fn identity(&self) -> String {
        self.normalized(false)
    }

    /// The identity, with the `${VARIABLE}`s that stand for credentials: to be fetched by whoever has
    /// their values.
    pub fn canonical(&self) -> String {
        self.normalized(true)
    }

    /// The normalised URL; SSH user names always stay, `${VARIABLE}`s of others if asked for.
    fn normalized(&self, keep_variables: bool) -> String {
        let Some(parts) = self.parts() else {
            return self.without_fragment().trim_end_matches('/').to_owned();
        };
        let rest = parts.rest.split_once('#').map_or(parts.rest, |(rest, _)| rest);
        let host_len = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(host_len);
        let user = match parts.shown_user().filter(|_| keep_variables || parts.is_ssh()) {
            Some(user) => format!("{user}@"),
            None => String::new(),
        };
        let scheme = parts.scheme.to_ascii_lowercase();
        format!("{scheme}://{user}{}{}", host.to_ascii_lowercase(), path.trim_end_matches('/'))
    }

    fn parts(&self) -> Option<Parts<'_>> {
        let (scheme, rest) = self.0.split_once("://")?;
        let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
        let (user, rest) = match authority.rfind('@') {
            Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
            None => (None, rest),
        };
        Some(Parts { scheme, user, rest })
    }
}

/// A URL cut around its credentials.
struct Parts<'a> {
    scheme: &'a str,
    user: Option<&'a str>,
    rest: &'a str,
}

impl Parts<'_> {
    fn is_ssh(&self) -> bool {
        self.scheme.to_ascii_lowercase().ends_with("ssh")
    }

    /// What of the user information may be shown.
    fn shown_user(&self) -> Option<String> {
        let user = self.user?;
        if user.split(':').all(is_placeholder) {
            return Some(user.to_owned());
        }
        let name = user.split(':').next().unwrap_or_default();
        (self.is_ssh() && !name.is_empty()).then(|| name.to_owned())
    }
}

fn is_placeholder(text: &str) -> bool {
    text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
    })
}

/// A text in which URLs may stand, without their credentials: for messages.
pub(crate) fn redacted_text(text: &str) -> String {
    if !text.contains("://") {
        return text.to_owned();
    }
    text.split(' ').map(|word| Link::new(word).redacted()).collect::<Vec<_>>().join(" ")
}

pub(crate) fn percent_decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let digit = |index: usize| tail.get(index).and_then(|d| char::from(*d).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (byte, digit(0), digit(1)) {
            bytes.push(u8::try_from(high << 4 | low).unwrap_or_default());
            rest = &tail[2..];
        } else {
            bytes.push(byte);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.redacted(), f)
    }
}

impl Serialize for Link {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Link {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_neither_shown_nor_part_of_the_identity() {
        let cases = [
            (
                "https://u:p%40ss@a.example/simple/",
                "https://a.example/simple/",
                "https://a.example/simple",
            ),
            ("https://token@A.example/x", "https://A.example/x", "https://a.example/x"),
            ("https://${TOKEN}@a.example/x", "https://${TOKEN}@a.example/x", "https://a.example/x"),
            ("https://u:${TOKEN}@a.example/x", "https://a.example/x", "https://a.example/x"),
            (
                "git+ssh://git@h/r.git@v1#egg=x",
                "git+ssh://git@h/r.git@v1#egg=x",
                "git+ssh://git@h/r.git@v1",
            ),
            ("git+ssh://git:pw@h/r.git", "git+ssh://git@h/r.git", "git+ssh://git@h/r.git"),
            ("https://a.example/x@y", "https://a.example/x@y", "https://a.example/x@y"),
            ("./wheels/", "./wheels/", "./wheels"),
        ];
        for (url, shown, identity) in cases {
            let link = Link::new(url);
            assert_eq!(link.to_string(), shown, "{url}");
            assert_eq!(link.identity(), identity, "{url}");
            assert_eq!(format!("{link:?}"), format!("{shown:?}"), "{url}");
            assert_eq!(serde_json::to_string(&link).unwrap(), format!("{shown:?}"), "{url}");
            assert_eq!(link.has_credentials(), url != shown, "{url}");
        }
    }

    #[test]
    fn texts_are_shown_without_credentials() {
        let cases = [
            ("-e git+https://me:word@h/r", "-e git+https://h/r"),
            ("a@https://word@h/x y https://h", "a@https://h/x y https://h"),
            ("no URL, me:word@h", "no URL, me:word@h"),
        ];
        for (text, shown) in cases {
            assert_eq!(redacted_text(text), shown);
        }
    }

    #[test]
    fn fragments_and_file_names_are_found() {
        let link = Link::new("https://e.com/a/foo-1.0%2Blocal.zip?x=/y#subdirectory=a/b&egg=foo");
        assert_eq!(link.file_name(), "foo-1.0+local.zip");
        assert_eq!(link.fragment("egg"), Some("foo"));
        assert_eq!(link.fragment("subdirectory"), Some("a/b"));
        assert_eq!(link.fragment("sub"), None);
        assert_eq!(Link::new("https://e.com").file_name(), "e.com");
    }
}
