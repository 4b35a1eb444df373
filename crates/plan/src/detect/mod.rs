//! Detection: from a project's files to what it is and how it starts.

mod address;
mod apps;
mod beside;
mod context;
mod dependencies;
mod depends;
mod django;
mod entry;
mod error;
mod frameworks;
mod gunicorn;
mod procfile;
mod project_files;
mod pyproject;
mod python_version;
mod search;
mod serve;

use std::collections::BTreeSet;

use boxwright_requirements::{
    Link, Origin, PackageName, ReadOptions, Requirement, RequirementSet, SourceKind,
};

pub use error::{Candidate, DetectError};

use context::{Context, Entry};
use dependencies::Found;
use depends::Depends;
use project_files::{Tree, at, is_python};
use pyproject::Pyproject;

use crate::ProjectFiles;
use crate::config::{CONFIG_FILE, Config};
use crate::evidence::{Decision, Evidence, Place, Rule, Topic};
use crate::project::{DependencySource, Framework, Project, PythonMinor, Server};
use crate::python::Modules;

/// Finds out what a project is, what it depends on and how it is started. Nothing of it is run.
///
/// Every decision is in [`Project::decisions`], with its rule and place. What could be meant in two
/// ways is an error that lists them, and names the flag that picks one.
///
/// ```
/// use boxwright_plan::{Config, MemoryFiles, detect};
///
/// let files = MemoryFiles::from([
///     ("shop.py", ""),
///     ("server.py", "from flask import Flask\napp = Flask(__name__)\n"),
///     ("requirements.txt", "flask\ngunicorn\n"),
/// ]);
/// let project = detect(&files, &Config::default())?;
/// assert_eq!(project.start.to_string(), "gunicorn --worker-tmp-dir /dev/shm server:app");
/// assert_eq!(project.port, Some(8080));
/// # Ok::<(), boxwright_plan::DetectError>(())
/// ```
pub fn detect(files: &dyn ProjectFiles, config: &Config) -> Result<Project, DetectError> {
    let tree = Tree { files };
    if !files.paths().iter().any(|path| is_python(path)) {
        return Err(DetectError::NoPython);
    }
    let Needs {
        source,
        dependencies,
        mut requirements,
        python,
        python_evidence,
        mut decisions,
        misspelt,
        pyproject,
    } = needs(tree, config)?;
    let depends = Depends::of(&requirements);
    let roots = roots(tree, &source);
    let modules = Modules::new(files, roots.clone());
    let context = Context {
        tree,
        config,
        source: &source,
        modules: &modules,
        depends: &depends,
        pyproject: &pyproject,
    };
    let manage = django::manage_folder(&context);
    let modules = Modules::new(files, with_manage(roots, manage.as_deref()));
    let context = Context { modules: &modules, ..context };

    let entry = entry::find(&context, manage.as_deref(), &mut decisions)?;
    check_dependencies(&entry, dependencies.as_ref(), misspelt)?;
    let framework = framework_of(&context, &entry);
    let python_path = python_path(&context, &entry);
    let own_server = beside::own_server(&context, &entry);
    let assets = beside::assets(&context, &entry, &mut decisions);
    let mut starter =
        serve::Starter { context: &context, decisions: &mut decisions, manage: manage.as_deref() };
    let served = starter.start(entry)?;
    if served.added {
        add_server(&mut requirements, served.server)?;
    }
    let name =
        config.name.clone().or_else(|| pyproject.name.as_ref().map(|(name, _)| name.clone()));
    Ok(Project {
        name,
        dependencies,
        requirements,
        python,
        python_evidence,
        framework,
        server: served.server,
        added_server: served.added.then_some(served.server),
        start: served.start,
        python_path,
        environment: served.environment,
        port: served.port,
        own_server,
        assets,
        decisions,
        source,
    })
}

/// Finds out what a project depends on and which Python it wants, and nothing else: for a project
/// that need not be startable, or whose Python files are not at hand.
///
/// What is decided is what [`detect`] decides, but for a server that is to be added.
///
/// ```
/// use boxwright_plan::{Config, MemoryFiles, detect_dependencies};
///
/// let files = MemoryFiles::from([("requirements.txt", "flask\n"), (".python-version", "3.11\n")]);
/// let found = detect_dependencies(&files, &Config::default())?;
/// assert_eq!(found.requirements.requirements.len(), 1);
/// assert_eq!(found.python.to_string(), "3.11");
/// # Ok::<(), boxwright_plan::DetectError>(())
/// ```
pub fn detect_dependencies(
    files: &dyn ProjectFiles,
    config: &Config,
) -> Result<Dependencies, DetectError> {
    let Needs { dependencies, requirements, python, decisions, .. } =
        needs(Tree { files }, config)?;
    Ok(Dependencies { source: dependencies, requirements, python, decisions })
}

/// What [`detect_dependencies`] finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependencies {
    /// The file that lists them; `None` where no file does.
    pub source: Option<DependencySource>,
    /// What that file says.
    pub requirements: RequirementSet,
    /// The Python that the image gets.
    pub python: PythonMinor,
    /// The decisions that led here.
    pub decisions: Vec<Decision>,
}

/// What stands before the question how a project starts.
struct Needs {
    source: String,
    dependencies: Option<DependencySource>,
    requirements: RequirementSet,
    python: PythonMinor,
    python_evidence: Evidence,
    decisions: Vec<Decision>,
    misspelt: Option<String>,
    pyproject: Pyproject,
}

