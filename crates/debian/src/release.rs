//! The signed list of an archive's index files.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use boxwright_digest::Digest;
use boxwright_requirements::Architecture;

use crate::clearsign::Clearsigned;
use crate::deb822;
use crate::decompress::Compression;
use crate::keyring::{CLOCK_SKEW, Keyring};

/// What an index may unpack to where its release file does not say: four times trixie's main index.
const MAX_INDEX: u64 = 256 << 20;

/// A release file whose signature was verified.
///
/// The only way to have one is [`Release::verify`]; so whatever it lists is what Debian signed.
#[derive(Debug, Clone)]
pub struct Release {
    codename: String,
    version: Option<String>,
    date: SystemTime,
    by_hash: bool,
    files: BTreeMap<String, (Digest, u64)>,
}

/// An index file that a release lists: where it is, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexFile {
    /// Its path below the archive's own directory (see [`crate::Archive::path`]).
    pub path: String,
    /// A path under which these very contents stay available when the archive is updated between
    /// two requests; the better one to fetch, where the archive offers it.
    pub by_hash_path: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// What it unpacks to, in bytes, where the release says so.
    pub unpacked_size: Option<u64>,
}

/// Why a release file is not to be trusted.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// It is not a signed message.
    #[error(
        "the release file of {distribution} is not a signed message: {reason}; check the mirror's URL"
    )]
    NotSigned {
        /// The distribution asked for.
        distribution: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No signature counts.
    #[error("the release file of {distribution} carries no valid signature of a trusted key: {}", reasons.join("; "))]
    Untrusted {
        /// The distribution asked for.
        distribution: String,
        /// Of each signature, why it does not count.
        reasons: Vec<String>,
    },
    /// Its time has passed: a mirror that is not updated, or one that hides updates.
    #[error(
        "the release file of {distribution} was valid until {until}: use another mirror, or check the clock"
    )]
    Expired {
        /// The distribution asked for.
        distribution: String,
        /// The end as written.
        until: String,
    },
    /// It is dated later than now.
    #[error(
        "the release file of {distribution} is dated {date}, which is in the future: check the clock"
    )]
    Future {
        /// The distribution asked for.
        distribution: String,
        /// The date as written.
        date: String,
    },
    /// It is properly signed, for something else.
    #[error(
        "the mirror answered with the release file of `{found}` instead of {distribution}: check the mirror's URL"
    )]
    OtherDistribution {
        /// The distribution asked for.
        distribution: String,
        /// The codename that was signed.
        found: String,
    },
    /// A field is missing or malformed.
    #[error("the release file of {distribution} has no valid `{field}` field")]
    Field {
        /// The distribution asked for.
        distribution: String,
        /// The field.
        field: &'static str,
    },
}

/// Why an index file is not what the release lists.
#[derive(Debug, thiserror::Error)]
pub enum IndexFileError {
    /// Its bytes are others.
    #[error(
        "`{path}` is not what the signed release file lists: expected {size} bytes with {sha256}, found {found_size} with {found}; fetch it again, or use another mirror"
    )]
    Mismatch {
        /// The file.
        path: String,
        /// Listed size in bytes.
        size: u64,
        /// Listed digest.
        sha256: Digest,
        /// Size found.
        found_size: u64,
        /// Digest found.
        found: Digest,
    },
    /// It cannot be decompressed.
    #[error("cannot decompress `{path}`")]
    Decompress {
        /// The file.
        path: String,
        /// What is wrong.
        source: std::io::Error,
    },
    /// It is not text.
    #[error("`{path}` is not UTF-8 text")]
    NotText {
        /// The file.
        path: String,
    },
}

