//! What the end-to-end tests share: the program under test, a container, a question over HTTP.
//!
//! The tests are marked as ignored, so that a plain `cargo test` needs neither network nor daemon;
//! `cargo xtask e2e` runs them, and there they fail where one is missing.
#![allow(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

/// The workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The released program, which `cargo xtask e2e` has just built.
pub fn boxwright() -> Command {
    let target = std::env::current_exe().unwrap();
    // target/release/deps/test-0123 → target/release
    Command::new(target.parent().unwrap().parent().unwrap().join("boxwright"))
}

/// Runs a command that must succeed and gives what it printed.
pub fn succeed(command: &mut Command) -> String {
    let output = run(command);
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that must fail and gives what it complained.
pub fn fail(command: &mut Command) -> String {
    let output = run(command);
    assert!(
        !output.status.success(),
        "{command:?} succeeded:\n{}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8(output.stderr).unwrap()
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"))
}

/// `docker` with these arguments.
pub fn docker<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new("docker");
    command.args(args);
    command
}

/// A container that runs as strictly as an image of ours promises to bear. Removed when dropped.
pub struct Container {
    id: String,
    address: String,
}

/// An answer over HTTP.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Container {
    /// Starts `image` with a read-only root, no capabilities and no new privileges, and publishes
    /// `port` on a free port of the loopback interface.
    pub fn start(image: &str, port: u16, options: &[&str]) -> Self {
        let publish = format!("127.0.0.1::{port}");
        let strict = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];
        let mut command = docker(["run", "--detach", "--publish", &publish]);
        let id = succeed(command.args(strict).args(options).arg(image)).trim().to_owned();
        let mapped = succeed(&mut docker(["port", &id, &format!("{port}/tcp")]));
        let address = mapped.lines().next().unwrap_or_default().to_owned();
        Self { id, address }
    }

    /// Asks until somebody answers, for at most ten seconds.
    pub fn get(&self, path: &str) -> Answer {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            match self.try_get(path) {
                Ok(answer) => return answer,
                Err(error) if Instant::now() > deadline => {
                    panic!("nobody answers {path}: {error}\n{}", self.logs());
                }
                Err(_) => thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    fn try_get(&self, path: &str) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let text = String::from_utf8_lossy(&answer);
        let (head, body) = text.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or(std::io::ErrorKind::InvalidData)?;
        Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
    }

    /// What the container's processes printed.
    pub fn logs(&self) -> String {
        let output = run(&mut docker(["logs", &self.id]));
        [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .concat()
    }

    /// The user and group that its first process runs as, asked of the engine's host.
    pub fn user(&self) -> String {
        let processes = succeed(&mut docker(["top", &self.id, "-o", "uid,gid,pid"]));
        let first = processes.lines().nth(1).expect("a process");
        first.split_whitespace().take(2).collect::<Vec<_>>().join(":")
    }

    /// Asks the container to stop as `docker stop` does, gives it ten seconds, and says how long it
    /// took and what its exit code was.
    pub fn stop(&self) -> (Duration, i32) {
        let start = Instant::now();
        succeed(&mut docker(["kill", "--signal", "TERM", &self.id]));
        let code = loop {
            let state = succeed(&mut docker([
                "inspect",
                "--format",
                "{{.State.Running}} {{.State.ExitCode}}",
                &self.id,
            ]));
            match state.trim().split_once(' ') {
                Some(("false", code)) => break code.parse().unwrap(),
                _ if start.elapsed() > Duration::from_secs(10) => {
                    panic!("it does not stop\n{}", self.logs())
                }
                _ => thread::sleep(Duration::from_millis(20)),
            }
        };
        (start.elapsed(), code)
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = docker(["rm", "--force", "--volumes", &self.id]).output();
    }
}
