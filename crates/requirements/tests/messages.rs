//! What people read: explanations, warnings, errors, and the saved form.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;

use boxwright_requirements::{
    Architecture, DependencyKey, IndexFact, Libc, MemoryFiles, Origin, PackageName, PythonVersion,
    ReadOptions, SavedKey, Target, Warning, disagreements, explain, read,
};

const TARGET: Target = Target {
    python: PythonVersion { major: 3, minor: 13, patch: 5 },
    architecture: Architecture::Amd64,
    libc: Libc::Glibc { major: 2, minor: 41 },
};

fn key(text: &str) -> DependencyKey {
    let files = MemoryFiles::new().with("requirements.txt", text);
    DependencyKey::of(&read("requirements.txt", &files, &ReadOptions::default()).unwrap(), &TARGET)
}

#[test]
fn explanations() {
    let old = "flask==3.0.0\nurllib3==2.2.1\nsix==1.16.0\ncelery[redis]==5.4\nidna>=3\ntool @ git+https://h/tool@v1\nh==1 --hash=sha256:aa\n./lib.tar.gz\n";
    let cases = [
        old.replace("2.2.1", "2.3.0"),
        old.replace("six==1.16.0\n", ""),
        format!("{old}jinja2==3.1.4\n"),
        old.replace("[redis]", "[sqs,redis]"),
        old.replace(">=3", ">=3,<4"),
        old.replace("@v1", "@v2"),
        old.replace("sha256:aa", "sha256:bb --hash=sha256:cc"),
        old.replace("./lib.tar.gz", "-e git+https://h/lib#egg=lib"),
        format!("-i https://u:p@own.example/simple\n--pre\n{old}"),
        old.replace("six==1.16.0", "six==1.16.0 --config-settings a=b"),
        format!("# comment\n{old}"),
    ];
    let mut text = String::new();
    for new in cases {
        writeln!(text, "{}", explain(&key(old), &key(&new))).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn warnings() {
    let files = MemoryFiles::new()
        .with("requirements.txt", "- flask\nflask --pre\nsix==1.16 --hash=sha256:aa ; python_version > '3'\nidna>=3\n-e git+https://me:word@h/r@main#egg=r ; python_version > '3'\n-i https://me:word@h/simple -f a -f b\n-r more.txt -r other.txt\nx==1 ; platform_release > '5'\ny==1 ; extra == 'z'\nsix==1.17\ngone-1.0.tar.gz\n--hash=sha256:aa\n")
        .with("more.txt", "-c limits.txt\n")
        .with("limits.txt", "certifi[x]<2025\n");
    let set = read("requirements.txt", &files, &ReadOptions::default()).unwrap();
    let mut text = String::new();
    for warning in &set.warnings {
        writeln!(text, "{warning}").unwrap();
    }
    let name = PackageName::new("six").unwrap();
    let version = "1.16.0".parse().unwrap();
    for fact in
        [IndexFact::Yanked(None), IndexFact::Yanked(Some("broken".into())), IndexFact::NoWheel]
    {
        let origin = Origin::new("requirements.txt", 3);
        writeln!(text, "{}", Warning::from_index(&name, &version, origin, &fact)).unwrap();
    }
    assert!(!text.contains("word"), "a password is shown");
    insta::assert_snapshot!(text);
}

#[test]
fn sources_that_disagree() {
    let files = MemoryFiles::new()
        .with("pyproject.toml", "[project]\nname = 'a'\ndependencies = [\n'flask>=3',\n'six',\n'gone==1',\n'win; sys_platform == \"win32\"',\n]\n")
        .with("requirements.txt", "flask==2.3\nsix==1.16\n");
    let options = ReadOptions::default();
    let manifest = read("pyproject.toml", &files, &options).unwrap();
    let pinned = read("requirements.txt", &files, &options).unwrap();
    let found: Vec<_> =
        disagreements(&manifest, &pinned, &TARGET).iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn errors_name_file_line_and_way_out() {
    let cases = [
        ("requirements.txt", "\nflask=1.0\n"),
        ("requirements.txt", "flask==0.21.1.\n"),
        ("requirements.txt", "flask\n\tsix\\ \n"),
        ("requirements.txt", "a==1; python_version<3.8\n"),
        ("requirements.txt", "--allow-external x\n"),
        ("requirements.txt", "-q\n"),
        ("requirements.txt", "a --hash=md5:00\n"),
        ("requirements.txt", "-r missing.txt\n"),
        ("requirements.txt", "-r requirements.txt\n"),
        ("requirements.txt", "-r https://me:word@h/r.txt\n"),
        ("requirements.txt", "-r ../common.txt\n"),
        ("requirements.txt", "-e ../kombu\n"),
        ("requirements.txt", "-e git+https://me:word@h/r\n"),
        ("requirements.txt", "a = https://me:word@h/r\n"),
        ("requirements.txt", "-e nowhere\n"),
        ("requirements.txt", "./\n"),
        ("requirements.txt", "https://h/foo.whl\n"),
        ("requirements.txt", "PK\u{3}\u{4}\0\0"),
        ("requirements.txt", "f\0l\0a\0s\0k\0"),
        ("requirements.txt", "# coding: nope\n"),
        ("missing/requirements.txt", ""),
        ("setup.py", ""),
        ("README.md", ""),
        ("pyproject.toml", "[project\n"),
        ("pyproject.toml", "[build-system]\n"),
        ("pyproject.toml", "[project]\nname = 'a'\ndependencies = 'flask'\n"),
        ("pyproject.toml", "[project]\nname = 'a'\ndependencies = ['flask=1']\n"),
        ("pyproject.toml", "[project]\nname = 'a'\ndynamic = ['dependencies']\n"),
        ("pyproject.toml", "[tool.poetry.dependencies]\na = 'latest'\n"),
        ("uv.lock", "version = 2\n"),
        (
            "uv.lock",
            "version = 1\n[[package]]\nname = 'a'\nsource = { registry = 'x' }\ndependencies = [{ name = 'b' }]\n",
        ),
        ("poetry.lock", "[metadata]\nlock-version = '2.0'\n"),
        ("pdm.lock", "[metadata]\nlock_version = '3'\n"),
        ("pylock.toml", "lock-version = '2.0'\n"),
        ("Pipfile.lock", "{\n"),
        ("setup.cfg", "[options\n"),
        ("setup.cfg", "[metadata]\n"),
    ];
    let mut text = String::new();
    for (path, content) in cases {
        let files = MemoryFiles::new().with(path.trim_start_matches("missing/"), content);
        let error = read(path, &files, &ReadOptions::default()).unwrap_err();
        writeln!(text, "{error}").unwrap();
    }
    assert!(!text.contains("word"), "a password is shown");
    insta::assert_snapshot!(text);
}

#[test]
fn the_saved_form() {
    let files = MemoryFiles::new().with(
        "requirements.txt",
        "-i https://me:word@own.example/simple\nFlask[async]>=3,<4 ; python_version > '3'\nwin ; sys_platform == 'win32'\ntool @ git+https://h/tool@v1#subdirectory=x\nsix==1.16.0 --hash=sha256:aa\n-e .\n",
    )
    .with("pyproject.toml", "[project]\nname = 'a'\ndependencies = []\n");
    let set = read("requirements.txt", &files, &ReadOptions::default()).unwrap();
    let json = serde_json::to_string_pretty(&SavedKey::of(&set, &TARGET, Some(1))).unwrap();
    assert!(!json.contains("word"), "a password is saved");
    insta::assert_snapshot!(json);
}
