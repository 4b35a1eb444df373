//! The order of the rules for the start command.

use std::rc::Rc;

use super::context::{Context, Entry, Found};
use super::error::{Candidate, DetectError};
use super::procfile::{self, Command};
use super::project_files::at;
use super::search::{Search, root_modules};
use super::{django, frameworks};
use crate::evidence::{Decision, Evidence, Place, Rule, Topic};
use crate::python::{Import, Module, Target};

/// How the application is entered, by the first rule that has an answer.
pub(super) fn find(
    context: &Context<'_>,
    manage: Option<&str>,
    decisions: &mut Vec<Decision>,
) -> Result<Entry, DetectError> {
    let config = context.config;
    if let Some(words) = config.start.as_ref().or_else(|| config.processes.get("web")) {
        let evidence = Evidence::by(Rule::Configured);
        return Ok(Entry::Command { words: words.clone(), default_port: None, evidence });
    }
    if let Some(app) = &config.app {
        return configured(context, app, Evidence::by(Rule::Configured)).map(Entry::App);
    }
    let (command, refused) = from_procfile(context, decisions)?;
    if let Some(command) = command {
        return Ok(command);
    }
    match from_sources(context, manage, decisions) {
        // What the `Procfile` says is nearer to the truth than that nothing was found.
        Err(DetectError::NoApp { .. }) if refused.is_some() => {
            Err(refused.into_iter().next().unwrap_or(DetectError::NoPython))
        }
        found => found,
    }
}

fn from_sources(
    context: &Context<'_>,
    manage: Option<&str>,
    decisions: &mut Vec<Decision>,
) -> Result<Entry, DetectError> {
    if let Some((entrypoint, place)) = &context.pyproject.fastapi_entrypoint {
        let evidence = Evidence::at(Rule::FastApiEntrypoint, place.clone());
        return configured(context, entrypoint, evidence).map(Entry::App);
    }
    let script = project_script(context);
    // A script that starts a server is how its authors start it. Many only belong to the tools of a
    // project, so that any other gives way to an application object.
    if let Some((entry, true)) = script {
        return Ok(entry);
    }
    if let Some(manage) = manage
        && context.depends.on("django")
        && let Some(found) = django::find(context, manage, decisions)?
    {
        return Ok(Entry::App(found));
    }
    if context.depends.on("streamlit")
        && let Some(entry) = streamlit(context)?
    {
        return Ok(entry);
    }
    if let Some(found) = flask_env(context)? {
        return Ok(Entry::App(found));
    }
    if let Some(found) = Search::new(context).run(decisions)? {
        return Ok(Entry::App(found));
    }
    if let Some((entry, _)) = script {
        return Ok(entry);
    }
    run(context)
}

/// The process of the `Procfile`, or why it cannot be used.
fn from_procfile(
    context: &Context<'_>,
    decisions: &mut Vec<Decision>,
) -> Result<(Option<Entry>, Option<DetectError>), DetectError> {
    let Some(process) = procfile::read(context.tree, context.source)? else {
        return Ok((None, None));
    };
    let evidence = Evidence::at(Rule::Procfile, process.place.clone());
    let mut warn = |topic: Topic, text: String| {
        decisions.push(Decision::warning(topic, text, evidence.clone()));
    };
    match process.command {
        Err(error) => {
            warn(Topic::Start, format!("{error}; what else says how to start is gone by instead"));
            Ok((None, Some(DetectError::Procfile { place: process.place, error })))
        }
        Ok(Command { words, .. }) if procfile::is_development(&words) => {
            warn(
                Topic::Start,
                format!("`{}` is not used: it is a server for development", process.line),
            );
            Ok((None, None))
        }
        Ok(Command { words, before, default_port }) => {
            for command in before {
                let text = format!(
                    "`{}` is not run at every start: run it once, or list it under `pre_start:` in boxwright.yaml",
                    command.join(" ")
                );
                warn(Topic::Setup, text);
            }
            Ok((Some(Entry::Command { words, default_port, evidence }), None))
        }
    }
}