fn needs(tree: Tree<'_>, config: &Config) -> Result<Needs, DetectError> {
    let mut decisions = Vec::new();
    let Found { source, dependencies, misspelt } =
        dependencies::find(tree, config, &mut decisions)?;
    let mut requirements = requirements(tree, dependencies.as_ref())?;
    if let Some(index) = &config.index {
        requirements.index.index_url = Some(Link::new(index));
    }
    let pyproject = pyproject(tree, &source)?;
    let requires = requires_python(&pyproject, &requirements);
    let (python, python_evidence) =
        python_version::decide(tree, &source, config, requires.as_ref(), &mut decisions)?;
    Ok(Needs {
        source,
        dependencies,
        requirements,
        python,
        python_evidence,
        decisions,
        misspelt,
        pyproject,
    })
}

/// What the project depends on: nothing where no file says anything.
fn requirements(
    tree: Tree<'_>,
    source: Option<&DependencySource>,
) -> Result<RequirementSet, DetectError> {
    match source {
        Some(DependencySource { kind, file }) => {
            Ok(boxwright_requirements::read_as(*kind, file, &tree, &ReadOptions::default())?)
        }
        None => Ok(RequirementSet::new(SourceKind::Requirements)),
    }
}

fn pyproject(tree: Tree<'_>, source: &str) -> Result<Pyproject, DetectError> {
    let own = at(source, "pyproject.toml");
    Pyproject::read(tree, if tree.has(&own) { &own } else { "pyproject.toml" })
}

/// The range of Python versions: the manifest's, else the lock's.
fn requires_python(
    pyproject: &Pyproject,
    requirements: &RequirementSet,
) -> Option<(String, Place)> {
    let locked = || {
        let (range, origin) = requirements.requires_python.as_ref()?;
        Some((range.canonical(), Place::line(&*origin.file, origin.line)))
    };
    pyproject.requires_python.clone().or_else(locked)
}

/// Where imports start: the source folder, and a `src` in it that is no package itself.
fn roots(tree: Tree<'_>, source: &str) -> Vec<String> {
    let src = at(source, "src");
    let is_root = tree.below(&src).any(is_python) && !tree.has(&at(&src, "__init__.py"));
    std::iter::once(source.to_owned()).chain(is_root.then_some(src)).collect()
}

fn with_manage(mut roots: Vec<String>, manage: Option<&str>) -> Vec<String> {
    if let Some(folder) = manage
        && !roots.iter().any(|root| root == folder)
    {
        roots.push(folder.to_owned());
    }
    roots
}

/// An application that imports its framework cannot run without any dependency.
fn check_dependencies(
    entry: &Entry,
    dependencies: Option<&DependencySource>,
    misspelt: Option<String>,
) -> Result<(), DetectError> {
    let Entry::App(found) = entry else { return Ok(()) };
    match (dependencies, found.app.kind.framework) {
        (None, Some(framework)) => Err(DetectError::NoDependencies {
            application: found.app.place.clone(),
            framework,
            misspelt,
        }),
        _ => Ok(()),
    }
}

fn framework_of(context: &Context<'_>, entry: &Entry) -> Option<Framework> {
    match entry {
        Entry::App(found) => found.app.kind.framework,
        Entry::Streamlit { .. } => Some(Framework::Streamlit),
        Entry::Command { .. } | Entry::Script { .. } => {
            let depended =
                |it: &&Framework| it.packages().iter().any(|name| context.depends.directly(name));
            [Framework::Django, Framework::Dash]
                .iter()
                .chain(Framework::LIKELY)
                .find(depended)
                .copied()
        }
    }
}

/// The folders besides the working directory that the start needs on Python's path, relative to the source.
fn python_path(context: &Context<'_>, entry: &Entry) -> Vec<String> {
    let (Entry::App(context::Found { file, .. }) | Entry::Script { file, .. }) = entry else {
        return Vec::new();
    };
    let mut folders = BTreeSet::new();
    if let Some((_, root)) = context.modules.name_of(file)
        && root != context.source
    {
        folders.insert(context.in_image(root).to_owned());
    }
    // A module may import its neighbours by their bare names, as it does when it is run as a script.
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    if let Ok(module) = context.modules.read(file) {
        let strangers = module
            .imports
            .iter()
            .filter(|it| it.base.is_none() && context.modules.find(it).is_none());
        let first = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
        let is_neighbour =
            |name: String| !name.is_empty() && context.modules.file_below(folder, &name).is_some();
        if folder != context.source && strangers.map(|it| first(&it.path)).any(is_neighbour) {
            folders.insert(context.in_image(folder).to_owned());
        }
    }
    folders.into_iter().collect()
}

/// Adds a server to the requirements, so that it is resolved and keyed with the rest.
fn add_server(requirements: &mut RequirementSet, server: Server) -> Result<(), DetectError> {
    let package = server.package();
    if requirements.lock.is_some() {
        let file = requirements.sources.first().cloned().unwrap_or_default();
        return Err(DetectError::LockedWithoutServer { file, server: package });
    }
    if let Ok(name) = PackageName::new(package) {
        requirements.requirements.push(Requirement::new(name, Origin::new(CONFIG_FILE, 1)));
    }
    Ok(())
}

impl Project {
    /// The decisions about one topic, in order.
    pub fn decisions_on(&self, topic: Topic) -> impl DoubleEndedIterator<Item = &Decision> {
        self.decisions.iter().filter(move |decision| decision.topic == topic)
    }

    /// Why the project is named as it is.
    pub fn name_evidence(&self) -> Evidence {
        Evidence::by(if self.name.is_some() { Rule::ProjectName } else { Rule::Default })
    }
}
