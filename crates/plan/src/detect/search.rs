//! Where applications are looked for, and which of several is meant.

use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use super::apps::App;
use super::context::{Context, Found};
use super::entry;
use super::error::{Candidate, DetectError};
use super::project_files::{at, is_python};
use crate::evidence::{Decision, Evidence, Rule, Topic};
use crate::python::{Module, SourceError};

/// The modules that usually hold an application, in this order.
const MODULES: [&str; 9] =
    ["main", "app", "application", "server", "asgi", "wsgi", "api", "index", "run"];

/// Files at the root that are programs of the project's tools.
const TOOLS: [&str; 9] = [
    "setup.py",
    "conftest.py",
    "manage.py",
    "noxfile.py",
    "tasks.py",
    "fabfile.py",
    "dodo.py",
    "gunicorn.conf.py",
    "locustfile.py",
];

/// How many modules are read to learn whether one application is a part of another.
const REACH: usize = 300;

/// What a search came across.
pub(super) struct Search<'c, 'a> {
    context: &'c Context<'a>,
    objects: Vec<Found>,
    factories: Vec<Found>,
    unreadable: Vec<std::sync::Arc<SourceError>>,
}

impl<'c, 'a> Search<'c, 'a> {
    pub(super) fn new(context: &'c Context<'a>) -> Self {
        Self { context, objects: Vec::new(), factories: Vec::new(), unreadable: Vec::new() }
    }

    /// The application, if there is exactly one; the first file that could not be read, if there is none.
    pub(super) fn run(
        mut self,
        decisions: &mut Vec<Decision>,
    ) -> Result<Option<Found>, DetectError> {
        self.look_in(self.usual());
        if self.objects.is_empty() {
            self.look_in(self.unusual());
        }
        let found = if self.objects.is_empty() { &self.factories } else { &self.objects };
        let Some(found) = self.choose(found)? else {
            return match self.unreadable.into_iter().next() {
                Some(error) => Err(DetectError::Source(error)),
                None => Ok(None),
            };
        };
        if let Some(required @ 1..) = found.app.factory {
            let App { name, place, .. } = found.app.clone();
            let target = format!("{}:{name}", found.module);
            return Err(DetectError::FactoryArguments { place, name, required, target });
        }
        for error in &self.unreadable {
            let text = format!("{error}; it was passed over");
            decisions.push(Decision::warning(Topic::Start, text, found.evidence.clone()));
        }
        Ok(Some(found))
    }

    /// The root, `app/`, `src/` and the folder of the project's name.
    fn usual(&self) -> Vec<String> {
        let source = self.context.source;
        let mut files: Vec<_> = usual_names(source).collect();
        let mut folders = vec!["app".to_owned(), "src".to_owned()];
        if let Some((name, _)) = &self.context.pyproject.name {
            let name = name.replace(['-', '.'], "_").to_lowercase();
            folders.extend([format!("src/{name}"), name]);
        }
        for folder in folders {
            let folder = at(source, &folder);
            files.push(at(&folder, "__init__.py"));
            files.extend(usual_names(&folder));
        }
        files
    }

    /// Every other package and folder at the root and in `src/`, then every other module at the root.
    fn unusual(&self) -> Vec<String> {
        let Context { tree, source, .. } = self.context;
        let src = at(source, "src");
        let mut files = Vec::new();
        for outer in [source, src.as_str()] {
            for folder in tree.folders(outer) {
                let folder = at(outer, folder);
                files.push(at(&folder, "__init__.py"));
                files.extend(usual_names(&folder));
            }
        }
        files.extend(root_modules(self.context));
        files
    }

    fn look_in(&mut self, files: Vec<String>) {
        let mut seen = BTreeSet::new();
        for file in files {
            if !self.context.tree.has(&file) || !seen.insert(file.clone()) {
                continue;
            }
            match self.context.modules.read(&file) {
                Ok(module) => self.look_at(&module),
                Err(error) => self.unreadable.push(error),
            }
        }
    }

