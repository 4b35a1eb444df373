//! Scanning real directories, among them hostile and restless ones.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use boxwright_context::{
    Context, Dialect, EntryKind, IgnoreFile, Matcher, ReadError, ScanError, ScanOptions, Snapshot,
    SpecialKind, Warning,
};
use boxwright_digest::Digest;

fn scan(root: &Path) -> Snapshot {
    Context::scan(root, &ScanOptions::default()).unwrap()
}

fn ignoring(patterns: &str) -> ScanOptions {
    let ignore = IgnoreFile::parse(patterns, ".dockerignore").unwrap();
    ScanOptions { ignore: Matcher::new(&ignore, Dialect::Current).unwrap(), stat_cache: None }
}

fn paths(snapshot: &Snapshot) -> Vec<String> {
    snapshot.entries().iter().map(|entry| entry.path.to_string()).collect()
}

fn write(root: &Path, path: &str, contents: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
}

#[test]
fn entries_come_in_byte_order_with_normalised_modes() {
    let root = tempfile::tempdir().unwrap();
    for path in ["b", "a/x", "a-b", "a.py", "é", "a/y/z"] {
        write(root.path(), path, path);
    }
    fs::create_dir(root.path().join("empty")).unwrap();
    fs::set_permissions(root.path().join("b"), fs::Permissions::from_mode(0o4710)).unwrap();
    fs::set_permissions(root.path().join("a.py"), fs::Permissions::from_mode(0o400)).unwrap();
    fs::hard_link(root.path().join("b"), root.path().join("hard")).unwrap();
    fs::File::create(root.path().join("sparse")).unwrap().set_len(1 << 20).unwrap();
    let snapshot = scan(root.path());
    assert_eq!(
        paths(&snapshot),
        ["a", "a-b", "a.py", "a/x", "a/y", "a/y/z", "b", "empty", "hard", "sparse", "é"]
    );
    let file = |path: &str| snapshot.get(path).unwrap().kind.clone();
    let b = EntryKind::File { size: 1, digest: Digest::of("b"), executable: true };
    assert_eq!((file("b"), file("hard")), (b.clone(), b));
    assert!(matches!(file("a.py"), EntryKind::File { executable: false, size: 4, .. }));
    let zeroes = Digest::of(vec![0; 1 << 20]);
    assert_eq!(
        file("sparse"),
        EntryKind::File { size: 1 << 20, digest: zeroes, executable: false }
    );
    assert_eq!(file("empty"), EntryKind::Directory);
    assert_eq!(snapshot.content_bytes(), 1 + 1 + (1 << 20) + 3 + 3 + 4 + 5 + 2);
}

#[test]
fn links_are_kept_and_never_followed() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "d/f", "x");
    for (at, target) in [
        ("in", "d/f"),
        ("dir", "d"),
        ("loop", "loop"),
        ("d/up", ".."),
        ("out", "../x"),
        ("abs", "/etc"),
    ] {
        symlink(target, root.path().join(at)).unwrap();
    }
    let snapshot = scan(root.path());
    assert_eq!(paths(&snapshot), ["abs", "d", "d/f", "d/up", "dir", "in", "loop", "out"]);
    let target = |path: &str| match &snapshot.get(path).unwrap().kind {
        EntryKind::Symlink { target } => String::from_utf8(target.to_vec()).unwrap(),
        other => panic!("{path} is {other:?}"),
    };
    assert_eq!((target("loop"), target("d/up")), ("loop".into(), "..".into()));
    let outside: Vec<_> = snapshot.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(outside.len(), 2, "{outside:?}");
    assert!(outside[0].contains("`abs`") && outside[1].contains("`../x`"), "{outside:?}");
}

