//! What the builder writes, and what it refuses to.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use boxwright_dockerfile::{
    AddFiles, BuildError, Builder, Command, CommandLine, CopyFiles, Dialect, Dockerfile, Feature,
    FromImage, Healthcheck, LintInput, Mount, Network, Probe, Run, Sharing, Word, lint,
};

fn classic() -> Builder {
    Dockerfile::builder(Dialect::Classic).from("scratch")
}

fn modern() -> Builder {
    Dockerfile::builder(Dialect::BuildKit).from("scratch")
}

/// The lines behind `FROM scratch`.
fn written(builder: Builder) -> String {
    let file = builder.build().unwrap();
    assert_eq!(file.errors(), []);
    file.to_string().strip_prefix("FROM scratch\n").unwrap().trim_end().to_owned()
}

#[test]
fn a_whole_file_reads_like_one_written_by_hand() {
    let file = Dockerfile::builder(Dialect::BuildKit)
        .syntax("docker/dockerfile:1")
        .blank()
        .comment("Compilers stay in this stage:\nthe release below takes only what they made.")
        .from(FromImage::new("python:3.13-slim-trixie").alias("build"))
        .env([("PIP_DISABLE_PIP_VERSION_CHECK", "1"), ("PATH", "/venv/bin:$PATH")])
        .workdir("/app")
        .run(
            Run::lines(["apt-get update", "&& apt-get install --yes --no-install-recommends gcc"])
                .mount(Mount::cache("/var/cache/apt").sharing(Sharing::Locked))
                .mount(Mount::cache("/var/lib/apt").sharing(Sharing::Locked)),
        )
        .run(
            Run::shell("pip install -r requirements.txt")
                .mount(Mount::cache("/root/.cache/pip"))
                .mount(Mount::bind("requirements.txt", "requirements.txt")),
        )
        .blank()
        .from(FromImage::new("python:3.13-slim-trixie"))
        .label([("org.opencontainers.image.title", "The \"best\" app")])
        .copy(CopyFiles::new(["/venv"], "/venv").from_stage("build"))
        .run(Run::shell("useradd --create-home app"))
        .copy(CopyFiles::new(["server.py", "my templates"], "/app/").chown("app:app"))
        .user("app")
        .expose(["8000"])
        .healthcheck(Healthcheck::Probe(
            Probe::new(CommandLine::exec(["python", "-c", "import sys"]))
                .interval(Duration::from_secs(30))
                .timeout(Duration::from_millis(1500))
                .retries(3),
        ))
        .entrypoint(CommandLine::exec(["gunicorn"]))
        .cmd(CommandLine::exec(["--bind", "0.0.0.0:8000", "server:app"]))
        .build()
        .unwrap();
    assert_eq!(lint(&file, &LintInput::default()), []);
    assert_eq!(boxwright_dockerfile::format(&file), file.to_string());
    insta::assert_snapshot!(file);
}

#[test]
fn values_are_quoted_where_they_have_to_be() {
    for (value, expected) in [
        ("plain", "A=plain"),
        ("", "A=\"\""),
        ("two words", "A=\"two words\""),
        ("it's", "A=\"it's\""),
        ("\"quoted\"", "A=\"\\\"quoted\\\"\""),
        ("c:\\x", "A=\"c:\\\\x\""),
        ("$HOME/x", "A=$HOME/x"),
        ("a $HOME", "A=\"a $HOME\""),
        ("${A:-b}", "A=${A:-b}"),
        ("a=b", "A=a=b"),
        ("#", "A=#"),
        ("trailing\\", "A=\"trailing\\\\\""),
    ] {
        assert_eq!(written(classic().env([("A", value)])), format!("ENV {expected}"), "{value}");
    }
    let literal = classic().env([("A", Word::literal("$5"))]);
    assert_eq!(written(literal), "ENV A=\"\\$5\"");
}

