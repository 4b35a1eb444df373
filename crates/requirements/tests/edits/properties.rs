//! Edits that nobody wrote down.

use boxwright_requirements::PackageName;
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

/// A requirement, and whether its version may be changed by adding to it.
fn lines() -> impl Strategy<Value = Vec<String>> {
    let line = (
        "[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,4}){0,2}",
        proptest::option::of("[a-z]{1,5}"),
        0..3_u8,
        0..20_u8,
    );
    let line = line.prop_map(|(name, extra, major, minor)| {
        let extra = extra.map(|extra| format!("[{extra}]")).unwrap_or_default();
        format!("{name}{extra}=={major}.{minor}")
    });
    proptest::collection::vec(line, 1..12)
}

fn key(text: String) -> boxwright_digest::Digest {
    Project::of("text/requirements.txt").with_source(text).key().unwrap().digest()
}

/// Writes a name as somebody else might: other case, other separators.
fn respelled(line: &str, seed: usize) -> String {
    let (name, rest) = line.split_at(line.find(['[', '=']).unwrap());
    let separators = ["-", "_", ".", "--", "-_."];
    let upper = |(place, c): (usize, char)| match c {
        '-' => separators[(seed + place) % separators.len()].to_owned(),
        c if (seed >> (place % 8)) & 1 == 1 => c.to_ascii_uppercase().to_string(),
        c => c.to_string(),
    };
    let spelled: String = name.chars().enumerate().map(upper).collect();
    assert_eq!(PackageName::new(&spelled), PackageName::new(name));
    spelled + rest
}

proptest! {
    #[test]
    fn order_comments_and_spelling_never_count(
        lines in lines(),
        order in any::<u64>(),
        // A backslash at its end would join the next line to it, for pip as well.
        comment in r"[ -\[\]-~]{0,20}",
        seed in any::<usize>(),
    ) {
        let before = key(lines.join("\n"));
        let mut others: Vec<String> =
            lines.iter().map(|line| format!("{}  # {comment}", respelled(line, seed))).collect();
        others.sort_by_key(|line| line.bytes().fold(order, |hash, byte| {
            hash.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
        }));
        others.insert(others.len() / 2, format!("\n# {comment}\n"));
        prop_assert_eq!(key(others.join("\n")), before);
    }

    #[test]
    fn any_change_of_a_version_counts(lines in lines(), place in any::<Index>(), more in 1..9_u8) {
        let mut others = lines.clone();
        let line = place.get_mut(&mut others[..]);
        *line = format!("{line}.{more}");
        prop_assert_ne!(key(others.join("\n")), key(lines.join("\n")));
    }

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
