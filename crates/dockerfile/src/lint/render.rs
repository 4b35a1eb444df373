//! Findings as text for people.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use super::finding::{Finding, Fix, Severity};
use crate::{Dockerfile, Span};

/// How findings are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// ASCII without colours.
    #[default]
    Plain,
    /// Colours for a terminal.
    Colour,
}

/// All `findings` in the way rustc shows its own, each with the lines it is about.
///
/// `path` is what the file is called in the text.
pub fn render(file: &Dockerfile, path: &str, findings: &[Finding], style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Colour => Renderer::styled(),
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut text = String::new();
    for finding in findings {
        text.push_str(&renderer.render(&groups(file, path, finding)));
        text.push_str("\n\n");
    }
    text
}

fn groups<'a>(file: &'a Dockerfile, path: &'a str, finding: &'a Finding) -> Vec<Group<'a>> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let spans = finding.labels.iter().map(|label| label.span);
    let window = Window::around(file, finding.span, spans);
    let mut snippet = window.snippet(path);
    snippet = snippet.annotation(AnnotationKind::Primary.span(window.range(finding.span)));
    for label in &finding.labels {
        let annotation = AnnotationKind::Context.span(window.range(label.span));
        snippet = snippet.annotation(annotation.label(&label.text));
    }
    let mut group = level.primary_title(&finding.message).id(finding.rule.name).element(snippet);
    if let Some(origin) = &finding.origin {
        group = group.element(Level::NOTE.message(format!("the project says so at {origin}")));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(help));
    }
    let mut groups = vec![group];
    groups.extend(finding.fix.as_ref().map(|fix| patch(file, path, fix)));
    groups
}

fn patch<'a>(file: &'a Dockerfile, path: &'a str, fix: &'a Fix) -> Group<'a> {
    let first = fix.edits.first().map_or_else(Span::default, |edit| edit.span);
    let window = Window::around(file, first, fix.edits.iter().map(|edit| edit.span));
    let mut snippet = window.snippet(path);
    for edit in &fix.edits {
        snippet = snippet.patch(Patch::new(window.range(edit.span), &edit.text));
    }
    Level::HELP.secondary_title(&fix.title).element(snippet)
}

/// The lines around what is shown: drawing never looks at more of a file than it has to.
struct Window<'a> {
    text: &'a str,
    start: usize,
    line: usize,
}

impl<'a> Window<'a> {
    fn around(file: &'a Dockerfile, first: Span, others: impl Iterator<Item = Span>) -> Self {
        let whole = others.fold(first, Span::to);
        let text = file.text();
        let start = text[..whole.start].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[whole.end..].find('\n').map_or(text.len(), |len| whole.end + len + 1);
        let line = file.position(start).line;
        Self { text: &text[start..end], start, line }
    }

    fn range(&self, span: Span) -> std::ops::Range<usize> {
        span.start - self.start..span.end - self.start
    }

    fn snippet<T: Clone>(&self, path: &'a str) -> Snippet<'a, T> {
        Snippet::source(self.text).line_start(self.line).path(path)
    }
}
