//! Projects that are wrong, strange or large.

use std::fmt::Write as _;
use std::time::Instant;

use boxwright_plan::{Config, MemoryFiles, detect};

use crate::{FLASK, outcome};

const NEEDS: (&str, &str) = ("requirements.txt", "flask\ngunicorn\n");

#[test]
fn each_fault_has_its_message() {
    let huge = "x = 1\n".repeat(9_000_000);
    let deep = format!("app = {}", "(".repeat(100_000));
    let cases: &[(&str, crate::Files<'_>)] = &[
        (
            "a syntax error in the only candidate",
            &[NEEDS, ("app.py", "from flask import Flask\napp = Flask(\n")],
        ),
        ("Python 2", &[NEEDS, ("app.py", "print 'hello'\n")]),
        (
            "a syntax error beside an application",
            &[NEEDS, ("main.py", "def (:\n"), ("app.py", FLASK)],
        ),
        ("a source of 54 MB", &[NEEDS, ("app.py", &huge)]),
        ("nesting", &[NEEDS, ("app.py", &deep)]),
        ("a name of nothing", &[NEEDS, ("app.py", "app = app\n")]),
        ("names in a circle", &[NEEDS, ("app.py", "app = application\napplication = app\n")]),
        (
            "a factory that makes itself",
            &[NEEDS, ("app.py", "def create_app():\n    return create_app()\n")],
        ),
        ("a class that derives from itself", &[NEEDS, ("app.py", "class A(A): pass\napp = A()\n")]),
        ("an empty Procfile", &[NEEDS, ("app.py", FLASK), ("Procfile", "")]),
        ("a Procfile without a command", &[NEEDS, ("app.py", FLASK), ("Procfile", "web:\n")]),
        ("a broken requirement", &[("requirements.txt", "flask\n==1\n"), ("app.py", FLASK)]),
    ];
    insta::assert_snapshot!(
        cases
            .iter()
            .map(|(title, files)| format!("# {title}\n{}", outcome(files, "")))
            .collect::<Vec<_>>()
            .join("\n")
    );
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let files = MemoryFiles::from([
        ("app.py", b"from flask import Flask\n\xff\xfe\napp = Flask()\n".to_vec()),
        ("requirements.txt", b"flask\n".to_vec()),
    ]);
    let error = detect(&files, &Config::default()).unwrap_err().to_string();
    assert_eq!(error, "app.py:2: not UTF-8: save the file as UTF-8");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    struct Torn(MemoryFiles);
    impl boxwright_plan::ProjectFiles for Torn {
        fn paths(&self) -> &[String] {
            self.0.paths()
        }
        fn size(&self, path: &str) -> std::io::Result<u64> {
            self.0.size(path)
        }
        fn read(&self, path: &str) -> std::io::Result<std::borrow::Cow<'_, [u8]>> {
            if path == "app.py" {
                Err(std::io::ErrorKind::PermissionDenied.into())
            } else {
                self.0.read(path)
            }
        }
    }
    let files = Torn(MemoryFiles::from([("app.py", ""), ("requirements.txt", "flask\n")]));
    let error = detect(&files, &Config::default()).unwrap_err().to_string();
    assert_eq!(error, "app.py: cannot be read: permission denied");
}

/// Five thousand modules in packages that import each other: only those that may matter are read.
#[test]
fn a_large_project_is_read_in_part() {
    let mut files = vec![("requirements.txt".to_owned(), "flask\ngunicorn\n".to_owned())];
    for package in 0..50 {
        for module in 0..100 {
            let mut text =
                format!("from package_{}.module_{module} import function_0\n", (package + 1) % 50);
            for function in 0..40 {
                writeln!(text, "def function_{function}(argument):\n    return [argument, {{'key': argument + 1}}]\n").unwrap();
            }
            files.push((format!("package_{package}/module_{module}.py"), text));
        }
        files.push((format!("package_{package}/__init__.py"), String::new()));
    }
    files.push(("package_7/factory.py".to_owned(), FLASK.to_owned()));
    files.push(("package_7/wsgi.py".to_owned(), "from package_7.factory import app\n".to_owned()));
    let files: MemoryFiles = files.into_iter().collect();
    let start = Instant::now();
    let project = detect(&files, &Config::default()).unwrap();
    let taken = start.elapsed();
    assert_eq!(project.start.words().last().map(String::as_str), Some("package_7.wsgi:app"));
    assert!(taken.as_millis() < 200, "{taken:?}");
}
