//! What the engine says, for people at a terminal, for logs, and for programs.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use boxwright_engine::{Event, Events, Outcome, Silent, Step};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// An instruction's name is cut here.
const LONGEST_NAME: usize = 100;

/// How progress is shown. It goes to standard error; standard output is for results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressMode {
    /// A bar for each step and each download where standard error is a terminal, else lines.
    Auto,
    /// Nothing but errors.
    Quiet,
    /// One JSON object a line.
    Json,
}

/// The listener for this mode.
pub(crate) fn listener(mode: ProgressMode) -> Arc<dyn Events> {
    match mode {
        ProgressMode::Quiet => Arc::new(Silent),
        ProgressMode::Json => Arc::new(JsonLines),
        ProgressMode::Auto if io::stderr().is_terminal() => Arc::new(Bars::new()),
        ProgressMode::Auto => Arc::new(Lines),
    }
}

/// Says a line where nobody can be told that it failed.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// One line for each event that is worth one, the same in words at a terminal and in a log.
fn sentence(event: &Event) -> Option<String> {
    match event {
        Event::Finished { step, outcome, detail } => {
            let outcome = match outcome {
                Outcome::Reused => "reused",
                Outcome::Built => "built",
            };
            Some(format!("{:>20}  {outcome:<6}  {detail}", step.title()))
        }
        Event::InstructionFinished { name, outcome, .. } => {
            let outcome = match outcome {
                Some(Outcome::Reused) => "reused",
                Some(Outcome::Built) => "built",
                None => "failed",
            };
            Some(format!("{:>20}  {outcome:<6}  {}", "", shortened(name)))
        }
        Event::Warning { message } => Some(format!("warning: {message}")),
        Event::Note { message } => Some(format!("note: {message}")),
        Event::Started { .. }
        | Event::InstructionStarted { .. }
        | Event::InstructionOutput { .. }
        | Event::DownloadStarted { .. }
        | Event::DownloadProgress { .. }
        | Event::DownloadFinished { .. } => None,
    }
}

/// An instruction in one line.
fn shortened(name: &str) -> String {
    let words: Vec<_> = name.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= LONGEST_NAME {
        return line;
    }
    line.chars().take(LONGEST_NAME - 1).chain(['…']).collect()
}

/// Plain lines, for logs. What instructions print is in them, as it comes.
struct Lines;

impl Events for Lines {
    fn on(&self, event: Event) {
        if let Event::InstructionOutput { line, .. } = &event {
            say(&format!("{:>20}  | {line}", ""));
        }
        if let Some(line) = sentence(&event) {
            say(&line);
        }
    }
}

/// JSON lines, for programs. Bytes of downloads are left out: they are many.
struct JsonLines;

impl Events for JsonLines {
    fn on(&self, event: Event) {
        if matches!(event, Event::DownloadProgress { .. }) {
            return;
        }
        if let Ok(line) = serde_json::to_string(&event) {
            say(&line);
        }
    }
}

/// Bars, for a terminal.
struct Bars {
    area: MultiProgress,
    shown: Mutex<Shown>,
}

#[derive(Default)]
struct Shown {
    steps: BTreeMap<Step, ProgressBar>,
    downloads: BTreeMap<u64, ProgressBar>,
    instructions: BTreeMap<u64, ProgressBar>,
}

impl Bars {
    fn new() -> Self {
        Self { area: MultiProgress::new(), shown: Mutex::default() }
    }

    fn add(&self, template: &str, length: Option<u64>, message: String) -> ProgressBar {
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = match length {
            Some(length) => ProgressBar::new(length),
            None => ProgressBar::new_spinner(),
        };
        let bar = self.area.add(bar.with_style(style).with_message(message));
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }
}

impl Events for Bars {
    fn on(&self, event: Event) {
        if let Some(line) = sentence(&event) {
            let _ = self.area.println(line);
        }
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { step } => {
                let bar = self.add("{msg:>20}  {spinner} {elapsed}", None, step.title().to_owned());
                shown.steps.insert(step, bar);
            }
            Event::Finished { step, .. } => {
                if let Some(bar) = shown.steps.remove(&step) {
                    bar.finish_and_clear();
                }
            }
            Event::DownloadStarted { id, name, size } => {
                let template = match size {
                    Some(_) => "  {bar:16} {bytes:>10}/{total_bytes:<10} {msg}",
                    None => "  {spinner:16} {bytes:>10} {msg}",
                };
                let bar = self.add(template, size, name);
                shown.downloads.insert(id, bar);
            }
            Event::DownloadProgress { id, bytes } => {
                if let Some(bar) = shown.downloads.get(&id) {
                    bar.inc(bytes);
                }
            }
            Event::DownloadFinished { id } => {
                if let Some(bar) = shown.downloads.remove(&id) {
                    bar.finish_and_clear();
                }
            }
            Event::InstructionStarted { id, name } => {
                let bar = self.add(
                    "{spinner:>20}  {elapsed:<6}  {prefix}\n{wide_msg:.dim}",
                    None,
                    String::new(),
                );
                bar.set_prefix(shortened(&name));
                shown.instructions.insert(id, bar);
            }
            Event::InstructionOutput { id, line } => {
                if let Some(bar) = shown.instructions.get(&id) {
                    bar.set_message(format!("{:>22}{line}", "| "));
                }
            }
            Event::InstructionFinished { id, .. } => {
                if let Some(bar) = shown.instructions.remove(&id) {
                    bar.finish_and_clear();
                }
            }
            Event::Warning { .. } | Event::Note { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_gets_a_line_for_what_matters() {
        let finished = Event::Finished {
            step: Step::Base,
            outcome: Outcome::Reused,
            detail: "Debian 13, Python 3.13.5".into(),
        };
        assert_eq!(
            sentence(&finished).unwrap(),
            "          base layer  reused  Debian 13, Python 3.13.5"
        );
        assert_eq!(sentence(&Event::Started { step: Step::Base }), None);
        let warning = Event::Warning { message: "old".into() };
        assert_eq!(sentence(&warning).unwrap(), "warning: old");
    }
}
