//! What builds on a Docker Engine promise, on both of its builders.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use boxwright_context::Snapshot;
use boxwright_e2e::{boxwright, docker, root, succeed};
use boxwright_engine::{
    DockerBuild, DockerBuildError, DockerBuilder, DockerContext, DockerEngine, DockerEnvironment,
    DockerHost, Endpoint, Event, Events, Outcome,
};
use serde_json::Value;

const BUILDERS: [DockerBuilder; 2] = [DockerBuilder::Classic, DockerBuilder::BuildKit];
/// What `--base composed` calls the base to build in.
const FULL: &str = "boxwright/python:3.13-full";

/// Remembers events, and when they came.
#[derive(Default)]
struct Heard(Mutex<Vec<(Instant, Event)>>);

impl Events for Heard {
    fn on(&self, event: Event) {
        self.0.lock().unwrap().push((Instant::now(), event));
    }
}

impl Heard {
    /// When this line was printed.
    fn line(&self, wanted: &str) -> Option<Instant> {
        let heard = self.0.lock().unwrap();
        let is_it = |event: &Event| matches!(event, Event::InstructionOutput { line, .. } if line == wanted);
        heard.iter().find(|(_, event)| is_it(event)).map(|(time, _)| *time)
    }

    /// How the instruction with these words ended.
    fn outcome(&self, words: &str) -> Option<Outcome> {
        let heard = self.0.lock().unwrap();
        heard.iter().find_map(|(_, event)| match event {
            Event::InstructionFinished { name, outcome, .. } if name.contains(words) => *outcome,
            _ => None,
        })
    }
}

async fn engine() -> (DockerEngine, Arc<Heard>) {
    let environment = DockerEnvironment {
        host: std::env::var_os("DOCKER_HOST").and_then(|host| host.into_string().ok()),
        ..DockerEnvironment::default()
    };
    let host = DockerHost::connect(&Endpoint::find(&environment).unwrap()).await.unwrap();
    let heard = Arc::new(Heard::default());
    (DockerEngine::new(host, heard.clone()), heard)
}

fn request(name: &str, dockerfile: &str, builder: DockerBuilder) -> DockerBuild {
    let context = DockerContext {
        dockerfile: dockerfile.to_owned(),
        files: Vec::new(),
        snapshot: Snapshot::in_memory([("app.py", "print('hello')\n")]).unwrap(),
        prefix: None,
        mtime: 0,
    };
    let name = format!("boxwright-e2e/{name}-{}:latest", builder.name());
    DockerBuild { no_cache: true, ..DockerBuild::new(name, context, builder) }
}

/// Composes the bases, unless they are there.
fn with_bases() {
    let sample = root().join("samples/flask");
    succeed(
        boxwright()
            .args(["build", "--engine", "docker", "--base", "composed", "--quiet"])
            .args(["-t", "boxwright-e2e/bases"])
            .arg(sample),
    );
}

/// Builds a project with the program, and gives its events and its report.
fn build(directory: &std::path::Path, name: &str, args: &[&str]) -> (Vec<Value>, Value) {
    let mut command = boxwright();
    command.args(["build", "--engine", "docker", "--base", "composed", "--json", "-t", name]);
    let output = command.args(args).arg(directory).output().unwrap();
    let events = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{events}");
    let events = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (events, serde_json::from_slice(&output.stdout).unwrap())
}

fn is_running(command: &str) -> bool {
    Command::new("pgrep").args(["-f", command]).output().unwrap().status.success()
}

fn until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "not within 20 s: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Twice, since a session must be a new one each time.
#[tokio::test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
async fn secrets_and_logs_come_together() {
    with_bases();
    let dockerfile = format!(
        "FROM {FULL}\n\
         RUN --mount=type=secret,id=token --mount=type=secret,id=none \\\n\
         echo first && sleep 2 && tr a-z A-Z </run/secrets/token && test ! -e /run/secrets/none\n"
    );
    for token in ["hush", "quiet"] {
        let (engine, heard) = engine().await;
        let mut build = request("secrets", &dockerfile, DockerBuilder::BuildKit);
        build.secrets = BTreeMap::from([("token".to_owned(), token.as_bytes().to_vec())]);
        engine.build(&build).await.unwrap();
        let first = heard.line("first").expect("a line");
        let last = heard.line(&token.to_uppercase()).expect("the secret");
        let apart = last - first;
        assert!(apart > Duration::from_secs(1), "lines came {apart:?} apart: they are no stream");
        let history =
            succeed(&mut docker(["history", "--no-trunc", "--format", "{{.}}", &build.name]));
        assert!(!history.contains(token), "{history}");
    }
    let (engine, _) = engine().await;
    let mut build = request("secrets", &dockerfile, DockerBuilder::Classic);
    build.secrets = BTreeMap::from([("token".to_owned(), Vec::new())]);
    let error = engine.build(&build).await.unwrap_err().to_string();
    assert!(error.contains("`token`") && error.contains("BuildKit"), "{error}");
}

#[tokio::test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
async fn a_failed_build_is_explained_and_leaves_nothing() {
    with_bases();
    for builder in BUILDERS {
        let (engine, _) = engine().await;
        let dockerfile =
            format!("FROM {FULL}\nLABEL boxwright.e2e=failed\nRUN echo because && exit 3\n");
        let error = engine.build(&request("failed", &dockerfile, builder)).await.unwrap_err();
        let DockerBuildError::Failed { instruction, message, output } = &error else {
            panic!("{error:?}")
        };
        assert!(instruction.as_ref().unwrap().contains("exit 3"), "{error}");
        assert!(message.contains('3'), "{error}");
        assert_eq!(output, &["because"], "{error}");
        let left = succeed(&mut docker(["ps", "-aq", "--filter", "label=boxwright.e2e=failed"]));
        assert_eq!(left, "", "{builder:?} left a container");

        let error = engine
            .build(&request("failed", "FROM scratch\nCOPIE a b\n", builder))
            .await
            .unwrap_err();
        assert!(error.to_string().to_lowercase().contains("unknown instruction"), "{error}");
    }
}

