//! The table: for each lock, edits that must not change the key, and edits that must.

use boxwright_requirements::{Architecture, Libc, PythonVersion, ReadOptions, Target};

use crate::project::{Project, TARGET};

/// An edit: what is replaced in the source, wherever it stands, and by what.
type Edit = (&'static str, &'static str);

/// A project, the edits that must leave its key alone, and those that must change it.
struct Rows {
    project: &'static str,
    hit: &'static [Edit],
    miss: &'static [Edit],
}

const ROWS: &[Rows] = &[
    Rows {
        project: "uv/uv.lock",
        hit: &[
            ("revision = 5", "revision = 6"),
            ("version = 1\n", "# by hand\nversion = 1\n"),
            ("\n", "\r\n"),
            (">=3.11, <4", ">=3.12"),
            ("\"sample\"", "\"renamed\""),
            ("version = \"0.1.0\"", "version = \"0.2.0\""),
            ("name = \"pluggy\"\nversion = \"1.5.0\"", "name = \"pluggy\"\nversion = \"1.6.0\""),
            ("name = \"blinker\"\nversion = \"1.8.2\"", "name = \"blinker\"\nversion = \"1.9.0\""),
            ("name = \"tzdata\"\nversion = \"2024.1\"", "name = \"tzdata\"\nversion = \"2025.1\""),
            (
                "{ name = \"anyio\" },\n    { name = \"certifi\" }",
                "{ name = \"certifi\" },\n    { name = \"anyio\" }",
            ),
            ("python_full_version < '3.15'", "python_full_version < '3.14'"),
            ("https://pypi.org/simple", "https://me:secret@pypi.org/simple"),
            ("https://pypi.org/simple", "https://PyPI.org/simple/"),
            ("specifier = \">=2.2\"", "specifier = \">=2.1\""),
        ],
        miss: &[
            (
                "name = \"itsdangerous\"\nversion = \"2.2.0\"",
                "name = \"itsdangerous\"\nversion = \"2.2.1\"",
            ),
            ("name = \"h11\"\nversion = \"0.16.0\"", "name = \"h11\"\nversion = \"0.16.1\""),
            ("{ name = \"httpx\", extra = [\"socks\"] }", "{ name = \"httpx\" }"),
            (
                "{ name = \"tzdata\", marker = \"sys_platform == 'win32'\" }",
                "{ name = \"tzdata\" }",
            ),
            ("python_full_version < '3.15'", "python_full_version < '3.13'"),
            ("    { name = \"itsdangerous\" },\n", ""),
            ("hash = \"sha256:63cf8", "hash = \"sha256:63cf9"),
            ("https://pypi.org/simple", "https://mirror.example/simple"),
        ],
    },
    Rows {
        project: "uv-export/pylock.toml",
        hit: &[
            ("created-by = \"uv\"", "created-by = \"somebody\""),
            (">=3.11, <4", ">=3.12"),
            ("name = \"tzdata\"\nversion = \"2024.1\"", "name = \"tzdata\"\nversion = \"2025.1\""),
            ("# This file was", "# That file was"),
            ("< '3.15'", "< '3.16'"),
            (
                "name = \"typing-extensions\"",
                "name = \"typing-extensions\"\nrequires-python = \">=3.9\"",
            ),
        ],
        miss: &[
            ("version = \"0.16.0\"", "version = \"0.16.1\""),
            ("'win32'", "'linux'"),
            ("< '3.15'", "< '3.13'"),
            ("\"https://pypi.org/simple\"", "\"https://mirror.example/simple\""),
        ],
    },
    Rows {
        project: "pip/pylock.toml",
        hit: &[
            ("created-by = \"pip\"", "created-by = \"us\""),
            ("[[packages]]\n", "[[ packages ]] # one\n"),
        ],
        miss: &[("0.16.0\"", "0.16.1\""), ("c66ae634", "c66ae635")],
    },
    Rows {
        project: "poetry-2/poetry.lock",
        hit: &[
            ("Poetry 2.5.1", "Poetry 2.6.0"),
            ("content-hash = \"e5", "content-hash = \"f5"),
            ("description = \"brain", "description = \"a brain"),
            ("name = \"pluggy\"\nversion = \"1.5.0\"", "name = \"pluggy\"\nversion = \"1.6.0\""),
            ("name = \"blinker\"\nversion = \"1.8.2\"", "name = \"blinker\"\nversion = \"1.9.0\""),
            ("name = \"tzdata\"\nversion = \"2024.1\"", "name = \"tzdata\"\nversion = \"2025.1\""),
            ("python_version < \\\"3.15\\\"", "python_version < \\\"3.16\\\""),
            ("reference = \"mirror\"", "reference = \"pypi\""),
        ],
        miss: &[
            ("name = \"h11\"\nversion = \"0.16.0\"", "name = \"h11\"\nversion = \"0.16.1\""),
            ("sha256:c66ae634", "sha256:c66ae635"),
            ("sys_platform == \\\"win32\\\"", "sys_platform == \\\"linux\\\""),
            ("groups = [\"dev\"]", "groups = [\"main\", \"dev\"]"),
            ("https://pypi.org/simple", "https://mirror.example/simple"),
        ],
    },
    Rows {
        project: "poetry-1/poetry.lock",
        hit: &[
            ("content-hash = \"29", "content-hash = \"39"),
            ("name = \"pluggy\"\nversion = \"1.5.0\"", "name = \"pluggy\"\nversion = \"1.6.0\""),
            ("name = \"tzdata\"\nversion = \"2024.1\"", "name = \"tzdata\"\nversion = \"2025.1\""),
            ("python_version < \\\"3.15\\\"", "python_version < \\\"3.16\\\""),
        ],
        miss: &[
            ("name = \"h11\"\nversion = \"0.16.0\"", "name = \"h11\"\nversion = \"0.16.1\""),
            ("h11 = \">=0.16\"\n", ""),
            ("socks = [\"socksio (==1.*)\"]\nzstd", "zstd"),
            ("python_version < \\\"3.15\\\"", "python_version < \\\"3.13\\\""),
        ],
    },
    Rows {
        project: "pdm/pdm.lock",
        hit: &[
            ("content_hash = \"sha256:49", "content_hash = \"sha256:59"),
            ("summary = \"Fast", "summary = \"Slow"),
            ("name = \"pluggy\"\nversion = \"1.5.0\"", "name = \"pluggy\"\nversion = \"1.6.0\""),
            ("name = \"blinker\"\nversion = \"1.8.2\"", "name = \"blinker\"\nversion = \"1.9.0\""),
            ("name = \"tzdata\"\nversion = \"2024.1\"", "name = \"tzdata\"\nversion = \"2025.1\""),
        ],
        miss: &[
            ("name = \"h11\"\nversion = \"0.16.0\"", "name = \"h11\"\nversion = \"0.16.1\""),
            ("extras = [\"socks\"]", "extras = [\"http2\"]"),
            ("groups = [\"templates\"]", "groups = [\"default\", \"templates\"]"),
            ("sha256:c66ae634", "sha256:c66ae635"),
        ],
    },
    Rows {
        project: "pipenv/Pipfile.lock",
        hit: &[
            ("\"sha256\": \"0e", "\"sha256\": \"1e"),
            ("            \"index\": \"pypi\",\n", ""),
            ("\"version\": \"==1.5.0\"", "\"version\": \"==1.6.0\""),
            ("\"version\": \"==1.8.2\"", "\"version\": \"==1.9.0\""),
            ("\"version\": \"==2024.1\"", "\"version\": \"==2025.1\""),
            ("python_version >= '3.8'", "python_version >= '3.9'"),
            ("    ", "  "),
            ("https://pypi.org/simple", "https://${USER}:${PASSWORD}@pypi.org/simple"),
        ],
        miss: &[
            ("\"version\": \"==0.16.0\"", "\"version\": \"==0.16.1\""),
            ("\"socks\"", "\"http2\""),
            ("sha256:c66ae634", "sha256:c66ae635"),
            ("sys_platform == 'win32'", "sys_platform == 'linux'"),
            ("https://pypi.org/simple", "https://mirror.example/simple"),
        ],
    },
];

