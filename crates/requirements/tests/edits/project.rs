//! The small projects whose files are edited.

use std::path::Path;

use boxwright_requirements::{
    Architecture, DependencyKey, Error, Libc, MemoryFiles, PythonVersion, ReadOptions, Target, read,
};

pub(crate) const TARGET: Target = Target {
    python: PythonVersion { major: 3, minor: 13, patch: 5 },
    architecture: Architecture::Amd64,
    libc: Libc::Glibc { major: 2, minor: 41 },
};

const REQUIREMENTS: &str = "\
# what the service needs
-r base.txt
-c limits.txt
httpx[socks,http2]==0.27.2 \\
    --hash=sha256:7bb2708e112d8fdd7829cd4243970f0c223274051cb35ee80c03301ee29a3df0
tzdata==2024.1; sys_platform == 'win32' \\
    --hash=sha256:9068bc196136463f5245e51efda838afa15aaeca9903f49050dfa2679db4d252
";

const SETUP_CFG: &str = "\
[metadata]
name = sample
version = 0.1.0

[options]
python_requires = >=3.11
install_requires =
    httpx[socks]==0.27.2
    itsdangerous>=2.2
    tzdata==2024.1; sys_platform == 'win32'

[options.extras_require]
templates = blinker==1.8.2
";

/// A project on disk or in this file, as files by path.
#[derive(Clone)]
pub(crate) struct Project {
    files: Vec<(String, String)>,
    /// The dependency source.
    source: String,
}

impl Project {
    /// The project of a name such as `uv/uv.lock`: the directory of a fixture and its source.
    pub(crate) fn of(name: &str) -> Self {
        let (directory, source) = name.split_once('/').unwrap();
        let file = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
        let files = match directory {
            "text" => vec![
                file(("requirements.txt", REQUIREMENTS)),
                file(("base.txt", "itsdangerous>=2.2  # signs cookies\n")),
                file(("limits.txt", "idna<4\nanyio>=4\n")),
            ],
            "setuptools" => vec![file(("setup.cfg", SETUP_CFG))],
            fixture => on_disk(fixture),
        };
        Self { files, source: source.to_owned() }
    }

    pub(crate) fn text(&self, path: &str) -> &str {
        &self.files.iter().find(|(name, _)| name == path).unwrap().1
    }

    pub(crate) fn source(&self) -> &str {
        self.text(&self.source)
    }

    /// The same project with another content of one file.
    pub(crate) fn with(mut self, path: &str, text: String) -> Self {
        self.files.retain(|(name, _)| name != path);
        self.files.push((path.to_owned(), text));
        self
    }

    pub(crate) fn with_source(self, text: String) -> Self {
        let path = self.source.clone();
        self.with(&path, text)
    }

    pub(crate) fn key_with(
        &self,
        target: &Target,
        options: &ReadOptions,
    ) -> Result<DependencyKey, Error> {
        let files: MemoryFiles = self.files.iter().cloned().collect();
        Ok(DependencyKey::of(&read(&self.source, &files, options)?, target))
    }

    pub(crate) fn key(&self) -> Result<DependencyKey, Error> {
        self.key_with(&TARGET, &ReadOptions::default())
    }
}

fn on_disk(fixture: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(fixture);
    let entries = std::fs::read_dir(root).unwrap().map(Result::unwrap);
    let mut files: Vec<_> = entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}