#[tokio::test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
async fn a_build_that_is_dropped_ends_on_the_engine() {
    with_bases();
    for (builder, sleep) in BUILDERS.into_iter().zip(["sleep 97531", "sleep 97532"]) {
        let dockerfile = format!("FROM {FULL}\nLABEL boxwright.e2e=dropped\nRUN {sleep}\n");
        let building = tokio::spawn(async move {
            let (engine, _) = engine().await;
            engine.build(&request("dropped", &dockerfile, builder)).await
        });
        tokio::task::spawn_blocking(move || {
            until("it sleeps", || is_running(&format!("^{sleep}$")))
        })
        .await
        .unwrap();
        building.abort();
        assert!(building.await.unwrap_err().is_cancelled());
        tokio::task::spawn_blocking(move || {
            until("it is killed", || !is_running(&format!("^{sleep}$")));
            until("its container is removed", || {
                let filter = "label=boxwright.e2e=dropped";
                succeed(&mut docker(["ps", "-aq", "--filter", filter])).is_empty()
            });
        })
        .await
        .unwrap();
    }
}

#[tokio::test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
async fn what_is_asked_for_reaches_the_builder() {
    with_bases();
    let dockerfile = format!(
        "FROM {FULL} AS first\nARG GREETING=none\nRUN echo $GREETING >/greeting\nFROM first\nRUN exit 1\n"
    );
    for builder in BUILDERS {
        let (engine, heard) = engine().await;
        let mut build = request("asked", &dockerfile, builder);
        build.build_args = BTreeMap::from([("GREETING".to_owned(), "hello there".to_owned())]);
        build.labels = BTreeMap::from([("a.label".to_owned(), "its value".to_owned())]);
        build.target = Some("first".to_owned());
        build.platform = Some("linux/amd64".to_owned());
        build.no_cache = false;
        engine.build(&build).await.unwrap();
        let format = "{{index .Config.Labels \"a.label\"}} {{.Architecture}}";
        let inspected = succeed(&mut docker(["inspect", "--format", format, &build.name]));
        assert_eq!(inspected.trim(), "its value amd64");
        let said = succeed(&mut docker(["run", "--rm", &build.name, "cat", "/greeting"]));
        assert_eq!(said, "hello there\n");

        let (engine, heard_again) = self::engine().await;
        build.cache_from = vec![build.name.clone()];
        let again = engine.build(&build).await.unwrap();
        assert_eq!(again.built, 0, "{builder:?}");
        assert_eq!(heard_again.outcome("RUN echo"), Some(Outcome::Reused));
        build.no_cache = true;
        build.cache_from.clear();
        assert!(engine.build(&build).await.unwrap().built > 0, "{builder:?}");
        drop(heard);
    }
}

/// The certificates that a download needed are nowhere in what is released.
#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn certificates_stay_behind() {
    let bundle = std::env::var_os("SSL_CERT_FILE")
        .unwrap_or_else(|| "/etc/ssl/certs/ca-certificates.crt".into());
    for builder in BUILDERS.map(DockerBuilder::name) {
        let name = format!("boxwright-e2e/certificates-{builder}:latest");
        let mut command = boxwright();
        command.args(["build", "--engine", "docker", "--base", "composed", "--quiet"]).args([
            "--builder",
            builder,
            "-t",
            &name,
            "--ca-bundle",
        ]);
        succeed(command.arg(&bundle).arg(root().join("samples/gunicorn")));
        let created = succeed(&mut docker(["create", &name]));
        let files = succeed(
            Command::new("sh")
                .args(["-c", "docker export \"$1\" | tar -t; docker rm \"$1\" >/dev/null", "sh"])
                .arg(created.trim()),
        );
        assert!(files.contains("app/gunicorn_app/__init__.py"), "{files}");
        for trace in ["ca-bundle", ".boxwright", "requirements/"] {
            let found: Vec<_> = files.lines().filter(|path| path.contains(trace)).collect();
            assert!(found.is_empty(), "{builder}: {found:?}");
        }
        let history = succeed(&mut docker(["history", "--no-trunc", &name]));
        assert!(!history.contains("ca-bundle"), "{history}");
    }
}

/// Comments, order and spelling in requirements.txt decide about nothing.
#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn a_comment_reinstalls_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let project = directory.path().join("project");
    succeed(Command::new("cp").arg("-r").arg(root().join("samples/gunicorn")).arg(&project));
    let requirements = project.join("requirements.txt");
    let before = std::fs::read_to_string(&requirements).unwrap();
    for builder in BUILDERS.map(DockerBuilder::name) {
        let name = format!("boxwright-e2e/comment-{builder}:latest");
        std::fs::write(&requirements, &before).unwrap();
        build(&project, &name, &["--builder", builder]);
        let edited: Vec<_> = before.lines().rev().map(|line| format!("{line}  # why")).collect();
        std::fs::write(&requirements, format!("# new\n\n{}\n", edited.join("\n"))).unwrap();
        let (events, _) = build(&project, &name, &["--builder", builder]);
        let installs: Vec<_> = events
            .iter()
            .filter(|event| event["event"] == "instruction-finished")
            .filter(|event| event["name"].as_str().unwrap().contains(" install"))
            .map(|event| &event["outcome"])
            .collect();
        assert_eq!(installs, ["reused"], "{builder}");
    }
}
