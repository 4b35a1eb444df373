//! Texts and numbers that a source computes from constants and the environment.

use std::collections::BTreeMap;

use ruff_python_ast::{
    self as ast, Expr, FStringPart, InterpolatedStringElement, Number, Operator,
};

use super::module::{Binding, Form};

/// A text, or a number as text, that is known without running the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// The value when the environment says nothing.
    pub(crate) text: String,
    /// Whether `PORT` of the environment changes it.
    pub(crate) honours_port: bool,
}

impl Text {
    fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), honours_port: false }
    }

    fn join(self, other: &Self) -> Self {
        Self {
            text: self.text + &other.text,
            honours_port: self.honours_port || other.honours_port,
        }
    }
}

/// The names that are known where an expression stands, innermost scope last.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(super) module: &'a BTreeMap<String, Binding>,
    pub(super) local: &'a BTreeMap<String, Form>,
}

impl Scope<'_> {
    fn text(&self, name: &str) -> Option<Text> {
        let form =
            self.local.get(name).or_else(|| self.module.get(name).map(|binding| &binding.form));
        match form {
            Some(Form::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    /// The value of an expression, as far as it follows from constants and defaults.
    pub(super) fn evaluate(&self, expr: &Expr) -> Option<Text> {
        match expr {
            Expr::StringLiteral(literal) => Some(Text::plain(literal.value.to_str())),
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(int) => int.as_i64().map(|int| Text::plain(int.to_string())),
                _ => None,
            },
            Expr::Name(name) => self.text(name.id.as_str()),
            Expr::FString(string) => self.f_string(string),
            Expr::BinOp(ast::ExprBinOp { left, op: Operator::Add, right, .. }) => {
                Some(self.evaluate(left)?.join(&self.evaluate(right)?))
            }
            // `os.environ.get("PORT") or 8080`
            Expr::BoolOp(operation) => {
                let values = &operation.values;
                let asks_port = values
                    .iter()
                    .any(|value| environment(value).is_some_and(|(name, _)| name == "PORT"));
                let mut text = values.iter().find_map(|value| self.evaluate(value))?;
                text.honours_port |= asks_port;
                Some(text)
            }
            Expr::Call(call) => self.call(call, expr),
            _ => None,
        }
    }

    fn call(&self, call: &ast::ExprCall, expr: &Expr) -> Option<Text> {
        if let Some((name, default)) = environment(expr) {
            let mut text = self.evaluate(default?)?;
            text.honours_port |= name == "PORT";
            return Some(text);
        }
        match &*call.func {
            Expr::Name(name) if matches!(name.id.as_str(), "int" | "str") => {
                self.evaluate(call.arguments.find_positional(0)?)
            }
            Expr::Attribute(attribute) if attribute.attr.as_str() == "format" => {
                self.format(attribute, call)
            }
            _ => None,
        }
    }

    /// `"0.0.0.0:{}".format(port)`, for plain fields in order.
    fn format(&self, attribute: &ast::ExprAttribute, call: &ast::ExprCall) -> Option<Text> {
        let Expr::StringLiteral(template) = &*attribute.value else { return None };
        let template = template.value.to_str().replace("{0}", "{}");
        let mut parts = template.split("{}").map(Text::plain);
        let mut text = parts.next()?;
        for (index, part) in parts.enumerate() {
            text = text.join(&self.evaluate(call.arguments.find_positional(index)?)?).join(&part);
        }
        (!text.text.contains('{')).then_some(text)
    }

    fn f_string(&self, string: &ast::ExprFString) -> Option<Text> {
        let mut text = Text::plain("");
        for part in &string.value {
            match part {
                FStringPart::Literal(literal) => text = text.join(&Text::plain(&*literal.value)),
                FStringPart::FString(parts) => {
                    for element in &parts.elements {
                        text = text.join(&match element {
                            InterpolatedStringElement::Literal(literal) => {
                                Text::plain(&*literal.value)
                            }
                            InterpolatedStringElement::Interpolation(it) => {
                                self.evaluate(&it.expression)?
                            }
                        });
                    }
                }
            }
        }
        Some(text)
    }
}

/// The variable that an expression asks the environment for, and the default that it gives.
fn environment(expr: &Expr) -> Option<(&str, Option<&Expr>)> {
    match expr {
        Expr::Call(call) => {
            let asks = match &*call.func {
                Expr::Attribute(attribute) => match attribute.attr.as_str() {
                    "getenv" => true,
                    "get" => dotted(&attribute.value)?.ends_with("environ"),
                    _ => false,
                },
                Expr::Name(name) => name.id.as_str() == "getenv",
                _ => false,
            };
            let Expr::StringLiteral(name) = call.arguments.find_positional(0)? else { return None };
            asks.then(|| (name.value.to_str(), call.arguments.find_argument_value("default", 1)))
        }
        Expr::Subscript(subscript) => {
            let Expr::StringLiteral(name) = &*subscript.slice else { return None };
            dotted(&subscript.value)?.ends_with("environ").then(|| (name.value.to_str(), None))
        }
        _ => None,
    }
}

/// `a.b.c` as it is written; `None` for anything but names and dots.
pub(super) fn dotted(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name.id.as_str().to_owned()),
        Expr::Attribute(attribute) => {
            Some(dotted(&attribute.value)? + "." + attribute.attr.as_str())
        }
        _ => None,
    }
}
