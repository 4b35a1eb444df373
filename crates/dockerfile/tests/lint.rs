//! Every rule: a file that breaks it, a file that keeps it, and its page.
//!
//! A folder under `tests/lint` is named as the rule's page is. It holds `broken.Dockerfile`,
//! `kept.Dockerfile` and, where the rule needs to be told something, `facts.json`.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use boxwright_dockerfile::{
    Date, Dockerfile, Fact, Finding, LintInput, Origin, ProjectFacts, RULES, Rule, Style, fix,
    lint, render, to_json, to_sarif,
};
use serde_json::Value;

const TODAY: Date = Date { year: 2026, month: 11, day: 24 };

fn folder(rule: &Rule) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint").join(rule.slug())
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path)
        .unwrap_or_else(|error| unreachable!("{}: {error}", path.display()))
}

/// What the rule's folder says about the project.
struct Given {
    facts: ProjectFacts,
    ignored: Vec<String>,
    experimental: bool,
}

impl Given {
    fn of(rule: &Rule) -> Self {
        let path = folder(rule).join("facts.json");
        let json = if path.exists() { read(&path) } else { "{}".to_owned() };
        let json: Value = serde_json::from_str(&json).unwrap();
        let list = |key: &str| json[key].as_array().cloned().unwrap_or_default();
        let fact = |value: &Value| Fact {
            value: value[0].as_str().unwrap().to_owned(),
            origin: Origin {
                file: value[1].as_str().unwrap().to_owned(),
                line: usize::try_from(value[2].as_u64().unwrap()).unwrap(),
            },
        };
        Self {
            facts: ProjectFacts {
                has_ignore_file: json["has_ignore_file"].as_bool(),
                without_musl_wheel: list("without_musl_wheel").iter().map(fact).collect(),
                ..ProjectFacts::default()
            },
            ignored: list("ignored").iter().map(|path| path.as_str().unwrap().to_owned()).collect(),
            experimental: json["experimental"] == true,
        }
    }

    fn lint(&self, file: &Dockerfile) -> Vec<Finding> {
        let ignores = |path: &str| self.ignored.iter().any(|ignored| ignored == path);
        lint(
            file,
            &LintInput {
                facts: Some(&self.facts),
                ignores: Some(&ignores),
                today: Some(TODAY),
                experimental: self.experimental,
            },
        )
    }
}

#[test]
fn every_rule_finds_what_breaks_it() {
    for rule in RULES {
        let given = Given::of(rule);
        let file = Dockerfile::parse(&read(&folder(rule).join("broken.Dockerfile")));
        let findings = given.lint(&file);
        assert!(findings.iter().any(|finding| finding.rule == *rule), "{}", rule.name);
        let name = rule.slug();
        insta::assert_snapshot!(name, render(&file, "Dockerfile", &findings, Style::Plain));
    }
}

#[test]
fn every_rule_leaves_alone_what_keeps_it() {
    for rule in RULES {
        let file = Dockerfile::parse(&read(&folder(rule).join("kept.Dockerfile")));
        let findings = Given::of(rule).lint(&file);
        let found: Vec<_> = findings.iter().filter(|finding| finding.rule == *rule).collect();
        assert!(found.is_empty(), "{}: {found:?}", rule.name);
    }
}

#[test]
fn a_safe_fix_mends_what_it_is_for() {
    let mut mended = Vec::new();
    for rule in RULES {
        let given = Given::of(rule);
        let file = Dockerfile::parse(&read(&folder(rule).join("broken.Dockerfile")));
        let findings: Vec<_> =
            given.lint(&file).into_iter().filter(|finding| finding.rule == *rule).collect();
        let fixed = fix(&file, &findings);
        if fixed.count == 0 {
            continue;
        }
        let again = Dockerfile::parse(&fixed.text);
        assert_eq!(again.errors(), [], "{}", fixed.text);
        let left = given.lint(&again).into_iter().filter(|finding| finding.rule == *rule).count();
        assert_eq!(left, findings.len() - fixed.count, "{}", fixed.text);
        mended.push(format!("{}:\n{}", rule.name, fixed.text));
    }
    insta::assert_snapshot!("fixed", mended.join("\n"));
}

