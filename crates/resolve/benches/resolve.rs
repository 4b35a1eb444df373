//! How long reading a large page and a search take.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::fmt::Write as _;

use boxwright_requirements::Origin;
use boxwright_resolve::{ProjectPage, Request, Resolution, Wanted, resolve};
use divan::Bencher;

#[path = "../tests/shelf/mod.rs"]
mod shelf;

fn main() {
    divan::main();
}

/// A page like that of boto3, whose thousands of releases have two files each: 10 MB.
fn page() -> String {
    let file = |version: usize, name: String| {
        let hash = format!("{version:064x}");
        format!(
            r#"{{"filename":"{name}","hashes":{{"sha256":"{hash}"}},"requires-python":">= 3.8","size":139321,
"upload-time":"2024-01-02T03:04:05.678900Z","yanked":false,"provenance":null,"core-metadata":{{"sha256":"{hash}"}},
"url":"https://files.pythonhosted.org/packages/e3/7e/c92d1e2d5e5ad8b3d6f2bb0a1bd6ed8f0f0f3ff7d3ed65d5ac8f6c4d6d{version:06}/{name}"}}"#
        )
    };
    let files: Vec<String> = (0..9000)
        .flat_map(|version| {
            let wheel = file(
                version,
                format!("boto3-1.{}.{}-py3-none-any.whl", version / 200, version % 200),
            );
            let source =
                file(version, format!("boto3-1.{}.{}.tar.gz", version / 200, version % 200));
            [wheel, source]
        })
        .collect();
    format!(r#"{{"meta":{{"api-version":"1.1"}},"name":"boto3","files":[{}]}}"#, files.join(","))
}

#[divan::bench(sample_count = 20)]
fn parse_a_large_page(bencher: Bencher<'_, '_>) {
    let page = page();
    let bytes = divan::counter::BytesCount::new(page.len());
    bencher
        .counter(bytes)
        .bench(|| ProjectPage::parse(page.as_bytes(), "https://pypi.org/simple/boto3/").unwrap());
}

/// Releases of two projects, of which only one old pair fits together, and 60 more projects.
#[divan::bench]
fn search_with_backtracking(bencher: Bencher<'_, '_>) {
    let mut text = String::new();
    for version in 0..200 {
        writeln!(text, "app 1.{version} | lib=={version}.0").unwrap();
        writeln!(text, "lib {version}.0 | tool{}", if version < 20 { "" } else { ">=2" }).unwrap();
    }
    text.push_str("tool 1.0\n");
    for project in 0..60 {
        for version in 0..20 {
            writeln!(
                text,
                "p{project} {version}.0 | p{}>={version} | p{}",
                (project + 1) % 60,
                (project + 7) % 60
            )
            .unwrap();
        }
    }
    let shelf = shelf::Shelf::new(&text);
    let wanted = |text| Wanted::parse(text, Origin::new("requirements.txt", 1)).unwrap();
    let request = Request::new(shelf::target(), ["app", "p0", "p30"].map(wanted).into());
    bencher.bench(|| -> Resolution { resolve(&request, &shelf).unwrap() });
}
