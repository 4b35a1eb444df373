//! What a rule found.

use serde::Serialize;

use super::facts::Origin;
use super::rule::Rule;
use crate::Span;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Works, and should not be left so.
    Warning,
    /// Does not work, or not as meant.
    Error,
}

/// A rule broken at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// How bad it is: the rule's own severity, unless the file asks for errors.
    pub severity: Severity,
    /// The place.
    pub span: Span,
    /// What is wrong there, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Other places that belong to it.
    pub labels: Vec<Label>,
    /// Where the project says what the Dockerfile contradicts.
    pub origin: Option<Origin>,
    /// How to mend it.
    pub fix: Option<Fix>,
}

/// Another place, and what it has to do with the finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// A few words.
    pub text: String,
}

/// A change to the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, such as "write it in exec form".
    pub title: String,
    /// The changes: sorted, and none over another.
    pub edits: Vec<Edit>,
    /// Whether it can be made without asking: what is built does the same, without the fault.
    pub safe: bool,
}

/// Text put in place of other text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// What goes away; may be empty.
    pub span: Span,
    /// What comes in its place; may be empty.
    pub text: String,
}

impl Finding {
    pub(crate) fn new(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            span,
            message: message.into(),
            help: None,
            labels: Vec::new(),
            origin: None,
            fix: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    pub(crate) fn origin(mut self, origin: &Origin) -> Self {
        self.origin = Some(origin.clone());
        self
    }

    /// Adds a fix that can be made without asking.
    pub(crate) fn fix(self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.with_fix(title, edits, true)
    }

    /// Adds a fix that someone should look at.
    pub(crate) fn suggest(self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.with_fix(title, edits, false)
    }

    fn with_fix(mut self, title: impl Into<String>, edits: Vec<Edit>, safe: bool) -> Self {
        self.fix = Some(Fix { title: title.into(), edits, safe });
        self
    }
}

impl Edit {
    pub(crate) fn replace(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }

    pub(crate) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self { span: Span::new(at, at), text: text.into() }
    }

    pub(crate) fn delete(span: Span) -> Self {
        Self { span, text: String::new() }
    }
}
