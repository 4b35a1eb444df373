//! What is said about the edit of a lock.

use boxwright_requirements::explain;

use crate::project::Project;

#[test]
fn edits_of_locks_are_explained_with_file_and_line() {
    let edits = [
        (
            "uv/uv.lock",
            "name = \"h11\"\nversion = \"0.16.0\"",
            "name = \"h11\"\nversion = \"0.17.0\"",
        ),
        ("uv/uv.lock", "{ name = \"httpx\", extra = [\"socks\"] }", "{ name = \"httpx\" }"),
        (
            "uv/uv.lock",
            "{ name = \"tzdata\", marker = \"sys_platform == 'win32'\" }",
            "{ name = \"tzdata\" }",
        ),
        ("uv/uv.lock", "revision = 5", "revision = 6"),
        ("uv-export/pylock.toml", "version = \"0.16.0\"", "version = \"0.17.0\""),
        ("poetry-1/poetry.lock", "version = \"0.16.0\"", "version = \"0.17.0\""),
        ("poetry-2/poetry.lock", "sha256:c66ae634", "sha256:c66ae635"),
        ("pdm/pdm.lock", "groups = [\"templates\"]", "groups = [\"default\"]"),
        ("pipenv/Pipfile.lock", "\"version\": \"==0.16.0\"", "\"version\": \"==0.17.0\""),
        ("pipenv/Pipfile.lock", "https://pypi.org/simple", "https://mirror.example/simple"),
    ];
    let told: Vec<String> = edits
        .iter()
        .map(|(project, from, to)| {
            let before = Project::of(project);
            let after = before.clone().with_source(before.source().replace(from, to));
            explain(&before.key().unwrap(), &after.key().unwrap()).to_string()
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}