#[test]
fn edits_hit_or_miss_as_they_must() {
    let (mut count, mut wrong) = (0, Vec::new());
    for Rows { project, hit, miss } in ROWS {
        let before = Project::of(project);
        let key = before.key().unwrap();
        let edits =
            hit.iter().map(|edit| (edit, true)).chain(miss.iter().map(|edit| (edit, false)));
        for ((from, to), hits) in edits {
            count += 1;
            let text = before.source().replace(from, to);
            assert_ne!(text, before.source(), "{project}: there is no {from:?}");
            match before.clone().with_source(text).key() {
                Ok(after) if (after.digest() == key.digest()) == hits => {}
                Ok(_) => wrong.push(format!("{project}: {from:?} → {to:?}, hit expected: {hits}")),
                Err(error) => wrong.push(format!("{project}: {from:?} → {to:?}: {error}")),
            }
        }
    }
    assert!(wrong.is_empty(), "of {count} edits:\n{}", wrong.join("\n"));
    assert!(count >= 70, "the table has shrunk to {count} edits");
}

/// The manifest beside a lock counts where the lock does not say what is wanted.
#[test]
fn edits_of_other_files_count_for_what_they_install() {
    let rows = [
        // What poetry 1 wants stands in its manifest, and which versions that is in the lock.
        ("poetry-1/poetry.lock", "pyproject.toml", "\"0.1.0\"", "\"0.2.0\"", true),
        ("poetry-1/poetry.lock", "pyproject.toml", "\"^2.2\"", "\"^2.1\"", true),
        ("poetry-1/poetry.lock", "pyproject.toml", "optional = true", "optional = false", false),
        ("uv/uv.lock", "pyproject.toml", "itsdangerous>=2.2", "itsdangerous>=2.1", true),
        ("pipenv/Pipfile.lock", "Pipfile", "==0.27.2", "==0.27.1", true),
    ];
    for (project, file, from, to, hits) in rows {
        let before = Project::of(project);
        let text = before.text(file).replace(from, to);
        assert_ne!(text, before.text(file), "{project}: there is no {from:?} in {file}");
        let after = before.clone().with(file, text).key().unwrap();
        assert_eq!(after == before.key().unwrap(), hits, "{project}, {file}: {from:?} → {to:?}");
    }
}

