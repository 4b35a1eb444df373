//! Project pages and metadata as indexes send them.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use boxwright_digest::Digest;
use boxwright_resolve::{Metadata, PageError, ProjectPage, Sidecar, Timestamp};
use proptest::prelude::*;

const URL: &str = "https://user:secret@index.example/simple/foo/";

fn page(files: &str) -> ProjectPage {
    let json =
        format!(r#"{{"meta": {{"api-version": "1.1"}}, "name": "foo", "files": [{files}]}}"#);
    ProjectPage::parse(json.as_bytes(), URL).unwrap()
}

#[test]
fn everything_that_matters_is_read() {
    let digest = Digest::of("x");
    let page = page(&format!(
        r#"{{"filename": "foo-1.0-py3-none-any.whl", "url": "https://files.example/foo-1.0-py3-none-any.whl",
             "hashes": {{"sha256": "{hex}", "md5": "00"}}, "requires-python": ">=3.8", "size": 42,
             "upload-time": "2026-01-02T03:04:05.678900Z", "yanked": "br\u006fken", "gpg-sig": true,
             "core-metadata": {{"sha256": "{hex}"}}}}"#,
        hex = digest.hex(),
    ));
    let file = &page.wheels[0];
    assert_eq!(file.file.name.file_name(), "foo-1.0-py3-none-any.whl");
    assert_eq!(file.file.url.as_str(), "https://files.example/foo-1.0-py3-none-any.whl");
    assert_eq!(file.file.sha256, Some(digest));
    assert_eq!(file.file.size, Some(42));
    assert_eq!(file.file.metadata, Sidecar::Hashed(digest));
    assert_eq!(file.requires_python.as_deref(), Some(">=3.8"));
    assert_eq!(file.yanked.as_deref(), Some("broken"));
    assert_eq!(file.uploaded, Some("2026-01-02T03:04:05.6789Z".parse().unwrap()));
}

