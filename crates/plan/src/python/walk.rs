//! One pass over a syntax tree, in the order in which the module would run.

use std::collections::BTreeMap;

use ruff_python_ast::{self as ast, ExceptHandler, Expr, Stmt};
use ruff_text_size::Ranged;

use super::module::{Binding, Form, Function, Import, Module, ServeCall};
use super::source::Source;
use super::value::{Scope, Text, dotted};

/// The last part of what is called to start a server.
const SERVE: &[&str] =
    &["run", "run_app", "run_server", "serve", "run_simple", "launch", "start", "main"];

pub(super) struct Walk<'s> {
    source: &'s Source,
    module: Module,
}

/// Where a statement stands.
#[derive(Default)]
struct Place {
    /// Names bound in the function; unused at the top level.
    local: BTreeMap<String, Form>,
    /// The function that is being read.
    function: Option<(Function, Vec<String>)>,
    /// Inside of a branch, so that a binding may not be the only one.
    branch: bool,
    /// Inside of `if __name__ == "__main__":`.
    guarded: bool,
}

impl<'s> Walk<'s> {
    pub(super) fn new(file: &str, source: &'s Source) -> Self {
        Self { source, module: Module { file: file.to_owned(), ..Module::default() } }
    }

    pub(super) fn module(mut self) -> Module {
        let source = self.source;
        self.body(&source.suite, &mut Place::default());
        self.module
    }

    fn line(&self, node: &impl Ranged) -> u32 {
        self.source.line(node.start())
    }

    fn body(&mut self, body: &[Stmt], place: &mut Place) {
        for stmt in body {
            self.stmt(stmt, place);
        }
    }

    fn stmt(&mut self, stmt: &Stmt, place: &mut Place) {
        match stmt {
            Stmt::Import(import) => self.import(import, place),
            Stmt::ImportFrom(import) => self.import_from(import, place),
            Stmt::FunctionDef(function) => self.function(function, place),
            Stmt::ClassDef(class) => {
                let bases = class.arguments.iter().flat_map(|arguments| &arguments.args);
                let form = Form::Class(bases.filter_map(dotted).collect());
                self.bind(class.name.as_str(), self.line(stmt), form, place);
                self.methods(class);
            }
            Stmt::Assign(assign) => {
                self.call(&assign.value, place);
                let form = self.form(&assign.value, place);
                for target in &assign.targets {
                    match target {
                        Expr::Name(name) => {
                            self.bind(name.id.as_str(), self.line(stmt), form.clone(), place);
                        }
                        // `os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"`
                        Expr::Subscript(it) if is_environ(&it.value) => {
                            let scope = Scope { module: &self.module.names, local: &place.local };
                            let name = scope.evaluate(&it.slice);
                            self.set_environment(name, form.clone(), self.line(stmt));
                        }
                        _ => {}
                    }
                }
            }
            Stmt::AnnAssign(assign) => {
                if let (Expr::Name(name), Some(value)) = (&*assign.target, &assign.value) {
                    self.call(value, place);
                    let form = self.form(value, place);
                    self.bind(name.id.as_str(), self.line(stmt), form, place);
                }
            }
            Stmt::AugAssign(assign) => {
                if let Expr::Name(name) = &*assign.target {
                    self.bind(name.id.as_str(), self.line(stmt), Form::Computed, place);
                }
            }
            Stmt::Expr(statement) => self.expression_statement(&statement.value, place),
            Stmt::Return(statement) => {
                if let Some(value) = &statement.value {
                    self.call(value, place);
                    self.returned(value, place);
                }
            }
            _ => self.compound(stmt, place),
        }
    }

    fn compound(&mut self, stmt: &Stmt, place: &mut Place) {
        let branch = std::mem::replace(&mut place.branch, true);
        match stmt {
            Stmt::If(statement) => {
                let guarded = place.guarded;
                if is_main_guard(&statement.test) {
                    self.module.main_guard.get_or_insert(self.source.line(stmt.start()));
                    place.guarded = true;
                }
                self.body(&statement.body, place);
                place.guarded = guarded;
                for clause in &statement.elif_else_clauses {
                    self.body(&clause.body, place);
                }
            }
            Stmt::Try(statement) => {
                // What is tried is what is meant; the rest is what is done without it.
                place.branch = branch;
                self.body(&statement.body, place);
                place.branch = true;
                for ExceptHandler::ExceptHandler(handler) in &statement.handlers {
                    self.body(&handler.body, place);
                }
                self.body(&statement.orelse, place);
                self.body(&statement.finalbody, place);
            }
            Stmt::With(statement) => {
                place.branch = branch;
                for item in &statement.items {
                    self.call(&item.context_expr, place);
                }
                self.body(&statement.body, place);
            }
            Stmt::For(statement) => self.body(&statement.body, place),
            Stmt::While(statement) => self.body(&statement.body, place),
            Stmt::Match(statement) => {
                for case in &statement.cases {
                    self.body(&case.body, place);
                }
            }
            _ => {}
        }
        place.branch = branch;
    }

