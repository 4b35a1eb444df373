//! Secrets that end up in an image.

use crate::lint::check::Context;
use crate::lint::finding::Finding;
use crate::lint::rule::{CREDENTIALS_IN_URL, SECRETS_USED_IN_ARG_OR_ENV};
use crate::model::{Command, Keyword};
use crate::{Instruction, Span};

/// Words that name a secret, between underscores.
const SECRET: [&str; 10] = [
    "apikey",
    "auth",
    "credential",
    "credentials",
    "key",
    "password",
    "pword",
    "passwd",
    "secret",
    "token",
];

/// Words that say it is none: a public key, the name of a file, a version.
const HARMLESS: [&str; 3] = ["public", "file", "version"];

pub(crate) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for (stage, _) in context.stages() {
        for one in &stage.body {
            names(one, findings);
            urls(one, findings);
        }
    }
}

fn names(one: &Instruction, findings: &mut Vec<Finding>) {
    let mut report = |keyword: Keyword, name: &str, span: Span| {
        if !is_secret(name) {
            return;
        }
        let message = format!(
            "`{name}` sounds like a secret, and {keyword} keeps it in the image for everyone who has it"
        );
        findings.push(Finding::new(&SECRETS_USED_IN_ARG_OR_ENV, span, message).help(
            "for the build use `RUN --mount=type=secret`; for the container give it when it starts",
        ));
    };
    match &one.command {
        Some(Command::Env(pairs)) => {
            for (index, pair) in pairs.iter().enumerate() {
                let span = one.arguments.get(index * 3).map_or(one.code, |key| key.span);
                report(Keyword::Env, pair.key.as_str(), span);
            }
        }
        Some(Command::Arg(list)) => {
            for (index, argument) in list.iter().enumerate() {
                let span = one.span_in_argument(index, 0..argument.name.len());
                report(Keyword::Arg, &argument.name, span);
            }
        }
        _ => {}
    }
}

fn is_secret(name: &str) -> bool {
    let lower = name.to_lowercase();
    let has = |words: &[&str]| lower.split('_').any(|part| words.contains(&part));
    has(&SECRET) && !has(&HARMLESS)
}

/// `https://user:password@host` anywhere in an instruction's arguments.
fn urls(one: &Instruction, findings: &mut Vec<Finding>) {
    let text = one.argument_text();
    let mut at = 0;
    while let Some(found) = text[at..].find("://") {
        let start = at + found;
        let rest = &text[start + 3..];
        let len = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '`' | '?' | '#'))
            .unwrap_or(rest.len());
        at = start + 3 + len;
        let Some((user, host)) = rest[..len].rsplit_once('@') else { continue };
        let Some((_, password)) = user.split_once(':') else { continue };
        // A variable is another rule's business; a host without a dot is one of a test's, where
        // the password is none.
        let placeholder = password.is_empty() || password.contains(['$', '<', '{', '*']);
        if placeholder || !host.contains('.') || host.starts_with("127.") {
            continue;
        }
        let scheme = text[..start]
            .rfind(|c: char| !c.is_ascii_alphanumeric() && c != '+')
            .map_or(0, |c| c + text[c..].chars().next().map_or(1, char::len_utf8));
        let span = one.span_in_arguments(scheme..at);
        let message = "a password stands in this URL, and stays in the image's history";
        findings.push(
            Finding::new(&CREDENTIALS_IN_URL, span, message)
                .help("mount it as a secret (`RUN --mount=type=secret`, such as a netrc or pip.conf), and change the password"),
        );
    }
}