#[test]
fn what_an_index_leaves_out_is_not_there() {
    let wheel = |more: &str| {
        let page =
            page(&format!(r#"{{"filename": "foo-1.0-py3-none-any.whl", "url": "w.whl"{more}}}"#));
        page.wheels[0].clone()
    };
    let bare = wheel("");
    assert_eq!((bare.file.sha256, bare.file.size), (None, None));
    assert_eq!((bare.file.metadata, &bare.yanked), (Sidecar::Absent, &None));
    let nulls = wheel(
        r#", "hashes": {}, "requires-python": null, "size": null, "yanked": false, "upload-time": null"#,
    );
    assert_eq!(nulls, bare);
    assert_eq!(wheel(r#", "yanked": true"#).yanked.as_deref(), Some(""));
    assert_eq!(wheel(r#", "core-metadata": true"#).file.metadata, Sidecar::Unhashed);
    assert_eq!(wheel(r#", "core-metadata": false"#).file.metadata, Sidecar::Absent);
    assert_eq!(wheel(r#", "dist-info-metadata": {}"#).file.metadata, Sidecar::Unhashed);
}

#[test]
fn relative_urls_are_below_the_pages() {
    let page = page(
        r#"{"filename": "foo-1.0-py3-none-any.whl", "url": "../../files/foo-1.0-py3-none-any.whl"}"#,
    );
    let url = &page.wheels[0].file.url;
    assert_eq!(url.as_str(), "https://user:secret@index.example/files/foo-1.0-py3-none-any.whl");
    // Whoever shows or stores it does so without the credentials.
    assert_eq!(url.to_string(), "https://index.example/files/foo-1.0-py3-none-any.whl");
}

#[test]
fn files_that_say_nothing_are_left_out() {
    let page = page(
        r#"{"filename": "foo-1.0.tar.gz", "url": "a", "requires-python": ">=3.9"},
           {"filename": "foo-1.0-py2.7.egg", "url": "a"},
           {"filename": "foo-1.0.win32.exe", "url": "a"},
           {"filename": "foo-1.0-py3-none.whl", "url": "a"},
           {"filename": "foo-1.0-py3-none-any.whl", "url": "a", "hashes": {"sha256": "12"}}"#,
    );
    assert_eq!(page.wheels, []);
    assert_eq!(page.sources.len(), 1);
    assert_eq!(page.sources[0].requires_python.as_deref(), Some(">=3.9"));
}

#[test]
fn pages_that_are_none_are_refused() {
    for json in ["", "<!DOCTYPE html>", "{}", r#"{"files": [{}]}"#, r#"{"files": {}}"#] {
        let error = ProjectPage::parse(json.as_bytes(), URL).unwrap_err();
        assert!(matches!(error, PageError::Json(_)), "{json}");
    }
    assert!(matches!(ProjectPage::parse(b"{}", "simple"), Err(PageError::Url { .. })));
}

#[test]
fn metadata_is_read_up_to_the_description() {
    let metadata = Metadata::parse(
        b"Metadata-Version: 2.4\r\nName: Foo.Bar\r\nversion: 1.0\r\nRequires-Python: >=3.9\r\n\
          License: several lines\r\n        \r\n        Name: no-field\r\n\
          Requires-Dist: Baz[x,y] (>=1,<2) ; python_version >= \"3.9\"\r\n\
          Requires-Dist: url @ https://e.example/url.whl\r\n\
          Provides-Extra: Some_Extra\r\nProvides-Extra: not/a/name\r\n\r\n\
          Requires-Dist: in-the-description\r\n",
    )
    .unwrap();
    assert_eq!(metadata.name.as_str(), "foo-bar");
    assert_eq!(metadata.version.to_string(), "1.0");
    assert_eq!(metadata.requires_python.as_deref(), Some(">=3.9"));
    let extras: Vec<String> = metadata.extras.iter().map(ToString::to_string).collect();
    assert_eq!(extras, ["some-extra"]);
    let names: Vec<&str> = metadata.dependencies.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["baz", "url"]);
}

#[test]
fn metadata_that_cannot_be_used_says_why() {
    let table: [(&[u8], &str); 5] = [
        (b"", "its metadata has no `Name`"),
        (b"Name: a\n", "its metadata has no `Version`"),
        (b"Name: a\nVersion: latest\n", "its metadata has an unreadable `Version: latest`"),
        (b"Name: -\nVersion: 1\n", "its metadata has an unreadable `Name: -`"),
        (
            b"Name: a\nVersion: 1\nRequires-Dist: b (>=2.7.*)\n",
            "its metadata has an unreadable `Requires-Dist: b (>=2.7.*)`",
        ),
    ];
    for (bytes, message) in table {
        let error = Metadata::parse(bytes).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn hostile_requirements_cost_no_stack() {
    let deep = format!("Name: a\nVersion: 1\nRequires-Dist: b ; {}", "(".repeat(100_000));
    assert!(Metadata::parse(deep.as_bytes()).is_err());
    let wide =
        format!("Name: a\nVersion: 1\nRequires-Dist: b ; {}", "os_name == 'a' and ".repeat(50_000));
    assert!(Metadata::parse(wide.as_bytes()).is_err());
}

#[test]
fn moments_sort_as_they_pass() {
    let moments = [
        "2025-12-31T23:59:59Z",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.000001Z",
        "2026-01-01T00:00:00.09Z",
        "2026-01-01T00:00:00.1Z",
        "2026-01-01T00:00:01Z",
    ];
    let parsed: Vec<Timestamp> = moments.iter().map(|text| text.parse().unwrap()).collect();
    assert!(parsed.is_sorted_by(|a, b| a < b));
    let texts: Vec<String> = parsed.iter().map(ToString::to_string).collect();
    assert_eq!(texts, moments);
    assert_eq!("2026-01-01T00:00:00.100Z".parse::<Timestamp>().unwrap(), parsed[4]);
    for text in [
        "",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+01:00",
        "2026-01-01T00:00:00.Z",
        "2026-01-01 00:00:00Z",
        "éé26-01-01T00:00:0Z",
    ] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_parsers_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = ProjectPage::parse(&bytes, URL);
        let _ = Metadata::parse(&bytes);
        let _ = Metadata::parse(&[b"Name: a\nVersion: 1\nRequires-Dist: ", bytes.as_slice()].concat());
    }
}
