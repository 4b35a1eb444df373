//! One test for each of pip's rules, each a table.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

mod shelf;

use boxwright_digest::Digest;
use boxwright_requirements::{Libc, Link, Origin, PackageName};
use boxwright_resolve::{Note, PreReleases, Request, ResolveError, Wanted, resolve};
use shelf::{Shelf, check, check_fails, request, solve, summary};

#[test]
fn the_newest_version_that_everybody_takes_wins() {
    let shelf = "
        a 1.0
        a 1.10
        a 1.9
        b 1.0 | a<1.10
        b 2.0 | a<1.9
        c 1.0 | a==1.0 ; sys_platform == 'win32'
        d 2.0 | A_>=99
        d 1.0 | a
    ";
    check(shelf, &["a"], "a 1.10");
    check(shelf, &["a<1.10"], "a 1.9");
    check(shelf, &["b"], "a 1.0, b 2.0");
    check(shelf, &["a>=1.9", "b"], "a 1.9, b 1.0");
    check(shelf, &["b", "a>=1.9"], "a 1.9, b 1.0");
    check(shelf, &["c"], "c 1.0");
    check(shelf, &["A==1.9.0"], "a 1.9");
    check(shelf, &[], "");
}

#[test]
fn a_requirement_that_cannot_be_read_takes_its_wheel_out_of_the_race() {
    let shelf = "
        a 2.0 | b>=2.7.*
        a 1.0 | b>=2.7
        b 3.0
        c 2.0 raw=nonsense
        c 1.0
        d 2.0 raw=Name:d
        d 1.0
    ";
    let resolution = solve(shelf, &["a", "c", "d"]).unwrap();
    assert_eq!(summary(&resolution), "a 1.0, b 3.0, c 1.0, d 1.0");
    // Nobody should wonder why it is not the newest.
    let passed_over: Vec<String> = resolution.notes.iter().map(ToString::to_string).collect();
    let expected = [
        "a 2.0 was passed over: its metadata has an unreadable `Requires-Dist: b>=2.7.*` (`>=2.7.*` is not a version specifier: Operator >= cannot be used with a wildcard version specifier)",
        "c 2.0 was passed over: its metadata has no `Name`",
        "d 2.0 was passed over: its metadata has no `Version`",
    ];
    assert_eq!(passed_over, expected);
}

#[test]
fn markers_are_the_targets() {
    let shelf = "
        a 1.0 | linux ; sys_platform == 'linux' | windows ; os_name == 'nt' | new ; python_version >= '3.13' | old ; python_version < '3.13' | arm ; platform_machine == 'aarch64'
        linux 1
        new 1
        arm 1
    ";
    check(shelf, &["a"], "a 1.0, linux 1, new 1");
    check(shelf, &["a ; sys_platform == 'win32'", "new"], "new 1");
    let mut arm = request(&["a"]);
    arm.target.architecture = boxwright_requirements::Architecture::Arm64;
    let resolution = resolve(&arm, &Shelf::new(shelf)).unwrap();
    assert_eq!(summary(&resolution), "a 1.0, arm 1, linux 1, new 1");
}

#[test]
fn extras_are_of_the_same_version_as_their_project() {
    let shelf = "
        a 2.0 extra=x | b<1 ; extra == 'x'
        a 1.0 extra=x extra=y-z extra=all | b ; extra == 'x' | c ; extra == 'y_z' | a[x,y.z] ; extra == 'all'
        b 1.0
        c 1.0
        d 1.0 | a[x]
        loop 1.0 extra=x | loop[x] | b ; extra == 'x'
    ";
    check(shelf, &["a"], "a 2.0");
    check(shelf, &["a[x]"], "a[x] 1.0, b 1.0");
    check(shelf, &["a[Y_Z]<2"], "a[y-z] 1.0, c 1.0");
    check(shelf, &["a[all]<2"], "a[all,x,y-z] 1.0, b 1.0, c 1.0");
    check(shelf, &["d", "a"], "a[x] 1.0, b 1.0, d 1.0");
    check(shelf, &["a", "d"], "a[x] 1.0, b 1.0, d 1.0");
    check(shelf, &["loop"], "b 1.0, loop[x] 1.0");
    check_fails(shelf, &["a[x]==2.0"]);
}