#[test]
fn every_part_of_the_target_counts() {
    let targets = [
        Target { python: PythonVersion { patch: 6, ..TARGET.python }, ..TARGET },
        Target { python: PythonVersion { minor: 12, ..TARGET.python }, ..TARGET },
        Target { architecture: Architecture::Arm64, ..TARGET },
        Target { libc: Libc::Glibc { major: 2, minor: 36 }, ..TARGET },
        Target { libc: Libc::Musl { major: 2, minor: 41 }, ..TARGET },
    ];
    for Rows { project, .. } in ROWS {
        let project = Project::of(project);
        let key = project.key().unwrap();
        let digest = key.digest();
        for target in &targets {
            let other = project.key_with(target, &ReadOptions::default()).unwrap();
            assert_ne!(other.digest(), digest, "{target:?}");
        }
        let format = |version| key.clone().with_layer_format(version).digest();
        assert_ne!(format(1), digest);
        assert_ne!(format(1), format(2));
    }
}

#[test]
fn groups_and_extras_count_when_they_are_installed() {
    let rows = [
        ("uv/uv.lock", "dev", "templates"),
        ("poetry-1/poetry.lock", "dev", "templates"),
        ("poetry-2/poetry.lock", "dev", "templates"),
        ("pdm/pdm.lock", "dev", "templates"),
        ("pipenv/Pipfile.lock", "dev", ""),
    ];
    let names = |name: &str| -> Vec<String> {
        Some(name.to_owned()).into_iter().filter(|name| !name.is_empty()).collect()
    };
    for (project, group, extra) in rows {
        let project_name = project;
        let project = Project::of(project);
        for (groups, extras) in [(names(group), vec![]), (vec![], names(extra))] {
            if groups.is_empty() && extras.is_empty() {
                continue;
            }
            let options = ReadOptions { groups, extras, ..ReadOptions::default() };
            let key = project.key_with(&TARGET, &options).unwrap();
            assert_ne!(key, project.key().unwrap(), "{project_name}: {options:?}");
        }
    }
}