#[test]
fn instructions_choose_the_form_that_holds_their_words() {
    for (builder, expected) in [
        (classic().copy(CopyFiles::new(["a", "b"], "/c/")), "COPY a b /c/"),
        (classic().copy(CopyFiles::new(["a b"], "/c/")), "COPY [\"a b\", \"/c/\"]"),
        (classic().copy(CopyFiles::new(["it's"], "/c/")), "COPY it\\'s /c/"),
        (classic().copy(CopyFiles::new(["-x"], "/c/")), "COPY [\"-x\", \"/c/\"]"),
        (
            modern().copy(CopyFiles::new(["a"], "/").chmod("0755").link()),
            "COPY --chmod=0755 --link a /",
        ),
        (
            modern().copy(CopyFiles::new(["a"], "/").exclude("*.md").exclude("x y")),
            "COPY --exclude=*.md --exclude=\"x y\" a /",
        ),
        (classic().add(AddFiles::new(["https://x/y.tar"], "/")), "ADD https://x/y.tar /"),
        (classic().volume(["/a", "/b c"]), "VOLUME [\"/a\", \"/b c\"]"),
        (classic().workdir("/a b"), "WORKDIR /a b"),
        (classic().stop_signal("SIGINT"), "STOPSIGNAL SIGINT"),
        (classic().shell(["/bin/bash", "-c"]), "SHELL [\"/bin/bash\", \"-c\"]"),
        (classic().arg("A").arg_default("B", "x y"), "ARG A\nARG B=\"x y\""),
        (classic().run(Run::exec(["a", "é\"\\"])), "RUN [\"a\", \"é\\\"\\\\\"]"),
        (classic().cmd(CommandLine::exec([""; 0])), "CMD []"),
        (classic().healthcheck(Healthcheck::None), "HEALTHCHECK NONE"),
        (
            classic().command(Command::Onbuild(Box::new(Command::User("a".into())))),
            "ONBUILD USER a",
        ),
        (modern().run(Run::shell("a").network(Network::None)), "RUN --network=none \\\n    a"),
        (
            modern().run(Run::shell("a").mount(Mount::secret("t,u").env("T").required())),
            "RUN --mount=\"type=secret,\\\"id=t,u\\\",required=true,env=T\" \\\n    a",
        ),
        (modern().run(Run::script("set -e\nEOF\n")), "RUN <<EOF_\nset -e\nEOF\nEOF_"),
        (
            modern().run(Run::lines(["a", "&& b \\\"c\\\"", "&& d"])),
            "RUN a \\\n    && b \\\"c\\\" \\\n    && d",
        ),
    ] {
        assert_eq!(written(builder), expected);
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    for builder in [
        classic().env([("A", "two\nlines")]),
        classic().env([("A=B", "c")]),
        classic().env([("", "c")]),
        classic().comment("one\rtwo"),
        classic().run(Run::shell("a\nb")),
        classic().run(Run::shell("[\"a\"]")),
        classic().run(Run::shell("--mount=x a")),
        classic().run(Run::shell("a \\")),
        classic().run(Run::lines(["a", "# b", "&& c"])),
        classic().run(Run::shell("cat <<EOF")),
        classic().user(""),
        classic().arg(""),
        classic().arg("A B"),
        classic().cmd(CommandLine::shell("")),
        classic().run(Run::shell(" ")),
        classic().volume([""]),
        classic().shell([""; 0]),
        classic().from(FromImage::new("a b")),
        classic().from(FromImage::new("a").alias("1x")),
        classic().from(FromImage::new("")),
        classic().copy(CopyFiles::new([""; 0], "/x")),
        classic().copy(CopyFiles::new(["<<EOF"], "/x")),
        classic().workdir(Word::raw("\"unclosed")).env([("A", Word::raw("b \"c"))]),
        modern().run(Run::shell("a").mount(Mount::secret("x").from_stage("y"))),
        modern().copy(CopyFiles::new(["a"], "/").chown("é:é")),
        Dockerfile::builder(Dialect::BuildKit).run(Run::shell("a")),
        Dockerfile::builder(Dialect::BuildKit).comment("syntax=x").from("a"),
        Dockerfile::builder(Dialect::BuildKit).from("a").syntax("x"),
        Dockerfile::builder(Dialect::BuildKit),
    ] {
        let shown = format!("{builder:?}");
        assert!(builder.build().is_err(), "{shown}");
    }
}

#[test]
fn a_builder_is_not_given_what_it_does_not_read() {
    let cache = || Run::shell("a").mount(Mount::cache("/c"));
    let probe = Probe::new(CommandLine::exec(["a"])).start_interval(Duration::from_secs(1));
    for (command, feature, twenty) in [
        (Command::Run(cache()), Feature::RunFlags, true),
        (Command::Run(Run::script("a")), Feature::Heredoc, false),
        (Command::Copy(CopyFiles::new(["a"], "/").chmod("1")), Feature::Chmod, true),
        (Command::Copy(CopyFiles::new(["a"], "/").link()), Feature::CopyFlags, false),
        (Command::Copy(CopyFiles::new(["a"], "/").parents()), Feature::CopyFlags, false),
        (Command::Healthcheck(Healthcheck::Probe(probe)), Feature::StartInterval, false),
        (Command::Onbuild(Box::new(Command::Run(cache()))), Feature::RunFlags, true),
    ] {
        let build =
            |dialect| Dockerfile::builder(dialect).from("a").command(command.clone()).build();
        let refused = build(Dialect::Classic).unwrap_err();
        assert!(
            matches!(refused, BuildError::Unsupported { feature: given, .. } if given == feature)
        );
        assert_eq!(build(Dialect::BuildKit20).is_ok(), twenty, "{command:?}");
        assert!(build(Dialect::BuildKit).is_ok());
    }
}
