//! A project in a temporary directory, and the program run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A project and a home of its own: no run sees the user's files, and none leaves any behind.
pub(crate) struct Project {
    home: TempDir,
}

impl Project {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { home: TempDir::new().unwrap() };
        fs::create_dir(project.directory()).unwrap();
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// A copy of one of the samples.
    pub(crate) fn sample(name: &str) -> Self {
        let project = Self::new(&[]);
        copy(&repository().join("samples").join(name), &project.directory());
        project
    }

    /// A small Flask application.
    pub(crate) fn flask() -> Self {
        Self::new(&[
            ("app.py", "from flask import Flask\n\napp = Flask(__name__)\n"),
            ("requirements.txt", "flask==3.1.0\ngunicorn==23.0.0\n"),
        ])
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.home.path().join("project")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.directory().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.directory().join(path)).unwrap()
    }

    pub(crate) fn git(&self, arguments: &[&str]) {
        let mut git = self.command("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.org"]).args(arguments);
        let output = git.output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// A program with nothing of the user's environment but the search path.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.directory()).env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("HOME", self.home.path()).env("XDG_CACHE_HOME", self.home.path().join("cache"));
        command
    }

    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_boxwright")).args(arguments).output().unwrap()
    }

    /// What a run prints: standard output, then standard error, then an exit code that is not 0.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let [out, err] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
        let home = self.home.path().canonicalize().unwrap();
        let mut text = (out + &err).replace(home.to_str().unwrap(), "HOME");
        match output.status.code().unwrap() {
            0 => {}
            code => text += &format!("[exit {code}]\n"),
        }
        text
    }

    /// Several runs one after the other, each below its command line.
    pub(crate) fn session(&self, runs: &[&[&str]]) -> String {
        let show = |run: &&[&str]| format!("$ boxwright {}\n{}", run.join(" "), self.run(run));
        runs.iter().map(show).collect::<Vec<_>>().join("\n")
    }
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