/// `module:object`, `module:factory()`, or a module alone, as somebody wrote it.
fn configured(context: &Context<'_>, app: &str, evidence: Evidence) -> Result<Found, DetectError> {
    let not_found = |problem: String| DetectError::AppNotFound { app: app.to_owned(), problem };
    let (path, attribute) =
        app.split_once(':').map_or((app, None), |(path, name)| (path, Some(name)));
    let path = path.strip_suffix(".py").unwrap_or(path).replace('/', ".");
    let import = Import { base: None, path: path.clone() };
    let file = context.modules.find(&import).filter(|(_, rest)| rest.is_empty());
    let (file, _) = file.ok_or_else(|| not_found(format!("there is no module `{path}`")))?;
    let apps = context.apps();
    let module = match (context.modules.read(&file), attribute) {
        // What is not read for its size is taken at the user's word.
        (Err(error), Some(_)) if error.is_limit() => {
            Rc::new(Module { file: file.clone(), ..Module::default() })
        }
        (module, _) => module.map_err(DetectError::Source)?,
    };
    let Some(attribute) = attribute else {
        let app = apps.object(&module).or_else(|| apps.factory(&module));
        let app = app.ok_or_else(|| not_found(format!("{file} holds none")))?;
        return Ok(Found { app, module: path, file, evidence, call: None });
    };
    let name = attribute.split('(').next().unwrap_or(attribute);
    if !module.names.contains_key(name) && !module.names.is_empty() {
        return Err(not_found(format!("{file} has no `{name}`")));
    }
    let factory = apps.named_factory(&module, name);
    let found =
        if attribute.contains('(') { factory } else { apps.named(&module, name).or(factory) };
    // What cannot be followed is taken at its word: the dependencies tell the interface.
    let app = found.unwrap_or_else(|| apps.trusted(&module, name, attribute.contains('(')));
    let call = attribute.contains('(').then(|| attribute.to_owned());
    Ok(Found { app, module: path, file, evidence, call })
}

/// The only script of the project, and whether it starts a server.
fn project_script(context: &Context<'_>) -> Option<(Entry, bool)> {
    let [(_, target, place)] = context.pyproject.scripts.as_slice() else { return None };
    let (module, function) = target.split_once(':')?;
    let (file, rest) = context.modules.find(&Import { base: None, path: module.to_owned() })?;
    let read = context.modules.read(&file).ok().filter(|_| rest.is_empty())?;
    let serves = match context.modules.follow(&read, function) {
        Target::Found { module, form: crate::python::Form::Function(function), .. } => {
            function.serves
                && module.serves.iter().any(|call| serves(context, &module, &call.callee))
        }
        Target::Found { .. } => false,
        _ => return None,
    };
    // The project itself is not installed, so that its script is called as its wrapper would.
    let code = format!("from {module} import {function}; raise SystemExit({function}())");
    let words = ["python", "-c", &code].map(str::to_owned).to_vec();
    let evidence = Evidence::at(Rule::ProjectScript, place.clone());
    Some((Entry::Script { file, words, evidence }, serves))
}

/// Whether a call serves an application, judging by what is called.
pub(super) fn serves(context: &Context<'_>, module: &Rc<Module>, callee: &str) -> bool {
    if let Target::External(path) = context.modules.follow(module, callee) {
        return frameworks::serves(&path);
    }
    let receiver = callee.rsplit_once('.').map_or("", |(receiver, _)| receiver);
    context.apps().named(module, receiver).is_some()
}

/// The line at which a module starts a server as soon as it is imported.
pub(super) fn serves_at_import(context: &Context<'_>, module: &Rc<Module>) -> Option<u32> {
    let mut calls = module.serves.iter().filter(|call| call.at_import);
    calls.find(|call| serves(context, module, &call.callee)).map(|call| call.line)
}