#[test]
fn every_rule_has_a_page_with_the_same_examples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let list = read(&root.join("docs/lint/README.md"));
    for rule in RULES {
        let page = read(&root.join(rule.page()));
        assert!(
            page.starts_with(&format!("# {}\n\n{}.\n", rule.name, rule.summary)),
            "{}",
            rule.name
        );
        for example in ["broken.Dockerfile", "kept.Dockerfile"] {
            let example = read(&folder(rule).join(example));
            assert!(page.contains(&format!("```dockerfile\n{example}```\n")), "{}", rule.name);
        }
        assert!(list.contains(&format!("[{}]({}.md)", rule.name, rule.slug())), "{}", rule.name);
    }
}

#[test]
fn no_folder_is_left_over() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint");
    for entry in std::fs::read_dir(tests).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(RULES.iter().any(|rule| rule.slug() == name), "{name} belongs to no rule");
    }
}

fn names(text: &str) -> Vec<&'static str> {
    let file = Dockerfile::parse(text);
    lint(&file, &LintInput::default()).iter().map(|finding| finding.rule.name).collect()
}

#[test]
fn comments_silence_rules() {
    let run = "RUN pip install x\nUSER 1000\n";
    assert_eq!(names(&format!("FROM python:3.13\n{run}")), ["pip-cache-in-layer"]);
    for comment in [
        "# boxwright: allow=pip-cache-in-layer",
        "#boxwright:allow=runs-as-root,pip-cache-in-layer it is needed",
        "# boxwright: allow=pip-cache-in-layer\n\n# another",
    ] {
        assert!(names(&format!("FROM python:3.13\n{comment}\n{run}")).is_empty(), "{comment}");
        assert_eq!(names(&format!("{comment}\nFROM python:3.13\n{run}")), ["pip-cache-in-layer"]);
    }
    assert!(
        names(&format!("FROM python:3.13\n{run}# boxwright: allow-file=pip-cache-in-layer\n"))
            .is_empty()
    );
    let inner =
        "RUN true \\\n    # boxwright: allow=pip-cache-in-layer\n    && pip install x\nUSER 1\n";
    assert!(names(&format!("FROM python:3.13\n{inner}")).is_empty());
}

#[test]
fn checks_are_skipped_as_in_buildkit() {
    let file = "FROM python:3.13 as a\nENV A b\nUSER 1000\n";
    assert_eq!(names(file), ["FromAsCasing", "LegacyKeyValueFormat"]);
    assert!(names(&format!("# check=skip=all\n{file}")).is_empty());
    assert_eq!(names(&format!("# check=skip=FromAsCasing\n{file}")), ["LegacyKeyValueFormat"]);
    // A rule of ours is no check, so `all` does not reach it.
    let root = format!("# check=skip=all\n{file}USER root\n");
    assert_eq!(names(&root), ["runs-as-root"]);
    let above = file.replace("ENV", "# check=skip=LegacyKeyValueFormat\nENV");
    assert_eq!(names(&above), ["FromAsCasing"]);
    assert_eq!(names(&format!("# check=skip=FromAsCasin\n{file}"))[0], "unknown-rule");
    let strict = Dockerfile::parse(&format!("# check=error=true\n{file}"));
    let findings = lint(&strict, &LintInput::default());
    assert!(
        findings.iter().all(|finding| finding.severity == boxwright_dockerfile::Severity::Error)
    );
}

#[test]
fn facts_of_the_project_are_used() {
    let origin = Origin { file: "server.py".to_owned(), line: 12 };
    let facts = ProjectFacts {
        bound_port: Some(Fact { value: 5000, origin: origin.clone() }),
        bound_host: Some(Fact { value: "localhost".to_owned(), origin: origin.clone() }),
        debug_server: Some(Fact { value: "app.run(debug=True)".to_owned(), origin }),
        ..ProjectFacts::default()
    };
    let input = LintInput { facts: Some(&facts), ..LintInput::default() };
    let script = "FROM python:3.13\nUSER 1000\nEXPOSE 8080\nCMD [\"python\", \"server.py\"]\n";
    let file = Dockerfile::parse(script);
    insta::assert_snapshot!(
        "facts",
        render(&file, "Dockerfile", &lint(&file, &input), Style::Plain)
    );
    // A server that is told on its command line where to listen does not ask the project.
    let gunicorn = Dockerfile::parse(
        &script.replace("\"python\", \"server.py\"", "\"gunicorn\", \"-b:8080\", \"server:app\""),
    );
    assert_eq!(lint(&gunicorn, &input), []);
}