#[test]
fn what_is_no_file_is_reported_and_left_out() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "f", "");
    assert!(Command::new("mkfifo").arg(root.path().join("pipe")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(root.path().join("socket")).unwrap();
    let snapshot = scan(root.path());
    assert_eq!(paths(&snapshot), ["f"]);
    let special = |path: &str, kind| Warning::Special {
        path: boxwright_context::RelPath::new(path).unwrap(),
        kind,
    };
    assert_eq!(snapshot.warnings().len(), 2);
    assert!(snapshot.warnings().contains(&special("pipe", SpecialKind::Fifo)));
    assert!(snapshot.warnings().contains(&special("socket", SpecialKind::Socket)));
    let ignored = Context::scan(root.path(), &ignoring("pipe\nsocket\n")).unwrap();
    assert_eq!(ignored.warnings(), []);
}

#[test]
fn names_may_hold_any_byte() {
    let root = tempfile::tempdir().unwrap();
    let names: [&[u8]; 4] = [b"caf\xe9", b"new\nline", b" lead", b"back\\slash"];
    for name in names {
        fs::write(root.path().join(OsStr::from_bytes(name)), name).unwrap();
    }
    let snapshot = scan(root.path());
    assert_eq!(snapshot.entries().len(), 4);
    for name in names {
        assert_eq!(snapshot.read(name).unwrap(), name);
    }
    assert_eq!(paths(&snapshot), [" lead", "back\\slash", "caf\\xe9", "new\\nline"]);
    // `?` stands for any character, a stray byte and a newline among them.
    let left = Context::scan(root.path(), &ignoring("caf?\nnew?line\nback\\\\slash\n")).unwrap();
    assert_eq!(paths(&left), [" lead"]);
}

/// Something that happens to a file.
type Change<'a> = &'a dyn Fn(&Path);

#[test]
fn a_file_that_changed_after_the_scan_is_never_read_as_what_it_was() {
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("same"), "before").unwrap();
    let changes: [(&str, Change<'_>); 7] = [
        ("other contents", &|path| fs::write(path, "after!").unwrap()),
        ("shorter", &|path| fs::write(path, "befor").unwrap()),
        ("longer", &|path| fs::write(path, "before and after").unwrap()),
        ("gone", &|path| fs::remove_file(path).unwrap()),
        ("a link, though to the same contents", &|path| {
            fs::remove_file(path).unwrap();
            symlink(other.path().join("same"), path).unwrap();
        }),
        ("a directory", &|path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
        ("a pipe", &|path| {
            fs::remove_file(path).unwrap();
            assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
        }),
    ];
    for (what, change) in changes {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "f", "before");
        let snapshot = scan(root.path());
        assert_eq!(snapshot.read("f").unwrap(), b"before");
        change(&root.path().join("f"));
        let error = snapshot.read("f").unwrap_err();
        assert!(
            matches!(error, ReadError::Changed { .. } | ReadError::Io { .. }),
            "{what}: {error}"
        );
        let tar = snapshot.write_tar(std::io::sink(), &boxwright_context::TarOptions::default());
        assert!(tar.unwrap_err().to_string().contains("`f`"), "{what}");
    }
}

#[test]
fn a_file_that_grows_is_read_as_it_was_at_one_moment_or_refused() {
    let root = tempfile::tempdir().unwrap();
    let log = root.path().join("log");
    let line = |number: u32| format!("{number:09}\n");
    fs::write(&log, line(0).repeat(100)).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let mut file = fs::OpenOptions::new().append(true).open(&log).unwrap();
            for number in 1..2_000_000 {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                file.write_all(line(number).as_bytes()).unwrap();
            }
        });
        for _ in 0..60 {
            match Context::scan(root.path(), &ScanOptions::default()) {
                Ok(snapshot) => {
                    let EntryKind::File { size, digest, .. } = snapshot.get("log").unwrap().kind
                    else {
                        panic!("no file")
                    };
                    let now = fs::read(&log).unwrap();
                    assert_eq!(digest, Digest::of(&now[..usize::try_from(size).unwrap()]));
                }
                Err(ScanError::Changing { path }) => assert_eq!(path.as_bytes(), b"log"),
                Err(error) => panic!("{error}"),
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn directories_that_vanish_are_left_out_with_a_warning() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "stays", "x");
    let stop = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let directory = root.path().join("goes");
            while !stop.load(Ordering::Relaxed) {
                for index in 0..20 {
                    write(&directory, &format!("{index}/f"), "x");
                }
                fs::remove_dir_all(&directory).unwrap();
            }
        });
        for _ in 0..150 {
            let snapshot = scan(root.path());
            assert!(snapshot.contains("stays"));
            // Whatever it caught, nothing stands in a directory that is not there.
            for entry in snapshot.entries() {
                assert!(
                    entry.path.parent().is_none_or(|parent| snapshot.contains(parent)),
                    "{entry:?}"
                );
            }
            assert!(snapshot.warnings().iter().all(|w| matches!(w, Warning::Vanished { .. })));
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn what_may_not_be_read_is_an_error_unless_it_is_left_out() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "d/f", "x");
    write(root.path(), "secret", "x");
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let lock = |path: &str, mode| {
        fs::set_permissions(root.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    as_nobody(
        |may_read_all| {
            if may_read_all {
                assert_eq!(paths(&scan(root.path())), ["d", "d/f", "secret"]);
                return;
            }
            let error = Context::scan(root.path(), &ScanOptions::default()).unwrap_err();
            assert_eq!(
                error.to_string(),
                "cannot list `d`; make it readable, or name it in the ignore file"
            );
            let error = Context::scan(root.path(), &ignoring("d")).unwrap_err();
            assert!(error.to_string().starts_with("cannot read `secret`;"), "{error}");
            for ignore in ["d\nsecret", "d\nsecret\n!d/x/*y"] {
                assert_eq!(paths(&Context::scan(root.path(), &ignoring(ignore)).unwrap()), [""; 0]);
            }
        },
        || {
            lock("d", 0);
            lock("secret", 0);
        },
    );
    lock("d", 0o755);
}

/// Runs a test after `lock` as a user whom permissions bind: a thread of root's may become one.
/// The test is told when that is impossible, and so everything can be read.
fn as_nobody(test: impl FnOnce(bool) + Send, lock: impl FnOnce()) {
    lock();
    let root = rustix::process::geteuid().is_root();
    std::thread::scope(|threads| {
        let run = || {
            let nobody = rustix::process::Uid::from_raw(65_534);
            let bound = !root || rustix::thread::set_thread_res_uid(nobody, nobody, nobody).is_ok();
            test(!bound);
        };
        threads.spawn(run).join().unwrap();
    });
}

#[test]
fn a_root_that_is_none_is_named() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "f", "x");
    for path in [root.path().join("f"), root.path().join("missing")] {
        let error = Context::scan(&path, &ScanOptions::default()).unwrap_err();
        assert!(matches!(&error, ScanError::Root { path: named, .. } if *named == path), "{error}");
    }
    let link = root.path().join("link");
    symlink(".", &link).unwrap();
    assert_eq!(paths(&scan(&link)), ["f", "link"], "the root may be a link");
}

