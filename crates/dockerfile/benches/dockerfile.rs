//! How long a Dockerfile takes, and whether a file ten times as long takes ten times as long.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panicking")]

use boxwright_dockerfile::{Dockerfile, LintInput, Style, format, lint, render, to_sarif};
use divan::{Bencher, black_box, counter::BytesCount};

fn main() {
    divan::main();
}

/// Texts that a careless parser takes long for.
const SHAPES: [&str; 10] = [
    "typical",
    "stages",
    "findings",
    "heredocs",
    "continuations",
    "long-lines",
    "variables",
    "comments",
    "installs",
    "copies",
];

/// A file of about `kilobytes` of one shape.
fn text(shape: &str, kilobytes: usize) -> String {
    let block = |i: usize| match shape {
        "typical" => format!(
            "# stage {i}\nFROM python:3.13-slim AS s{i}\nENV A=1 \\\n    B=\"x y\"\nCOPY --from=s{} /venv /venv\n\
             RUN --mount=type=cache,target=/c apt-get update \\\n    && apt-get install --yes gcc\nUSER app\n\n",
            i.saturating_sub(1)
        ),
        "stages" => {
            format!("FROM s{} AS s{i}\nENV V{i}=$V{}\nUSER root\n", i.wrapping_sub(1), i / 2)
        }
        "findings" => format!(
            "FROM python AS A{i}\nrun pip install x{i}\nENV TOKEN{i} b\nCMD flask run\nCMD x\n"
        ),
        "heredocs" => format!("FROM a\nRUN <<E{i}\npip install x\nE{i}\n"),
        "continuations" => {
            (if i == 0 { "FROM a\nRUN x \\\n" } else { "  y \\\n# c\n\n" }).to_owned()
        }
        "long-lines" => format!("FROM a\nENV A=\"{}\"\n", "$B ${C:-${D}} \\\" ' ".repeat(3000)),
        "variables" => format!(
            "FROM alpine\nARG A{i}=$A{}\nENV B{i}=${{A{i}:-x}} C=$D{i}\nWORKDIR $NOPE{i}\n",
            i / 2
        ),
        "installs" if i > 0 => {
            format!("RUN pip install x{i} && chown -R a /x{i}\nCOPY x{i} /x{i}\n")
        }
        "installs" => "FROM python:3.13\n".to_owned(),
        "copies" if i == 0 => "FROM python:3.13 AS b\n".to_owned(),
        "copies" if i < kilobytes * 10 => format!("RUN python -m venv /opt/{i}\n"),
        "copies" if i == kilobytes * 10 => "FROM alpine\n".to_owned(),
        "copies" => format!("COPY --from=b /srv/{i} /srv/{i}\n"),
        _ => format!("# comment {i}\n# boxwright: allow=no-rule-{i}\n\n"),
    };
    let mut text = String::new();
    for i in 0.. {
        if text.len() >= kilobytes * 1024 {
            break;
        }
        text.push_str(&block(i));
    }
    text
}

#[divan::bench(args = SHAPES, consts = [100, 1000])]
fn parse<const KILOBYTES: usize>(bencher: Bencher<'_, '_>, shape: &str) {
    let text = text(shape, KILOBYTES);
    bencher.counter(BytesCount::of_str(&text)).bench(|| Dockerfile::parse(black_box(&text)));
}

#[divan::bench(args = SHAPES, consts = [100, 1000])]
fn reformat<const KILOBYTES: usize>(bencher: Bencher<'_, '_>, shape: &str) {
    let file = Dockerfile::parse(&text(shape, KILOBYTES));
    bencher.counter(BytesCount::of_str(file.text())).bench(|| format(black_box(&file)));
}

#[divan::bench(args = SHAPES, consts = [100, 1000])]
fn check<const KILOBYTES: usize>(bencher: Bencher<'_, '_>, shape: &str) {
    let file = Dockerfile::parse(&text(shape, KILOBYTES));
    bencher
        .counter(BytesCount::of_str(file.text()))
        .bench(|| lint(black_box(&file), &LintInput::default()));
}

#[divan::bench(consts = [100, 1000])]
fn show<const KILOBYTES: usize>(bencher: Bencher<'_, '_>) {
    let file = Dockerfile::parse(&text("findings", KILOBYTES));
    let findings = lint(&file, &LintInput::default());
    bencher.counter(BytesCount::of_str(file.text())).bench(|| {
        let text = render(black_box(&file), "Dockerfile", &findings, Style::Plain);
        (text, to_sarif(&file, "Dockerfile", &findings, "0", ""))
    });
}