    fn expression_statement(&mut self, value: &Expr, place: &mut Place) {
        let top = place.function.is_none();
        self.module.acts |=
            top && !matches!(value, Expr::StringLiteral(_) | Expr::EllipsisLiteral(_));
        self.call(value, place);
    }

    fn bind(&mut self, name: &str, line: u32, form: Form, place: &mut Place) {
        if place.function.is_some() {
            if let Form::Import(import) = &form {
                self.module.inner_imports.insert(name.to_owned(), import.clone());
            }
            place.local.insert(name.to_owned(), form);
            return;
        }
        // A text that one branch of the program sets and another sets otherwise is computed.
        let conflict = place.branch
            && matches!((self.module.names.get(name).map(|known| &known.form), &form),
                (Some(Form::Text(known)), Form::Text(new)) if known != new);
        // A stand-in for what could not be imported or made does not replace it.
        let stand_in = place.branch
            && matches!(form, Form::Text(_) | Form::Computed)
            && self
                .module
                .names
                .get(name)
                .is_some_and(|known| !matches!(known.form, Form::Text(_) | Form::Computed));
        if !stand_in {
            let form = if conflict { Form::Computed } else { form };
            self.module.names.insert(name.to_owned(), Binding { line, form });
        }
    }

    fn import(&mut self, import: &ast::StmtImport, place: &mut Place) {
        let line = self.line(import);
        for alias in &import.names {
            let path = alias.name.as_str();
            self.module.imports.insert(Import { base: None, path: path.to_owned() });
            // `import a.b` binds `a`; `import a.b as c` binds `a.b`.
            let (name, path) = match &alias.asname {
                Some(name) => (name.as_str(), path),
                None => path.split_once('.').map_or((path, path), |(first, _)| (first, first)),
            };
            self.bind(
                name,
                line,
                Form::Import(Import { base: None, path: path.to_owned() }),
                place,
            );
        }
    }

    fn import_from(&mut self, import: &ast::StmtImportFrom, place: &mut Place) {
        let line = self.line(import);
        let folder = || {
            let mut folder = self.module.file.as_str();
            for _ in 0..import.level {
                folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
            }
            folder.to_owned()
        };
        let base = (import.level > 0).then(folder);
        let path =
            import.module.as_ref().map_or(String::new(), |module| module.as_str().to_owned());
        let from = Import { base, path };
        self.module.imports.insert(from.clone());
        for alias in &import.names {
            let whole = from.join(alias.name.as_str());
            self.module.imports.insert(whole.clone());
            let name = alias.asname.as_ref().unwrap_or(&alias.name);
            self.bind(name.as_str(), line, Form::Import(whole), place);
        }
    }

    fn function(&mut self, function: &ast::StmtFunctionDef, place: &mut Place) {
        let parameters = &function.parameters;
        let required =
            parameters.iter_non_variadic_params().filter(|it| it.default.is_none()).count();
        let facts = Function { required, ..Function::default() };
        let mut inner = Place {
            local: place.local.clone(),
            function: Some((facts, Vec::new())),
            ..Place::default()
        };
        for parameter in parameters.iter_non_variadic_params() {
            inner.local.insert(parameter.parameter.name.as_str().to_owned(), Form::Computed);
        }
        self.body(&function.body, &mut inner);
        let Some((mut facts, returned)) = inner.function else { return };
        for name in returned {
            match inner.local.get(&name) {
                Some(Form::Call { callee, .. }) => drop(facts.makes.insert(callee.clone())),
                Some(Form::Name(other)) => drop(facts.makes.insert(other.clone())),
                Some(_) => {}
                // The module's own.
                None => drop(facts.makes.insert(name)),
            }
        }
        let line = self.source.line(function.name.start());
        self.bind(function.name.as_str(), line, Form::Function(facts), place);
    }

    /// Servers may be started in methods; nothing else about them matters.
    fn methods(&mut self, class: &ast::StmtClassDef) {
        let mut place = Place { function: Some(Default::default()), ..Place::default() };
        for stmt in &class.body {
            if let Stmt::FunctionDef(method) = stmt {
                self.function(method, &mut place);
            }
        }
    }