#[test]
fn an_extra_that_does_not_exist_is_a_warning() {
    let resolution = solve("a 1.0", &["a[nope]"]).unwrap();
    assert_eq!(summary(&resolution), "a[nope] 1.0");
    let notes: Vec<String> = resolution.notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes, ["a 1.0 has no extra `nope`, which requirements.txt:1 asks for"]);
}

#[test]
fn python_versions_are_respected() {
    let shelf = "
        a 3.0 python=>=3.14
        a 2.0 python=<3.13
        a 1.0 python=>=3.8,!=3.9.*
        b 2.0 requires=<3.13
        b 1.0
        c 1.0 python=>=3.6.*
    ";
    check(shelf, &["a"], "a 1.0");
    check(shelf, &["b"], "b 1.0");
    // As for pip, what cannot be read excludes nothing.
    check(shelf, &["c"], "c 1.0");
    check_fails(shelf, &["a==2.0"]);
}

#[test]
fn the_wheel_that_fits_best_is_taken() {
    let shelf = "
        a 1.0 tag=py3-none-any
        a 1.0 tag=cp313-cp313-win_amd64
        a 1.0 tag=cp312-cp312-manylinux_2_28_x86_64
        a 1.0 tag=cp313-cp313-manylinux_2_28_x86_64
        a 1.0 build=1 tag=cp313-cp313-manylinux_2_28_x86_64
        a 1.0 build=2 yanked=broken tag=cp313-cp313-manylinux_2_28_x86_64
        a 1.0 tag=cp313-cp313-musllinux_1_2_x86_64
        a 2.0 tag=cp314-cp314-manylinux_2_28_x86_64
        b 2.0 sdist
        b 1.0
    ";
    let wheel = |request: &Request| {
        let resolution = resolve(request, &Shelf::new(shelf)).unwrap();
        resolution.packages[0].wheel.name.file_name().to_owned()
    };
    let mut request = request(&["a"]);
    assert_eq!(wheel(&request), "a-1.0-1-cp313-cp313-manylinux_2_28_x86_64.whl");
    request.target.libc = Libc::Musl { major: 1, minor: 2 };
    assert_eq!(wheel(&request), "a-1.0-cp313-cp313-musllinux_1_2_x86_64.whl");
    request.target.libc = Libc::Glibc { major: 2, minor: 17 };
    assert_eq!(wheel(&request), "a-1.0-py3-none-any.whl");
    check(shelf, &["b"], "b 1.0");
}

#[test]
fn pre_releases_are_taken_only_when_named_or_alone() {
    let shelf = "
        a 3.0rc1
        a 2.0
        a 2.0.dev1
        beta 1.0b2
        beta 1.0b1
        late 2.0a1
        late 1.0
        needs-a 1.0 | a>=3.0rc1
        needs-late 1.0 | late>=2.0a1
    ";
    check(shelf, &["a"], "a 2.0");
    check(shelf, &["a>=2.0.dev0"], "a 3.0rc1");
    check(shelf, &["a!=3.0rc1"], "a 2.0");
    check(shelf, &["a<3.0rc2"], "a 3.0rc1");
    check(shelf, &["a<3"], "a 2.0");
    check(shelf, &["a==3.0rc1"], "a 3.0rc1");
    check(shelf, &["beta"], "beta 1.0b2");
    check(shelf, &["beta<1.0b2"], "beta 1.0b1");
    check(shelf, &["late>1"], "late 2.0a1");
    check(shelf, &["a>2"], "a 3.0rc1");
    // What a dependency names counts, too, whenever it is found.
    check(shelf, &["needs-a"], "a 3.0rc1, needs-a 1.0");
    check(shelf, &["a", "needs-a"], "a 3.0rc1, needs-a 1.0");
    check(shelf, &["late", "needs-late"], "late 2.0a1, needs-late 1.0");
    check(shelf, &["a", "- a>=3.0rc1"], "a 3.0rc1");
}

#[test]
fn pre_releases_can_be_taken_or_refused_by_option() {
    let shelf = Shelf::new("a 2.0a1\na 1.0\nb 2.0a1\nb 1.0\nonly 1.0a1");
    let mut request = request(&["a", "b"]);
    request.prereleases = PreReleases::Always;
    assert_eq!(summary(&resolve(&request, &shelf).unwrap()), "a 2.0a1, b 2.0a1");
    request.prereleases_of.insert("a".parse().unwrap(), PreReleases::Never);
    assert_eq!(summary(&resolve(&request, &shelf).unwrap()), "a 1.0, b 2.0a1");
    let mut request = shelf::request(&["only"]);
    request.prereleases = PreReleases::Never;
    assert!(resolve(&request, &shelf).is_err());
}

