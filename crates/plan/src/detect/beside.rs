//! What stands beside the start: how the application serves itself, and the files that it serves.

use super::context::{Context, Entry, Found};
use super::entry;
use super::project_files::at;
use crate::evidence::{Decision, Evidence, Place, Rule, Topic};
use crate::project::OwnServer;

/// The folders that frameworks read pages and front-end files from, beside the module or at the root.
const FOLDERS: [&str; 4] = ["templates", "static", "public", "assets"];

/// Files that a browser or a template engine reads, by their endings.
const ENDINGS: [&str; 6] = ["html", "css", "js", "jinja", "jinja2", "j2"];

/// More files than this are a front-end's build, which is not edited by hand.
const MOST: usize = 200;

/// The server that the application's module starts when it is run.
pub(super) fn own_server(context: &Context<'_>, entry: &Entry) -> Option<OwnServer> {
    let (Entry::App(Found { file, .. }) | Entry::Script { file, .. }) = entry else { return None };
    let module = context.modules.read(file).ok()?;
    let call = module.serves.iter().rfind(|call| entry::serves(context, &module, &call.callee))?;
    Some(OwnServer {
        command: vec!["python".to_owned(), context.in_image(file).to_owned()],
        call: call.callee.clone(),
        host: call.host.as_ref().map(|host| host.text.clone()),
        port: call.port.as_ref().and_then(|port| port.text.parse().ok()),
        debug: call.debug,
        place: Place::line(file, call.line),
    })
}

/// The files in folders of the usual names, with a decision for each folder.
pub(super) fn assets(
    context: &Context<'_>,
    entry: &Entry,
    decisions: &mut Vec<Decision>,
) -> Vec<String> {
    let Entry::App(Found { file, .. }) = entry else { return Vec::new() };
    let beside = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut places = vec![context.source, beside];
    places.dedup();
    let mut assets = Vec::new();
    for folder in places.into_iter().flat_map(|place| FOLDERS.map(|name| at(place, name))) {
        let files = context.tree.below(&folder).map(|path| at(&folder, path));
        let before = assets.len();
        assets.extend(
            files.filter(|path| is_asset(path)).map(|path| context.in_image(&path).to_owned()),
        );
        if assets.len() > before {
            let evidence = Evidence::at(Rule::ConventionalFolder, Place::file(&folder));
            decisions.push(Decision::note(Topic::Folder, context.in_image(&folder), evidence));
        }
    }
    assets.sort();
    assets.truncate(MOST);
    assets
}

fn is_asset(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}
