//! Package versions, compared as dpkg compares them.

use std::cmp::Ordering;
use std::fmt;

/// A version of a Debian package: `[epoch:]upstream[-revision]`.
///
/// Ordered by the rules of Debian policy §5.6.12, under which a tilde sorts
/// before everything, even the end, and numbers count as numbers. Equal means
/// neither is newer: `1.0`, `1.00` and `0:1.0-0` are all the same version.
///
/// ```
/// use boxwright_debian::Version;
///
/// assert!(Version::new("1:1.0~rc1")? < Version::new("1:1.0")?);
/// assert!(Version::new("3.13.5-2+deb13u5")? > Version::new("3.13.5-2")?);
/// # Ok::<(), boxwright_debian::VersionError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Version<'a> {
    text: &'a str,
    epoch: u32,
    upstream: &'a str,
    revision: &'a str,
}

/// A text that is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a Debian version: {reason}")]
pub struct VersionError {
    /// What was read.
    pub text: String,
    /// Which rule it breaks.
    pub reason: &'static str,
}

impl<'a> Version<'a> {
    /// Takes a version apart: the epoch ends at the first colon, the revision starts after the last hyphen.
    pub fn new(text: &'a str) -> Result<Self, VersionError> {
        let refuse = |reason| Err(VersionError { text: text.to_owned(), reason });
        let (epoch, rest) = match text.split_once(':') {
            None => (0, text),
            Some((epoch, rest)) => {
                if epoch.is_empty() || !epoch.bytes().all(|byte| byte.is_ascii_digit()) {
                    return refuse("its epoch is not a number");
                }
                // dpkg keeps the epoch in a C int.
                match epoch.parse::<u32>() {
                    Ok(epoch) if i32::try_from(epoch).is_ok() => (epoch, rest),
                    _ => return refuse("its epoch is too large"),
                }
            }
        };
        let (upstream, revision) = match rest.rsplit_once('-') {
            Some((_, "")) => return refuse("its revision is empty"),
            Some(parts) => parts,
            None => (rest, ""),
        };
        if upstream.is_empty() {
            return refuse("it has no upstream part");
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".+~".contains(&byte);
        if !upstream.bytes().all(|byte| plain(byte) || byte == b'-' || byte == b':') {
            return refuse("its upstream part holds something else than letters, digits and .+-~:");
        }
        if !revision.bytes().all(plain) {
            return refuse("its revision holds something else than letters, digits and .+~");
        }
        Ok(Self { text, epoch, upstream, revision })
    }

    /// The version as it was written.
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// What upstream calls this version: `3.13.5` of `3.13.5-2+deb13u5`.
    pub const fn upstream(&self) -> &'a str {
        self.upstream
    }
}

impl Ord for Version<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| compare(self.upstream.as_bytes(), other.upstream.as_bytes()))
            .then_with(|| compare(self.revision.as_bytes(), other.revision.as_bytes()))
    }
}

impl PartialOrd for Version<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version<'_> {}

impl fmt::Display for Version<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl fmt::Debug for Version<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.text, f)
    }
}

/// Compares two parts: alternately a stretch without digits, byte by byte, and a number.
fn compare(mut left: &[u8], mut right: &[u8]) -> Ordering {
    while !left.is_empty() || !right.is_empty() {
        let text = (
            split(&mut left, |byte| !byte.is_ascii_digit()),
            split(&mut right, |byte| !byte.is_ascii_digit()),
        );
        let number = (split(&mut left, u8::is_ascii_digit), split(&mut right, u8::is_ascii_digit));
        let order = compare_text(text.0, text.1).then_with(|| compare_number(number.0, number.1));
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// Takes the leading bytes that `wanted` accepts.
fn split<'a>(bytes: &mut &'a [u8], wanted: impl Fn(&u8) -> bool) -> &'a [u8] {
    let end = bytes.iter().position(|byte| !wanted(byte)).unwrap_or(bytes.len());
    let (head, tail) = bytes.split_at(end);
    *bytes = tail;
    head
}

