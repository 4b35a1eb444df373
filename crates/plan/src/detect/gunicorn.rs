//! gunicorn's configuration file.

use super::address::Address;
use super::context::Context;
use super::error::DetectError;
use super::project_files::at;
use crate::evidence::{Decision, Evidence, Place, Rule, Topic};
use crate::python::{Form, Text};

/// The file that gunicorn reads by itself, from its working directory.
const DEFAULT: &str = "gunicorn.conf.py";

/// Names that people give it, and folders that they keep it in.
const NAMES: [&str; 9] = [
    DEFAULT,
    "gunicorn_config.py",
    "gunicorn_conf.py",
    "gunicorn-conf.py",
    "gunicorn-config.py",
    "gunicorn_cfg.py",
    "gunicorn-cfg.py",
    "gunicorn.config.py",
    "gunicorn.py",
];
const FOLDERS: [&str; 4] = ["", "conf", "config", "gunicorn"];

/// What a configuration file settles.
#[derive(Debug, Default)]
pub(super) struct GunicornConfig {
    /// Its path in the image; `None` without one.
    pub(super) file: Option<String>,
    /// Whether gunicorn must be told of it.
    pub(super) named: bool,
    /// What it binds; `None` where it leaves that to gunicorn.
    pub(super) bind: Option<Bind>,
    pub(super) worker_class: bool,
    pub(super) worker_tmp_dir: bool,
}

/// An address that a configuration file binds.
#[derive(Debug)]
pub(super) struct Bind {
    pub(super) address: Address,
    /// Whether `PORT` changes it.
    pub(super) honours_port: bool,
    pub(super) place: Place,
}

/// Finds and reads the file, or the one that a command names.
pub(super) fn find(
    context: &Context<'_>,
    named: Option<&str>,
    decisions: &mut Vec<Decision>,
) -> Result<GunicornConfig, DetectError> {
    let file = match named {
        Some(path) => Some(configured(context, path)).filter(|file| context.tree.has(file)),
        None => search(context, decisions),
    };
    let Some(file) = file else { return Ok(GunicornConfig::default()) };
    let module = context.modules.read(&file).map_err(DetectError::Source)?;
    let bind = module.names.get("bind").and_then(|binding| {
        let text: &Text = match &binding.form {
            Form::Text(text) => text,
            Form::Texts(texts) => texts.first()?,
            _ => return None,
        };
        let place = Place::line(&file, binding.line);
        Some(Bind { address: Address::parse(&text.text), honours_port: text.honours_port, place })
    });
    let sets = |name: &str| module.names.contains_key(name);
    Ok(GunicornConfig {
        named: context.in_image(&file) != DEFAULT,
        bind,
        worker_class: sets("worker_class"),
        worker_tmp_dir: sets("worker_tmp_dir"),
        file: Some(context.in_image(&file).to_owned()),
    })
}

/// The path of what stands behind `--config`, where `python:` names a module.
fn configured(context: &Context<'_>, path: &str) -> String {
    let path = match path.strip_prefix("python:") {
        Some(module) => format!("{}.py", module.replace('.', "/")),
        None => path.trim_start_matches("file:").trim_start_matches("./").to_owned(),
    };
    at(context.source, &path)
}

fn search(context: &Context<'_>, decisions: &mut Vec<Decision>) -> Option<String> {
    let folders = FOLDERS.iter().map(|folder| at(context.source, folder));
    let files = folders.flat_map(|folder| NAMES.map(|name| at(&folder, name)));
    // A `gunicorn.py` at the root hides gunicorn itself, and is none of its configuration files.
    let shadow = at(context.source, "gunicorn.py");
    let mut found = files.filter(|file| context.tree.has(file) && *file != shadow);
    let file = found.next()?;
    let evidence = Evidence::at(Rule::GunicornConfig, Place::file(&file));
    let others: Vec<_> = found.collect();
    if others.is_empty() {
        decisions.push(Decision::note(Topic::Server, format!("gunicorn with {file}"), evidence));
    } else {
        let text = format!(
            "gunicorn with {file}, although {} could be meant as well: name the right one with `--start \"gunicorn --config FILE …\"`",
            others.join(", ")
        );
        decisions.push(Decision::warning(Topic::Server, text, evidence));
    }
    Some(file)
}
