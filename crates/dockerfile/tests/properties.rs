//! Whatever the text: nothing is lost, nothing panics, formatting keeps the meaning.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use boxwright_dockerfile::{
    Command, Dialect, Dockerfile, Escape, Item, LintInput, Style, Word, fix, format, lint, render,
    to_json, to_sarif,
};
use proptest::prelude::*;

/// Lines that mean something to the parser, so that random files are not only noise.
fn line() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "FROM python:3.12-slim AS build",
        "FROM alpine",
        "from $A as X",
        "FROM --platform=$TARGETPLATFORM a",
        "RUN pip install \\",
        "RUN --mount=type=cache,target=/root/.cache pip install -r r.txt",
        "RUN <<EOF",
        "RUN cat <<-A <<'B'",
        "COPY <<E /x",
        "EOF",
        "E",
        "\tA",
        "B",
        "  b c \\",
        "# comment",
        "#comment",
        "# escape=`",
        "# syntax=x",
        "# check=skip=all",
        "# boxwright: allow=runs-as-root",
        "",
        "   ",
        "\\",
        "ENV A=1 B=\"x y\" \\",
        "ENV A b c",
        "ENV A=$A$A",
        "ARG X=$A Y",
        "LABEL \"a b\"=c",
        "COPY . .",
        "COPY --from=build --chown=a /venv /venv",
        "COPY [\"a b\", \"c\"]",
        "ADD x /y/",
        "CMD gunicorn app:app",
        "CMD [\"flask\", \"run\"]",
        "CMD [\"a\", 1]",
        "ENTRYPOINT [ \"a\" ,\"b\"]",
        "HEALTHCHECK --interval=5s CMD curl x",
        "HEALTHCHECK NONE",
        "ONBUILD RUN a \\",
        "ONBUILD COPY <<E /x",
        "SHELL [\"bash\", \"-c\"]",
        "USER root",
        "WORKDIR app",
        "WORKDIR /app",
        "EXPOSE 80/TCP 127.0.0.1:8:9",
        "STOPSIGNAL 9",
        "VOLUME /a /b",
        "MAINTAINER me <a@b>",
        "RUN chown -R a:b /app && rm -rf ~/.cache",
        "RUN `x` \"$(y '",
        "FOO bar",
        "é `\\ü\" '",
    ]);
    (piece, "[ \t]{0,2}", prop::sample::select(vec!["\n", "\n", "\n", "\r\n", "", " \\\n"]))
        .prop_map(|(piece, blank, end)| format!("{blank}{piece}{blank}{end}"))
}

fn text() -> impl Strategy<Value = String> {
    let lines = prop::collection::vec(line(), 0..12).prop_map(|lines| lines.concat());
    prop_oneof![4 => lines, 1 => any::<String>(), 1 => "[#\\\\`'\"$<{}A-F \t\r\n=\\[\\],-]{0,80}"]
}

