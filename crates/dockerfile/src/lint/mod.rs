//! Rules about Dockerfiles: what they find, how it is shown, how it is mended.

mod check;
mod facts;
mod finding;
mod fix;
mod output;
mod render;
mod rule;
mod rules;
mod script;
mod server;
mod suppress;

pub use check::lint;
pub use facts::{Date, Fact, LintInput, Origin, ProjectFacts};
pub use finding::{Edit, Finding, Fix, Label, Severity};
pub use fix::{Fixed, fix};
pub use output::{to_json, to_sarif};
pub use render::{Style, render};
pub use rule::{RULES, Rule, RuleSet};