fn compare_text(left: &[u8], right: &[u8]) -> Ordering {
    let weight = |bytes: &[u8], at: usize| match bytes.get(at) {
        // Before the end, then the end, then letters, then everything else.
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    };
    (0..left.len().max(right.len()))
        .map(|at| weight(left, at).cmp(&weight(right, at)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// Compares numbers of any length; no number counts as zero.
fn compare_number(left: &[u8], right: &[u8]) -> Ordering {
    let significant = |digits: &mut &[u8]| {
        split(digits, |&digit| digit == b'0');
    };
    let (mut left, mut right) = (left, right);
    significant(&mut left);
    significant(&mut right);
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order(left: &str, right: &str) -> Ordering {
        Version::new(left).unwrap().cmp(&Version::new(right).unwrap())
    }

    #[test]
    fn versions_compare_as_dpkg_compares_them() {
        // Each was asked of `dpkg --compare-versions`.
        for (older, newer) in [
            ("1.0~rc1", "1.0"),
            ("1.0~~", "1.0~"),
            ("1.0~~a", "1.0~"),
            ("1.0~", "1.0"),
            ("1.0", "1.0a"),
            ("1.0a", "1.0+"),
            ("1.0a", "1.0.1"),
            ("1.0-1", "1.0-1+b1"),
            ("1.0-1~bpo12+1", "1.0-1"),
            ("1.0-9", "1.0-10"),
            ("1.9", "1.10"),
            ("9", "1:0"),
            ("1:9", "2:1"),
            ("1.0", "1.0-0.1"),
            ("1.0-2", "1.0-2+deb13u1"),
            ("1.2.3", "1.2.3-1"),
            ("1.2-3-4", "1.2-10-4"),
            ("0.0.0-a", "0.0.0-b"),
            ("a", "b"),
            ("A", "a"),
            ("1.Z", "1.a"),
            ("1:1.2.13.dfsg-1", "1:1.3.dfsg+really1.3.1-1+b1"),
            ("99999999999999999999998", "99999999999999999999999"),
            ("3.0.9", "3.0.10-1~deb12u1"),
            ("2.36-9+deb12u9", "2.36-9+deb12u10"),
        ] {
            assert_eq!(order(older, newer), Ordering::Less, "{older} and {newer}");
            assert_eq!(order(newer, older), Ordering::Greater, "{newer} and {older}");
        }
    }

    #[test]
    fn spelling_makes_no_version() {
        for (left, right) in [
            ("1.0", "1.00"),
            ("1.0", "0:1.0"),
            ("1.0", "1.0-0"),
            ("1.0-01", "1.0-1"),
            ("1.", "1.0"),
            ("a0", "a"),
            ("0001:1", "1:1"),
        ] {
            assert_eq!(order(left, right), Ordering::Equal, "{left} and {right}");
        }
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in [
            "",
            ":",
            ":1",
            "x:1",
            "-1:1",
            "1:",
            "1-",
            "-1",
            "1 0",
            "1_0",
            "1.0-a:b",
            "1.0-1_",
            "é",
            "2147483648:1",
            "1\n",
        ] {
            assert!(Version::new(text).is_err(), "{text:?} was accepted");
        }
        let version = Version::new("1:2-3-4:5").unwrap_err();
        insta::assert_snapshot!(version, @"`1:2-3-4:5` is not a Debian version: its revision holds something else than letters, digits and .+~");
    }

    proptest! {
        #[test]
        fn the_order_is_total(mut texts in proptest::collection::vec("[0-9a1~+.]{1,6}(-[0-9a~+.]{1,3})?", 3)) {
            texts.sort_by(|a, b| order(a, b));
            for pair in [(0, 1), (1, 2), (0, 2)] {
                prop_assert!(order(&texts[pair.0], &texts[pair.1]).is_le());
                prop_assert_eq!(order(&texts[pair.0], &texts[pair.1]), order(&texts[pair.1], &texts[pair.0]).reverse());
            }
        }
    }
}
