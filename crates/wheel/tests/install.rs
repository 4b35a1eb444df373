//! A good wheel: what is installed, where, and how.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod wheels;

use boxwright_digest::Digest;
use boxwright_image::{LayerPath, NodeKind, Tree};
use boxwright_requirements::PythonVersion;
use boxwright_wheel::{DirectUrl, InstallOptions, Wheel, venv_skeleton};
use wheels::{completed, entry, name, open, raw_zip, zipped};

const PYTHON: PythonVersion = PythonVersion { major: 3, minor: 13, patch: 5 };

const ENTRY_POINTS: &str = "# commands
[console_scripts]
demo = demo_pkg.cli:main
demo-run=demo_pkg.cli:App.run [fast]

[gui_scripts]
demo-window = demo_pkg.window:show

[pytest11]
not a command at all
";

fn demo() -> Vec<wheels::Entry> {
    completed(vec![
        entry("demo_pkg/__init__.py", ""),
        entry("demo_pkg/cli.py", "def main(): ...\n"),
        entry("demo_pkg/tests/test_cli.py", "assert True\n"),
        entry("demo_pkg/tool", "#!/bin/sh\n").with_mode(0o100_654),
        entry("demo_pkg/odd \"name\", é.txt", "odd\n"),
        entry("empty/", "").with_mode(0o040_755),
        entry("demo_pkg-1.0.data/scripts/old-style", "#!python -u\nprint('hi')\n"),
        entry("demo_pkg-1.0.data/scripts/shell", "#!/bin/sh\n"),
        entry("demo_pkg-1.0.data/scripts/demo", "#!python\nsuperseded\n"),
        entry("demo_pkg-1.0.data/headers/demo.h", "/* */\n"),
        entry("demo_pkg-1.0.data/data/share/man/man1/demo.1", ".TH DEMO\n"),
        entry("demo_pkg-1.0.data/purelib/pure.py", "\n"),
        entry("demo_pkg-1.0.data/platlib/plat.py", "\n"),
        entry("demo_pkg-1.0.dist-info/entry_points.txt", ENTRY_POINTS),
        entry("demo_pkg-1.0.dist-info/INSTALLER", "someone else\n"),
    ])
}

fn options() -> InstallOptions {
    InstallOptions::new(LayerPath::new("opt/venv").unwrap(), PYTHON)
}

fn listing(tree: &Tree) -> String {
    let line = |(path, node): (&LayerPath, &boxwright_image::Node)| {
        let contents = match &node.kind {
            NodeKind::Directory => "/".to_owned(),
            NodeKind::Symlink(target) => format!(" -> {}", target.escape_ascii()),
            NodeKind::File(contents) => format!(" {}", Digest::of(contents).short()),
        };
        format!("{:o} {}:{} {path}{contents}\n", node.mode, node.uid, node.gid)
    };
    tree.iter().map(line).collect()
}

fn contents(tree: &Tree, path: &str) -> String {
    let node = tree.get(&LayerPath::new(path).unwrap()).unwrap();
    let NodeKind::File(contents) = &node.kind else { panic!("{path} is no file") };
    String::from_utf8(contents.to_vec()).unwrap()
}

#[test]
fn every_file_goes_to_its_place() {
    let tree = open(&zipped(&demo())).unwrap().install(&options()).unwrap();
    insta::assert_snapshot!(listing(&tree));
    let record =
        contents(&tree, "opt/venv/lib/python3.13/site-packages/demo_pkg-1.0.dist-info/RECORD");
    insta::assert_snapshot!("record", record);
    for script in ["demo", "demo-run", "demo-window", "old-style", "shell"] {
        insta::assert_snapshot!(
            format!("script-{script}"),
            contents(&tree, &format!("opt/venv/bin/{script}"))
        );
    }
}

/// One byte of drift would give every layer of every user a new digest.
#[test]
fn the_installed_bytes_do_not_drift() {
    let tree = open(&zipped(&demo())).unwrap().install(&options()).unwrap();
    let digest = Digest::of(listing(&tree));
    assert_eq!(
        digest.to_string(),
        "sha256:f06091bd0151d8c627e21d04d0cd0e29753f77ef3723b712474e94e31e2841ac"
    );
    // Neither the order of the archive nor its compression leaves a trace.
    let mut entries = demo();
    entries.reverse();
    assert_eq!(open(&raw_zip(&entries)).unwrap().install(&options()).unwrap(), tree);
}

#[test]
fn what_somebody_asked_for_is_recorded() {
    let wheel = open(&zipped(&demo())).unwrap();
    let url = "https://e.example/demo.whl".to_owned();
    let direct_url = Some(DirectUrl { url, sha256: Some(Digest::of("x")) });
    let tree = wheel.install(&InstallOptions { requested: true, direct_url, ..options() }).unwrap();
    let dist_info = "opt/venv/lib/python3.13/site-packages/demo_pkg-1.0.dist-info";
    assert_eq!(contents(&tree, &format!("{dist_info}/REQUESTED")), "");
    assert_eq!(contents(&tree, &format!("{dist_info}/INSTALLER")), "boxwright\n");
    insta::assert_snapshot!("direct-url", contents(&tree, &format!("{dist_info}/direct_url.json")));
    let record = contents(&tree, &format!("{dist_info}/RECORD"));
    for file in ["REQUESTED", "INSTALLER", "direct_url.json"] {
        assert!(record.contains(&format!("demo_pkg-1.0.dist-info/{file},sha256=")), "{record}");
    }
}

#[test]
fn an_interpreter_that_the_kernel_cannot_start_is_refused() {
    let wheel = open(&zipped(&demo())).unwrap();
    for interpreter in ["/opt/my venv/bin/python".to_owned(), format!("/{}", "a".repeat(126))] {
        assert!(wheel.install(&InstallOptions { interpreter, ..options() }).is_err());
    }
    let interpreter = format!("/{}", "a".repeat(124));
    assert!(wheel.install(&InstallOptions { interpreter, ..options() }).is_ok());
}

#[test]
fn a_wheel_tells_what_it_is() {
    let bytes = zipped(&demo());
    let wheel = open(&bytes).unwrap();
    assert!(wheel.is_purelib());
    assert_eq!(wheel.metadata(), wheels::METADATA.as_bytes());
    let commands: Vec<&str> = wheel.entry_points().iter().map(|it| it.name.as_str()).collect();
    assert_eq!(commands, ["demo", "demo-run", "demo-window"]);
    assert_eq!(wheel.files().count(), demo().len() - 1, "the empty directory is none of them");

    let metadata = Wheel::read_metadata(std::io::Cursor::new(&bytes), &name()).unwrap();
    assert_eq!(metadata, wheels::METADATA.as_bytes());
}

/// What is not compressed is not copied either.
#[test]
fn stored_files_share_the_archives_bytes() {
    let bytes = raw_zip(&demo());
    let range = bytes.as_ptr_range();
    for (path, file) in open(&bytes).unwrap().files() {
        let is_shared = file.contents.is_empty() || range.contains(&file.contents.as_ptr());
        assert!(is_shared, "{path}");
    }
}

#[test]
fn an_environment_without_packages_is_as_cpython_makes_it() {
    let tree = venv_skeleton(PYTHON, &LayerPath::new("opt/venv").unwrap()).unwrap();
    insta::assert_snapshot!("skeleton", listing(&tree));
    insta::assert_snapshot!("pyvenv.cfg", contents(&tree, "opt/venv/pyvenv.cfg"));
    // Wheels go into it without a clash.
    let mut tree = tree;
    tree.merge(open(&zipped(&demo())).unwrap().install(&options()).unwrap()).unwrap();
}
