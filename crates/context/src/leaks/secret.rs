//! Files that hold a secret.

use std::io::Read as _;

use super::sniff::{self, Hit};
use super::{Finding, LOOK, LeakRules, Rule, Severity, Verdict};
use crate::path::RelPath;
use crate::snapshot::{Entry, ReadError, Snapshot};

/// Finds the secret in a text.
type Look = fn(&[u8]) -> Option<Hit>;

/// Searches a file for every secret that may be in it; the first of each rule counts.
pub(super) fn look(
    snapshot: &Snapshot,
    entry: &Entry,
    rules: &LeakRules,
) -> Result<Vec<Finding>, ReadError> {
    let path = &entry.path;
    let named = by_name(path).filter(|(rule, _)| rules.has(*rule));
    let dotenv = is_dotenv(path) && rules.has(Rule::DotEnv);
    let anywhere: [(Rule, Look); 3] = [
        (Rule::CloudCredentials, sniff::cloud_credentials),
        (Rule::PrivateKey, sniff::private_key),
        (Rule::AccessToken, sniff::access_token),
    ];
    let mut looks: Vec<(Rule, Look)> = named.into_iter().collect();
    if snapshot.is_suspicious(path) {
        looks.extend(anywhere.into_iter().filter(|(rule, _)| rules.has(*rule)));
    }
    if looks.is_empty() && !dotenv {
        return Ok(Vec::new());
    }
    let text = beginning(snapshot, path)?;
    if dotenv && let Some(verdict) = judge_dotenv(path, &text) {
        // Whatever else is in it, the file as a whole is the finding.
        return Ok(vec![verdict.into_finding(path)]);
    }
    // One secret is one finding, though two rules may know it: the special rule comes first.
    let found = looks.into_iter().find_map(|(rule, look)| Some((rule, look(&text)?)));
    Ok(found.into_iter().map(|(rule, hit)| secret(rule, &hit, &text).into_finding(path)).collect())
}

/// The rule for files of this name.
fn by_name(path: &RelPath) -> Option<(Rule, Look)> {
    Some(match path.file_name() {
        b".npmrc" => (Rule::Npmrc, sniff::npmrc),
        b".pypirc" => (Rule::Pypirc, sniff::pypirc),
        b"pip.conf" | b"pip.ini" => (Rule::PipConf, sniff::url_credentials),
        b".netrc" | b"_netrc" => (Rule::Netrc, sniff::netrc),
        b".dockercfg" => (Rule::RegistryCredentials, sniff::docker_config),
        b"config.json" if is_in(path, b".docker") => {
            (Rule::RegistryCredentials, sniff::docker_config)
        }
        b"config" if is_in(path, b".git") => (Rule::Git, sniff::url_credentials),
        _ => return None,
    })
}

/// Whether the directory that holds the path has this name.
fn is_in(path: &RelPath, directory: &[u8]) -> bool {
    let parent = path.parent().unwrap_or_default();
    parent.rsplit(|&byte| byte == b'/').next() == Some(directory)
}

/// `.env` and `.env.production`, but not `.env.example` and its like.
fn is_dotenv(path: &RelPath) -> bool {
    let name = path.file_name();
    let suffix = name.strip_prefix(b".env.").or_else(|| name.strip_suffix(b".env"));
    let template = |suffix: &[u8]| {
        let words = ["example", "sample", "template", "dist", "tpl", "tmpl", "defaults"];
        suffix
            .split(|&byte| byte == b'.')
            .any(|part| words.iter().any(|word| part == word.as_bytes()))
    };
    suffix.is_some_and(|suffix| !template(suffix))
}

fn judge_dotenv(path: &RelPath, text: &[u8]) -> Option<Verdict> {
    const INSTEAD: &str = ", and hand settings in when the container starts (`--env-file .env`)";
    match sniff::dotenv(text) {
        (Some(hit), _) => Some(Verdict { instead: INSTEAD, ..secret(Rule::DotEnv, &hit, text) }),
        (None, true) if path.file_name().starts_with(b".env") => Some(Verdict {
            rule: Rule::DotEnv,
            severity: Severity::Bulk,
            line: None,
            message: "settings of this machine would be fixed in the image".to_owned(),
            instead: INSTEAD,
        }),
        (None, _) => None,
    }
}

fn secret(rule: Rule, hit: &Hit, text: &[u8]) -> Verdict {
    let line = memchr::memchr_iter(b'\n', &text[..hit.at.min(text.len())]).count() + 1;
    Verdict {
        rule,
        severity: Severity::Secret,
        line: u32::try_from(line).ok(),
        message: format!("{} would be published with the image", hit.what),
        instead: match rule {
            Rule::AccessToken | Rule::CloudCredentials | Rule::PrivateKey => {
                ", or have the application read the secret from its environment; \
                 if it was ever pushed, replace it"
            }
            _ => "; if it was ever pushed, replace it",
        },
    }
}

/// As much of a file as is looked at.
fn beginning(snapshot: &Snapshot, path: &RelPath) -> Result<Vec<u8>, ReadError> {
    let mut contents = snapshot.open(path)?;
    let mut text = Vec::new();
    match (&mut contents).take(LOOK).read_to_end(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => Err(contents.explain(error)),
    }
}
