//! Resolves requirement files from PyPI, here and with `uv pip compile`, and compares the answers.
//!
//! ```text
//! cargo run --release -p boxwright-resolve --example against_uv -- UV CACHE REQUIREMENTS.txt…
//! ```
//!
//! `UV` is the uv program, `CACHE` a directory for pages and metadata. It needs a network and
//! `curl`, so it is no test. A fixed `exclude-newer` makes a run repeatable.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool for developers, which fails by panicking"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use boxwright_digest::Digest;
use boxwright_requirements::{
    Architecture, Files, Libc, PackageName, PythonVersion, ReadOptions, SourceKind, Target, read_as,
};
use boxwright_resolve::{
    Index, IndexError, Metadata, MetadataError, ProjectPage, RemoteFile, Request, resolve,
};
use boxwright_wheel::Wheel;

/// Nothing uploaded later counts, for either.
const EXCLUDE_NEWER: &str = "2026-11-01T00:00:00Z";

/// PyPI, fetched by curl and kept in a directory.
struct Pypi {
    cache: PathBuf,
    pages: Mutex<BTreeMap<PackageName, Arc<ProjectPage>>>,
    metadata: Mutex<BTreeMap<String, Arc<Metadata>>>,
}

impl Pypi {
    fn path(&self, url: &str) -> PathBuf {
        self.cache.join(Digest::of(url).hex())
    }

    /// Fetches what is missing in parallel. What does not exist becomes an empty file.
    fn fetch(&self, urls: &[String]) {
        let missing: Vec<&String> = urls.iter().filter(|url| !self.path(url).exists()).collect();
        if missing.is_empty() {
            return;
        }
        let mut config = String::new();
        for url in &missing {
            let path = self.path(url);
            writeln!(config, "url = \"{url}\"\noutput = \"{}.new\"", path.display()).unwrap();
        }
        let list = self.cache.join(format!("curl-{}.config", std::process::id()));
        std::fs::write(&list, config).unwrap();
        Command::new("curl")
            .args(["-sSLfZ", "--compressed", "--retry", "3", "--parallel-max", "16"])
            .args(["-H", "Accept: application/vnd.pypi.simple.v1+json, */*;q=0.1"])
            .arg("--config")
            .arg(&list)
            .stderr(std::process::Stdio::null())
            .status()
            .unwrap();
        for url in missing {
            let path = self.path(url);
            if std::fs::rename(path.with_extension("new"), &path).is_err() {
                assert_eq!(status(url), "404", "{url}");
                std::fs::write(&path, "").unwrap();
            }
        }
    }

    /// Reads the metadata out of the wheel, of which only the parts that matter are fetched.
    fn metadata_in(&self, file: &RemoteFile) -> Result<Vec<u8>, IndexError> {
        let kept = self.path(&format!("metadata in {}", file.url.as_str()));
        if let Ok(bytes) = std::fs::read(&kept) {
            return Ok(bytes);
        }
        let (url, size) = (file.url.as_str().to_owned(), file.size.unwrap());
        let remote = Ranges { url, size, position: 0, blocks: BTreeMap::new() };
        let bytes = Wheel::read_metadata(remote, &file.name)
            .map_err(|error| MetadataError::Unreadable { reason: error.to_string() })?;
        std::fs::write(kept, &bytes).unwrap();
        Ok(bytes)
    }

    fn get(&self, url: &str) -> Result<Vec<u8>, IndexError> {
        self.fetch(&[url.to_owned()]);
        let bytes = std::fs::read(self.path(url)).unwrap();
        if bytes.is_empty() { Err(IndexError::NotFound) } else { Ok(bytes) }
    }
}

/// A file on the network, read by blocks.
struct Ranges {
    url: String,
    size: u64,
    position: u64,
    blocks: BTreeMap<u64, Vec<u8>>,
}

impl Ranges {
    const BLOCK: u64 = 256 * 1024;

    fn block(&mut self, number: u64) -> &[u8] {
        self.blocks.entry(number).or_insert_with(|| {
            let start = number * Self::BLOCK;
            let range = format!("{start}-{}", self.size.min(start + Self::BLOCK) - 1);
            Command::new("curl").args(["-sSLf", "-r", &range, &self.url]).output().unwrap().stdout
        })
    }
}

