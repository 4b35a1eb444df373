//! RECORD: the hash and size of every file, checked when a wheel is opened, and written anew when
//! it is installed.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use boxwright_digest::Digest;

use crate::archive::WheelFile;
use crate::error::Problem;

/// Checks that RECORD lists exactly the files there are, each with its SHA-256 hash and size.
///
/// # Errors
/// Names the file that is not listed, not there, or not what RECORD says.
pub(crate) fn verify(
    record_path: &str,
    files: &BTreeMap<String, WheelFile>,
) -> Result<(), Problem> {
    let record =
        files.get(record_path).ok_or_else(|| Problem::Missing { file: record_path.to_owned() })?;
    let rows = rows(&record.contents)?;
    for path in rows.keys() {
        if !files.contains_key(path) {
            return Err(refuse(path, "RECORD lists it, and the wheel does not hold it"));
        }
    }
    for (path, file) in files {
        if is_exempt(path, record_path) {
            continue;
        }
        let row = rows.get(path).ok_or_else(|| refuse(path, "RECORD does not list it"))?;
        row.check(path, file)?;
    }
    Ok(())
}

/// RECORD cannot hold its own hash, nor those of the signatures over it.
fn is_exempt(path: &str, record_path: &str) -> bool {
    let rest = path.strip_prefix(record_path);
    rest.is_some_and(|rest| ["", ".jws", ".p7s"].contains(&rest))
}

struct Row {
    hash: String,
    size: String,
}

impl Row {
    fn check(&self, path: &str, file: &WheelFile) -> Result<(), Problem> {
        let Some((algorithm, hash)) = self.hash.split_once('=') else {
            return Err(refuse(path, "RECORD has no hash of it"));
        };
        if algorithm != "sha256" {
            return Err(refuse(path, "RECORD has a hash of it that is not SHA-256"));
        }
        if hash.trim_end_matches('=') != encode(&file.sha256) {
            return Err(refuse(path, "its SHA-256 hash is not the one in RECORD"));
        }
        // The size is optional.
        if !self.size.is_empty() && self.size.parse() != Ok(file.contents.len()) {
            return Err(refuse(path, "its size is not the one in RECORD"));
        }
        Ok(())
    }
}

fn refuse(file: &str, reason: &'static str) -> Problem {
    Problem::Record { file: file.to_owned(), reason }
}

fn rows(record: &[u8]) -> Result<BTreeMap<String, Row>, Problem> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(record);
    let mut rows = BTreeMap::new();
    for row in reader.records() {
        let row = row?;
        let field = |index: usize| row.get(index).unwrap_or_default().to_owned();
        let (path, row) = (field(0), Row { hash: field(1), size: field(2) });
        if rows.insert(path.clone(), row).is_some() {
            return Err(refuse(&path, "RECORD lists it twice"));
        }
    }
    Ok(rows)
}

/// A digest as RECORD writes it.
fn encode(digest: &Digest) -> String {
    URL_SAFE_NO_PAD.encode(digest.as_bytes())
}

/// Writes the RECORD of an installed wheel: sorted by path, itself without hash and size. Files
/// whose hash is known are not hashed again.
pub(crate) fn write<'a>(
    own_path: &str,
    files: impl Iterator<Item = (String, &'a [u8], Option<Digest>)>,
) -> Result<Vec<u8>, Problem> {
    let mut rows: BTreeMap<String, [String; 2]> = files
        .map(|(path, contents, known)| {
            let hash = known.unwrap_or_else(|| Digest::of(contents));
            let hash = format!("sha256={}", encode(&hash));
            (path, [hash, contents.len().to_string()])
        })
        .collect();
    rows.insert(own_path.to_owned(), Default::default());
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (path, [hash, size]) in &rows {
        writer.write_record([path, hash, size])?;
    }
    writer.into_inner().map_err(|error| Problem::Archive(error.to_string()))
}