fn meanings(file: &Dockerfile) -> Vec<(Option<Command>, Vec<String>)> {
    let heredocs = |one: &boxwright_dockerfile::Instruction| {
        one.heredocs.iter().map(|document| document.heredoc.content.clone()).collect()
    };
    file.instructions().map(|one| (one.command.clone(), heredocs(one))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn items_tile_the_text(text in text(), bom in any::<bool>()) {
        let text = if bom { format!("\u{feff}{text}") } else { text };
        let file = Dockerfile::parse(&text);
        prop_assert_eq!(file.to_string(), text.clone());
        let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        for item in file.items() {
            prop_assert_eq!(item.span().start, at);
            prop_assert!(!item.span().is_empty());
            at = item.span().end;
        }
        prop_assert_eq!(at, text.len());
    }

    #[test]
    fn spans_hold_what_was_read(text in text()) {
        let file = Dockerfile::parse(&text);
        for one in file.instructions() {
            for word in one.arguments.iter().map(|word| word.span).chain(one.flags.iter().map(|flag| flag.span)) {
                prop_assert!(one.span.start <= word.start && word.end <= one.span.end);
                prop_assert!(text.get(word.range()).is_some());
            }
            let lines = file.lines(one.code);
            let broken = lines.0 != lines.1;
            prop_assert!(broken || file.slice(one.keyword.span) == one.keyword.value);
            for word in one.arguments.iter().filter(|_| !broken && one.form != boxwright_dockerfile::Form::Json) {
                // An unknown instruction has no arguments, and the old form of ENV no sign.
                prop_assert!(file.slice(word.span) == word.value || word.span.is_empty() || word.value.is_empty());
            }
            for document in &one.heredocs {
                prop_assert_eq!(file.slice(document.content), &document.heredoc.content);
            }
        }
    }

    #[test]
    fn bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(Dockerfile::from_bytes(&bytes).to_bytes(), bytes);
    }

    #[test]
    fn formatting_keeps_the_meaning(text in text()) {
        let file = Dockerfile::parse(&text);
        let once = format(&file);
        let again = Dockerfile::parse(&once);
        prop_assert_eq!(meanings(&again), meanings(&file), "{}", once);
        let comments = |file: &Dockerfile| {
            let inner: usize = file.instructions().map(|one| one.inner_comments.len()).sum();
            inner + file.items().iter().filter(|item| matches!(item, Item::Comment(_))).count()
        };
        prop_assert_eq!(comments(&again), comments(&file), "{}", once);
        prop_assert_eq!(format(&again), once);
    }

    #[test]
    fn linting_never_panics_and_fixing_ends(text in text()) {
        let mut file = Dockerfile::parse(&text);
        let input = LintInput { experimental: true, ..LintInput::default() };
        for _ in 0..50 {
            let findings = lint(&file, &input);
            for finding in &findings {
                prop_assert!(file.text().get(finding.span.range()).is_some());
            }
            let _ = (render(&file, "Dockerfile", &findings, Style::Plain), to_json(&file, "Dockerfile", &findings));
            let _ = to_sarif(&file, "Dockerfile", &findings, "0.0.0", "");
            let errors = file.errors().len();
            let fixed = fix(&file, &findings);
            if fixed.count == 0 {
                prop_assert_eq!(fixed.text, file.to_string());
                return Ok(());
            }
            file = Dockerfile::parse(&fixed.text);
            prop_assert!(file.errors().len() <= errors, "{}", fixed.text);
        }
        prop_assert!(false, "fixes go round in circles: {}", file);
    }

    #[test]
    fn any_value_can_be_written(value in "[ -~éß\t]{0,40}", other in any::<String>()) {
        let expand = |word: &Word| word.expand(Escape::Backslash, &|_| None).map(|done| done.text);
        prop_assert_eq!(expand(&Word::literal(&other)), Ok(other));
        let built = Dockerfile::builder(Dialect::Classic)
            .from("scratch")
            .env([("A", Word::literal(&value)), ("B", Word::literal("b"))])
            .label([("a.b", Word::literal(&value))])
            .copy(boxwright_dockerfile::CopyFiles::new([Word::literal(&format!("x{value}y"))], "/z/"))
            .workdir(Word::literal(&format!("/{value}x")))
            .cmd(boxwright_dockerfile::CommandLine::exec(["a", &value]))
            .build()
            .unwrap();
        for one in built.instructions() {
            match one.command.as_ref().unwrap() {
                Command::Env(pairs) | Command::Label(pairs) => prop_assert_eq!(expand(&pairs[0].value).unwrap(), value.clone()),
                Command::Workdir(path) => prop_assert_eq!(expand(path).unwrap(), format!("/{value}x")),
                Command::Cmd(line) => prop_assert_eq!(line.as_exec().unwrap()[1].as_str(), value.as_str()),
                Command::Copy(copy) => {
                    let boxwright_dockerfile::CopySource::Path(path) = &copy.sources[0] else { panic!() };
                    prop_assert_eq!(expand(path).unwrap(), format!("x{value}y"));
                }
                _ => {}
            }
        }
    }
}