impl Read for Ranges {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        if self.position >= self.size {
            return Ok(0);
        }
        let (number, offset) = (self.position / Self::BLOCK, self.position % Self::BLOCK);
        let rest = &self.block(number)[usize::try_from(offset).unwrap()..];
        let read = rest.len().min(buf.len());
        buf[..read].copy_from_slice(&rest[..read]);
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Ranges {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(std::io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

fn status(url: &str) -> String {
    let arguments = ["-sL", "-o", "/dev/null", "-w", "%{http_code}", url];
    String::from_utf8(Command::new("curl").args(arguments).output().unwrap().stdout).unwrap()
}

fn page_url(name: &PackageName) -> String {
    format!("https://pypi.org/simple/{name}/")
}

fn metadata_url(file: &RemoteFile) -> String {
    format!("{}.metadata", file.url.as_str())
}

impl Index for Pypi {
    fn project(&self, name: &PackageName) -> Result<Arc<ProjectPage>, IndexError> {
        if let Some(page) = self.pages.lock().unwrap().get(name) {
            return Ok(Arc::clone(page));
        }
        let url = page_url(name);
        let page = Arc::new(ProjectPage::parse(&self.get(&url)?, &url)?);
        self.pages.lock().unwrap().insert(name.clone(), Arc::clone(&page));
        Ok(page)
    }

    fn metadata(&self, file: &RemoteFile) -> Result<Arc<Metadata>, IndexError> {
        // Mirrors may not announce the file that PyPI has beside every wheel.
        let url = metadata_url(file);
        if let Some(metadata) = self.metadata.lock().unwrap().get(&url) {
            return Ok(Arc::clone(metadata));
        }
        let bytes = match self.get(&url) {
            Ok(bytes) => bytes,
            Err(_) => self.metadata_in(file)?,
        };
        let metadata = Arc::new(Metadata::parse(&bytes)?);
        self.metadata.lock().unwrap().insert(url, Arc::clone(&metadata));
        Ok(metadata)
    }

    fn prefetch_projects(&self, names: &[PackageName]) {
        self.fetch(&names.iter().map(page_url).collect::<Vec<_>>());
    }
}

struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn is_file(&self, path: &str) -> bool {
        Path::new(path).is_file()
    }

    fn is_dir(&self, path: &str) -> bool {
        Path::new(path).is_dir()
    }
}

fn target() -> Target {
    Target {
        python: PythonVersion { major: 3, minor: 13, patch: 0 },
        architecture: Architecture::Amd64,
        libc: Libc::Glibc { major: 2, minor: 40 },
    }
}

/// The answer, or the error's text, and the time it takes with all data in memory.
fn ours(path: &str, pypi: &Pypi) -> (Result<BTreeMap<String, String>, String>, Duration) {
    let set = match read_as(SourceKind::Requirements, path, &Disk, &ReadOptions::default()) {
        Ok(set) => set,
        Err(error) => return (Err(error.to_string()), Duration::ZERO),
    };
    let mut request = match Request::from_set(&set, &target()) {
        Ok(request) => request,
        Err(error) => return (Err(error.to_string()), Duration::ZERO),
    };
    request.exclude_newer = Some(EXCLUDE_NEWER.parse().unwrap());
    let answer = resolve(&request, pypi);
    // The second time everything is in memory.
    let start = Instant::now();
    let again = resolve(&request, pypi);
    let took = start.elapsed();
    assert_eq!(answer.as_ref().ok(), again.ok().as_ref(), "the answer depends on the run");
    let pins =
        |pinned: &boxwright_resolve::Pinned| (pinned.name.to_string(), pinned.version.to_string());
    let answer = answer.map(|resolution| resolution.packages.iter().map(pins).collect());
    (answer.map_err(|error| error.to_string()), took)
}

fn theirs(path: &str, uv: &str) -> Result<BTreeMap<String, String>, String> {
    let output = Command::new(uv)
        .args([
            "pip",
            "compile",
            "--quiet",
            "--no-annotate",
            "--no-header",
            "--python-version",
            "3.13",
        ])
        .args(["--python-platform", "x86_64-manylinux_2_40", "--only-binary", ":all:"])
        .args(["--exclude-newer", EXCLUDE_NEWER, "--system-certs", path])
        .output()
        .unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8(output.stdout).unwrap();
    let pin = |line: &str| {
        let line = line.split(';').next()?.trim();
        let (name, version) = line.split_once("==")?;
        Some((name.to_owned(), version.trim_end_matches(['\\', ' ']).to_owned()))
    };
    Ok(text.lines().filter(|line| !line.starts_with([' ', '#'])).filter_map(pin).collect())
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (uv, cache) = (arguments.next().unwrap(), PathBuf::from(arguments.next().unwrap()));
    std::fs::create_dir_all(&cache).unwrap();
    let pypi = Pypi { cache, pages: Mutex::default(), metadata: Mutex::default() };
    let (mut equal, mut both_fail, mut different) = (0, 0, 0);
    for path in arguments {
        let name = Path::new(&path).file_name().unwrap().to_string_lossy().into_owned();
        let (ours, took) = ours(&path, &pypi);
        match (ours, theirs(&path, &uv)) {
            (Ok(ours), Ok(theirs)) if ours == theirs => {
                equal += 1;
                println!("equal      {name}: {} packages, {took:?}", ours.len());
            }
            (Ok(ours), Ok(theirs)) => {
                different += 1;
                println!("DIFFERENT  {name}: {took:?}");
                let names: std::collections::BTreeSet<_> =
                    ours.keys().chain(theirs.keys()).collect();
                for name in names {
                    let (a, b) = (ours.get(name), theirs.get(name));
                    if a != b {
                        println!("    {name}: ours {}, uv {}", show(a), show(b));
                    }
                }
            }
            (Err(ours), Err(theirs)) => {
                both_fail += 1;
                println!(
                    "both fail  {name}: {took:?}\n{}\n    --- uv:\n{}",
                    indent(&ours),
                    indent(&theirs)
                );
            }
            (Err(ours), Ok(_)) => {
                different += 1;
                println!("ONLY UV    {name}: {took:?}\n{}", indent(&ours));
            }
            (Ok(ours), Err(theirs)) => {
                different += 1;
                println!(
                    "ONLY OURS  {name}: {} packages, {took:?}\n{}",
                    ours.len(),
                    indent(&theirs)
                );
            }
        }
    }
    println!("{equal} equal, {both_fail} fail in both, {different} different");
}

fn show(version: Option<&String>) -> &str {
    version.map_or("-", String::as_str)
}

fn indent(text: &str) -> String {
    text.lines().take(30).map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
