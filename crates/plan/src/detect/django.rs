//! Django: from `manage.py` to the settings, and from there to what is served.

use std::rc::Rc;

use super::apps::App;
use super::context::{Context, Found};
use super::error::DetectError;
use super::frameworks::Kind;
use super::project_files::at;
use crate::evidence::{Decision, Evidence, Place, Rule, Topic};
use crate::project::{Framework, Interface};
use crate::python::{Form, Import, Module, join};

const SETTINGS: &str = "DJANGO_SETTINGS_MODULE";

/// The folder of `manage.py`: the source folder, or the only one below it that has one.
pub(super) fn manage_folder(context: &Context<'_>) -> Option<String> {
    let Context { tree, source, .. } = context;
    if tree.has(&at(source, "manage.py")) {
        return Some((*source).to_owned());
    }
    let below = tree.folders(source).into_iter().map(|folder| at(source, folder));
    let mut folders = below.filter(|folder| tree.has(&at(folder, "manage.py")));
    let folder = folders.next()?;
    folders.next().is_none().then_some(folder)
}

/// The application that the settings name, or the one beside them.
pub(super) fn find(
    context: &Context<'_>,
    manage: &str,
    decisions: &mut Vec<Decision>,
) -> Result<Option<Found>, DetectError> {
    let gateways = gateways(context, manage);
    let settings = settings(context, manage, &gateways)?;
    if let Some(settings) = &settings {
        note_static_root(context, settings, decisions);
    }
    let mut computed = None;
    for (setting, interface) in order(context) {
        match settings.as_ref().and_then(|settings| lookup(context, settings, setting, 4)) {
            Some((Form::Text(text), place)) => {
                if let Some(found) = named(context, &text.text, interface, place) {
                    return Ok(Some(found));
                }
            }
            Some((Form::Name(_), _)) | None => {}
            Some((_, place)) => computed = computed.or(Some((setting, place))),
        }
        if let Some(found) = beside(settings.as_ref(), &gateways, interface) {
            return Ok(Some(found));
        }
    }
    match computed {
        Some((setting, place)) => Err(DetectError::ComputedSetting { place, setting }),
        None => Ok(None),
    }
}

/// The gateway of an interface: of several the one whose package holds the settings.
fn beside(
    settings: Option<&Rc<Module>>,
    gateways: &[Found],
    interface: Interface,
) -> Option<Found> {
    let mut near: Vec<_> =
        gateways.iter().filter(|gateway| gateway.app.kind.interface == Some(interface)).collect();
    if near.len() > 1 {
        // `shop/settings.py` and `shop/settings/base.py` both stand beside `shop/wsgi.py`.
        let package = settings.map(|settings| package_of(&settings.file));
        near.retain(|it| package.is_some_and(|package| package.starts_with(package_of(&it.file))));
    }
    near.first().copied().cloned()
}

/// Which of the two interfaces is preferred: the synchronous one, unless only the other can be served.
fn order(context: &Context<'_>) -> [(&'static str, Interface); 2] {
    let wsgi = ("WSGI_APPLICATION", Interface::Wsgi);
    let asgi = ("ASGI_APPLICATION", Interface::Asgi);
    let on = |names: &[&str]| names.iter().any(|name| context.depends.on(name));
    let asynchronous = on(&["channels", "daphne"])
        || on(&["uvicorn", "hypercorn"]) && !on(&["gunicorn", "waitress"]);
    if asynchronous { [asgi, wsgi] } else { [wsgi, asgi] }
}

/// The `wsgi.py` and `asgi.py` of packages beside `manage.py`.
fn gateways(context: &Context<'_>, manage: &str) -> Vec<Found> {
    let folders = context.tree.folders(manage).into_iter().map(|folder| at(manage, folder));
    let files = folders.flat_map(|folder| ["wsgi.py", "asgi.py"].map(|name| at(&folder, name)));
    files.filter(|file| context.tree.has(file)).filter_map(|file| gateway(context, &file)).collect()
}

