//! Files that are large and awkward on purpose. A reader whose work grew with the square of their size
//! would not come to an end here, and one that recursed without bound would overflow the stack.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;

use boxwright_requirements::{
    Architecture, DependencyKey, Error, Libc, MemoryFiles, PythonVersion, ReadOptions,
    RequirementSet, Target, canonical_text, explain, read,
};

const TARGET: Target = Target {
    python: PythonVersion { major: 3, minor: 13, patch: 5 },
    architecture: Architecture::Amd64,
    libc: Libc::Glibc { major: 2, minor: 41 },
};

const MANY: usize = 50_000;

/// As many texts as there are numbers, in a row.
fn many(text: impl Fn(usize) -> String) -> String {
    (0..MANY).map(text).collect::<Vec<_>>().concat()
}

/// Reads, and where that succeeds does all that is done with a set.
fn exercise(path: &str, text: String) -> Result<RequirementSet, Error> {
    let files = MemoryFiles::new().with(path, text);
    let options =
        ReadOptions { environment: [("A".into(), "b".into())].into(), ..ReadOptions::default() };
    let set = read(path, &files, &options)?;
    let key = DependencyKey::of(&set, &TARGET);
    assert!(explain(&key, &key.clone()).is_hit());
    canonical_text(&set, &TARGET);
    Ok(set)
}

#[test]
fn requirements_files() {
    let marker =
        format!("a ; os_name == 'x'{}", " and os_name == 'posix' or os_name == 'y'".repeat(MANY));
    assert_eq!(exercise("requirements.txt", marker).unwrap().requirements.len(), 1);
    let versions: Vec<_> = (0..MANY).map(|n| format!(">={n}")).collect();
    assert!(exercise("requirements.txt", format!("a{}", versions.join(","))).is_ok());
    let extras: Vec<_> = (0..MANY).map(|n| format!("e{n}")).collect();
    assert!(exercise("requirements.txt", format!("a[{}]", extras.join(","))).is_ok());
    assert!(exercise("requirements.txt", "a==1\n".repeat(MANY)).is_ok());
    let versions = many(|n| format!("a=={n}\n"));
    assert!(exercise("requirements.txt", versions).is_ok());
    assert!(
        exercise("requirements.txt", format!("a {}", "--hash=sha256:aa ".repeat(MANY))).is_ok()
    );
    assert!(exercise("requirements.txt", format!("a\\\n{}", "\\\n".repeat(MANY))).is_ok());
    for text in [
        "(", "${A}", "${", "#", " #", "[", "\"", "\\", "--", "- ", ";", "@", "://", "#egg=",
        "a ; (",
    ] {
        let _ = exercise("requirements.txt", format!("a{}", text.repeat(MANY)));
        let _ = exercise("requirements.txt", text.repeat(MANY));
    }
}

#[test]
fn files_that_include_each_other_without_end() {
    let mut files = MemoryFiles::new();
    for n in 0..64 {
        let next = format!("-r r{}.txt\n-r r{}.txt\n", n + 1, n + 1);
        files = files.with(format!("r{n}.txt"), next);
    }
    let read = |name| read(name, &files, &ReadOptions::default()).unwrap_err();
    let read_as = boxwright_requirements::read_as;
    assert!(matches!(read("r0.txt"), Error::UnknownKind { .. }));
    let kind = boxwright_requirements::SourceKind::Requirements;
    let files = files.with("r64.txt", "a\n");
    let error = read_as(kind, "r0.txt", &files, &ReadOptions::default()).unwrap_err();
    assert!(matches!(error, Error::TooManyIncludes { .. }), "{error}");
}

#[test]
fn toml() {
    for path in ["uv.lock", "pyproject.toml"] {
        for text in [
            "[",
            "{a=",
            "[a.",
            "a.",
            "[[a]]\n",
            "[a]\n",
            "'",
            "\"",
            "a=[",
            "a=1\n",
            "[a.b]\n[a.c]\n",
        ] {
            let _ = exercise(path, text.repeat(MANY));
        }
        let _ = exercise(path, format!("[{}a]\n", "a.".repeat(MANY)));
        let _ = exercise(path, format!("{}a = 1\n", "a.".repeat(MANY)));
        let _ = exercise(path, format!("a = {{ {}a = 1 }}\n", "a.".repeat(MANY)));
        let keys = many(|n| format!("k{n} = 1\n"));
        let _ = exercise(path, keys);
    }
}

#[test]
fn locks() {
    // Every package depends on every package of the same name.
    let mut uv = "version = 1\n".to_owned();
    let mut pdm = "[metadata]\nlock_version = '4.5'\n".to_owned();
    for n in 0..2000 {
        writeln!(uv, "[[package]]\nname = 'a'\nversion = '{n}'\nsource = {{ registry = 'r' }}\ndependencies = [{{ name = 'a' }}]").unwrap();
        writeln!(pdm, "[[package]]\nname = 'a'\nversion = '{n}'\ndependencies = ['a']").unwrap();
    }
    assert!(exercise("uv.lock", uv).is_err());
    assert!(exercise("pdm.lock", pdm).is_err());
    // A chain as long as the lock: walking it must not recurse.
    let mut chain = "version = 1\n[[package]]\nname = 'p'\nsource = { virtual = '.' }\ndependencies = [{ name = 'a0' }]\n".to_owned();
    for n in 0..MANY {
        let next = (n + 1) % MANY;
        writeln!(chain, "[[package]]\nname = 'a{n}'\nversion = '1'\nsource = {{ registry = 'r' }}\ndependencies = [{{ name = 'a{next}' }}]").unwrap();
    }
    let set = exercise("uv.lock", chain).unwrap();
    assert_eq!(set.pins_for(&TARGET).unwrap().len(), MANY);
    let files: Vec<_> =
        (0..MANY).map(|n| format!("{{file = 'f{n}', hash = 'sha256:{n}'}}")).collect();
    let poetry = format!(
        "[[package]]\nname = 'a'\nversion = '1'\ngroups = ['main']\nfiles = [{}]\n[metadata]\nlock-version = '2.1'\n",
        files.join(", ")
    );
    assert!(exercise("poetry.lock", poetry).is_ok());
    assert!(exercise("Pipfile.lock", "[".repeat(MANY)).is_err());
    assert!(exercise("Pipfile.lock", "{\"a\":".repeat(MANY)).is_err());
}

#[test]
fn manifests() {
    let groups = many(|n| format!("g{n} = [{{ include-group = 'g{}' }}]\n", n + 1));
    let chain = format!("[dependency-groups]\n{groups}");
    let all: Vec<_> = (0..MANY).map(|n| format!("{{ include-group = 'x{n}' }}")).collect();
    let empty = many(|n| format!("x{n} = []\n"));
    let wide = format!("[dependency-groups]\ng0 = [{}]\n{empty}", all.join(", "));
    let options = ReadOptions { groups: vec!["g0".into()], ..ReadOptions::default() };
    let read = |text: String| {
        read("pyproject.toml", &MemoryFiles::new().with("pyproject.toml", text), &options)
    };
    assert!(read(chain).is_err());
    assert!(read(wide).is_ok());
    let choice = vec!["^1"; MANY].join(" || ");
    assert!(
        exercise("pyproject.toml", format!("[tool.poetry.dependencies]\na = '{choice}'\n")).is_ok()
    );
    let lines = many(|n| format!("    a{n}\n"));
    assert!(exercise("setup.cfg", format!("[options]\ninstall_requires =\n{lines}")).is_ok());
    assert!(exercise("setup.cfg", "[options]\n".repeat(MANY)).is_ok());
}
