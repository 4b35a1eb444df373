//! Rules look at anything; what they say can be shown, and what they mend can be read.
#![no_main]

use boxwright_dockerfile::{Dockerfile, LintInput, Style, fix, lint, render, to_json, to_sarif};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = Dockerfile::parse(text);
    let input = LintInput { experimental: true, ..LintInput::default() };
    let findings = lint(&file, &input);
    let _ = render(&file, "Dockerfile", &findings, Style::Plain);
    let _ = to_json(&file, "Dockerfile", &findings);
    let _ = to_sarif(&file, "Dockerfile", &findings, "0.0.0", "");
    let fixed = Dockerfile::parse(&fix(&file, &findings).text);
    assert!(fixed.errors().len() <= file.errors().len());
});