impl Release {
    /// Verifies an `InRelease` file: signed by a key of the keyring, in force at `now`, and for the
    /// distribution asked for (`trixie`, `trixie-security`, …).
    ///
    /// Note that stable's main release has no `Valid-Until`, so a mirror may hold updates back for
    /// ever without its telling; [`Release::date`] is there to look at. Its security archive has one.
    pub fn verify(
        in_release: &[u8],
        keyring: &Keyring,
        distribution: &str,
        now: SystemTime,
    ) -> Result<Self, ReleaseError> {
        let message = Clearsigned::parse(in_release).map_err(|reason| ReleaseError::NotSigned {
            distribution: distribution.to_owned(),
            reason,
        })?;
        let seconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |it| it.as_secs());
        keyring.verify(&message, seconds).map_err(|reasons| ReleaseError::Untrusted {
            distribution: distribution.to_owned(),
            reasons,
        })?;
        // From here on the text is Debian's.
        Self::parse(&message.text, distribution, now)
    }

    fn parse(text: &str, distribution: &str, now: SystemTime) -> Result<Self, ReleaseError> {
        let invalid = |field| ReleaseError::Field { distribution: distribution.to_owned(), field };
        let field = |name| deb822::field(text, name);
        let codename = field("Codename").ok_or_else(|| invalid("Codename"))?;
        if codename != distribution {
            return Err(ReleaseError::OtherDistribution {
                distribution: distribution.to_owned(),
                found: codename.to_owned(),
            });
        }
        let dated = field("Date").ok_or_else(|| invalid("Date"))?;
        let date = parse_date(dated).ok_or_else(|| invalid("Date"))?;
        if date > now + Duration::from_secs(CLOCK_SKEW) {
            return Err(ReleaseError::Future {
                distribution: distribution.to_owned(),
                date: dated.to_owned(),
            });
        }
        if let Some(until) = field("Valid-Until") {
            let end = parse_date(until).ok_or_else(|| invalid("Valid-Until"))?;
            if end <= now {
                return Err(ReleaseError::Expired {
                    distribution: distribution.to_owned(),
                    until: until.to_owned(),
                });
            }
        }
        let list = field("SHA256").ok_or_else(|| invalid("SHA256"))?;
        let files = list.lines().filter(|line| !line.trim().is_empty()).map(parse_file);
        Ok(Self {
            codename: codename.to_owned(),
            version: field("Version").map(str::to_owned),
            date,
            by_hash: field("Acquire-By-Hash") == Some("yes"),
            files: files.collect::<Option<_>>().ok_or_else(|| invalid("SHA256"))?,
        })
    }

    /// The distribution's codename.
    pub fn codename(&self) -> &str {
        &self.codename
    }

    /// The version, such as `13.8`, where the archive gives one.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// When the archive was published in this state.
    pub fn date(&self) -> SystemTime {
        self.date
    }

    /// The index of a component's packages for an architecture; `None` where it has none.
    pub fn index(&self, component: &str, architecture: Architecture) -> Option<IndexFile> {
        let plain = format!("{component}/binary-{}/Packages", architecture.oci());
        let path = format!("{plain}.xz");
        let &(sha256, size) = self.files.get(&path)?;
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        Some(IndexFile {
            by_hash_path: self
                .by_hash
                .then(|| format!("{directory}/by-hash/SHA256/{}", sha256.hex())),
            size,
            sha256,
            unpacked_size: self.files.get(&plain).map(|&(_, size)| size),
            path,
        })
    }
}

impl IndexFile {
    /// Checks fetched bytes against what was signed, and unpacks them.
    pub fn unpack(&self, bytes: &[u8]) -> Result<String, IndexFileError> {
        let found = Digest::of(bytes);
        if found != self.sha256 || bytes.len() as u64 != self.size {
            return Err(IndexFileError::Mismatch {
                path: self.path.clone(),
                size: self.size,
                sha256: self.sha256,
                found_size: bytes.len() as u64,
                found,
            });
        }
        let limit = self.unpacked_size.unwrap_or(MAX_INDEX).min(MAX_INDEX);
        let text = Compression::Xz
            .unpack(bytes, usize::try_from(self.unpacked_size.unwrap_or(0)).unwrap_or(0), limit)
            .map_err(|source| IndexFileError::Decompress { path: self.path.clone(), source })?;
        String::from_utf8(text).map_err(|_| IndexFileError::NotText { path: self.path.clone() })
    }
}

/// Reads `digest size path`.
fn parse_file(line: &str) -> Option<(String, (Digest, u64))> {
    let mut words = line.split_ascii_whitespace();
    let (digest, size, path) = (words.next()?, words.next()?, words.next()?);
    Some((path.to_owned(), (Digest::from_hex(digest).ok()?, size.parse().ok()?)))
}

/// Reads a date as release files give it: `Sat, 28 Nov 2026 00:53:02 UTC`.
fn parse_date(text: &str) -> Option<SystemTime> {
    // HTTP writes the same moment with another name for the same zone.
    let date = text.strip_suffix("UTC").or_else(|| text.strip_suffix("+0000"))?;
    httpdate::parse_http_date(&format!("{date}GMT")).ok()
}