#[test]
fn machines_can_read_findings() {
    let file =
        Dockerfile::parse("FROM python:3.13\nRUN pip install é && pip install x\nUSER 1000\n");
    let findings = lint(&file, &LintInput::default());
    let json = to_json(&file, "app/Dockerfile", &findings);
    insta::assert_snapshot!("json", json);
    let sarif: Value = serde_json::from_str(&to_sarif(
        &file,
        "app/Dockerfile",
        &findings,
        "1.2.3",
        "https://example.org/",
    ))
    .unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), RULES.len());
    insta::assert_snapshot!("sarif-results", format!("{:#}", run["results"]));
    insta::assert_snapshot!("sarif-rule", format!("{:#}", run["tool"]["driver"]["rules"][2]));
}

#[test]
fn servers_are_read_out_of_any_command() {
    let ports = |cmd: &str| {
        names(&format!("FROM python:3.13\nUSER 1000\nENV PORT=9000\nEXPOSE 8000\n{cmd}\n"))
    };
    let json = "JSONArgsRecommended";
    let (port, host, debug) = ("exposed-port-not-bound", "server-on-localhost", "debug-server");
    for (cmd, expected) in [
        ("CMD [\"gunicorn\", \"-b\", \"0.0.0.0:8000\", \"a\"]", &[][..]),
        ("CMD [\"gunicorn\", \"--bind=:9000\", \"a\"]", &[port]),
        ("CMD [\"gunicorn\", \"a\"]", &[]),
        ("CMD [\"gunicorn\", \"-c\", \"conf.py\", \"a\"]", &[]),
        ("CMD [\"gunicorn\", \"-b\", \"unix:/s\", \"a\"]", &[]),
        ("CMD [\"python\", \"-m\", \"gunicorn\", \"-b127.0.0.1:8000\", \"a\"]", &[host]),
        ("CMD exec gunicorn -b 0.0.0.0:$PORT a", &[port, json]),
        ("CMD migrate && exec gunicorn -b 0.0.0.0:${PORT} a", &[port, json]),
        ("CMD [\"sh\", \"-c\", \"gunicorn -b 0.0.0.0:$PORT a\"]", &[]),
        ("CMD [\"uvicorn\", \"a\", \"--host\", \"0.0.0.0\", \"--port\", \"8000\"]", &[]),
        ("CMD [\"uvicorn\", \"a\"]", &[host]),
        ("CMD [\"sh\", \"-c\", \"uvicorn a --port $WEB_PORT\"]", &[host]),
        ("CMD [\"sh\", \"-c\", \"uvicorn a --host :: --port ${WEB_PORT}\"]", &[]),
        ("CMD [\"poetry\", \"run\", \"uvicorn\", \"a\", \"--uds\", \"/s\"]", &[]),
        ("CMD [\"flask\", \"run\", \"-h\", \"0.0.0.0\", \"-p\", \"8000\"]", &[debug]),
        ("CMD [\"flask\", \"db\", \"upgrade\"]", &[]),
        ("CMD [\"python\", \"manage.py\", \"runserver\", \"0.0.0.0:8000\"]", &[debug]),
        ("CMD [\"python\", \"manage.py\", \"runserver\", \"8000\"]", &[debug, host]),
        ("CMD [\"python\", \"manage.py\", \"migrate\"]", &[]),
        ("CMD [\"fastapi\", \"run\", \"--port\", \"80\"]", &[port]),
        ("CMD [\"waitress-serve\", \"--listen=*:8000\", \"a\"]", &[]),
        ("ENTRYPOINT [\"uvicorn\", \"a\"]", &[]),
        ("ENTRYPOINT [\"gunicorn\"]\nCMD [\"-b\", \"127.0.0.1:8000\", \"a\"]", &[host]),
        ("ENTRYPOINT [\"/entry.sh\"]\nCMD [\"uvicorn\", \"a\"]", &[host]),
        ("CMD [\"/start.sh\"]", &[]),
    ] {
        let mut found = ports(cmd);
        found.sort_unstable_by_key(|name| name.to_lowercase());
        let mut expected = expected.to_vec();
        expected.sort_unstable_by_key(|name| name.to_lowercase());
        assert_eq!(found, expected, "{cmd}");
    }
}