#[test]
fn yanked_versions_are_taken_only_when_pinned() {
    let shelf = "
        a 2.0 yanked=oops
        a 1.0
        pins 1.0 | a==2.0
        gone 1.0 yanked
    ";
    check(shelf, &["a"], "a 1.0");
    check(shelf, &["a==2.0"], "a 2.0");
    check(shelf, &["a===2.0"], "a 2.0");
    check(shelf, &["a==2.0", "a>1"], "a 2.0");
    check(shelf, &["pins"], "a 2.0, pins 1.0");
    check(shelf, &["a", "pins"], "a 2.0, pins 1.0");
    check_fails(shelf, &["a==2.*"]);
    check_fails(shelf, &["a>1"]);
    check_fails(shelf, &["gone"]);
    let resolution = solve(shelf, &["a==2.0"]).unwrap();
    let note = resolution.notes[0].to_string();
    assert_eq!(note, "a 2.0 was yanked (oops): choose another version when you can");
}

#[test]
fn local_versions_belong_to_their_public_one() {
    let shelf = "
        torch 2.0
        torch 2.0+cpu
        torch 2.0+cu118
        torch 1.9+cpu
    ";
    check(shelf, &["torch==2.0"], "torch 2.0+cu118");
    check(shelf, &["torch==2.0+cpu"], "torch 2.0+cpu");
    check(shelf, &["torch<=1.9"], "torch 1.9+cpu");
    check(shelf, &["torch!=2.0"], "torch 1.9+cpu");
    check(shelf, &["torch~=1.9"], "torch 1.9+cpu");
    check(shelf, &["torch===2.0"], "torch 2.0");
    check_fails(shelf, &["torch>2.0"]);
}

#[test]
fn constraints_restrict_and_install_nothing() {
    let shelf = "a 1.0 | b\na 2.0 | b\nb 1.0\nb 2.0\nc 1.0";
    check(shelf, &["a", "- b<2", "- c"], "a 2.0, b 1.0");
    check(shelf, &["a", "- a==1.0", "- b ; sys_platform == 'win32'"], "a 1.0, b 2.0");
    check_fails(shelf, &["a==2.0", "- a<2"]);
}

#[test]
fn hashes_restrict_the_files() {
    let shelf = Shelf::new("a 1.0\na 2.0\na 2.0 tag=cp313-cp313-manylinux_2_28_x86_64\nb 1.0 | a");
    let with_hashes = |file_names: &[&str]| {
        let mut request = request(&["a"]);
        request.requirements[0].hashes = file_names.iter().map(Digest::of).collect();
        resolve(&request, &shelf)
    };
    let pinned = with_hashes(&["a-2.0-py3-none-any.whl"]).unwrap();
    assert_eq!(pinned.packages[0].wheel.name.file_name(), "a-2.0-py3-none-any.whl");
    let pinned = with_hashes(&["a-1.0-py3-none-any.whl"]).unwrap();
    assert_eq!(summary(&pinned), "a 1.0");
    assert!(with_hashes(&["something else"]).is_err());

    let mut request = request(&["b"]);
    request.requirements[0].hashes = vec![Digest::of("b-1.0-py3-none-any.whl")];
    assert!(resolve(&request, &shelf).is_ok());
    request.require_hashes = true;
    let error = resolve(&request, &shelf).unwrap_err();
    assert!(matches!(&error, ResolveError::Unhashed { unhashed } if *unhashed == ["a==2.0"]));
}

#[test]
fn files_that_are_too_new_do_not_count() {
    let shelf = Shelf::new(
        "a 1.0 uploaded=2026-01-01T00:00:00Z\na 2.0 uploaded=2026-02-01T00:00:00.5Z\na 3.0",
    );
    let mut request = request(&["a"]);
    for (limit, expected) in [
        ("2026-02-01T00:00:00.6Z", "a 2.0"),
        ("2026-02-01T00:00:00.50Z", "a 1.0"),
        ("2026-02-01T00:00:00Z", "a 1.0"),
    ] {
        request.exclude_newer = Some(limit.parse().unwrap());
        assert_eq!(summary(&resolve(&request, &shelf).unwrap()), expected, "{limit}");
    }
}

