//! Which names of a module are applications, and which functions make one.

use std::rc::Rc;

use super::depends::Depends;
use super::frameworks::{self, Kind, Wrapper};
use crate::evidence::Place;
use crate::project::{Framework, Interface};
use crate::python::{Form, Module, Modules, Target};

/// The names under which an application is looked for, in this order.
const OBJECTS: [&str; 3] = ["app", "application", "api"];

/// The functions that make an application.
const FACTORIES: [&str; 2] = ["create_app", "make_app"];

/// Dash hides its WSGI application behind an attribute, for which this is the usual name.
const DASH_SERVER: &str = "server";

/// How far calls are followed: a factory that calls a factory that makes an instance of a subclass.
const FAR: u8 = 8;

/// An application, or the function that makes it.
#[derive(Debug, Clone)]
pub(super) struct App {
    /// Its name in the module.
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Where the module binds the name.
    pub(super) place: Place,
    /// Where it is made; the same for a module that imports it from another.
    pub(super) origin: Place,
    /// Parameters that a factory must be given; `None` for an object.
    pub(super) factory: Option<usize>,
}

/// Recognises applications.
pub(super) struct Apps<'a> {
    pub(super) modules: &'a Modules<'a>,
    pub(super) depends: &'a Depends,
}

impl Apps<'_> {
    /// The application that a module holds: by a usual name, else the only one by any name.
    pub(super) fn object(&self, module: &Rc<Module>) -> Option<App> {
        let mut usual = OBJECTS.iter().chain([&DASH_SERVER]);
        if let Some(app) = usual.find_map(|name| self.named(module, name)) {
            return Some(app);
        }
        // Of the other names only what is plainly made here counts: much else is imported.
        let made =
            module.names.iter().filter(|(_, binding)| matches!(binding.form, Form::Call { .. }));
        let mut apps = made
            .filter_map(|(name, _)| self.named(module, name))
            .filter(|app| app.kind != Kind::UNKNOWN);
        let app = apps.next()?;
        apps.next().is_none().then_some(app)
    }

    /// The application that a name of a module stands for.
    pub(super) fn named(&self, module: &Rc<Module>, name: &str) -> Option<App> {
        let line = module.names.get(name)?.line;
        let (kind, origin) = self.known(module, name, FAR)?;
        let place = Place::line(&module.file, line);
        Some(App { name: name.to_owned(), kind, place, origin, factory: None })
    }

    /// The factory that a module holds or imports.
    pub(super) fn factory(&self, module: &Rc<Module>) -> Option<App> {
        FACTORIES.iter().find_map(|name| self.named_factory(module, name))
    }

    /// The factory that a name of a module stands for.
    pub(super) fn named_factory(&self, module: &Rc<Module>, name: &str) -> Option<App> {
        let binding = module.names.get(name)?;
        let Target::Found { module: home, form: Form::Function(function), line, rest, .. } =
            self.modules.follow(module, name)
        else {
            return None;
        };
        let makes = || function.makes.iter().find_map(|callee| self.made_by(&home, callee, FAR));
        rest.is_empty().then(|| App {
            name: name.to_owned(),
            kind: makes().unwrap_or(self.likely()),
            place: Place::line(&module.file, binding.line),
            origin: Place::line(&home.file, line),
            factory: Some(function.required),
        })
    }

    /// A name that somebody says is an application, or a factory of one.
    pub(super) fn trusted(&self, module: &Rc<Module>, name: &str, factory: bool) -> App {
        let line = module.names.get(name).map(|binding| binding.line);
        let place = Place { file: module.file.clone(), line };
        let factory = factory.then_some(0);
        App { name: name.to_owned(), kind: self.likely(), origin: place.clone(), place, factory }
    }

    /// What a name is, and where it is made; `None` where it is no application.
    fn known(&self, module: &Rc<Module>, name: &str, far: u8) -> Option<(Kind, Place)> {
        let far = far.checked_sub(1)?;
        let Target::Found { module: home, form, line, rest, name: bound } =
            self.modules.follow(module, name)
        else {
            return None;
        };
        let origin = Place::line(&home.file, line);
        let kind = match form {
            Form::Call { callee, arguments } => {
                let made = self.made_by(&home, &callee, far);
                let made = made.or_else(|| self.wrapped(&home, &bound, (&callee, &arguments), far));
                match (made?, rest.as_str()) {
                    (Kind { framework: Some(Framework::Dash), .. }, "") => return None,
                    (dash @ Kind { framework: Some(Framework::Dash), .. }, "server") => dash,
                    (kind, "") => kind,
                    _ => return None,
                }
            }
            // PEP 3333's `application(environ, start_response)` and ASGI's `app(scope, receive, send)`.
            Form::Function(function) if rest.is_empty() && OBJECTS.contains(&bound.as_str()) => {
                match function.required {
                    2 => Kind::raw(Interface::Wsgi),
                    3 => Kind::raw(Interface::Asgi),
                    _ => return None,
                }
            }
            _ => return None,
        };
        Some((kind, origin))
    }

    /// What a wrapper is around, where a call is one.
    fn wrapped(
        &self,
        home: &Rc<Module>,
        bound: &str,
        call: (&str, &[String]),
        far: u8,
    ) -> Option<Kind> {
        let (callee, arguments) = call;
        // `app = ProxyFix(app)` hides what `app` was before, so that it cannot be followed.
        let inside = arguments.iter().find_map(|argument| {
            if argument == bound {
                Some(self.likely())
            } else {
                Some(self.known(home, argument, far)?.0)
            }
        });
        let inside = inside.unwrap_or(Kind::UNKNOWN);
        match frameworks::wrapper(callee)? {
            Wrapper::Adapts(interface) => Some(Kind { interface: Some(interface), ..inside }),
            Wrapper::Transparent => Some(inside).filter(|inside| *inside != Kind::UNKNOWN),
        }
    }

    /// What a call of the name gives.
    fn made_by(&self, module: &Rc<Module>, callee: &str, far: u8) -> Option<Kind> {
        let far = far.checked_sub(1)?;
        let last = callee.rsplit('.').next().unwrap_or(callee);
        if last == "make_wsgi_app" {
            return Some(Framework::Pyramid.into());
        }
        let made = match self.modules.follow(module, callee) {
            Target::External(path) => frameworks::made_by(&path),
            Target::Found { module: home, form: Form::Function(function), rest, .. }
                if rest.is_empty() =>
            {
                function.makes.iter().find_map(|makes| self.made_by(&home, makes, far))
            }
            Target::Found { module: home, form: Form::Class(bases), rest, .. }
                if rest.is_empty() =>
            {
                return bases.iter().find_map(|base| self.made_by(&home, base, far));
            }
            // What a factory calls may be local to it: a name that it makes is no definition.
            Target::Found { module: home, form: Form::Call { callee, .. }, rest, .. }
                if rest.is_empty() =>
            {
                self.made_by(&home, &callee, far)
            }
            _ => None,
        };
        made.or_else(|| FACTORIES.contains(&last).then(|| self.likely()))
    }

    /// What an application is that is made where it cannot be followed, going by the dependencies.
    fn likely(&self) -> Kind {
        let depended = |framework: &&Framework| {
            framework.packages().iter().any(|name| self.depends.directly(name))
        };
        Framework::LIKELY.iter().find(depended).map_or(Kind::UNKNOWN, |&framework| framework.into())
    }
}
