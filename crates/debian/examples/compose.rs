//! Composes a base from files that were already downloaded, and reports on it.
//!
//! ```text
//! cargo run --release -p boxwright-debian --example compose -- DIR SUITE ARCH [full] [+PACKAGE…] [--tar FILE]
//! ```
//!
//! DIR holds what a mirror serves, under the paths it serves it at:
//! `debian/dists/trixie/InRelease`, `debian/pool/…`, `debian-security/…`. Where a package file is
//! missing, its URL is printed, so that the list can be given to a downloader:
//! `… | grep ^http | wget -x -nH -P DIR -i -`.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "an example prints, reads the clock, and fails by panicking"
)]

use std::error::Error;
use std::path::Path;
use std::time::{Instant, SystemTime};

use boxwright_debian::{
    Base, BaseRecipe, Deb, Flavor, Keyring, PackageFile, PackageIndex, PythonPaths, Release,
    Repository,
};
use boxwright_image::NodeKind;
use boxwright_tar::{Attributes, Writer};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next =
        || arguments.next().ok_or("usage: compose DIR SUITE ARCH [full] [+PACKAGE…] [--tar FILE]");
    let directory = next()?;
    let mut recipe = BaseRecipe::new(next()?.parse()?, next()?.parse()?);
    let mut tar = None;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "full" => recipe.flavor = Flavor::Full,
            "--tar" => tar = arguments.next(),
            extra => recipe.extra.push(extra.trim_start_matches('+').to_owned()),
        }
    }
    let directory = Path::new(&directory);

    let texts = timed("verify, unpack indexes", || indexes(directory, &recipe))?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let index = timed("read indexes", || PackageIndex::new(&texts));
    let closure = timed("resolve", || recipe.resolve(&index))?;
    println!("{} entries, {} packages", index.len(), closure.packages.len());
    for (name, by) in &closure.left_out {
        println!("left out {name}, which {by:?} want");
    }

    let mut files: Vec<(PackageFile, Vec<u8>)> = Vec::new();
    let mut absent = false;
    for package in closure.packages.values() {
        let repository = recipe.suite.archives()[package.origin].repository;
        if let Ok(bytes) = std::fs::read(directory.join(folder(repository)).join(package.filename))
        {
            files.push((package.file(), bytes));
        } else {
            absent = true;
            println!("{}/{}", repository.default_url(), package.filename);
        }
    }
    if absent {
        return Err("some packages are missing: fetch the files named above".into());
    }
    let debs = timed("unpack packages", || Deb::unpack_all(&files))?;
    let base = timed("compose", || recipe.compose(&debs))?;
    report(&base);
    if let Some(path) = tar {
        std::fs::write(&path, archive(&base)?)?;
    }
    Ok(())
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    println!("{what}: {:.1} ms", start.elapsed().as_secs_f64() * 1000.0);
    result
}

fn folder(repository: Repository) -> &'static str {
    match repository {
        Repository::Debian => "debian",
        Repository::Security => "debian-security",
    }
}

/// The `Packages` files of the suite, in the order of its archives.
fn indexes(directory: &Path, recipe: &BaseRecipe) -> Result<Vec<String>, Box<dyn Error>> {
    let keyring = Keyring::debian()?;
    let mut texts = Vec::new();
    for archive in recipe.suite.archives() {
        let root = directory.join(folder(archive.repository));
        let in_release = std::fs::read(root.join(archive.in_release_path()))?;
        let start = Instant::now();
        let release =
            Release::verify(&in_release, &keyring, archive.distribution, SystemTime::now())?;
        println!("{} {:?}: {:?}", release.codename(), release.version(), start.elapsed());
        let file =
            release.index("main", recipe.architecture).ok_or("no index for this architecture")?;
        texts.push(file.unpack(&std::fs::read(root.join(archive.path(&file.path)))?)?);
    }
    Ok(texts)
}

fn report(base: &Base) {
    for package in &base.packages {
        println!("{} {} {}", package.file.name, package.file.version, package.file.architecture);
    }
    println!(
        "{} nodes, {} bytes of content; {:?}",
        base.tree.len(),
        base.tree.content_bytes(),
        base.target
    );
    println!("notes: {:?}", base.notes);
    let paths = PythonPaths::of(&base.target).unwrap();
    for path in [&paths.loader, &paths.interpreter] {
        let node = base.tree.get(path);
        assert!(
            node.is_some_and(|node| matches!(node.kind, NodeKind::File(_))),
            "{path} is a file"
        );
    }
}

fn archive(base: &Base) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut tar = Writer::new(Vec::new());
    for (path, node) in base.tree.iter() {
        let attributes =
            Attributes { mode: node.mode, uid: node.uid.into(), gid: node.gid.into(), mtime: 0 };
        match &node.kind {
            NodeKind::Directory => tar.directory(path.as_bytes(), &attributes)?,
            NodeKind::File(contents) => {
                tar.file(path.as_bytes(), &attributes, contents.len() as u64, &mut &contents[..])?;
            }
            NodeKind::Symlink(target) => tar.symlink(path.as_bytes(), &attributes, target)?,
        }
    }
    Ok(tar.finish()?)
}