#[test]
fn the_digest_is_of_what_counts() {
    let make = |order: &[&str]| {
        let root = tempfile::tempdir().unwrap();
        for path in order {
            write(root.path(), path, path);
        }
        root
    };
    let (first, second) = (make(&["a/x", "b", "c"]), make(&["c", "b", "a/x"]));
    let digest = |root: &tempfile::TempDir| scan(root.path()).digest();
    let old = digest(&first);
    assert_eq!(old, digest(&second));
    // Pinned, since caches on other machines know contexts by it.
    assert_eq!(old.hex(), "e53c92bd6b677276856767e155d3cfb93e1892a2d94cebe5bb0a011d94a302b1");
    let mode = |root: &tempfile::TempDir, mode| {
        fs::set_permissions(root.path().join("b"), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&first, 0o600);
    assert_eq!(digest(&first), old, "who may read a file is normalised");
    mode(&first, 0o611);
    assert_ne!(digest(&first), old, "whether it can be run is not");
    mode(&first, 0o644);
    fs::rename(first.path().join("c"), first.path().join("d")).unwrap();
    assert_ne!(digest(&first), old);
    fs::rename(first.path().join("d"), first.path().join("c")).unwrap();
    assert_eq!(digest(&first), old);
    fs::create_dir(first.path().join("e")).unwrap();
    assert_ne!(digest(&first), old);
}

#[test]
fn parts_of_a_snapshot() {
    let root = tempfile::tempdir().unwrap();
    for path in ["src/app/x.py", "src/y.py", "src-old/z.py", "README.md"] {
        write(root.path(), path, path);
    }
    let whole = scan(root.path());
    let memory = Snapshot::in_memory(
        ["src/app/x.py", "src/y.py", "src-old/z.py", "README.md"].map(|path| (path, path)),
    )
    .unwrap();
    assert_eq!(whole.digest(), memory.digest());
    for snapshot in [&whole, &memory] {
        let part = snapshot.subset("src").unwrap();
        assert_eq!(paths(&part), ["app", "app/x.py", "y.py"]);
        assert_eq!(part.read("app/x.py").unwrap(), b"src/app/x.py");
        assert!(snapshot.subset("sr").is_none() && snapshot.subset("README.md").is_none());
        assert_eq!(snapshot.below("src").len(), 3);
        let python = snapshot.filter(|entry| entry.path.as_bytes().ends_with(b"x.py"));
        assert_eq!(paths(&python), ["src", "src/app", "src/app/x.py"]);
        assert!(matches!(snapshot.read("src"), Err(ReadError::NoFile { .. })));
    }
    assert!(Snapshot::in_memory([("a", ""), ("a/b", "")]).is_err());
    assert!(Snapshot::in_memory([("a/b", ""), ("a", "")]).is_err());
}
