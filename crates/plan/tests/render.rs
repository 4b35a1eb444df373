//! Plans written down, and read back by the linter.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use boxwright_digest::Digest;
use boxwright_dockerfile::{Dialect, LintInput, lint};
use boxwright_plan::{
    BuildPlan, Config, Installer, MemoryFiles, Profile, Project, Python2, Release, RenderOptions,
    Rendered, Requirements, StartCommand, compose, detect, is_ours, python2, reload_start, render,
};

type Files<'a> = &'a [(&'a str, &'a str)];

/// Serves itself, and has a page.
const FLASK: Files<'_> = &[
    (
        "src/server.py",
        "import os\nfrom flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n    app.run(host='0.0.0.0', port=int(os.environ.get('PORT', 8080)))\n",
    ),
    ("src/requirements.txt", "-r base.txt\n# the server\ngunicorn==27.0.1\n"),
    ("src/base.txt", "flask==3.1.3\n"),
    ("src/templates/index.html", ""),
    ("src/static/app.js", ""),
];

const FASTAPI: Files<'_> = &[
    ("main.py", "from fastapi import FastAPI\napp = FastAPI()\n"),
    ("requirements.txt", "fastapi\nuvicorn\npsycopg[binary]\nredis\n"),
];

const DJANGO: Files<'_> = &[
    ("manage.py", "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"),
    ("shop/settings.py", "WSGI_APPLICATION = 'shop.wsgi.application'\n"),
    (
        "shop/wsgi.py",
        "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
    ),
    ("requirements.txt", "django\ngunicorn\n"),
];

const SCRIPT: Files<'_> = &[("count.py", "if __name__ == '__main__':\n    print()\n")];

fn planned(files: Files<'_>, config: &str) -> (Project, BuildPlan, Config) {
    let files: MemoryFiles = files.iter().copied().collect();
    let config = Config::parse(config).unwrap();
    let project = detect(&files, &config).unwrap();
    let plan = BuildPlan::new(&project, Digest::of("key"), &config);
    (project, plan, config)
}

fn rendered(files: Files<'_>, config: &str, options: &RenderOptions) -> Rendered {
    let (project, plan, _) = planned(files, config);
    render(&project, &plan, options).unwrap()
}

fn text(files: Files<'_>, config: &str, options: &RenderOptions) -> String {
    rendered(files, config, options).dockerfile.text().to_owned()
}

#[test]
fn every_profile_is_written_for_the_classic_builder_and_for_buildkit() {
    for profile in Profile::ALL {
        let files = if profile == Profile::Script { SCRIPT } else { FLASK };
        for (dialect, name) in [(Dialect::Classic, "classic"), (Dialect::BuildKit, "buildkit")] {
            let options = RenderOptions { profile, dialect, ..RenderOptions::default() };
            insta::assert_snapshot!(format!("{profile}-{name}"), text(files, "", &options));
        }
    }
}

#[test]
fn uv_installs_from_requirements_and_from_its_lock() {
    for (dialect, name) in [(Dialect::Classic, "classic"), (Dialect::BuildKit, "buildkit")] {
        let options =
            RenderOptions { installer: Installer::Uv, dialect, ..RenderOptions::default() };
        insta::assert_snapshot!(format!("uv-{name}"), text(FLASK, "", &options));
    }
}

#[test]
fn a_release_on_alpine_is_installed_on_alpine() {
    let options = RenderOptions { release: Release::Alpine, ..RenderOptions::default() };
    insta::assert_snapshot!(text(FASTAPI, "", &options));
}