    fn look_at(&mut self, module: &Rc<Module>) {
        let apps = self.context.apps();
        let object = apps.object(module).and_then(|app| self.door(app, module));
        let factory =
            apps.factory(module).and_then(|app| self.found(app, &module.file, Rule::AppFactory));
        self.objects.extend(object);
        self.factories.extend(factory);
    }

    /// Where a server gets at an application: this module, unless it starts a server of its own and
    /// only imports the application from another.
    fn door(&self, app: App, module: &Rc<Module>) -> Option<Found> {
        if app.origin.file != module.file && entry::serves_at_import(self.context, module).is_some()
        {
            let home = self.context.modules.read(&app.origin.file).ok()?;
            let app = self.context.apps().object(&home)?;
            return self.found(app, &home.file, Rule::AppObject);
        }
        self.found(app, &module.file, Rule::AppObject)
    }

    fn found(&self, app: App, file: &str, rule: Rule) -> Option<Found> {
        let (module, _) = self.context.modules.name_of(file)?;
        let evidence = Evidence::at(rule, app.place.clone());
        Some(Found { app, module, file: file.to_owned(), evidence, call: None })
    }

    /// One of the candidates: the outermost where one is a part of another, and none where two stand apart.
    fn choose(&self, candidates: &[Found]) -> Result<Option<Found>, DetectError> {
        let mut distinct: Vec<&Found> = Vec::new();
        for candidate in candidates {
            match distinct.iter_mut().find(|known| known.app.origin == candidate.app.origin) {
                // The same application again: a module that exists for servers is the better door.
                Some(known) if is_gateway(&candidate.file) && !is_gateway(&known.file) => {
                    *known = candidate;
                }
                Some(_) => {}
                None => distinct.push(candidate),
            }
        }
        if distinct.len() > 1 {
            let reached: Vec<BTreeSet<String>> =
                distinct.iter().map(|it| self.reach(&it.file)).collect();
            let part_of_another = |index: usize| {
                let file = &distinct[index].app.origin.file;
                let mut others = (0..distinct.len()).filter(|&other| other != index);
                others.any(|other| {
                    reached[other].contains(file) && !reached[index].contains(&distinct[other].file)
                })
            };
            let kept: Vec<_> =
                (0..distinct.len()).filter(|&index| !part_of_another(index)).collect();
            distinct = kept.into_iter().map(|index| distinct[index]).collect();
        }
        match distinct.as_slice() {
            [] => Ok(candidates.first().cloned()),
            [one] => Ok(Some((*one).clone())),
            several => {
                let candidate =
                    |it: &&Found| Candidate { value: it.target(), place: it.app.place.clone() };
                Err(DetectError::SeveralApps(several.iter().map(candidate).collect()))
            }
        }
    }

    /// The files of the project that a file imports, directly or through others.
    fn reach(&self, file: &str) -> BTreeSet<String> {
        let modules = self.context.modules;
        let mut reached = BTreeSet::new();
        let mut queue = VecDeque::from([file.to_owned()]);
        while let Some(file) = queue.pop_front() {
            let Ok(module) = modules.read(&file) else { continue };
            for (next, _) in module.imports.iter().filter_map(|import| modules.find(import)) {
                if reached.len() < REACH && reached.insert(next.clone()) {
                    queue.push_back(next);
                }
            }
        }
        reached.remove(file);
        reached
    }
}

fn usual_names(folder: &str) -> impl Iterator<Item = String> {
    MODULES.iter().map(move |name| at(folder, &format!("{name}.py")))
}

/// `wsgi.py` and `asgi.py` are written for a server to import.
fn is_gateway(file: &str) -> bool {
    ["wsgi.py", "asgi.py"].contains(&file.rsplit('/').next().unwrap_or(file))
}

/// The modules directly in the source folder that could be the application's.
pub(super) fn root_modules(context: &Context<'_>) -> Vec<String> {
    let is_tool = |name: &&str| {
        TOOLS.contains(name)
            || name.starts_with("test_")
            || name.ends_with("_test.py")
            || name.starts_with("gunicorn")
    };
    let python = context.tree.names(context.source).filter(|name| is_python(name));
    python.filter(|name| !is_tool(name)).map(|name| at(context.source, name)).collect()
}
