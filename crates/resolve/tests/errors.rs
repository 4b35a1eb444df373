//! What people read when their requirements cannot be met.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

mod shelf;

use boxwright_digest::Digest;
use boxwright_resolve::{PreReleases, ResolveError, resolve};
use shelf::{Shelf, request, solve};

/// The projects that all cases choose from.
const SHELF: &str = "
    flask 3.1.2 | werkzeug>=3.1 | click>=8.1.3
    flask 3.0.0 | werkzeug>=3.0 | click>=8.1.3
    flask 2.0.0 | werkzeug>=2.0,<3 | click>=7
    flask 4.0.0rc1 | werkzeug>=3.1
    werkzeug 3.1.3
    werkzeug 3.0.0
    werkzeug 2.3.8
    click 8.1.8
    click 7.1
    connexion 2.14 | flask>=1.0.4,<2.3 | werkzeug>=1.0,<2.3
    uwsgi 2.0.30 sdist
    uwsgi 2.0.31 sdist
    psycopg2 2.9.10 sdist
    psycopg2 2.9.9 tag=cp312-cp312-win_amd64
    psycopg2 2.9.9 sdist
    psycopg2 2.8.6
    wincom 1.0 tag=cp313-cp313-win_amd64
    compiled 1.0 tag=cp39-cp39-manylinux_2_28_x86_64
    compiled 1.1 tag=cp39-cp39-win_amd64
    compiled 1.1 tag=cp39-cp39-manylinux_2_28_x86_64
    compiled 1.1 tag=cp310-cp310-manylinux_2_28_x86_64
    compiled 1.1 tag=cp310-cp310-macosx_11_0_arm64
    compiled 2.0 tag=cp313-cp313-manylinux_2_28_x86_64
    compiled-only 1.1 tag=cp312-cp312-manylinux_2_28_x86_64
    typing-ext 4.0 python=<3.12
    typing-ext 3.0 python=<3.10
    gone 1.0 yanked=licence
    gone 0.9 yanked
    broken 1.0 raw=nonsense
    needs-missing 1.0 | nowhere>=2
    needs-uwsgi 1.0 | uwsgi
    needs-future 1.0 | click>=9
    needs-url 1.0 | click @ https://evil.example/click-8.1.8-py3-none-any.whl
    web 1.0 extra=server | flask ; extra == 'server' | click<8 ; extra == 'server'
    chain-a 1.0 | chain-b>=1
    chain-b 1.0 | chain-c>=1
    chain-c 1.0 | click<8
    new 2.0 uploaded=2026-06-01T00:00:00Z
    sklearn 0.0 sdist
";

fn text(error: &ResolveError) -> String {
    // Every message says what to do.
    let text = error.to_string();
    assert!(text.contains("fix: ") || matches!(error, ResolveError::Index { .. }), "{text}");
    text
}

/// Resolves each list of lines, and puts the messages one below the other.
fn messages(cases: &[&[&str]]) -> String {
    let message = |lines: &&[&str]| {
        let error = solve(SHELF, lines).unwrap_err();
        format!("# {}\n\n{}\n", lines.join("; "), text(&error))
    };
    cases.iter().map(message).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_line_that_nothing_meets() {
    insta::assert_snapshot!(messages(&[
        &["flask==99"],
        &["flask>=4,<4"],
        &["flask==2.0.0", "flask==3.0.0"],
        &["flask>=3", "- flask<3"],
        &["flask==3.0.0", "- flask<3", "- flask!=2.0.0"],
        &["gone"],
        &["gone>=1"],
    ]));
}

#[test]
fn a_project_that_does_not_exist() {
    insta::assert_snapshot!(messages(&[
        &["flaskk"],
        &["bs4"],
        &["click", "frobnicate==1.0"],
        &["sklearn"],
        &["needs-missing"],
    ]));
}

#[test]
fn a_project_without_a_wheel_for_the_target() {
    insta::assert_snapshot!(messages(&[
        &["uwsgi"],
        &["uwsgi==2.0.31"],
        &["psycopg2==2.9.10"],
        &["psycopg2>=2.9"],
        &["wincom"],
        &["compiled<2"],
        &["compiled-only"],
        &["typing-ext"],
        &["typing-ext==4.0"],
        &["needs-uwsgi"],
    ]));
}

#[test]
fn lines_that_contradict_each_other() {
    insta::assert_snapshot!(messages(&[
        &["flask==3.0.0", "werkzeug<3"],
        &["flask", "connexion", "werkzeug>=3"],
        &["flask>=3", "connexion"],
        &["web[server]", "click>=8"],
        &["chain-a", "click>=8"],
        &["needs-future"],
        &["needs-url"],
        &["broken"],
        &["flask", "- werkzeug<2"],
    ]));
}

#[test]
fn urls_that_are_no_wheel() {
    insta::assert_snapshot!(messages(&[
        &["flask @ git+https://github.com/pallets/flask"],
        &["flask @ https://e.example/flask-3.0.tar.gz"],
        &["flask @ file:///tmp/flask-3.0-py3-none-any.whl"],
        &["flask @ https://e.example/click-8.0-py3-none-any.whl"],
        &["flask @ https://e.example/flask-3.0-py3-none-any.whl#sha256=00"],
        &["flask @ https://e.example/flask-3.0-py3-any.whl"],
        &["flask @ https://e.example/flask-3.0-cp312-cp312-win_amd64.whl"],
        &[
            "flask @ https://e.example/flask-3.0-py3-none-any.whl",
            "flask @ https://f.example/flask-3.0-py3-none-any.whl",
        ],
        &["flask>=3.1", "flask @ https://e.example/flask-3.0-py3-none-any.whl"],
    ]));
}

#[test]
fn what_options_rule_out() {
    let shelf = Shelf::new(SHELF);
    let mut late = request(&["new"]);
    late.exclude_newer = Some("2026-01-01T00:00:00Z".parse().unwrap());
    let mut finals = request(&["flask>=4.0rc1"]);
    finals.prereleases = PreReleases::Never;
    let mut hashes = request(&["click==8.1.8"]);
    hashes.requirements[0].hashes = vec![Digest::of("another")];
    let mut unhashed = request(&["flask"]);
    unhashed.require_hashes = true;
    let offline = request(&["offline"]);
    let messages: Vec<String> = [late, finals, hashes, unhashed, offline]
        .iter()
        .map(|request| text(&resolve(request, &shelf).unwrap_err()) + "\n")
        .collect();
    insta::assert_snapshot!(messages.join("\n"));
}

/// Whatever is backtracked over, the account stays short enough to read.
#[test]
fn a_conflict_over_many_versions() {
    let app = |minor| format!("app 1.{minor} | lib=={minor}.0 | tool>=1\nlib {minor}.0 | tool<2\n");
    let shelf: String = (0..60).map(app).chain(["tool 1.0\ntool 2.0\n".to_owned()]).collect();
    let error = solve(&shelf, &["app", "tool>=2"]).unwrap_err();
    assert!(error.to_string().lines().count() <= 30, "{error}");
    insta::assert_snapshot!(text(&error));
}
