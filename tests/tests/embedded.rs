//! Images of the embedded engine, as other people's tools see and run them.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use boxwright_e2e::{Container, boxwright, docker, fail, root, succeed};
use serde_json::Value;

/// Builds a sample with these further arguments and gives the report.
fn build(sample: &str, args: &[&str]) -> Value {
    let mut command = boxwright();
    command.args(["build", "--json"]).args(args).arg(root().join("samples").join(sample));
    serde_json::from_str(&succeed(&mut command)).unwrap()
}

fn load(sample: &str) -> String {
    let name = format!("boxwright-e2e/{sample}:latest");
    build(sample, &["--load", "--tag", &name]);
    name
}

/// Answers as the unprivileged user under the strictest settings, and stops when asked.
fn serves(sample: &str, questions: &[(&str, u16, &str)]) {
    let image = load(sample);
    let container = Container::start(&image, 8080, &[]);
    for (path, status, expected) in questions {
        let answer = container.get(path);
        assert_eq!(answer.status, *status, "{path}: {answer:?}");
        assert!(answer.body.contains(expected), "{path}: {answer:?}");
    }
    assert_eq!(container.user(), "65532:65532");
    let (time, code) = container.stop();
    assert!(time < Duration::from_secs(3), "it took {time:?} to stop\n{}", container.logs());
    assert_eq!(code, 0, "{}", container.logs());
}

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn flask_serves() {
    serves("flask", &[("/", 200, "Hello from Flask!"), ("/nothing-here", 404, "Not Found")]);
}

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn gunicorn_serves() {
    serves("gunicorn", &[("/", 200, "Served by gunicorn."), ("/health", 200, r#""status":"ok""#)]);
}

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn static_serves() {
    serves(
        "static",
        &[
            ("/", 200, "<html"),
            ("/static/style.css", 200, "{"),
            ("/static/app.js", 200, ""),
            ("/static/box.svg", 200, "<svg"),
        ],
    );
}

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn another_port_is_honoured() {
    let container = Container::start(&load("flask"), 9000, &["--env", "PORT=9000"]);
    assert_eq!(container.get("/").status, 200);
}

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn the_samples_are_as_small_as_promised() {
    for (bytecode, uncompressed, compressed) in
        [("off", 45_000_000, 16_000_000), ("auto", 58_000_000, 22_000_000)]
    {
        let report = build("flask", &["--bytecode", bytecode]);
        let size = |field: &str| report[field].as_u64().unwrap();
        assert!(size("uncompressed_bytes") <= uncompressed, "--bytecode {bytecode}: {report:#}");
        assert!(size("compressed_bytes") <= compressed, "--bytecode {bytecode}: {report:#}");
    }
}

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn other_tools_accept_what_we_write() {
    let directory = tempfile::tempdir().unwrap();
    let layout = directory.path().join("layout");
    let archive = directory.path().join("image.tar");
    let outputs = [format!("oci:{}", layout.display()), format!("archive:{}", archive.display())];
    let report = build("gunicorn", &["-t", "tools:1", "-o", &outputs[0], "-o", &outputs[1]]);
    let digest = report["digest"].as_str().unwrap();

    for source in
        [format!("oci:{}", layout.display()), format!("oci-archive:{}", archive.display())]
    {
        let inspected: Value =
            serde_json::from_str(&succeed(Command::new("skopeo").arg("inspect").arg(&source)))
                .unwrap();
        assert_eq!(inspected["Digest"], digest, "{source}");
        assert_eq!(
            inspected["Layers"].as_array().unwrap().len(),
            report["layers"].as_array().unwrap().len()
        );
    }

    let bundle = directory.path().join("bundle");
    let image = format!("{}:tools:1", layout.display());
    succeed(Command::new("umoci").args(["unpack", "--rootless", "--image", &image]).arg(&bundle));
    assert!(bundle.join("rootfs/app/gunicorn_app/__init__.py").is_file());
    assert!(bundle.join("rootfs/opt/venv/bin/gunicorn").is_file());

    let loaded = succeed(docker(["load", "--input"]).arg(&archive));
    assert!(loaded.contains("tools:1"), "{loaded}");
    let id = succeed(&mut docker(["image", "inspect", "--format", "{{.Id}}", "tools:1"]));
    assert_eq!(id.trim(), report["image_id"].as_str().unwrap());
}

/// Another directory, user, umask, clock, time zone and cache: the same image.
#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn the_machine_leaves_no_trace() {
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("elsewhere");
    succeed(Command::new("cp").arg("-r").arg(root().join("samples/static")).arg(&copy));
    succeed(Command::new("chmod").args(["-R", "go-rwx,u+rw"]).arg(&copy));
    succeed(Command::new("chmod").arg("0777").arg(directory.path()));
    succeed(Command::new("chown").args(["-R", "1234:1234"]).arg(directory.path()));
    let program = directory.path().join("boxwright");
    std::fs::copy(boxwright().get_program(), &program).unwrap();

    let here = build("static", &[]);
    let there = succeed(
        Command::new("setpriv")
            .args([
                "--reuid=1234",
                "--regid=1234",
                "--clear-groups",
                "sh",
                "-c",
                "umask 077; exec \"$@\"",
                "sh",
            ])
            .arg(&program)
            .args(["build", "--json", "--cache-dir"])
            .arg(directory.path().join("cache"))
            .arg(&copy)
            .env("TZ", "Pacific/Auckland")
            .env("LC_ALL", "tr_TR.UTF-8")
            .env("HOME", directory.path()),
    );
    let there: Value = serde_json::from_str(&there).unwrap();
    assert_eq!(here["digest"], there["digest"], "{here:#}\n{there:#}");
}

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn the_other_architecture_builds_here() {
    let directory = tempfile::tempdir().unwrap();
    let layout = format!("oci:{}", directory.path().join("arm").display());
    let report = build("flask", &["--platform", "linux/arm64", "-o", &layout]);
    assert_eq!(report["platform"], "linux/arm64");
    let inspected: Value =
        serde_json::from_str(&succeed(Command::new("skopeo").args(["inspect", &layout]))).unwrap();
    assert_eq!(inspected["Architecture"], "arm64");
}

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn the_older_suite_serves_too() {
    let name = "boxwright-e2e/bookworm:latest";
    let report = build("gunicorn", &["--python", "3.11", "--load", "-t", name]);
    assert!(report["base"].as_str().unwrap().contains("bookworm"), "{report:#}");
    let container = Container::start(name, 8080, &[]);
    assert!(container.get("/health").body.contains(r#""python":"3.11."#));
}

/// A second run finds everything; so does one without a network.
#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn a_second_run_does_nothing() {
    let first = build("flask", &[]);
    let second = build("flask", &["--offline"]);
    assert_eq!(first["digest"], second["digest"]);
    assert_eq!(second["downloaded_bytes"], 0);
    for layer in second["layers"].as_array().unwrap() {
        assert_eq!(layer["outcome"], "reused", "{second:#}");
    }
}

/// Each mistake is named with its file, its line and what to do, and the next build works.
#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn mistakes_are_explained() {
    let directory = tempfile::tempdir().unwrap();
    let project = directory.path().join("project");
    succeed(Command::new("cp").arg("-r").arg(root().join("samples/flask/src")).arg(&project));
    let requirements = project.join("requirements.txt");
    let complain = |contents: &[u8], expected: &[&str]| {
        std::fs::write(&requirements, contents).unwrap();
        let complaint = fail(boxwright().arg("build").arg(&project));
        for words in expected {
            assert!(complaint.contains(words), "`{words}` is not in:\n{complaint}");
        }
    };
    complain(b"flask==99\n", &["requirements.txt:1", "flask", "99"]);
    complain(b"flask\n\npycrypto==2.6.1\n", &["requirements.txt:3", "pycrypto", "source"]);
    complain(b"\x7fELF\x02\x01\0\0\0", &["requirements.txt", "text"]);
    complain(b"flask\n-r more.txt\n", &["requirements.txt:2", "more.txt"]);
    std::fs::remove_file(&requirements).unwrap();
    let complaint = fail(boxwright().arg("build").arg(&project));
    assert!(complaint.contains("requirements.txt"), "{complaint}");

    std::fs::write(&requirements, "flask==3.1.3\ngunicorn\n").unwrap();
    succeed(boxwright().arg("build").arg(&project));
}

/// Root may read everything, so somebody else asks.
#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn an_unreadable_file_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let mode = std::fs::Permissions::from_mode;
    std::fs::set_permissions(directory.path(), mode(0o777)).unwrap();
    let project = directory.path().join("project");
    succeed(Command::new("cp").arg("-r").arg(root().join("samples/flask/src")).arg(&project));
    std::fs::write(project.join("private.pem"), "").unwrap();
    std::fs::set_permissions(project.join("private.pem"), mode(0o000)).unwrap();
    let program = directory.path().join("boxwright");
    std::fs::copy(boxwright().get_program(), &program).unwrap();
    let complaint = fail(
        Command::new("setpriv")
            .args(["--reuid=1234", "--regid=1234", "--clear-groups"])
            .arg(&program)
            .args(["build", "--cache-dir"])
            .arg(directory.path().join("cache"))
            .arg(&project),
    );
    assert!(complaint.contains("private.pem"), "{complaint}");
    assert!(complaint.contains("ignore file"), "{complaint}");
}

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn without_a_network_the_reason_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let complaint = fail(
        boxwright()
            .args(["build", "--cache-dir"])
            .arg(directory.path())
            .arg(root().join("samples/flask"))
            .env("HTTP_PROXY", "http://127.0.0.1:9")
            .env("HTTPS_PROXY", "http://127.0.0.1:9"),
    );
    assert!(complaint.contains("cannot reach"), "{complaint}");
}

/// A full disk ends the build with its reason; with room again, the same cache serves.
#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn a_full_disk_leaves_a_usable_cache() {
    let directory = tempfile::tempdir().unwrap();
    let small = directory.path().join("small");
    std::fs::create_dir(&small).unwrap();
    let mount = |options: &str| {
        succeed(
            Command::new("mount").args(["-t", "tmpfs", "-o", options, "boxwright-e2e"]).arg(&small),
        );
    };
    mount("size=30m");
    let unmount = Unmount(&small);
    let build = || {
        let mut command = boxwright();
        command.args(["build", "--cache-dir"]).arg(&small).arg(root().join("samples/flask"));
        command
    };
    let complaint = fail(&mut build());
    assert!(complaint.contains("No space left"), "{complaint}");
    mount("remount,size=500m");
    succeed(&mut build());
    drop(unmount);
}

struct Unmount<'a>(&'a Path);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).output();
    }
}