    fn returned(&self, value: &Expr, place: &mut Place) {
        let form = self.form(value, place);
        let Some((function, names)) = &mut place.function else { return };
        match form {
            Form::Call { callee, .. } => drop(function.makes.insert(callee)),
            Form::Name(name) => names.push(name),
            _ => {}
        }
    }

    fn form(&self, expr: &Expr, place: &Place) -> Form {
        let scope = Scope { module: &self.module.names, local: &place.local };
        if let Some(text) = scope.evaluate(expr) {
            return Form::Text(text);
        }
        match expr {
            Expr::Call(call) => dotted(&call.func).map_or(Form::Computed, |callee| {
                let keywords = call
                    .arguments
                    .keywords
                    .iter()
                    .filter(|it| it.arg.as_ref().is_some_and(|name| name.as_str() == "app"));
                let arguments = keywords.map(|it| &it.value).chain(&call.arguments.args);
                Form::Call { callee, arguments: arguments.filter_map(dotted).collect() }
            }),
            Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                let texts: Option<Vec<_>> = elts.iter().map(|it| scope.evaluate(it)).collect();
                texts.map_or(Form::Computed, Form::Texts)
            }
            Expr::Await(it) => self.form(&it.value, place),
            _ => dotted(expr).map_or(Form::Computed, Form::Name),
        }
    }

    /// Notes a call that starts a server, also inside of `asyncio.run(…)`, `sys.exit(…)` and `await`.
    fn call(&mut self, expr: &Expr, place: &mut Place) {
        let call = match expr {
            Expr::Call(call) => call,
            Expr::Await(it) => return self.call(&it.value, place),
            _ => return,
        };
        for argument in call.arguments.args.iter().filter(|it| it.is_call_expr()) {
            self.call(argument, place);
        }
        let Some(callee) = dotted(&call.func) else { return };
        let last = callee.rsplit('.').next().unwrap_or(&callee);
        if last == "setdefault" && callee.ends_with("environ.setdefault") {
            let [name, value] = [0, 1].map(|index| call.arguments.find_positional(index));
            let scope = Scope { module: &self.module.names, local: &place.local };
            let name = name.and_then(|it| scope.evaluate(it));
            let value = value.map_or(Form::Computed, |it| self.form(it, place));
            return self.set_environment(name, value, self.line(call));
        }
        if !SERVE.contains(&last) {
            return;
        }
        let scope = Scope { module: &self.module.names, local: &place.local };
        let keyword =
            |name: &str| call.arguments.find_keyword(name).and_then(|it| scope.evaluate(&it.value));
        // Flask's `run` and Werkzeug's `run_simple` take both by position.
        let position = |index: usize| {
            let plain = last == "run_simple" || last == "run" && !callee.ends_with("uvicorn.run");
            plain
                .then(|| call.arguments.find_positional(index).and_then(|it| scope.evaluate(it)))
                .flatten()
        };
        let host = keyword("host").or_else(|| position(0));
        let port = keyword("port").or_else(|| position(1));
        let debug = ["debug", "reload", "use_reloader"].iter().any(|name| {
            let given = call.arguments.find_keyword(name);
            given.is_some_and(
                |it| matches!(&it.value, Expr::BooleanLiteral(literal) if literal.value),
            )
        });
        let line = self.source.line(call.func.start());
        if let Some((function, _)) = &mut place.function {
            function.serves = true;
        }
        let at_import = place.function.is_none() && !place.guarded;
        self.module.serves.push(ServeCall { line, at_import, callee, debug, host, port });
    }

    fn set_environment(&mut self, name: Option<Text>, form: Form, line: u32) {
        if let Some(name) = name {
            self.module.environment.entry(name.text).or_insert(Binding { line, form });
        }
    }
}

fn is_environ(expr: &Expr) -> bool {
    dotted(expr).is_some_and(|name| name == "environ" || name.ends_with(".environ"))
}

/// `__name__ == "__main__"`, either way round.
fn is_main_guard(test: &Expr) -> bool {
    let Expr::Compare(compare) = test else { return false };
    let is_name = |expr: &Expr| matches!(expr, Expr::Name(name) if name.id.as_str() == "__name__");
    let is_main =
        |expr: &Expr| matches!(expr, Expr::StringLiteral(it) if it.value.to_str() == "__main__");
    let sides: Vec<_> = std::iter::once(&*compare.left).chain(&compare.comparators).collect();
    sides.iter().any(|side| is_name(side)) && sides.iter().any(|side| is_main(side))
}
