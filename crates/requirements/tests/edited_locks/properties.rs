//! Edits that nobody wrote down.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::project::Project;

/// The formats whose packages are tables of their own, and the header of each.
const TABLES: [(&str, &str); 6] = [
    ("uv/uv.lock", "[[package]]"),
    ("uv-export/pylock.toml", "[[packages]]"),
    ("pip/pylock.toml", "[[packages]]"),
    ("poetry-2/poetry.lock", "[[package]]"),
    ("poetry-1/poetry.lock", "[[package]]"),
    ("pdm/pdm.lock", "[[package]]"),
];

proptest! {
    /// The order of a lock's packages, and comments between them, say nothing.
    #[test]
    fn the_order_of_a_lock_never_counts(
        which in any::<Index>(),
        order in any::<u64>(),
        comment in "[ -~]{0,20}",
    ) {
        let (name, header) = which.get(&TABLES);
        let before = Project::of(name);
        let (head, packages, tail) = cut(before.source(), header);
        let mut packages: Vec<String> =
            packages.into_iter().map(|package| format!("# {comment}\n{package}\n")).collect();
        packages.sort_by_key(|package| package.bytes().fold(order, |hash, byte| {
            hash.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
        }));
        let text = format!("{head}{}{tail}", packages.concat());
        let after = before.clone().with_source(text);
        prop_assert_eq!(after.key().unwrap().digest(), before.key().unwrap().digest());
    }

    /// A version that is installed counts, wherever in the lock it stands; one that is not does not.
    #[test]
    fn a_version_in_a_lock_counts_when_it_is_installed(
        which in any::<Index>(),
        place in any::<Index>(),
    ) {
        let (name, header) = which.get(&TABLES);
        let before = Project::of(name);
        let key = before.key().unwrap();
        let (head, mut packages, tail) = cut(before.source(), header);
        let package = place.get_mut(&mut packages[..]);
        let of = package.lines().find_map(|line| line.strip_prefix("name = ")).unwrap();
        let of = of.trim_matches('"').to_owned();
        // The tables of one package, with extras and without, must agree.
        for package in packages.iter_mut().filter(|package| package.contains(&format!("name = \"{of}\"\nversion"))) {
            let (start, rest) = package.split_once("version = \"").unwrap();
            let (version, rest) = rest.split_once('"').unwrap();
            *package = format!("{start}version = \"{version}.1\"{rest}");
        }
        let installed = key.requirements.iter().any(|requirement| {
            requirement.wanted.name.as_ref().is_some_and(|name| name.as_str() == of)
        });
        let after = before.with_source(format!("{head}{}{tail}", packages.concat()));
        prop_assert_eq!(after.key().unwrap().digest() != key.digest(), installed, "{}: {}", name, of);
    }
}

/// What stands before the first package, the packages, and what stands behind the last.
fn cut(text: &str, header: &str) -> (String, Vec<String>, String) {
    let (head, rest) = text.split_once(header).unwrap();
    let mut packages: Vec<String> =
        rest.split(header).map(|package| format!("{header}{package}")).collect();
    let last = packages.pop().unwrap();
    // Poetry ends with tables that belong to the lock.
    let end = ["\n[extras]", "\n[metadata]"].into_iter().filter_map(|table| last.find(table)).min();
    let (last, tail) = last.split_at(end.unwrap_or(last.len()));
    packages.push(format!("{last}\n"));
    (head.to_owned(), packages, tail.to_owned())
}
