//! Texts and what BuildKit makes of them, each checked against its own parser.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use boxwright_dockerfile::{
    Command, CommandLine, CopySource, Dockerfile, Escape, Form, Healthcheck, Mount, MountKind,
    Phase, SyntaxErrorKind,
};

fn arguments(text: &str) -> Vec<String> {
    let file = Dockerfile::parse(text);
    let last = file.instructions().last().unwrap();
    last.arguments.iter().map(|word| word.value.clone()).collect()
}

#[test]
fn lines_are_joined() {
    for (text, expected) in [
        ("RUN a \\\n# c\n  b \\\n  # d\n  c\n", "a   b   c"),
        ("RUN a \\  \n  b\n", "a   b"),
        ("# escape=`\nRUN a `\n b\n", "a  b"),
        ("RUN a \\\n\n\nb\n", "a b"),
        ("RUN a \\\r\n b\r\n", "a  b"),
        ("RUN a\\\\\n", "a\\\\"),
        ("RUN a\\", "a"),
        ("\u{feff}RUN a", "a"),
        ("RUN\ta\tb\n", "a\tb"),
        ("   RUN   a", "a"),
        ("\\\nRUN a", "a"),
    ] {
        assert_eq!(arguments(text), [expected], "{text}");
    }
}

#[test]
fn arguments_are_taken_apart() {
    for (text, form, expected) in [
        ("FROM a # c", Form::Words, &["a", "#", "c"][..]),
        (
            "ENV A=1 B=\"x y\" C=a\\ b",
            Form::Pairs,
            &["A", "1", "=", "B", "\"x y\"", "=", "C", "a\\ b", "="],
        ),
        ("ENV A b c d", Form::Pairs, &["A", "b c d", ""]),
        ("ENV A=\"a\\\nb\"", Form::Pairs, &["A", "\"ab\"", "="]),
        ("LABEL \"g h\"=i", Form::Pairs, &["\"g h\"", "i", "="]),
        ("ARG A=1 B C=3", Form::Words, &["A=1", "B", "C=3"]),
        ("CMD ['a','b']", Form::Text, &["['a','b']"]),
        ("CMD [\"a\"] # c", Form::Text, &["[\"a\"] # c"]),
        ("CMD [\"a\", \\\n  \"b\"]", Form::Json, &["a", "b"]),
        ("CMD []", Form::Json, &[]),
        ("CMD", Form::Empty, &[]),
        ("WORKDIR a b", Form::Text, &["a b"]),
        ("HEALTHCHECK CMD a  b", Form::Text, &["CMD", "a  b"]),
        ("COPY a --chown=1 b", Form::Words, &["a", "--chown=1", "b"]),
        ("COPY [\"a b\", \"c\"]", Form::Json, &["a b", "c"]),
        ("RUN\u{a0}a", Form::Text, &[""]),
    ] {
        let file = Dockerfile::parse(text);
        assert_eq!(file.instructions().last().unwrap().form, form, "{text}");
        assert_eq!(arguments(text), expected, "{text}");
    }
}

#[test]
fn spans_point_at_words_wherever_lines_break() {
    let text = "FROM a\nCOPY --from=b \\\n  # why\n  one \\\n  two /x/\n";
    let file = Dockerfile::parse(text);
    let copy = file.instructions().last().unwrap();
    let words: Vec<_> = copy.arguments.iter().map(|word| file.slice(word.span)).collect();
    assert_eq!(words, ["one", "two", "/x/"]);
    assert_eq!(file.position(copy.arguments[1].span.start).to_string(), "5:3");
    assert_eq!(file.slice(copy.flags[0].span), "--from=b");
    assert_eq!(file.slice(copy.inner_comments[0]), "  # why\n");
    assert_eq!(file.lines(copy.span), (2, 5));
    assert_eq!(file.slice(copy.span_in_argument(1, 1..3)), "wo");
}

#[test]
fn inline_documents_belong_to_their_instruction() {
    let text = "FROM a\nRUN <<A cat <<-'B'\nx $Y\nFROM b\nA\n\ty\n\tB\nCOPY <<E f /g/\nz\nE\n";
    let file = Dockerfile::parse(text);
    assert_eq!(file.errors(), []);
    let [_, run, copy] = file.instructions().collect::<Vec<_>>()[..] else { panic!() };
    let documents: Vec<_> = run
        .heredocs
        .iter()
        .map(|one| (one.heredoc.content.as_str(), one.heredoc.expand, one.heredoc.chomp))
        .collect();
    assert_eq!(documents, [("x $Y\nFROM b\n", true, false), ("\ty\n", false, true)]);
    let Some(Command::Copy(copy)) = &copy.command else { panic!() };
    assert!(
        matches!(&copy.sources[..], [CopySource::Heredoc(one), CopySource::Path(_)] if one.content == "z\n")
    );
}

