//! `boxwright dev` and `boxwright run`, as somebody at work uses them.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use boxwright_e2e::{boxwright, docker, root, succeed};

/// A running `boxwright dev`.
struct Dev {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Dev {
    fn start(project: &Path, log: PathBuf) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = File::create(&log).unwrap();
        let child = boxwright()
            .args(["dev", "--base", "composed", "--port", &port.to_string()])
            .arg(project)
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Self { child, port, log }
    }

    fn get(&self, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Asks until the answer holds these words, and says how long that took.
    fn until(&self, path: &str, words: &str, limit: u64) -> Duration {
        let start = Instant::now();
        loop {
            let answer = self.get(path).unwrap_or_default();
            if answer.contains(words) {
                return start.elapsed();
            }
            let log = || std::fs::read_to_string(&self.log).unwrap();
            assert!(
                start.elapsed() < Duration::from_secs(limit),
                "no `{words}` from {path} within {limit} s: {answer}\n{}",
                log()
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Interrupts it as Ctrl-C does; it must end well.
    fn interrupt(mut self) {
        let pid = self.child.id().to_string();
        succeed(Command::new("kill").args(["-INT", &pid]));
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < Duration::from_secs(15), "it does not end");
            thread::sleep(Duration::from_millis(50));
        };
        assert!(status.success(), "{status}\n{}", std::fs::read_to_string(&self.log).unwrap());
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).output();
        let _ = self.child.wait();
    }
}

fn edit(path: PathBuf, old: &str, new: &str) {
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "no `{old}` in {}", path.display());
    std::fs::write(path, text.replacen(old, new, 1)).unwrap();
}

/// Containers of this project, running or not.
fn containers(name: &str) -> String {
    succeed(&mut docker(["ps", "-aq", "--filter", &format!("name=boxwright-{name}-dev-")]))
}

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn edits_are_served_and_requirements_rebuild() {
    let directory = tempfile::Builder::new().prefix("boxwright-e2e").tempdir().unwrap();
    let project = directory.path().join("devsample");
    succeed(Command::new("cp").arg("-r").arg(root().join("samples/static")).arg(&project));
    let page = "\n\n@app.get('/versions')\ndef versions():\n    import importlib.metadata\n    \
        names = sorted(it.name for it in importlib.metadata.distributions())\n    \
        return 'state-1 ' + ' '.join(names)\n\n\nif __name__";
    edit(project.join("server.py"), "\n\nif __name__", page);

    let dev = Dev::start(&project, directory.path().join("log"));
    dev.until("/versions", "state-1", 240);
    let container = containers("devsample");

    let patience = 3;
    edit(project.join("server.py"), "state-1", "state-2");
    let python = dev.until("/versions", "state-2", patience);
    edit(project.join("templates/index.html"), "</body>", "<p>edited</p></body>");
    let template = dev.until("/", "<p>edited</p>", patience);
    edit(project.join("static/style.css"), "{", "{ /* edited */");
    let style = dev.until("/static/style.css", "/* edited */", patience);
    println!("served after: .py {python:?}, template {template:?}, css {style:?}");
    assert_eq!(containers("devsample"), container, "sources need no other container");

    // A mistake is survived, a requirement that can be had is installed.
    let requirements = project.join("requirements.txt");
    let before = std::fs::read_to_string(&requirements).unwrap();
    std::fs::write(&requirements, format!("{before}flask==0.0.0.1\n")).unwrap();
    let start = Instant::now();
    while !std::fs::read_to_string(&dev.log).unwrap().contains("warning: ") {
        assert!(start.elapsed() < Duration::from_secs(60), "no word about the mistake");
        thread::sleep(Duration::from_millis(100));
    }
    assert!(dev.get("/versions").unwrap().contains("state-2"), "the old one is gone");
    std::fs::write(
        &requirements,
        format!("{before}\n# Small, without dependencies.\niniconfig==2.0.0\n"),
    )
    .unwrap();
    let rebuilt = dev.until("/versions", "iniconfig", 120);
    println!("rebuilt after {rebuilt:?}");
    assert_ne!(containers("devsample"), container);

    dev.interrupt();
    assert_eq!(containers("devsample"), "", "something is left");
}

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn a_script_is_run_as_if_here() {
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("echo.py");
    std::fs::write(
        &script,
        "import os, sys\n\
         print(sys.argv[1:], sys.stdin.isatty(), file=sys.stderr)\n\
         text = sys.stdin.read()\n\
         open('out.txt', 'w').write(text)\n\
         print(text.upper(), end='')\n\
         sys.exit(7)\n",
    )
    .unwrap();
    let here = directory.path().join("here");
    std::fs::create_dir(&here).unwrap();
    let mut child = boxwright()
        .args(["run", "--base", "composed"])
        .arg(&script)
        .args(["--read", "a b", "-x"])
        .current_dir(&here)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let text = "line\n".repeat(100_000);
    let mut stdin = child.stdin.take().unwrap();
    let writer = {
        let text = text.clone();
        thread::spawn(move || stdin.write_all(text.as_bytes()).unwrap())
    };
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(7), "{errors}");
    assert_eq!(errors.trim(), "['--read', 'a b', '-x'] False");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), text.to_uppercase());
    assert_eq!(std::fs::read_to_string(here.join("out.txt")).unwrap(), text);
}

/// `script` lends a terminal to a program that has none.
#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn a_script_gets_the_terminal() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("tty.py");
    let lines = "import sys\nprint(sys.stdin.isatty(), sys.stdout.isatty())\nsys.exit(5)\n";
    std::fs::write(&file, lines).unwrap();
    let program = boxwright().get_program().to_owned().into_string().unwrap();
    let command = format!("{program} run --base composed {}", file.display());
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("True True"), "{said}");
    assert_eq!(output.status.code(), Some(5), "{said}");
}