/// `FLASK_APP` of `.flaskenv`.
fn flask_env(context: &Context<'_>) -> Result<Option<Found>, DetectError> {
    let file = at(context.source, ".flaskenv");
    let Some(text) = context.tree.text(&file)? else { return Ok(None) };
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim().trim_start_matches("export ");
        if let Some(value) = text.strip_prefix("FLASK_APP=") {
            let value = value.trim().trim_matches(['"', '\'']);
            let evidence = Evidence::at(Rule::FlaskEnv, Place::line(&file, line));
            return Ok(configured(context, value, evidence).ok());
        }
    }
    Ok(None)
}

/// The script that imports Streamlit: the one that Streamlit looks for itself, else the only one.
fn streamlit(context: &Context<'_>) -> Result<Option<Entry>, DetectError> {
    let mut scripts = Vec::new();
    for file in root_modules(context) {
        if let Ok(module) = context.modules.read(&file)
            && module.imports_package("streamlit")
        {
            scripts.push(Candidate { value: file.clone(), place: Place::file(file) });
        }
    }
    for name in ["streamlit_app.py", "app.py", "main.py", "Home.py"] {
        let file = at(context.source, name);
        if scripts.iter().any(|script| script.value == file) {
            scripts.retain(|script| script.value == file);
            break;
        }
    }
    if scripts.len() > 1 {
        let command =
            |it: Candidate| Candidate { value: format!("streamlit run {}", it.value), ..it };
        return Err(DetectError::SeveralScripts(scripts.into_iter().map(command).collect()));
    }
    Ok(scripts.pop().map(|script| Entry::Streamlit { file: script.value, place: script.place }))
}

/// The only script at the root that says it is to be run.
pub(super) fn only_program(context: &Context<'_>) -> Option<Entry> {
    match run(context) {
        Ok(Entry::Script { evidence, file, words })
            if evidence.place.as_ref().is_some_and(|it| it.line.is_some()) =>
        {
            Some(Entry::Script { file, words, evidence })
        }
        _ => None,
    }
}

/// A package or script that is run as a program.
fn run(context: &Context<'_>) -> Result<Entry, DetectError> {
    let mut programs = Vec::new();
    let mut unreadable = None;
    for file in root_modules(context) {
        match context.modules.read(&file) {
            Ok(module) if module.main_guard.is_some() || module.acts => {
                let line = module.main_guard;
                let in_image = context.in_image(&file);
                programs.push((
                    format!("python {in_image}"),
                    Place { file, line },
                    Rule::RunnableScript,
                ));
            }
            Ok(_) => {}
            Err(error) => unreadable = unreadable.or(Some(error)),
        }
    }
    // A script that says so by its main guard is meant to be run; one that merely acts may be imported.
    if programs.iter().any(|(_, place, _)| place.line.is_some()) {
        programs.retain(|(_, place, _)| place.line.is_some());
    }
    if programs.is_empty() {
        for folder in context.tree.folders(context.source) {
            let file = at(&at(context.source, folder), "__main__.py");
            if context.tree.has(&file) {
                programs.push((format!("python -m {folder}"), Place::file(file), Rule::MainModule));
            }
        }
    }
    match programs.as_slice() {
        [] => Err(unreadable.map_or_else(|| no_app(context), DetectError::Source)),
        [(command, place, rule)] => Ok(Entry::Script {
            file: place.file.clone(),
            words: command.split(' ').map(str::to_owned).collect(),
            evidence: Evidence::at(*rule, place.clone()),
        }),
        several => {
            let candidate = |(value, place, _): &(String, Place, Rule)| Candidate {
                value: value.clone(),
                place: place.clone(),
            };
            Err(DetectError::SeveralScripts(several.iter().map(candidate).collect()))
        }
    }
}

fn no_app(context: &Context<'_>) -> DetectError {
    let folder = if context.source.is_empty() { "the root" } else { context.source };
    let looked =
        format!("the modules of {folder}, of `app/`, `src/` and of the packages beside them");
    DetectError::NoApp { looked }
}
