//! Lock files decide which packages and versions; what is left is which file.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

mod shelf;

use std::collections::{BTreeMap, BTreeSet};

use boxwright_digest::Digest;
use boxwright_requirements::{
    Activated, Edge, Hash, Link, LocalPath, Lock, LockedFile, LockedPackage, Origin, Source,
};
use boxwright_resolve::{Resolution, ResolveError, choose_locked};
use shelf::{Shelf, summary, target};

fn file(name: &str, url: Option<&str>, hashed: &str) -> LockedFile {
    LockedFile {
        name: name.to_owned(),
        location: url.map(|url| Source::Archive(Link::new(url))),
        hashes: BTreeSet::from([Hash::sha256(&Digest::of(hashed).hex())]),
        size: Some(7),
    }
}

fn package(name: &str, version: &str, files: Vec<LockedFile>) -> LockedPackage {
    LockedPackage {
        name: name.parse().unwrap(),
        version: version.parse().ok(),
        source: Source::default(),
        editable: false,
        files,
        dependencies: Vec::new(),
        extra_dependencies: BTreeMap::new(),
        origin: Origin::new("uv.lock", 1),
    }
}

fn choose(shelf: &str, packages: Vec<LockedPackage>) -> Result<Resolution, ResolveError> {
    let root = |package| Edge { package, extras: BTreeSet::new(), marker: None };
    let roots = (0..packages.len()).map(root).collect();
    let lock = Lock { packages, roots, project: None };
    let pins = lock.select(&target(), &Activated::default());
    choose_locked(&pins, &target(), &Shelf::new(shelf))
}

#[test]
fn a_lock_with_urls_needs_no_index() {
    let files = vec![
        file("a-1.0.tar.gz", Some("https://f.example/a-1.0.tar.gz"), "sdist"),
        file("a-1.0-py3-none-any.whl", Some("https://f.example/a-1.0-py3-none-any.whl"), "pure"),
        file(
            "a-1.0-cp313-cp313-manylinux_2_28_x86_64.whl",
            Some("https://f.example/a-1.0-cp313.whl#egg=a"),
            "fast",
        ),
        file("a-1.0-cp313-cp313-win_amd64.whl", Some("https://f.example/a-1.0-win.whl"), "windows"),
    ];
    let resolution = choose("", vec![package("a", "1.0", files)]).unwrap();
    let pinned = &resolution.packages[0];
    assert_eq!(pinned.wheel.url.as_str(), "https://f.example/a-1.0-cp313.whl");
    assert_eq!(pinned.wheel.sha256, Some(Digest::of("fast")));
    assert_eq!(pinned.wheel.size, Some(7));
}

/// poetry.lock knows names and hashes, Pipfile.lock hashes alone.
#[test]
fn a_lock_with_hashes_restricts_the_index() {
    let shelf = "
        a 1.0
        a 1.0 tag=cp313-cp313-manylinux_2_28_x86_64
        a 1.0 build=1 tag=cp313-cp313-manylinux_2_28_x86_64
        a 2.0
        b 1.0rc1 yanked=oops
        b 1.0
    ";
    let files = ["a-1.0-py3-none-any.whl", "a-1.0-cp313-cp313-manylinux_2_28_x86_64.whl"]
        .map(|name| file("", None, name));
    let b = file("b-1.0rc1-py3-none-any.whl", None, "b-1.0rc1-py3-none-any.whl");
    let packages = vec![package("b", "1.0rc1", vec![b]), package("a", "1.0", files.to_vec())];
    let resolution = choose(shelf, packages).unwrap();
    assert_eq!(summary(&resolution), "a 1.0, b 1.0rc1");
    let wheel = resolution.packages[0].wheel.name.file_name();
    assert_eq!(wheel, "a-1.0-cp313-cp313-manylinux_2_28_x86_64.whl");
    assert_eq!(resolution.notes.len(), 1, "the yanked one is worth a word");

    // A file that the lock does not know is not taken, whatever it is called.
    let forged = file("a-1.0-py3-none-any.whl", None, "forged");
    assert!(choose(shelf, vec![package("a", "1.0", vec![forged])]).is_err());
}

