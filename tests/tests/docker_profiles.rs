//! Every Dockerfile that is written, built on both builders, started, and asked.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::SystemTime;

use boxwright::{
    BaseArg, BuildConfig, DockerBuilder, DockerConfig, DockerPipeline, Environment, Installer,
    Profile, ProgressMode,
};
use boxwright_e2e::{Container, boxwright, docker, fail, root, succeed};
use boxwright_engine::{DockerBuild, DockerContext, DockerImage};
use boxwright_plan::{Bases, CA_BUNDLE, DOCKERIGNORE, RenderOptions, Requirements, render};
use serde_json::Value;

const BUILDERS: [DockerBuilder; 2] = [DockerBuilder::Classic, DockerBuilder::BuildKit];

/// A sample in a profile, what installs its dependencies, and what it answers.
struct Case {
    sample: &'static str,
    profile: Profile,
    installer: Installer,
    answer: &'static str,
}

const fn case(sample: &'static str, profile: Profile, answer: &'static str) -> Case {
    Case { sample, profile, installer: Installer::Pip, answer }
}

const CASES: [Case; 8] = [
    case("flask", Profile::Simple, "Hello from Flask!"),
    case("gunicorn", Profile::Reload, "Served by gunicorn."),
    case("static", Profile::Static, "<html"),
    case("gunicorn", Profile::Production, "Served by gunicorn."),
    case("flask", Profile::Multistage, "Hello from Flask!"),
    case("django", Profile::Multistage, "<html"),
    case("fastapi", Profile::Multistage, ""),
    Case { installer: Installer::Uv, ..case("gunicorn", Profile::Multistage, "Served") },
];

#[expect(clippy::disallowed_methods, reason = "the program's own entrance: it reads the clock")]
async fn pipeline(sample: &str, profile: Profile, builder: DockerBuilder) -> DockerPipeline {
    let environment = Environment::read(SystemTime::now());
    let config = BuildConfig::new(root().join("samples").join(sample), &environment).unwrap();
    let docker = DockerConfig {
        profile,
        builder: Some(builder),
        base: Some(BaseArg::Composed),
        ..DockerConfig::new(&environment).unwrap()
    };
    DockerPipeline::connect(config, docker, ProgressMode::Quiet).await.unwrap()
}