#[test]
fn instructions_get_their_meaning() {
    let text = "FROM --platform=$BUILDPLATFORM python:3.13 AS Build\n\
        RUN --mount=type=cache,id=p,target=/c,sharing=locked --mount=source=r,dst=r --network=none a\n\
        HEALTHCHECK --interval=1m30s --retries=3 CMD [\"a\"]\nONBUILD COPY a b\nCMD a b\n";
    let file = Dockerfile::parse(text);
    assert_eq!(file.errors(), []);
    let commands: Vec<_> = file.instructions().map(|one| one.command.clone().unwrap()).collect();
    let Command::Run(run) = &commands[1] else { panic!() };
    assert_eq!(
        run.mounts[0],
        Mount::cache("/c").id("p").sharing(boxwright_dockerfile::Sharing::Locked)
    );
    assert_eq!((run.mounts[1].kind, run.mounts[1].is_read_only()), (MountKind::Bind, true));
    let Command::Healthcheck(Healthcheck::Probe(probe)) = &commands[2] else { panic!() };
    assert_eq!((probe.interval.unwrap().as_secs(), probe.retries), (90, Some(3)));
    assert!(matches!(&commands[3], Command::Onbuild(inner) if matches!(**inner, Command::Copy(_))));
    assert!(
        matches!(&commands[4], Command::Cmd(CommandLine::Shell(text)) if text.as_str() == "a b")
    );
    let stages = file.stages();
    assert_eq!(stages.stages[0].name().as_deref(), Some("build"));
    assert_eq!(stages.named("BUILD", 1).unwrap().number, 0);
}

#[test]
fn what_buildkit_refuses_is_refused_at_the_same_time() {
    use Phase::{Build, Instruction, Parse};
    for (text, phase) in [
        ("", Parse),
        ("# only a comment\n", Parse),
        ("# escape=x\nFROM a\n", Parse),
        ("# syntax=a\n# syntax=b\nFROM a\n", Parse),
        ("FROM a\nCMD [\"a\",1]\n", Parse),
        ("FROM a\nENV A\n", Parse),
        ("FROM a\nENV A=b c\n", Parse),
        ("FROM a\nRUN <<EOF\nx\n", Parse),
        ("FROM a\nRUN echo $((1 << 2))\n", Parse),
        ("RUN a\n", Instruction),
        ("FROM\n", Instruction),
        ("FROM a AS 1x\n", Instruction),
        ("FROM a\nFOO a\n", Instruction),
        ("FROM a\nRUN --foo a\n", Instruction),
        ("FROM a\nCOPY a\n", Instruction),
        ("FROM a\nCOPY --link=maybe a b\n", Instruction),
        ("FROM a\nCOPY --from=x --from=y a b\n", Instruction),
        ("FROM a\nCOPY a <<EOF\nEOF\n", Instruction),
        ("FROM a\nRUN --mount=from=$X,target=/x a\n", Instruction),
        ("FROM a\nRUN --network=wifi a\n", Instruction),
        ("FROM a\nHEALTHCHECK curl x\n", Instruction),
        ("FROM a\nHEALTHCHECK --interval=1us CMD a\n", Instruction),
        ("FROM a\nHEALTHCHECK --retries=-1 CMD a\n", Instruction),
        ("FROM a\nHEALTHCHECK NONE x\n", Instruction),
        ("FROM a\nSHELL a\n", Instruction),
        ("FROM a\nVOLUME [\"\"]\n", Instruction),
        ("FROM a\nEXPOSE\n", Instruction),
        ("FROM a\nONBUILD FROM b\n", Instruction),
        ("FROM a\nONBUILD ONBUILD RUN a\n", Instruction),
        ("FROM a\nLABEL =b\n", Instruction),
        ("FROM a\nRUN --mount=type=floppy a\n", Build),
        ("FROM a\nRUN --mount=type=secret a\n", Build),
        ("FROM a\nRUN --mount=type=bind,size=1 a\n", Build),
    ] {
        let phases: Vec<_> =
            Dockerfile::parse(text).errors().iter().map(|error| error.kind.phase()).collect();
        assert_eq!(phases, [phase], "{text}");
    }
}

#[test]
fn a_misspelt_instruction_is_recognised() {
    let file = Dockerfile::parse("FROM a\nCPOY a b\n");
    let SyntaxErrorKind::UnknownInstruction { suggestion, .. } = &file.errors()[0].kind else {
        panic!()
    };
    assert_eq!(*suggestion, Some("COPY"));
}

#[test]
fn directives_come_first_or_not_at_all() {
    let file = Dockerfile::parse("#!/bin/sh\n# syntax=a/b:1 x\nFROM a\n");
    assert_eq!((file.directive("syntax"), file.frontend()), (None, Some("a/b:1")));
    let file = Dockerfile::parse("# a comment\n# escape=`\nFROM a\n");
    assert_eq!(file.escape(), Escape::Backslash);
    assert_eq!(Dockerfile::parse("#Escape = `\nFROM a\n").escape(), Escape::Backtick);
}

#[test]
fn bytes_that_are_no_utf8_are_kept() {
    let bytes = b"FROM a\n# caf\xe9\nRUN a\n";
    let file = Dockerfile::from_bytes(bytes);
    assert_eq!(file.errors(), []);
    assert!(!file.is_utf8());
    assert_eq!(file.to_bytes(), bytes);
    let utf16: Vec<u8> = "\u{feff}FROM a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(Dockerfile::from_bytes(&utf16).errors()[0].kind, SyntaxErrorKind::Utf16);
}

#[test]
fn a_line_that_is_too_long_is_refused() {
    let line = |len: usize| format!("FROM a\nRUN {}\n", "a".repeat(len - 4));
    assert_eq!(Dockerfile::parse(&line(65_535)).errors(), []);
    assert_eq!(Dockerfile::parse(&line(65_536)).errors().len(), 1);
}