#[test]
fn what_cannot_be_installed_from_a_wheel_is_an_error() {
    let url = "https://f.example/a-1.0.tar.gz";
    let only_source = vec![file("a-1.0.tar.gz", Some(url), "sdist")];
    let mut from_git = package("b", "1.0", Vec::new());
    from_git.source = Source::Vcs(Link::new("git+https://e.example/b"));
    let mut from_path = package("c", "1.0", Vec::new());
    from_path.source = Source::Path(LocalPath("packages/c".to_owned()));
    let errors: Vec<String> =
        [package("a", "1.0", only_source), from_git, from_path, package("d", "1.0", Vec::new())]
            .map(|package| choose("", vec![package]).unwrap_err().to_string() + "\n")
            .into();
    insta::assert_snapshot!(errors.join("\n"));
}

/// Which version would do is asked of the index when the lock's own files do not fit.
#[test]
fn what_would_do_instead_is_told() {
    let located = |name: &str, file_name: &str| {
        let url = format!("https://f.example/{file_name}");
        package(name, "1.0", vec![file(file_name, Some(&url), file_name)])
    };
    let shelf = "
        a 0.9
        a 1.0 sdist
        a 1.1 sdist
        a 1.2
        b 1.0 tag=cp313-cp313-win_amd64
        b 2.0 sdist
        c 1.0
        e 1.0
    ";
    let hashed = |name, hash| package(name, "1.0", vec![file("", None, hash)]);
    let errors: Vec<String> = [
        located("a", "a-1.0.tar.gz"),
        located("b", "b-1.0-cp313-cp313-win_amd64.whl"),
        located("c", "c-1.0.tar.gz"),
        located("offline", "offline-1.0.tar.gz"),
        hashed("a", "a-1.0.tar.gz"),
        hashed("e", "of another file"),
    ]
    .map(|package| choose(shelf, vec![package]).unwrap_err().to_string() + "\n")
    .into();
    insta::assert_snapshot!(errors.join("\n"));
}

/// A lock of one version for each of two markers can be wrong about both.
#[test]
fn two_versions_for_one_target_are_refused() {
    let a = |version| {
        let file_name = format!("a-{version}-py3-none-any.whl");
        package("a", version, vec![file(&file_name, None, &file_name)])
    };
    let error = choose("a 1.0\na 2.0", vec![a("1.0"), a("2.0")]).unwrap_err();
    insta::assert_snapshot!(error);
}

/// A package of the same name on another index is another package.
#[test]
fn only_hashes_let_another_index_answer() {
    let own = |files| LockedPackage {
        source: Source::Index { index: Some(Link::new("https://me:word@own.example/simple")) },
        ..package("a", "1.0", files)
    };
    let hashed = own(vec![file("", None, "a-1.0-py3-none-any.whl")]);
    assert_eq!(summary(&choose("a 1.0", vec![hashed]).unwrap()), "a 1.0");
    insta::assert_snapshot!(choose("a 1.0", vec![own(Vec::new())]).unwrap_err());

    let weak = LockedFile { hashes: ["md5:00".parse().unwrap()].into(), ..file("", None, "") };
    let error = choose("a 1.0", vec![package("a", "1.0", vec![weak])]).unwrap_err();
    assert!(error.to_string().contains("its hashes are not SHA-256"), "{error}");
    let error = choose("a 1.0", vec![package("a", "any", Vec::new())]).unwrap_err();
    assert!(error.to_string().contains("uv.lock:1 locks a to no version"), "{error}");
}

/// Nothing is looked for among all packages for each of them: where time grows with the square,
/// sixteen times as many take about 256 times as long.
#[test]
fn a_large_lock_takes_no_longer_for_each_package() {
    let packages = |count: usize| -> Vec<LockedPackage> {
        let package = |number: usize| {
            let file_name = format!("p{number}-1.0-py3-none-any.whl");
            let url = format!("https://f.example/{file_name}");
            package(&format!("p{number}"), "1.0", vec![file(&file_name, Some(&url), &file_name)])
        };
        (0..count).map(package).collect()
    };
    let time = |count| {
        let packages = packages(count);
        let start = std::time::Instant::now();
        assert_eq!(choose("", packages).unwrap().packages.len(), count);
        start.elapsed()
    };
    let small = (0..3).map(|_| time(500)).min().unwrap();
    let large = (0..3).map(|_| time(8000)).min().unwrap();
    assert!(large < small * 100, "500 packages in {small:?}, 8000 in {large:?}");
}
