//! `boxwright.yaml`: what it may say, and how a mistake is named.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use boxwright_plan::{Config, PythonMinor, User, schema};

#[test]
fn everything_can_be_said() {
    let config = Config::parse(
        r#"
name: shop
source: src
requirements: src/requirements.txt
python: "3.11"
app: shop:create_app()
start: gunicorn "shop:create_app()" -b :$PORT
port: 9000
add_server: true
base: registry.example/python:3.11
index: https://pypi.example/simple
env: {DEBUG: false, LEVEL: 3, RATE: 0.5, NAME: "no"}
labels: {team: boxes}
system_packages: [libpq5]
include: [shop, static/]
healthcheck: {path: /health, timeout: 2}
user: 1000
ports: [9001]
processes: {worker: celery -A shop worker}
pre_start:
  - python manage.py migrate
  - [python, manage.py, collectstatic, --no-input]
layers: {budget: 8}
allow_leaks: [dotenv, git]
"#,
    )
    .unwrap();
    assert_eq!(config.python, Some(PythonMinor::new(3, 11)));
    assert_eq!(config.user, Some(User { uid: 1000, gid: 1000 }));
    assert_eq!(config.start.as_ref().unwrap()[1], "shop:create_app()");
    let env: Vec<_> = config.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(env, ["DEBUG=false", "LEVEL=3", "NAME=no", "RATE=0.5"]);
    assert_eq!(config.pre_start[0], ["python", "manage.py", "migrate"]);
    assert_eq!(config.healthcheck.as_ref().unwrap().timeout, 2);
    insta::assert_debug_snapshot!(config);
}

#[test]
fn nothing_needs_to_be_said() {
    for text in ["", "\n# a comment\n", "---\n", "{}"] {
        assert_eq!(Config::parse(text), Ok(Config::default()), "{text:?}");
    }
}

#[test]
fn mistakes_are_named_with_their_place() {
    let texts = [
        "name: shop\nprot: 9000\n",
        "name: shop\nhelthcheck: /\n",
        "name: shop\nlayers:\n  buget: 3\n",
        "zzz: 1\n",
        "name: shop\nport: many\n",
        "port: 70000\n",
        "port: 0\n",
        "port: [\n",
        "- a\n",
        "name: a\nname: b\n",
        "start: []\n",
        "start: a | b\n",
        "name: x\npre_start:\n  - echo $HOME\n",
        "user: root\n",
        "python: three\n",
        "layers: {budget: 99}\n",
        "healthcheck: {path: /, command: x}\n",
        "healthcheck: {interval: 3}\n",
        "healthcheck: {paht: /}\n",
        "env: [A]\n",
        "user: {name: x}\n",
        "start: 3\n",
        "python: 3.10\n",
        "name: x\n\nprocesses:\n  web: [a]\n  worker: b > c\n",
        "a: &a [*a, *a]\n",
        "allow_leaks: [dotenvs]\n",
    ];
    let shown = texts.map(|text| format!("{text}→ {}\n", Config::parse(text).unwrap_err()));
    insta::assert_snapshot!(shown.join("\n"));
}

/// What serde takes and what the schema lists are the same keys, learnt from serde's own message.
#[test]
fn the_schema_lists_the_keys_that_are_read() {
    let message = Config::parse("no-such-key: 1").unwrap_err().to_string();
    let (_, known) = message.split_once("expected one of ").unwrap();
    let known: BTreeSet<_> = known.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    let listed: BTreeSet<_> = schema()["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(listed, known);
}

#[test]
fn the_published_schema_is_this_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/boxwright.schema.json");
    let published = std::fs::read_to_string(path).unwrap();
    assert_eq!(published, serde_json::to_string_pretty(&schema()).unwrap() + "\n");
}