#[test]
fn a_cache_that_is_kept_out_is_not_reported() {
    for (run, reported) in [
        ("RUN pip install x", true),
        ("RUN pip3 install --no-cache-dir x", false),
        ("RUN pip --no-cache-dir install x", false),
        ("RUN PIP_NO_CACHE_DIR=1 pip install x", false),
        ("RUN export PIP_NO_CACHE_DIR=1; pip install x", false),
        ("ENV PIP_NO_CACHE_DIR=off\nRUN pip install x", false),
        ("ENV PIP_NO_CACHE_DIR=\nRUN pip install x", true),
        ("ARG PIP_NO_CACHE_DIR=1\nRUN pip install x", false),
        ("RUN --mount=type=cache,target=/root/.cache/pip pip install x", false),
        ("RUN --mount=type=bind,source=r.txt,target=r.txt pip install -r r.txt", true),
        ("RUN pip install x && rm -rf /root/.cache", false),
        ("RUN pip install x && pip cache purge", false),
        ("RUN pip install x\nRUN rm -rf /root/.cache", true),
        ("COPY pip.conf /etc/pip.conf\nRUN pip install x", false),
        ("RUN uv pip install --system x", true),
        ("RUN uv sync --no-cache", false),
        ("ENV UV_NO_CACHE=1\nRUN uv sync", false),
        ("RUN echo pip install x", false),
        ("RUN echo \"run: pip install x\"", false),
        ("RUN <<EOF\nset -e\npip install x\nEOF", true),
        ("RUN <<EOF\npip install --no-cache-dir x\nEOF", false),
        ("RUN cat <<EOF > run.sh\npip install x\nEOF", false),
        ("RUN [\"pip\", \"--version\"]", false),
        ("RUN bash -c 'pip install x'", true),
    ] {
        let found = names(&format!("FROM python:3.13\n{run}\nUSER 1000\n"));
        assert_eq!(found.contains(&"pip-cache-in-layer"), reported, "{run}: {found:?}");
    }
    let copied = "FROM python:3.13 AS build\nRUN pip install x\nFROM python:3.13\nCOPY --from=build /x /x\nUSER 1\n";
    assert!(names(copied).is_empty());
    let based_on = copied.replace("FROM python:3.13\nCOPY --from=build /x /x", "FROM build");
    assert_eq!(names(&based_on), ["pip-cache-in-layer"]);
}

/// The multi-stage file of the well-known article, in short.
const ARTICLE: &str = "\
# ---- Base python ----
FROM python:3.6 AS base
WORKDIR /app

# ---- Dependencies ----
FROM base AS dependencies
COPY gunicorn_app/requirements.txt ./
RUN pip install -r requirements.txt

# ---- Copy Files/Build ----
FROM dependencies AS build
WORKDIR /app
COPY . /app

# --- Release with Alpine ----
FROM python:3.6-alpine3.7 AS release
WORKDIR /app
COPY --from=dependencies /app/requirements.txt ./
COPY --from=dependencies /root/.cache /root/.cache
RUN pip install -r requirements.txt
COPY --from=build /app/ ./
EXPOSE 8080
CMD [\"gunicorn\", \"--bind\", \"127.0.0.1:8000\", \"gunicorn_app:app\"]
";

#[test]
fn the_well_known_recipe_is_taken_apart() {
    let expected = [
        "end-of-life-python",
        "runs-as-root",
        "end-of-life-python",
        "pip-cache-copied",
        "pip-cache-in-layer",
        "exposed-port-not-bound",
        "server-on-localhost",
    ];
    assert_eq!(names(ARTICLE), expected);
}