/// The Dockerfile as `boxwright dockerfile` writes it, in the project's own directory, and the
/// image it makes: nothing but what a user has.
async fn build(case: &Case, builder: DockerBuilder) -> (String, DockerImage) {
    let Case { sample, profile, installer, .. } = case;
    let pipeline = pipeline(sample, *profile, builder).await;
    let scanned = pipeline.scan().unwrap();
    let project = scanned.detect().unwrap();
    // What the program itself would build; here it makes sure that the bases are there.
    let prepared = pipeline.prepare(&scanned, project).await.unwrap();
    let full = "boxwright/python:3.13-full".to_owned();
    let release = "boxwright/python:3.13".to_owned();
    let ca_bundle = pipeline.certificates_in_use();
    let options = RenderOptions {
        profile: *profile,
        installer: *installer,
        dialect: pipeline.dialect().unwrap(),
        bases: Some(Bases { full, release }),
        requirements: Requirements::Project,
        ca_bundle: ca_bundle.is_some(),
        release_has_shell: false,
        ..RenderOptions::default()
    };
    let rendered = render(&prepared.project, &prepared.plan, &options).unwrap();
    let mut files = vec![(".dockerignore".to_owned(), DOCKERIGNORE.as_bytes().to_vec())];
    let mut secrets = BTreeMap::new();
    if let Some(bundle) = ca_bundle {
        match builder {
            // The usual ignore file keeps `*.pem` out.
            DockerBuilder::Classic => {
                files[0].1.extend_from_slice(format!("!{CA_BUNDLE}\n").as_bytes());
                files.push((CA_BUNDLE.to_owned(), bundle));
            }
            DockerBuilder::BuildKit => drop(secrets.insert("ca-bundle".to_owned(), bundle)),
        }
    }
    let context = DockerContext {
        dockerfile: rendered.dockerfile.text().to_owned(),
        files,
        snapshot: scanned.snapshot.clone(),
        prefix: None,
        mtime: 0,
    };
    let name = format!("boxwright-e2e/{sample}:{profile}-{installer}-{}", builder.name());
    let request = DockerBuild { secrets, ..DockerBuild::new(name.clone(), context, builder) };
    let built = pipeline.image(&request).await;
    let built = built.unwrap_or_else(|error| {
        panic!("{name}: {error:#}\n{}", rendered.dockerfile.text());
    });
    (name, built)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
async fn every_dockerfile_builds_and_answers() {
    for case in &CASES {
        for builder in BUILDERS {
            let (name, _) = build(case, builder).await;
            let container = Container::start(&name, 8080, &[]);
            let answer = container.get("/");
            assert_eq!(answer.status, 200, "{name}: {answer:?}\n{}", container.logs());
            assert!(answer.body.contains(case.answer), "{name}: {answer:?}");
            assert_eq!(container.user(), "65532:65532", "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
async fn a_script_runs() {
    for builder in BUILDERS {
        let (name, _) = build(&case("script", Profile::Script, ""), builder).await;
        let samples = root().join("samples/script");
        let mount = format!("{}:/work:ro", samples.display());
        let counted = succeed(&mut docker(["run", "--rm", "-v", &mount, &name, "README.md"]));
        let words = std::fs::read_to_string(samples.join("README.md")).unwrap();
        let expected = format!("{} {}", words.lines().count(), words.split_whitespace().count());
        assert!(counted.starts_with(&expected), "{counted}");
    }
}

/// Several stages against one, on the same bases.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
async fn several_stages_are_eight_times_smaller() {
    let mut table = "sample    one stage  several  factor\n".to_owned();
    let mut factors = Vec::new();
    for sample in ["flask", "gunicorn", "static"] {
        let bytes = async |profile| {
            let pipeline = pipeline(sample, profile, DockerBuilder::BuildKit).await;
            pipeline.run().await.unwrap().uncompressed_bytes
        };
        let (one, several) = (bytes(Profile::Production).await, bytes(Profile::Multistage).await);
        let factor = one as f64 / several as f64;
        let (one, several) = (one as f64 / 1e6, several as f64 / 1e6);
        writeln!(table, "{sample:8} {one:7.1} MB {several:5.1} MB {factor:6.1}x").unwrap();
        factors.push(factor);
    }
    println!("{table}");
    assert!(factors.iter().all(|factor| *factor >= 8.0), "\n{table}");
}

/// The stand-in for an Alpine image, which lies beside the checkout.
fn musl_base() -> &'static str {
    const NAME: &str = "boxwright-e2e/musl-python:3.11";
    const FIXTURE: &str = "shared/fixtures/musl-python-3.11.tar.gz";
    let root = root();
    let found: Option<PathBuf> =
        root.ancestors().skip(1).map(|above| above.join(FIXTURE)).find(|path| path.is_file());
    let fixture = found.unwrap_or_else(|| {
        panic!("`../{FIXTURE}` is missing beside the checkout: the musl release cannot be tested")
    });
    let path = "ENV PATH=/usr/local/bin:/usr/bin:/bin";
    succeed(docker(["import", "--change", path]).arg(fixture).arg(NAME));
    NAME
}

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn a_musl_release_gets_musl_wheels() {
    let base = musl_base();
    for builder in BUILDERS.map(DockerBuilder::name) {
        let name = format!("boxwright-e2e/musl-{builder}:latest");
        let report = succeed(
            boxwright()
                .args(["build", "--engine", "docker", "--json", "--builder", builder])
                .args(["--release", "alpine", "--python", "3.11", "--base", base, "-t", &name])
                .arg(root().join("samples/gunicorn")),
        );
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["base"], base);
        let list = "find /opt/venv -name '*.so'";
        let modules = succeed(&mut docker(["run", "--rm", &name, "sh", "-c", list]));
        assert!(modules.contains("-musl.so"), "no compiled musl wheel: {modules}");
        assert!(!modules.contains("-gnu.so"), "a wheel for another C library: {modules}");
        let container = Container::start(&name, 8080, &[]);
        assert!(container.get("/health").body.contains(r#""python":"3.11."#));
        assert_eq!(container.user(), "65532:65532");
    }
}

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn alpine_is_not_composed() {
    let mut command = boxwright();
    command.args(["build", "--engine", "docker", "--release", "alpine", "--base", "composed"]);
    let complaint = fail(command.arg(root().join("samples/flask")));
    assert!(complaint.contains("--base"), "{complaint}");
}

/// `docker` itself agrees with what was reported.
#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn the_report_is_true() {
    let name = "boxwright-e2e/report:latest";
    let report = succeed(
        boxwright()
            .args(["build", "--engine", "docker", "--base", "composed", "--json", "-t", name])
            .arg(root().join("samples/flask")),
    );
    let report: Value = serde_json::from_str(&report).unwrap();
    let format = "{{.Id}} {{.Size}} {{len .RootFS.Layers}}";
    let inspected = succeed(Command::new("docker").args(["inspect", "--format", format, name]));
    let expected = format!(
        "{} {} {}",
        report["image_id"].as_str().unwrap(),
        report["uncompressed_bytes"],
        report["layers"]
    );
    assert_eq!(inspected.trim(), expected);
}
