//! Edits to dependency files, and for each whether the dependency layer must be built anew.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use boxwright_requirements::{
    Architecture, DependencyKey, Error, Libc, MemoryFiles, PythonVersion, ReadOptions, Target,
    canonical_text, explain, read,
};

const TARGET: Target = Target {
    python: PythonVersion { major: 3, minor: 13, patch: 5 },
    architecture: Architecture::Amd64,
    libc: Libc::Glibc { major: 2, minor: 41 },
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Must {
    Hit,
    Miss,
}
use Must::{Hit, Miss};

/// A project before the edit: its files, and the one that is read.
#[derive(Clone)]
struct Project {
    source: &'static str,
    files: BTreeMap<&'static str, String>,
}

impl Project {
    fn new(source: &'static str, files: &[(&'static str, &str)]) -> Self {
        let files = files.iter().map(|(path, content)| (*path, (*content).to_owned())).collect();
        Self { source, files }
    }

    fn key_for(&self, target: &Target) -> Result<(DependencyKey, String), Error> {
        let files: MemoryFiles =
            self.files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let set = read(self.source, &files, &ReadOptions::default())?;
        Ok((DependencyKey::of(&set, target), canonical_text(&set, target)))
    }

    fn key(&self) -> (DependencyKey, String) {
        self.key_for(&TARGET).unwrap()
    }
}

