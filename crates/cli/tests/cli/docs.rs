//! What the documentation shows is what the program prints.
//!
//! In each page of `docs/`, the `console` blocks are run in their order, in a copy of the sample
//! that the page names with `<!-- sample: NAME -->`. A line `$ COMMAND` is a command; below it
//! stands what it prints, or nothing where that is not the point. A line `…` stands for any lines.
//! Commands other than ours, and those that need a network or a daemon, are not run.

use std::fs;
use std::path::{Path, PathBuf};

use crate::project::{Project, repository};

/// Subcommands that need packages from the network, or a daemon.
const ONLINE: [&str; 3] = ["build", "dev", "run"];

#[test]
fn examples_are_true() {
    let pages = pages(&repository().join("docs"));
    assert!(pages.len() > 10, "the documentation was not found");
    let mut run = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let name = text
            .split_once("<!-- sample: ")
            .map_or("flask", |(_, rest)| rest.split_once(" -->").unwrap().0);
        let project = Project::sample(name);
        for example in examples(&text) {
            let Some(arguments) = example.arguments() else { continue };
            let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
            let printed = project.run(&arguments);
            let expected = &example.output;
            assert!(
                expected.is_empty() || matches(expected, &printed),
                "{}: `{}` prints\n{printed}",
                page.display(),
                example.command
            );
            run += 1;
        }
    }
    assert!(run > 10, "only {run} examples were run");
}

#[test]
fn every_page_is_in_the_summary_and_every_link_leads_somewhere() {
    let docs = repository().join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    for page in pages(&docs) {
        let path = page.strip_prefix(&docs).unwrap().to_str().unwrap().to_owned();
        assert!(path == "SUMMARY.md" || summary.contains(&format!("({path})")), "{path}");
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
            let target = link.0.split('#').next().unwrap();
            let is_file = !target.is_empty() && !target.contains("://");
            let exists = page.parent().unwrap().join(target).exists();
            assert!(!is_file || exists, "{path} links to {target}");
        }
    }
}

/// The pages that are written by hand: those about lint rules have tests of their own.
fn pages(docs: &Path) -> Vec<PathBuf> {
    let files = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|it| it == "md"))
            .collect()
    };
    let mut pages = files(docs);
    pages.extend(files(&docs.join("commands")));
    pages.sort();
    pages
}

struct Example {
    command: String,
    output: String,
}

impl Example {
    /// The arguments, where this is a command to run here.
    fn arguments(&self) -> Option<Vec<String>> {
        let words = boxwright_plan::split_command(&self.command).ok()?;
        let is_ours = words.first()? == "boxwright" && !ONLINE.contains(&words.get(1)?.as_str());
        is_ours.then(|| words[1..].to_vec())
    }
}

fn examples(page: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut in_block = false;
    for line in page.lines() {
        match line.strip_prefix("$ ") {
            _ if line.starts_with("```") => in_block = line == "```console",
            Some(command) if in_block => {
                examples.push(Example { command: command.to_owned(), output: String::new() });
            }
            _ if in_block => {
                let last = &mut examples.last_mut().unwrap().output;
                *last += line;
                *last += "\n";
            }
            _ => {}
        }
    }
    examples
}

/// Whether a text is the expected one, in which a line `…` stands for any lines.
fn matches(expected: &str, text: &str) -> bool {
    let mut rest = text;
    for (index, part) in expected.trim_end().split("…\n").enumerate() {
        let part = part.trim_end_matches('…').trim_end();
        let Some(at) = rest.find(part) else { return false };
        if index == 0 && at != 0 {
            return false;
        }
        rest = &rest[at + part.len()..];
    }
    expected.trim_end().ends_with('…') || rest.trim_end().is_empty()
}