#[test]
fn a_wheel_by_url_is_the_only_candidate() {
    let shelf = "
        a 2.0 | b
        a 1.0 | b
        b 2.0
        b 1.5rc1
        c 1.0 | b<2
        d 1.0 | b @ https://shelf.example/b-2.0-py3-none-any.whl
    ";
    let url = "b @ https://shelf.example/b-1.5rc1-py3-none-any.whl";
    check(shelf, &["a", url], "a 2.0, b 1.5rc1");
    check(shelf, &["c", url], "b 1.5rc1, c 1.0");
    check(shelf, &["a", &format!("- {url}")], "a 2.0, b 1.5rc1");
    check(shelf, &["d", "b @ https://shelf.example/b-2.0-py3-none-any.whl#egg=b"], "b 2.0, d 1.0");
    check_fails(shelf, &["d"]);
    check_fails(shelf, &["b>=2", url]);

    let digest = Digest::of("x");
    let hashed = format!("{url}#sha256={}", digest.hex());
    let resolution = solve(shelf, &[&hashed]).unwrap();
    let pinned = &resolution.packages[0];
    assert!(pinned.direct);
    assert_eq!(pinned.wheel.sha256, Some(digest));
    assert_eq!(pinned.wheel.url.as_str(), "https://shelf.example/b-1.5rc1-py3-none-any.whl");
}

#[test]
fn who_needs_what_is_told() {
    let shelf = "a 1.0 extra=x | b | c ; extra == 'x'\nb 1.0 | c\nc 1.0";
    let resolution = solve(shelf, &["a[x]", "c", "a>=1"]).unwrap();
    let names =
        |names: &[PackageName]| names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let told: Vec<_> = resolution
        .packages
        .iter()
        .map(|pinned| {
            let origins: Vec<String> = pinned.origins.iter().map(ToString::to_string).collect();
            (pinned.name.to_string(), names(&pinned.dependencies), origins.join(" "))
        })
        .collect();
    let expected = [
        ("a", "b c", "requirements.txt:1 requirements.txt:3"),
        ("b", "c", ""),
        ("c", "", "requirements.txt:2"),
    ];
    let expected = expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
    assert_eq!(told, expected);

    let json = serde_json::to_string(&resolution).unwrap();
    assert_eq!(serde_json::from_str::<boxwright_resolve::Resolution>(&json).unwrap(), resolution);
}

#[test]
fn a_build_that_was_asked_for_is_not_forgotten() {
    let mut request = request(&["a"]);
    request.no_binary.packages.insert("a".parse().unwrap());
    let resolution = resolve(&request, &Shelf::new("a 1.0")).unwrap();
    assert!(matches!(&resolution.notes[..], [Note::NotBuilt { .. }]));
}

#[test]
fn a_project_that_the_index_fails_on_ends_the_search() {
    let error = solve("a 2.0 | offline\na 1.0", &["a"]).unwrap_err();
    assert!(matches!(&error, ResolveError::Index { .. }));
    // One that does not exist only rules out who needs it.
    check("a 2.0 | missing\na 1.0", &["a"], "a 1.0");
}

#[test]
fn lines_of_one_project_are_taken_together() {
    let shelf = "a 1.0\na 2.0\na 3.0";
    check(shelf, &["a>1", "a<3"], "a 2.0");
    check_fails(shelf, &["a==1.0", "a==2.0"]);
    let origin = || Origin::new("requirements.txt", 1);
    let mut twice = Wanted::parse("a", origin()).unwrap();
    twice.url = Some(Link::new("https://e.example/a-1.0-py3-none-any.whl"));
    let mut other = twice.clone();
    other.url = Some(Link::new("https://e.example/a-2.0-py3-none-any.whl"));
    let request = Request::new(shelf::target(), vec![twice, other]);
    assert!(matches!(resolve(&request, &Shelf::new(shelf)), Err(ResolveError::Url { .. })));
}

#[test]
fn dependencies_on_oneself_are_harmless() {
    let shelf = "
        a 2.0 | a>=1
        a 1.0
        b 2.0 | b<2
        b 1.0
        x 1.0 | y
        y 1.0 | x
    ";
    check(shelf, &["a"], "a 2.0");
    check(shelf, &["b"], "b 1.0");
    check(shelf, &["x"], "x 1.0, y 1.0");
}