/// What is replaced in which file by what, and what must come of it. An empty `from` appends.
type Edit = (&'static str, &'static str, &'static str, Must);

fn check(project: &Project, edits: &[Edit]) {
    let (old, old_text) = project.key();
    for (file, from, to, must) in edits {
        let mut edited = project.clone();
        let content = edited.files.entry(file).or_default();
        if from.is_empty() {
            content.push_str(to);
        } else {
            assert!(content.contains(from), "{file} does not hold {from:?}");
            *content = content.replace(from, to);
        }
        let (new, new_text) = edited.key();
        let explanation = explain(&old, &new);
        let edit = format!("{}: {file}: {from:?} → {to:?}: {explanation}", project.source);
        let came = if old.digest() == new.digest() { Hit } else { Miss };
        assert_eq!(came, *must, "{edit}");
        // What decides, what is said, and what is compared agree.
        assert_eq!(explanation.is_hit(), came == Hit, "{edit}");
        assert_eq!(old == new, came == Hit, "{edit}");
        // The file that a Dockerfile copies is the same whenever the key is, but for how to fetch.
        let is_how_to_fetch = to.contains("${") || to.contains("--trusted-host");
        if came == Hit && !is_how_to_fetch {
            assert_eq!(old_text, new_text, "{edit}");
        }
    }
}

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn requirements_files() {
    let project = Project::new(
        "requirements.txt",
        &[
            (
                "requirements.txt",
                &format!(
                    "--index-url https://user:secret@a.example/simple\n-r base.txt\n-c limits.txt\nFlask[async,Dotenv]==3.0.0 --hash=sha256:{A} \\\n    --hash=sha256:bb\nurllib3>=2,<3 # http\ncolorama==0.4 ; sys_platform == 'win32'\ntomli==2.0 ; python_version < '3.14'\ntool @ git+https://github.com/o/tool@v1#subdirectory=x\n"
                ),
            ),
            ("base.txt", "six==1.16.0\nidna==3.6\n"),
            ("limits.txt", "certifi<2025\n"),
            ("pyproject.toml", "[project]\nname = \"app\"\nversion = \"1\"\ndependencies = []\n"),
        ],
    );
    let r = "requirements.txt";
    check(
        &project,
        &[
            // What says nothing else.
            (r, "", "# a comment\n", Hit),
            (r, "", "\n\n   \n", Hit),
            (r, "# http", "# h t t p", Hit),
            (r, "\n", "\r\n", Hit),
            (r, "Flask", "flask", Hit),
            (r, "Flask", "FLASK", Hit),
            (r, "urllib3", "URLLIB3", Hit),
            (r, "[async,Dotenv]", "[dotenv, async]", Hit),
            (r, ">=2,<3", " < 3 , >= 2", Hit),
            (r, ">=2,<3", "(>=2,<3)", Hit),
            (r, "==3.0.0", "== 3.0.0", Hit),
            (r, "'win32'", "\"win32\"", Hit),
            (r, "sys_platform == 'win32'", "sys_platform == 'darwin'", Hit),
            (r, "python_version < '3.14'", "python_version < '3.15'", Hit),
            (r, "==0.4 ;", "==0.5 ;", Hit),
            (r, "colorama==0.4 ; sys_platform == 'win32'\n", "", Hit),
            (r, "bb\n", "BB\n", Hit),
            (r, "user:secret@", "other:word@", Hit),
            (r, "user:secret@", "", Hit),
            (r, "user:secret@", "${USER}:${PASSWORD}@", Hit),
            (r, "a.example/simple", "A.example/simple/", Hit),
            (r, "-r base.txt\n", "--requirement=base.txt\n", Hit),
            (r, "-r base.txt\n", "idna==3.6\nsix==1.16.0\n", Hit),
            (r, "-c limits.txt", "--constraint limits.txt", Hit),
            (r, "", "six==1.16.0\n", Hit),
            (r, "", "--trusted-host a.example\n", Hit),
            (r, "https://github.com", "https://token@GitHub.com", Hit),
            ("base.txt", "six==1.16.0\nidna==3.6", "idna==3.6\nsix==1.16.0", Hit),
            ("pyproject.toml", "version = \"1\"", "version = \"2\"", Hit),
            ("pyproject.toml", "", "[tool.black]\nline-length = 99\n", Hit),
            // What changes what is installed, or may.
            (r, "==3.0.0", "==3.0.1", Miss),
            (r, "==3.0.0", ">=3.0.0", Miss),
            (r, ">=2,<3", ">=2,<4", Miss),
            (r, "[async,Dotenv]", "[async]", Miss),
            (r, "[async,Dotenv]", "", Miss),
            (r, "sys_platform == 'win32'", "sys_platform == 'linux'", Miss),
            (r, "python_version < '3.14'", "python_version < '3.13'", Miss),
            (r, " ; sys_platform == 'win32'", "", Miss),
            (r, "sha256:bb", "sha256:bc", Miss),
            (r, " \\\n    --hash=sha256:bb", "", Miss),
            (r, "@v1", "@v2", Miss),
            (r, "#subdirectory=x", "#subdirectory=y", Miss),
            (r, "tool @ ", "tool[cli] @ ", Miss),
            (r, "a.example", "b.example", Miss),
            (r, "--index-url https://user:secret@a.example/simple\n", "", Miss),
            (r, "", "--extra-index-url https://c.example/simple\n", Miss),
            (r, "", "--pre\n", Miss),
            (r, "", "--no-binary six\n", Miss),
            (r, "", "--only-binary :all:\n", Miss),
            (r, "", "--find-links https://c.example/wheels\n", Miss),
            (r, "", "--no-index\n", Miss),
            (r, "", "jinja2\n", Miss),
            (r, "-r base.txt\n", "", Miss),
            (r, "-c limits.txt\n", "", Miss),
            (r, "==3.0.0 --hash", "==3.0.0 --config-settings a=b --hash", Miss),
            ("base.txt", "six==1.16.0", "six==1.17.0", Miss),
            ("limits.txt", "2025", "2026", Miss),
        ],
    );
}

#[test]
fn directories() {
    let project = Project::new(
        "requirements.txt",
        &[
            ("requirements.txt", "-e .\nflask==3.0.0\n"),
            (
                "pyproject.toml",
                "[project]\nname = 'app'\nversion = '1'\ndependencies = ['six==1.16.0']\n",
            ),
        ],
    );
    check(
        &project,
        &[
            ("pyproject.toml", "'app'", "'application'", Hit),
            ("pyproject.toml", "version = '1'", "version = '2'", Hit),
            ("pyproject.toml", "['six==1.16.0']", "[ \"SIX == 1.16.0\", ]", Hit),
            ("requirements.txt", "-e .", "--editable=./", Hit),
            ("pyproject.toml", "1.16.0", "1.17.0", Miss),
            ("requirements.txt", "-e .", ".", Miss),
            ("requirements.txt", "-e .\n", "", Miss),
        ],
    );
}

#[test]
fn pyproject() {
    let text = "[project]\nname = \"app\"\nversion = \"1\"\nrequires-python = \">=3.11\"\ndependencies = [\"flask>=3\", \"tomli; python_version < '3.11'\"]\n[project.optional-dependencies]\ndocs = [\"sphinx\"]\n[dependency-groups]\ndev = [\"pytest\"]\n[tool.uv.sources]\nflask = { index = \"own\" }\n[[tool.uv.index]]\nname = \"own\"\nurl = \"https://a.example/simple\"\nexplicit = true\n";
    let p = "pyproject.toml";
    check(
        &Project::new(p, &[(p, text)]),
        &[
            (p, "\"app\"", "\"other\"", Hit),
            (p, "version = \"1\"", "version = \"2\"\ndescription = \"An app\"", Hit),
            (p, "\"flask>=3\"", "'Flask >= 3'", Hit),
            (p, "\"sphinx\"", "\"sphinx\", \"furo\"", Hit),
            (p, "\"pytest\"", "\"pytest>=8\"", Hit),
            (p, "", "[tool.ruff]\nline-length = 100\n", Hit),
            (p, "'3.11'", "'3.12'", Hit),
            (p, "https://a.example", "https://me:word@a.example", Hit),
            (p, "flask>=3", "flask>=3.1", Miss),
            (p, "flask>=3", "flask[async]>=3", Miss),
            (p, "< '3.11'", ">= '3.11'", Miss),
            (p, "a.example", "b.example", Miss),
            (p, "explicit = true", "default = true", Miss),
            (
                p,
                "flask = { index = \"own\" }",
                "flask = { git = \"https://h/flask\", rev = \"x\" }",
                Miss,
            ),
        ],
    );
}

#[test]
fn poetry_manifest() {
    let text = "[tool.poetry]\nname = \"app\"\nversion = \"1\"\n[tool.poetry.dependencies]\npython = \"^3.11\"\nflask = \"^3.0\"\ncelery = { version = \"5.4.0\", extras = [\"redis\"] }\ndocs = { version = \"*\", optional = true }\n[tool.poetry.group.dev.dependencies]\npytest = \"*\"\n";
    let p = "pyproject.toml";
    check(
        &Project::new(p, &[(p, text)]),
        &[
            (p, "version = \"1\"", "version = \"2\"", Hit),
            (p, "\"^3.0\"", "\">=3.0, <4.0\"", Hit),
            (p, "pytest = \"*\"", "pytest = \"^8\"", Hit),
            (p, "docs = { version = \"*\"", "docs = { version = \"2\"", Hit),
            (p, "flask = \"^3.0\"", "flask = { version = \"^3.0\", python = \">=3.9\" }", Hit),
            (p, "\"^3.0\"", "\"^3.1\"", Miss),
            (p, "\"^3.0\"", "\"~3.0\"", Miss),
            (p, "\"redis\"", "\"redis\", \"sqs\"", Miss),
            (p, "flask = \"^3.0\"", "flask = { version = \"^3.0\", python = \"<3.13\" }", Miss),
            (p, ", optional = true", "", Miss),
        ],
    );
}

#[test]
fn pipfile() {
    let text = "[[source]]\nname = \"pypi\"\nurl = \"https://pypi.org/simple\"\n[packages]\nflask = \"==3.0.0\"\nwin = { version = \"*\", sys_platform = \"== 'win32'\" }\n[dev-packages]\npytest = \"*\"\n[scripts]\nrun = \"x\"\n";
    let p = "Pipfile";
    check(
        &Project::new(p, &[(p, text)]),
        &[
            (p, "flask", "Flask", Hit),
            (p, "flask = \"==3.0.0\"", "flask = { version = '==3.0.0' }", Hit),
            (p, "pytest = \"*\"", "pytest = \"==8\"", Hit),
            (p, "run = \"x\"", "run = \"y\"", Hit),
            (p, "https://pypi.org/simple", "https://pypi.org/simple/", Hit),
            (p, "win = { version = \"*\"", "win = { version = \"==1\"", Hit),
            (p, "==3.0.0", "==3.0.1", Miss),
            (p, "'win32'", "'linux'", Miss),
            (p, "https://pypi.org", "https://mirror.example", Miss),
        ],
    );
}

#[test]
fn setup_cfg() {
    let text = "[metadata]\nname = app\nversion = 1\n[options]\ninstall_requires =\n    flask>=3\n    # why\n    six==1.16.0; python_version >= '3.9'\n[options.extras_require]\ndocs = sphinx\n[flake8]\nmax-line-length = 88\n";
    let s = "setup.cfg";
    check(
        &Project::new(s, &[(s, text)]),
        &[
            (s, "version = 1", "version = 2", Hit),
            (s, "# why", "# because", Hit),
            (s, "88", "99", Hit),
            (s, "sphinx", "sphinx>=7", Hit),
            (s, "    flask>=3\n", "    Flask >= 3\n", Hit),
            (s, "flask>=3", "flask>=3.1", Miss),
            (s, ">= '3.9'", "< '3.9'", Miss),
        ],
    );
}

#[test]
fn uv_lock() {
    let text = "version = 1\nrevision = 3\nrequires-python = \">=3.11\"\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\nsource = { virtual = \".\" }\ndependencies = [\n    { name = \"flask\" },\n    { name = \"win\", marker = \"sys_platform == 'win32'\" },\n]\n\n[package.dev-dependencies]\ndev = [{ name = \"pytest\" }]\n\n[[package]]\nname = \"flask\"\nversion = \"3.0.0\"\nsource = { registry = \"https://pypi.org/simple\" }\nsdist = { url = \"https://files.example/flask-3.0.0.tar.gz\", hash = \"sha256:aa\", size = 1 }\n\n[[package]]\nname = \"pytest\"\nversion = \"8.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n\n[[package]]\nname = \"win\"\nversion = \"1.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n";
    let u = "uv.lock";
    check(
        &Project::new(u, &[(u, text)]),
        &[
            (u, "revision = 3", "revision = 4", Hit),
            (u, "\"app\"\nversion = \"0.1.0\"", "\"application\"\nversion = \"0.2.0\"", Hit),
            (u, "virtual = \".\"", "editable = \".\"", Hit),
            (u, "version = \"8.0\"", "version = \"8.1\"", Hit),
            (u, "version = \"1.0\"", "version = \"1.1\"", Hit),
            (u, "https://files.example/", "https://mirror.example/", Hit),
            (u, "", "# comment\n", Hit),
            (u, "version = \"3.0.0\"", "version = \"3.0.1\"", Miss),
            (u, "sha256:aa", "sha256:ab", Miss),
            (u, "'win32'", "'linux'", Miss),
            (
                u,
                "name = \"flask\"\nversion = \"3.0.0\"\nsource = { registry = \"https://pypi.org/simple\" }",
                "name = \"flask\"\nversion = \"3.0.0\"\nsource = { registry = \"https://own.example/simple\" }",
                Miss,
            ),
            (u, "    { name = \"flask\" },\n", "", Miss),
        ],
    );
}

#[test]
fn poetry_lock() {
    let lock = "[[package]]\nname = \"flask\"\nversion = \"3.0.0\"\ngroups = [\"main\", \"dev\"]\nfiles = [{file = \"flask.whl\", hash = \"sha256:aa\"}]\n\n[[package]]\nname = \"pytest\"\nversion = \"8.0\"\ngroups = [\"dev\"]\nfiles = []\n\n[[package]]\nname = \"win\"\nversion = \"1.0\"\ngroups = [\"main\"]\nmarkers = \"sys_platform == 'win32'\"\nfiles = []\n\n[metadata]\nlock-version = \"2.1\"\ncontent-hash = \"x\"\n";
    let p = "poetry.lock";
    check(
        &Project::new(p, &[(p, lock)]),
        &[
            (p, "content-hash = \"x\"", "content-hash = \"y\"", Hit),
            (p, "version = \"8.0\"", "version = \"8.1\"", Hit),
            (p, "version = \"1.0\"", "version = \"1.1\"", Hit),
            (p, "[\"main\", \"dev\"]", "[\"dev\", \"main\"]", Hit),
            (p, "\"flask\"", "\"Flask\"", Hit),
            (p, "version = \"3.0.0\"", "version = \"3.0.1\"", Miss),
            (p, "sha256:aa", "sha256:ab", Miss),
            (p, "groups = [\"dev\"]", "groups = [\"main\"]", Miss),
            (p, "'win32'", "'linux'", Miss),
        ],
    );
}

#[test]
fn pdm_lock_and_pylock() {
    let lock = "[metadata]\ngroups = [\"default\", \"dev\"]\nlock_version = \"4.5.0\"\ncontent_hash = \"x\"\n\n[[package]]\nname = \"flask\"\nversion = \"3.0.0\"\ngroups = [\"default\"]\nfiles = [{file = \"flask.whl\", hash = \"sha256:aa\"}]\n\n[[package]]\nname = \"pytest\"\nversion = \"8.0\"\ngroups = [\"dev\"]\nfiles = []\n";
    let p = "pdm.lock";
    check(
        &Project::new(p, &[(p, lock)]),
        &[
            (p, "content_hash = \"x\"", "content_hash = \"y\"", Hit),
            (p, "version = \"8.0\"", "version = \"8.1\"", Hit),
            (p, "version = \"3.0.0\"", "version = \"3.0.1\"", Miss),
            (p, "name = \"flask\"\n", "name = \"flask\"\nextras = [\"async\"]\n", Miss),
            (p, "groups = [\"default\"]\nfiles", "groups = [\"dev\"]\nfiles", Miss),
        ],
    );
    let lock = "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"flask\"\nversion = \"3.0.0\"\nmarker = \"python_version >= '3.9'\"\nwheels = [{ url = \"https://a.example/flask-3.0.0-py3-none-any.whl\", hashes = { sha256 = \"aa\" } }]\n";
    let p = "pylock.toml";
    check(
        &Project::new(p, &[(p, lock)]),
        &[
            (p, "created-by = \"x\"", "created-by = \"y\"", Hit),
            (p, ">= '3.9'", ">= '3.10'", Hit),
            (p, "https://a.example", "https://b.example", Hit),
            (p, "version = \"3.0.0\"", "version = \"3.0.1\"", Miss),
            (p, "sha256 = \"aa\"", "sha256 = \"ab\"", Miss),
            (p, ">= '3.9'", ">= '3.14'", Miss),
        ],
    );
}

#[test]
fn pipfile_lock() {
    let lock = "{\n    \"_meta\": {\n        \"hash\": {\"sha256\": \"x\"},\n        \"pipfile-spec\": 6,\n        \"sources\": [{\"name\": \"pypi\", \"url\": \"https://pypi.org/simple\"}]\n    },\n    \"default\": {\n        \"flask\": {\n            \"hashes\": [\"sha256:aa\", \"sha256:bb\"],\n            \"index\": \"pypi\",\n            \"version\": \"==3.0.0\"\n        }\n    },\n    \"develop\": {\n        \"pytest\": {\"version\": \"==8.0\"}\n    }\n}\n";
    let p = "Pipfile.lock";
    check(
        &Project::new(p, &[(p, lock)]),
        &[
            (p, "\"x\"", "\"y\"", Hit),
            (p, "[\"sha256:aa\", \"sha256:bb\"]", "[\"sha256:bb\", \"sha256:aa\"]", Hit),
            (p, "            \"index\": \"pypi\",\n", "", Hit),
            (p, "==8.0", "==8.1", Hit),
            (p, "    ", "  ", Hit),
            (p, "==3.0.0", "==3.0.1", Miss),
            (p, "sha256:bb", "sha256:bc", Miss),
            (p, "https://pypi.org", "https://own.example", Miss),
        ],
    );
}

#[test]
fn targets_and_layer_formats() {
    let project = Project::new("requirements.txt", &[("requirements.txt", "flask==3.0.0\n")]);
    let (key, _) = project.key();
    let others = [
        Target { python: PythonVersion { minor: 12, ..TARGET.python }, ..TARGET },
        Target { architecture: Architecture::Arm64, ..TARGET },
        Target { libc: Libc::Musl { major: 1, minor: 2 }, ..TARGET },
    ];
    for other in others {
        let (other, _) = project.key_for(&other).unwrap();
        assert_ne!(key.digest(), other.digest());
        assert_eq!(explain(&key, &other).reused, 1);
    }
    let (one, two) = (key.clone().with_layer_format(1), key.clone().with_layer_format(2));
    assert_ne!(one.digest(), two.digest());
    assert_ne!(one.digest(), key.digest());
    assert_eq!(explain(&one, &two).to_string(), "layer format 1 → 2; 1 reused");
}

#[test]
fn one_drifting_byte_of_a_key_would_show() {
    let project = Project::new(
        "requirements.txt",
        &[(
            "requirements.txt",
            "-i https://a.example\nflask[async]==3.0.0 --hash=sha256:aa\nsix\n",
        )],
    );
    insta::assert_snapshot!(project.key().0.with_layer_format(1).digest());
}

#[test]
fn the_same_requirements_have_one_key_in_all_manifests() {
    let project = |source, text: &str| Project::new(source, &[(source, text)]).key().0.digest();
    let expected = project("requirements.txt", "flask>=3.0,<4.0\nsix==1.16.0\n");
    let same = [
        (
            "pyproject.toml",
            "[project]\nname = 'a'\ndependencies = ['six==1.16.0', 'flask>=3.0,<4.0']\n",
        ),
        ("pyproject.toml", "[tool.poetry.dependencies]\nflask = '^3.0'\nsix = '1.16.0'\n"),
        ("Pipfile", "[packages]\nflask = '>=3.0,<4.0'\nsix = '==1.16.0'\n"),
        ("setup.cfg", "[options]\ninstall_requires = six==1.16.0; flask>=3.0,<4.0\n"),
    ];
    for (source, text) in same {
        assert_eq!(project(source, text), expected, "{text}");
    }
}