#[test]
fn everything_configured_is_written() {
    let config = r#"
name: shop
env: {PRICE: "$5 \"each\"", SECRET_NAME: it's}
labels: {team: boxes and more}
system_packages: [libpq5, curl]
include: [main.py, static/]
healthcheck: /health
user: 1000:1000
ports: [9000]
pre_start: [python migrate.py]
index: https://pypi.example/simple
"#;
    insta::assert_snapshot!(text(FASTAPI, config, &RenderOptions::default()));
}

#[test]
fn a_base_of_ones_own_is_used_throughout() {
    let text = text(DJANGO, "base: registry.example/python:3.13", &RenderOptions::default());
    let bases: Vec<_> = text.lines().filter(|line| line.starts_with("FROM")).collect();
    insta::assert_debug_snapshot!(bases);
}

#[test]
fn normalised_requirements_come_along_as_files() {
    let requirements = Requirements::Normalised {
        requirements: "flask==3.1.3\ngunicorn==27.0.1\n".to_owned(),
        constraints: Some("click<9\n".to_owned()),
    };
    let options =
        RenderOptions { requirements, dialect: Dialect::Classic, ..RenderOptions::default() };
    let rendered = rendered(FLASK, "", &options);
    insta::assert_snapshot!(rendered.dockerfile.text());
    insta::assert_debug_snapshot!(rendered.files);
}

#[test]
fn certificates_are_trusted_while_something_is_installed() {
    let installs = |text: String| {
        let wanted = |line: &&str| {
            ["ca-bundle", "_CERT", "docker build"].iter().any(|word| line.contains(word))
        };
        text.lines().filter(wanted).map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    let mut shown = Vec::new();
    for (installer, dialect) in [
        (Installer::Pip, Dialect::Classic),
        (Installer::Pip, Dialect::BuildKit),
        (Installer::Uv, Dialect::Classic),
        (Installer::Uv, Dialect::BuildKit),
    ] {
        let options =
            RenderOptions { installer, dialect, ca_bundle: true, ..RenderOptions::default() };
        shown.push(format!("# {installer}, {dialect}\n{}", installs(text(FLASK, "", &options))));
    }
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn what_does_not_fit_is_refused_with_a_reason() {
    let (flask, flask_plan, _) = planned(FLASK, "");
    let (packages, packages_plan, _) = planned(FLASK, "system_packages: [libpq5]");
    let (fastapi, fastapi_plan, _) = planned(FASTAPI, "");
    let (daphne, daphne_plan, _) = planned(FASTAPI, "start: daphne main:app");
    let cases = [
        render(
            &flask,
            &flask_plan,
            &RenderOptions { profile: Profile::Script, ..RenderOptions::default() },
        ),
        render(
            &fastapi,
            &fastapi_plan,
            &RenderOptions { profile: Profile::Static, ..RenderOptions::default() },
        ),
        render(
            &daphne,
            &daphne_plan,
            &RenderOptions { profile: Profile::Reload, ..RenderOptions::default() },
        ),
        render(
            &packages,
            &packages_plan,
            &RenderOptions { release: Release::Alpine, ..RenderOptions::default() },
        ),
    ];
    insta::assert_snapshot!(cases.map(|case| case.unwrap_err().to_string()).join("\n"));
}

/// Ours are clean under our own linter and under BuildKit's checks.
#[test]
fn what_is_written_has_nothing_to_complain_of() {
    for files in [FLASK, FASTAPI, DJANGO, SCRIPT] {
        let (project, plan, _) = planned(files, "healthcheck: /");
        let facts = boxwright_plan::lint_facts(&project, true);
        for (profile, installer) in Profile::ALL
            .into_iter()
            .flat_map(|profile| [(profile, Installer::Pip), (profile, Installer::Uv)])
        {
            for (dialect, release) in
                [(Dialect::Classic, Release::Debian), (Dialect::BuildKit, Release::Alpine)]
            {
                let options = RenderOptions {
                    profile,
                    installer,
                    release,
                    dialect,
                    ..RenderOptions::default()
                };
                let Ok(rendered) = render(&project, &plan, &options) else { continue };
                let input = LintInput { facts: Some(&facts), ..LintInput::default() };
                let mut findings = lint(&rendered.dockerfile, &input);
                // The linter does not put variables into the script of `["sh", "-c", …]` yet.
                findings.retain(|it| {
                    it.rule.name != "exposed-port-not-bound"
                        || !text_of(&rendered).contains("--port $PORT")
                });
                assert!(findings.is_empty(), "{findings:#?}\n{}", rendered.dockerfile.text());
            }
        }
    }
}

fn text_of(rendered: &Rendered) -> &str {
    rendered.dockerfile.text()
}

#[test]
fn python_2_is_text_alone() {
    let application = Python2 {
        requirements: "requirements.txt".to_owned(),
        start: StartCommand::new(["gunicorn", "-b", "0.0.0.0:$PORT", "app:app"]),
        port: 8080,
    };
    insta::assert_snapshot!(python2(&application, Dialect::Classic).unwrap().text());
}

#[test]
fn servers_reload_in_their_own_ways() {
    let cases = [
        (FLASK, ""),
        (FASTAPI, ""),
        (DJANGO, ""),
        (FASTAPI, "start: hypercorn main:app"),
        (FLASK, "start: flask run"),
        (SCRIPT, ""),
    ];
    let shown = cases.map(|(files, config)| {
        reload_start(&planned(files, config).0)
            .map_or_else(|| "none".to_owned(), |start| start.to_string())
    });
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn compose_has_the_service_its_processes_and_its_databases() {
    let (project, plan, config) =
        planned(FASTAPI, "name: My Shop\nprocesses: {worker: celery -A main}\n");
    let text = compose(&project, &plan, &config).unwrap();
    insta::assert_snapshot!(text);
    assert!(is_ours(&text));
    let read: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(read["services"]["my-shop"]["ports"][0]["published"], "8080");
    assert!(read["services"].get("postgres").is_none());
    let uncomment = |line: &str| match line.split_once("# ") {
        Some(("" | "  ", code)) if !code.starts_with(char::is_uppercase) => {
            line.replacen("# ", "", 1) + "\n"
        }
        _ => format!("{line}\n"),
    };
    let uncommented: String = text.lines().skip(2).map(uncomment).collect();
    let read: serde_yaml::Value = serde_yaml::from_str(&uncommented).unwrap();
    assert_eq!(read["services"]["postgres"]["image"], "postgres:17");
    assert!(read["volumes"].get("postgres").is_some());
}

#[test]
fn only_files_that_were_written_here_are_ours() {
    let ours = text(FLASK, "", &RenderOptions::default());
    assert!(is_ours(&ours) && is_ours(boxwright_plan::DOCKERIGNORE));
    assert!(!is_ours("FROM python:3.13\n") && !is_ours(""));
}