fn gateway(context: &Context<'_>, file: &str) -> Option<Found> {
    let module = context.modules.read(file).ok()?;
    let app = context
        .apps()
        .object(&module)
        .filter(|app| app.kind.framework == Some(Framework::Django))?;
    let (name, _) = context.modules.name_of(file)?;
    let evidence = Evidence::at(Rule::DjangoModule, app.place.clone());
    Some(Found { app, module: name, file: file.to_owned(), evidence, call: None })
}

/// The settings module that `manage.py`, the configuration or a gateway names.
fn settings(
    context: &Context<'_>,
    manage: &str,
    gateways: &[Found],
) -> Result<Option<Rc<Module>>, DetectError> {
    if let Some(name) = context.config.env.get(SETTINGS) {
        return Ok(module(context, name));
    }
    let manage = at(manage, "manage.py");
    let files = std::iter::once(manage.as_str())
        .chain(gateways.iter().map(|gateway| gateway.file.as_str()));
    for file in files {
        let module_of = context.modules.read(file).map_err(DetectError::Source)?;
        if let Some(Form::Text(name)) = module_of.environment.get(SETTINGS).map(|it| &it.form)
            && let Some(settings) = module(context, &name.text)
        {
            return Ok(Some(settings));
        }
    }
    Ok(None)
}

fn module(context: &Context<'_>, name: &str) -> Option<Rc<Module>> {
    let (file, rest) = context.modules.find(&Import { base: None, path: name.to_owned() })?;
    if rest.is_empty() { context.modules.read(&file).ok() } else { None }
}

/// A setting, also where it comes from a module that the settings import all of.
fn lookup(
    context: &Context<'_>,
    settings: &Rc<Module>,
    name: &str,
    far: u8,
) -> Option<(Form, Place)> {
    if let Some(binding) = settings.names.get(name) {
        return Some((binding.form.clone(), Place::line(&settings.file, binding.line)));
    }
    let far = far.checked_sub(1)?;
    let stars = settings.imports.iter().filter_map(|import| {
        let path = import.path.strip_suffix('*')?;
        Some(Import { base: import.base.clone(), path: path.trim_end_matches('.').to_owned() })
    });
    stars.into_iter().find_map(|import| {
        let (file, rest) = context.modules.find(&import)?;
        let module = context.modules.read(&file).ok().filter(|_| rest.is_empty())?;
        lookup(context, &module, name, far)
    })
}

/// `shop.wsgi.application` as an application, if there is such a module.
fn named(context: &Context<'_>, path: &str, interface: Interface, place: Place) -> Option<Found> {
    let (module, name) = path.rsplit_once('.')?;
    let (file, rest) = context.modules.find(&Import { base: None, path: module.to_owned() })?;
    let kind = Kind { framework: Some(Framework::Django), interface: Some(interface) };
    let app = App {
        name: name.to_owned(),
        kind,
        place: place.clone(),
        origin: place.clone(),
        factory: None,
    };
    let evidence = Evidence::at(Rule::DjangoSettings, place);
    rest.is_empty().then(|| Found { app, module: module.to_owned(), file, evidence, call: None })
}

fn package_of(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Collected files are only served when somebody collects them, which no engine does: it runs nothing of the project.
fn note_static_root(context: &Context<'_>, settings: &Rc<Module>, decisions: &mut Vec<Decision>) {
    if let Some((_, place)) = lookup(context, settings, "STATIC_ROOT", 4) {
        let text =
            "`collectstatic` is not run: run it before the build, so that its files are copied";
        decisions.push(Decision::note(Topic::Setup, text, Evidence::at(Rule::StaticRoot, place)));
    }
}

/// The path of `manage.py` in the image.
pub(super) fn manage_script(context: &Context<'_>, manage: &str) -> String {
    context.in_image(&join(manage, "manage.py")).to_owned()
}
